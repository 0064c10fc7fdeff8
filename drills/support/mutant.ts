import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A deliberate fault: what it breaks, which tests must notice, and what it changes. */
export interface Mutant {
  name: string;
  what: string;
  tests: string[];
  hunks: Hunk[];
}

/** Lines of one file and what they become. */
interface Hunk {
  file: string;
  old: string;
  fresh: string;
}

const dir = join(import.meta.dirname, '../../tests/mutants');

/** All deliberate faults, in the order of their numbers. @throws Error when one does not say what it is */
export function readMutants(): Mutant[] {
  const files = readdirSync(dir).filter((file) => file.endsWith('.patch')).sort();
  return files.map((file) => readMutant(file.slice(0, -'.patch'.length), readFileSync(join(dir, file), 'utf8')));
}

function readMutant(name: string, text: string): Mutant {
  const what = /^What is broken: (.+)\.$/m.exec(text)?.[1];
  const tests = /^Tests: (.+)$/m.exec(text)?.[1]?.split(' ');
  if (what === undefined || tests === undefined) throw new Error(`${name} does not say what it breaks and which tests must notice.`);
  const hunks: Hunk[] = [];
  for (const part of text.split(/^diff --git .*$/m).slice(1)) {
    const file = /^--- a\/(.+)$/m.exec(part)?.[1];
    for (const body of part.split(/^@@ .*$/m).slice(1)) {
      if (file === undefined) throw new Error(`${name} names no file.`);
      const lines = body.split('\n').slice(1).filter((line) => /^[ +-]/.test(line));
      const without = (sign: string) => lines.filter((line) => !line.startsWith(sign)).map((line) => `${line.slice(1)}\n`).join('');
      hunks.push({ file, old: without('+'), fresh: without('-') });
    }
  }
  return { name, what, tests, hunks };
}

/** The files of a tree as they are with the fault in them. @throws Error when the lines to be changed are not there exactly once */
export function breakFiles(mutant: Mutant, root: string): Map<string, string> {
  const broken = new Map<string, string>();
  for (const { file, old, fresh } of mutant.hunks) {
    const pieces = (broken.get(file) ?? readFileSync(join(root, file), 'utf8')).split(old);
    if (old === fresh || pieces.length !== 2) throw new Error(`${mutant.name} is stale: in ${file} its lines are found ${pieces.length - 1} times.`);
    broken.set(file, pieces.join(fresh));
  }
  return broken;
}
