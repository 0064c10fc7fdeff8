import type { QuoteRun } from './find-references.js';
import { createTextFinder, type FindText } from './find-text.js';
import { countLetters } from './fold-words.js';
import { foldQuotable } from './quotable-text.js';
import { toSearchable } from './searchable-words.js';

/** A post that quoted words may come from. */
export interface QuoteSource {
  postId: number;
  no: number;
  /** Folded words, as they are stored with the post. */
  ownWords: string;
  quotedWords: string;
  bodyHtml: string;
}

/** Lines of one quote block that were found in one source. */
export interface QuoteMatch {
  /** Index of the block, and its lines [from, to). */
  block: number;
  from: number;
  to: number;
  postId: number;
  /** Where the words stand in the source's quotable text, UTF-16 units, [start, end). */
  start: number;
  end: number;
}

/** Shorter quotes are plain green text, unless the reply names the post by number. */
const leastLetters = 12;
/** At most so many quoting lines of a post are looked for; the rest is plain green text. */
const searchedLines = 60;
/** At most so many stretches of words are asked for. Posts that hold one line of a run mostly hold its others too. */
const mostProbes = 24;

/** Words that a source of some lines must hold, and those of the whole run they stand in: of both as much as is cheap to look for. */
export interface Probe {
  words: string;
  run: string;
}

/**
 * What to ask the database for: from each line on, as few lines as are long enough to be looked for. Whatever post holds
 * any findable stretch of the run holds one of these. When there are too many, the first lines of runs go before the others.
 */
export function toProbes(runs: readonly QuoteRun[]): Probe[] {
  const probes = new Map<string, Probe>();
  const others = new Map<string, Probe>();
  for (const { lines } of limitLines(runs)) {
    const run = toSearchable(join(lines), isLong);
    for (const [from, line] of lines.entries()) {
      const words = line === '' ? '' : toSearchable(takeLong(lines, from), isLong);
      if (words !== '') (from === 0 ? probes : others).set(words, { words, run });
    }
  }
  return [...new Map([...probes, ...others]).values()].slice(0, mostProbes);
}

/** As few lines as are long enough together, or nothing when all that follow are not. */
function takeLong(lines: readonly string[], from: number): string {
  for (let to = from + 1; to <= lines.length; to++) {
    const words = join(lines.slice(from, to));
    if (isLong(words)) return words;
  }
  return '';
}

/**
 * Chooses the source of every run, line by line: the post that the reply also names by number, then the one that holds most
 * of what is left of the run, then the one whose own words they are, then the latest (design.md, "Text quotes"). A run may come
 * from several sources, and lines in between from nowhere.
 */
export function matchQuotes(runs: readonly QuoteRun[], sources: readonly QuoteSource[], namedPostIds: ReadonlySet<number>): QuoteMatch[] {
  const locator = createLocator();
  return limitLines(runs).flatMap((run) => matchRun(run, sources, namedPostIds, locator));
}

interface Locator {
  find: FindText;
  locate: (found: Found) => { start: number; end: number } | undefined;
}

/** The longest stretch of a run, from some line on, that one source holds. */
interface Found {
  source: QuoteSource;
  isNamed: boolean;
  isOwn: boolean;
  words: string;
  to: number;
}

function matchRun(run: QuoteRun, sources: readonly QuoteSource[], named: ReadonlySet<number>, locator: Locator): QuoteMatch[] {
  const matches: QuoteMatch[] = [];
  let from = 0;
  while (from < run.lines.length) {
    const match = run.lines[from] === '' ? undefined : findBest(run, from, sources, named, locator);
    if (match !== undefined) matches.push(match);
    from = match === undefined ? from + 1 : match.to - run.from;
  }
  return matches;
}

function findBest(run: QuoteRun, from: number, sources: readonly QuoteSource[], named: ReadonlySet<number>, { find, locate }: Locator): QuoteMatch | undefined {
  const found = sources.flatMap((source) => [
    ...findLongest(find, run.lines, from, source, named.has(source.postId), true),
    ...findLongest(find, run.lines, from, source, named.has(source.postId), false),
  ]);
  for (const best of found.sort(compare)) {
    const range = locate(best);
    if (range !== undefined) return { block: run.block, from: run.from + from, to: run.from + best.to, postId: best.source.postId, ...range };
  }
  return undefined;
}

const compare = (one: Found, other: Found): number =>
  Number(other.isNamed) - Number(one.isNamed) ||
  other.words.length - one.words.length ||
  Number(other.isOwn) - Number(one.isOwn) ||
  other.source.no - one.source.no;

function findLongest(find: FindText, lines: string[], from: number, source: QuoteSource, isNamed: boolean, isOwn: boolean): Found[] {
  const held = isOwn ? source.ownWords : source.quotedWords;
  let words = '';
  let to = from;
  for (let at = from; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const longer = words === '' ? line : `${words} ${line}`;
    if (find(held, longer) < 0) break;
    words = longer;
    to = at + 1;
  }
  const isFound = isLong(words) || (isNamed && countLetters(words) > 0 && findWords(held, words, find) >= 0);
  return isFound ? [{ source, isNamed, isOwn, words, to }] : [];
}

/** Where words stand in other words, or -1. Short ones must be whole words there: "art" is not quoted from "start". */
export function findWords(held: string, words: string, find: FindText): number {
  let at = find(held, words);
  if (isLong(words)) return at;
  while (at >= 0 && (isInsideWord(held, at) || isInsideWord(held, at + words.length))) at = find(held, words, at + 1);
  return at;
}

const isInsideWord = (held: string, at: number): boolean => /^[\p{L}\p{N}]{2}$/u.test(held.slice(at - 1, at + 1)) && countLetters(held.slice(at - 1, at + 1)) === 2;

const isLong = (words: string): boolean => countLetters(words) >= leastLetters;
const join = (lines: readonly string[]): string => lines.filter((line) => line !== '').join(' ');

function limitLines(runs: readonly QuoteRun[]): QuoteRun[] {
  let left = searchedLines;
  return runs.flatMap((run) => {
    const lines = run.lines.slice(0, left);
    left -= lines.length;
    return lines.length === 0 ? [] : [{ ...run, lines }];
  });
}

/** Finds places in sources, folding each source once. Words that were stored under older rules may not be found again. */
function createLocator(): Locator {
  const find = createTextFinder();
  const folded = new Map<number, ReturnType<typeof foldQuotable>>();
  const locate: Locator['locate'] = ({ source, isOwn, words }) => {
    const known = folded.get(source.postId) ?? foldQuotable(source.bodyHtml);
    folded.set(source.postId, known);
    const { words: held, starts, ends } = isOwn ? known.own : known.quoted;
    const at = findWords(held, words, find);
    const start = starts[at];
    const end = ends[at + words.length - 1];
    return start === undefined || end === undefined ? undefined : { start, end };
  };
  return { find, locate };
}
