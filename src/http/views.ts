import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ejs from 'ejs';
import { createTranslate, type Language, languages, type Translate } from '../texts/texts.js';
import { SafeHtml, toSafeHtml } from './safe-html.js';

/** What every template can use besides its own locals. */
interface TemplateTools {
  t: Translate;
  lang: Language;
  /** The one door for finished HTML into a template; throws on anything that is not SafeHtml. */
  raw: (html: SafeHtml) => string;
  /** Renders another template with exactly these locals. */
  partial: (name: string, locals?: object) => SafeHtml;
  icon: (name: string) => SafeHtml;
  /** A number as this language writes it. */
  number: (value: number) => string;
  /** A size in bytes as people read it. */
  size: (bytes: number) => string;
  /** The address of a built asset by its source name, e.g. `quoth.css`. */
  asset: (name: string) => string;
}

/** What every page names besides the locals of its main part. */
export interface PageFrame {
  title: string;
  /** `wide` for catalog and queue. */
  bodyClass?: string;
  /** Staff pages load the moderators' styles and script too. */
  isStaffPage?: boolean;
  /** Discourages search engines from listing the page. */
  isUnlisted?: boolean;
  /** The board in view, marked in the header. */
  boardSlug?: string;
}

export interface Views {
  /** Renders one template to a piece of HTML. */
  render: (lang: Language, name: string, locals: object) => SafeHtml;
  /** Renders a whole page: the template as main part, inside the frame. */
  page: (lang: Language, name: string, frame: PageFrame, locals: object) => string;
  /**
   * Renders a whole page around finished pieces, which the template prints as `p.pieces`. They go in as bytes: writing hundreds of kept
   * posts into a text, and that into bytes, takes longer than all else about a long thread.
   */
  pageAround: (lang: Language, name: string, frame: PageFrame, locals: object, pieces: readonly SafeHtml[]) => Buffer;
}

type Template = (locals: object) => string;

/**
 * The view engine: every template under `dir` is compiled once (strict, no `with`), gets its locals as `p` and the tools above
 * in the same object. `navigation` gives what the frame shows of the boards; it is asked at each page.
 */
export function createViews(options: {
  dir: string;
  assets: Record<string, string>;
  navigation: () => object;
}): Views {
  const templates = new Map<string, Template>();
  for (const name of listTemplates(options.dir)) templates.set(name, compileTemplate(options.dir, name));
  const icons = readIcons(options.dir);
  const toolsByLanguage = new Map(languages.map((lang) => [lang, createTools(lang)]));

  function createTools(lang: Language): TemplateTools {
    const numbers = new Intl.NumberFormat(lang);
    return {
      t: createTranslate(lang),
      lang,
      raw: (html) => {
        if (!(html instanceof SafeHtml)) throw new Error('Only finished HTML may be printed raw.');
        return html.html;
      },
      partial: (name, locals = {}) => render(lang, name, locals),
      icon: (name) => toSafeHtml(`<svg class="icon" aria-hidden="true"><use href="#i-${name}"/></svg>`),
      number: (value) => numbers.format(value),
      size: createSizeFormat(lang),
      asset: (name) => {
        const path = options.assets[name];
        if (path === undefined) throw new Error(`There is no built asset ${name}. Run npm run build.`);
        return path;
      },
    };
  }

  function render(lang: Language, name: string, locals: object): SafeHtml {
    const template = templates.get(name);
    if (template === undefined) throw new Error(`There is no view ${name}.`);
    return toSafeHtml(template({ ...toolsByLanguage.get(lang), ...locals }));
  }

  function renderFramed(lang: Language, name: string, frame: PageFrame, locals: object): string {
    const main = render(lang, name, locals);
    return render(lang, 'frame/page', { bodyClass: '', isStaffPage: false, isUnlisted: false, boardSlug: '', ...frame, main, navigation: options.navigation() }).html;
  }

  return {
    render,
    page(lang, name, frame, locals) {
      const page = renderFramed(lang, name, frame, locals);
      return insertIcons(page, icons, findIcons(page));
    },
    pageAround(lang, name, frame, locals, pieces) {
      const page = renderFramed(lang, name, frame, { ...locals, pieces: toSafeHtml(gap) });
      const inside = Buffer.concat(pieces.map((piece) => piece.bytes));
      const [before = '', after = ''] = insertIcons(page, icons, [...findIcons(page), ...findIconsIn(inside)]).split(gap);
      return Buffer.concat([Buffer.from(before), inside, Buffer.from(after)]);
    },
  };
}

function listTemplates(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ejs'))
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll('\\', '/').slice(0, -'.ejs'.length));
}

/** Compiles one template to a function of its locals. */
function compileTemplate(dir: string, name: string): Template {
  const filename = join(dir, `${name}.ejs`);
  const compiled = ejs.compile(readFileSync(filename, 'utf8'), { filename, strict: true, localsName: 'p', compileDebug: false, rmWhitespace: true });
  return (locals) => compiled(locals);
}

/** The icon sheet: symbol id to its markup. */
function readIcons(dir: string): Map<string, string> {
  const sheet = readFileSync(join(dir, 'frame/icons.svg'), 'utf8');
  const found = sheet.split('</symbol>').map((piece) => /<symbol id="i-([a-z]+)"[^]*/.exec(piece));
  return new Map(found.flatMap((each) => (each?.[1] === undefined ? [] : [[each[1], `${each[0]}</symbol>`]])));
}

/** Icons that the browser's script needs on pages where no template drew them yet. */
const iconsForScript = ['caret', 'close', 'down', 'file', 'flag', 'hide', 'link', 'quote', 'src', 'trash', 'up', 'warn'];

/** Where the pieces of a page go. Text that is escaped cannot look like it. */
const gap = '<!--pieces-->';

const useOfIcon = 'href="#i-';
const findIcons = (page: string): string[] => [...page.matchAll(/href="#i-([a-z]+)"/g)].map((found) => found[1] ?? '');

/** The same in bytes, in which to look for something is quicker. */
function findIconsIn(bytes: Buffer): string[] {
  const found = new Set<string>();
  for (let at = bytes.indexOf(useOfIcon); at !== -1; at = bytes.indexOf(useOfIcon, at + 1)) {
    const from = at + useOfIcon.length;
    found.add(bytes.toString('latin1', from, bytes.indexOf('"', from)));
  }
  return [...found];
}

/** Puts the symbols that a page uses, and no others, where the frame left room for them. */
function insertIcons(page: string, icons: Map<string, string>, usedInPage: readonly string[]): string {
  const symbols = [...new Set([...iconsForScript, ...usedInPage])].sort().map((name) => icons.get(name) ?? '').join('');
  return page.replace('<svg hidden></svg>', () => `<svg hidden>${symbols}</svg>`);
}

/** Says sizes in one language. Making a number format is dear, and there are four: two precisions of two units. */
function createSizeFormat(lang: Language): (bytes: number) => string {
  const formats = new Map<string, Intl.NumberFormat>();
  return (bytes) => {
    // Bytes alone have no short form that knows a plural: 306 of them are 0.3 kB.
    const { value, unit } = bytes < 1_000_000 ? { value: Math.max(0.1, bytes / 1000), unit: 'kilobyte' } : { value: bytes / 1_000_000, unit: 'megabyte' };
    const maximumFractionDigits = value < 10 ? 1 : 0;
    const format = formats.get(unit + maximumFractionDigits) ?? new Intl.NumberFormat(lang, { style: 'unit', unit, maximumFractionDigits });
    formats.set(unit + maximumFractionDigits, format);
    return format.format(value);
  };
}
