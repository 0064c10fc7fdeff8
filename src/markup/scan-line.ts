import { type Link, readLink } from './read-link.js';

/** Signs that stand around words, by how they are written. `***` is bold and italic at once. */
export type Sign = '||' | '**' | '*' | '***' | '~~';

/** A piece of one line, before anybody knows which signs belong together. */
export type Token =
  | { kind: 'text' | 'code'; text: string }
  | ({ kind: 'link' } & Link)
  | { kind: 'post'; text: string; slug: string | null; no: number }
  | { kind: 'board'; text: string; slug: string }
  | SignToken;

export interface SignToken {
  kind: 'sign';
  text: Sign;
  canOpen: boolean;
  canClose: boolean;
  /** Stands between spaces, as the "or" of programmers does. */
  isLoose: boolean;
}

/** `>>123`, `>>>/b/123`, `>>>/b/`, at the place where it is asked for. Numbers stay under 2^53. */
const reference = />>(?:>\/([a-z0-9]{1,16})\/(\d{1,15}(?!\d))?|(\d{1,15})(?!\d))/y;
const linkStart = /https?:\/\/[^\s/\\]/iy;
/** So many places of a line are tried as the beginning of an address, so that no line costs more than its length. */
const linkTries = 50;
/** The next place where anything but text may begin. */
const special = /[>*~|`hH]/g;

/** Cuts one line into tokens, from `start` on. Linear: every place is looked at once, and nothing backs up. */
export function scanLine(line: string, start = 0): Token[] {
  const tokens: Token[] = [];
  const findCode = createCodeFinder(line);
  const findLink = createLinkFinder(line);
  let textFrom = start;
  let at = start;
  const take = (token: Token, length: number) => {
    if (at > textFrom) tokens.push({ kind: 'text', text: line.slice(textFrom, at) });
    tokens.push(token);
    at += length;
    textFrom = at;
  };
  for (;;) {
    special.lastIndex = at;
    const found = special.exec(line);
    if (found === null) break;
    at = found.index;
    const sign = found[0];
    if (sign === '>') {
      const token = readReference(line, at);
      if (token !== undefined) take(token, token.text.length);
      else at += 1;
    } else if (sign === 'h' || sign === 'H') {
      const link = findLink(at);
      if (link !== undefined) take({ kind: 'link', ...link }, link.typed.length);
      else at += 1;
    } else if (sign === '`') {
      const length = runLength(line, at);
      const end = findCode(at);
      if (end === undefined) at += length;
      else take({ kind: 'code', text: line.slice(at + length, end) }, end + length - at);
    } else {
      const token = readSign(line, at);
      if (token !== undefined) take(token, token.text.length);
      else at += runLength(line, at);
    }
  }
  if (line.length > textFrom) tokens.push({ kind: 'text', text: line.slice(textFrom) });
  return tokens;
}

function readReference(line: string, at: number): (Token & { kind: 'post' | 'board' }) | undefined {
  reference.lastIndex = at;
  const found = reference.exec(line);
  if (found === null) return undefined;
  const [text, slug, noElsewhere, noHere] = found;
  const no = noElsewhere ?? noHere;
  if (no !== undefined) return { kind: 'post', text, slug: slug ?? null, no: Number(no) };
  return slug === undefined ? undefined : { kind: 'board', text, slug };
}

/** Whether a line begins with a reference at `at`, so that its `>` is no mark of a quote. */
export const isReferenceAt = (line: string, at: number): boolean => readReference(line, at) !== undefined;

function createLinkFinder(line: string): (at: number) => Link | undefined {
  let tries = 0;
  return (at) => {
    linkStart.lastIndex = at;
    if (!linkStart.test(line) || isWordAt(line, at - 1) || ++tries > linkTries) return undefined;
    return readLink(line, at);
  };
}

function readSign(line: string, at: number): SignToken | undefined {
  const length = runLength(line, at);
  const text = line.slice(at, at + length);
  if (text !== '||' && text !== '**' && text !== '*' && text !== '***' && text !== '~~') return undefined;
  const isSpaceBefore = isSpaceAt(line, at - 1);
  const isSpaceAfter = isSpaceAt(line, at + length);
  if (text === '||') {
    // Whoever writes it wants something hidden: in doubt it hides.
    return { kind: 'sign', text, canOpen: true, canClose: true, isLoose: at > 0 && at + length < line.length && isSpaceBefore && isSpaceAfter };
  }
  // Stars inside a word, or between figures, are stars.
  const isStar = text !== '~~';
  const canOpen = !isSpaceAfter && !(isStar && isWordAt(line, at - 1));
  const canClose = !isSpaceBefore && !(isStar && isWordAt(line, at + length));
  return canOpen || canClose ? { kind: 'sign', text, canOpen, canClose, isLoose: false } : undefined;
}

function runLength(line: string, at: number): number {
  let end = at + 1;
  while (end < line.length && line[end] === line[at]) end += 1;
  return end - at;
}

/** Line ends count as space. */
const isSpaceAt = (line: string, at: number): boolean => at < 0 || at >= line.length || /\s/.test(line[at] ?? '');
const isWordAt = (line: string, at: number): boolean => at >= 0 && /\w/.test(line[at] ?? '');

/** Tells where the code ends that a run of backticks begins: at the next run of the same length. One pass over the line, when first asked. */
function createCodeFinder(line: string): (at: number) => number | undefined {
  let nextOfSame: Map<number, number> | undefined;
  return (at) => {
    nextOfSame ??= pairBackticks(line);
    return nextOfSame.get(at);
  };
}

function pairBackticks(line: string): Map<number, number> {
  const nextOfSame = new Map<number, number>();
  const lastByLength = new Map<number, number>();
  for (const run of line.matchAll(/`+/g)) {
    const before = lastByLength.get(run[0].length);
    if (before !== undefined) nextOfSame.set(before, run.index);
    lastByLength.set(run[0].length, run.index);
  }
  return nextOfSame;
}
