import { relative } from 'node:path';
import { isCallExpression, isIdentifier, isNewExpression, isRegularExpressionLiteral, isTemplateExpression, type Expression, type Node } from 'typescript/unstable/ast';
import { API, type Project } from 'typescript/unstable/sync';

/** A regular expression in a source file; `source` is undefined where it is put together from what only running code knows. */
export interface FoundExpression {
  file: string;
  written: string;
  source: string | undefined;
  flags: string;
}

/** Stands for a text that a pattern takes in while the code runs. */
const anyWord = 'x';

/** All regular expressions of the files that a `tsconfig.json` names, found by the compiler: literals, and what is given to `RegExp`. */
export function findExpressions(root: string, config: string): FoundExpression[] {
  const api = new API({ cwd: root });
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProjects()[0];
    if (project === undefined) throw new Error(`${config} cannot be read.`);
    return project.rootFiles.flatMap((path) => {
      const file = project.program.getSourceFile(path);
      if (file === undefined) throw new Error(`${path} cannot be read.`);
      const found: FoundExpression[] = [];
      const visit = (node: Node): void => {
        const expression = readExpression(project, node);
        if (expression !== undefined) found.push({ file: relative(root, path), written: node.getText(file), ...expression });
        node.forEachChild(visit);
      };
      visit(file);
      return found;
    });
  } finally {
    api.close();
  }
}

function readExpression(project: Project, node: Node): Pick<FoundExpression, 'source' | 'flags'> | undefined {
  if (isRegularExpressionLiteral(node)) {
    const end = node.text.lastIndexOf('/');
    return { source: node.text.slice(1, end), flags: node.text.slice(end + 1) };
  }
  if (!(isNewExpression(node) || isCallExpression(node)) || !isIdentifier(node.expression) || node.expression.text !== 'RegExp') return undefined;
  const [source, flags] = node.arguments ?? [];
  return { source: source === undefined ? undefined : readText(project, source), flags: flags === undefined ? '' : (readText(project, flags) ?? '') };
}

/** A text that is known before the code runs; what a template takes in and is not known is a word. */
function readText(project: Project, node: Expression): string | undefined {
  if (isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map((span) => (readConstant(project, span.expression) ?? anyWord) + span.literal.text).join('');
  }
  return readConstant(project, node);
}

function readConstant(project: Project, node: Expression): string | undefined {
  const type = project.checker.getTypeAtLocation(node);
  return type?.isLiteralType() === true ? String(type.value) : undefined;
}
