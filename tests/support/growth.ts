import { toExcerpt } from '../../src/boards/to-excerpt.js';
import { createAddressReader } from '../../src/identity/client-address.js';
import type { Keys } from '../../src/identity/keys.js';
import { splitName } from '../../src/identity/tripcode.js';
import { toPlainText } from '../../src/markup/excerpt.js';
import { findReferences } from '../../src/markup/find-references.js';
import { matchQuotes, type QuoteSource, toProbes } from '../../src/markup/match-quotes.js';
import { normalizeLine, normalizeText } from '../../src/markup/normalize-text.js';
import { parseMarkup } from '../../src/markup/parse-markup.js';
import { renderMarkup } from '../../src/markup/render-markup.js';
import { tidyLine, tidyLines } from '../../src/moderation/tidy-words.js';
import { toPosterName } from '../../src/posting/poster-name.js';
import { findStaffName } from '../../src/staff/staff-name.js';
import { toHarmlessName } from '../../src/uploads/file-name.js';
import { readVectors, writeMarkup } from './write-markup.js';

/** Texts that grow: a beginning, a piece that is repeated, an end. Each was slow somewhere once, or would be for a careless pattern. */
export type Generator = readonly [name: string, prefix: string, unit: string, suffix: string];

const ownGenerators: readonly Generator[] = [
  ['fences', '', '```\n', ''], ['quoted fences', '', '>a long enough line of words\n', ''], ['pipes and spaces', '', '|| || ', ''], ['schemes', '', 'http://a ', ''], ['joiners', '', '\u200d', 'x'], ['tags', '', '\u{1f3f4}\u{e0067}', ''], ['bad hosts', '', 'https://[a', ''],
  ['exclamation marks', '', '!', 'x'], ['marks and spaces', '!', ' ', '!'], ['one letter', '', 'a', 'b'], ['one quoted letter', '>', 'a', 'b'], ['dots', '', '.', 'x'], ['slashes', '', '/', 'x'], ['number signs', 'a', '#', ''], ['half characters', '', '\ud83d', ''], ['carriage returns', '', '\r\n', 'x'],
];

export const generators: readonly Generator[] = [...(readVectors('redos-generators.json') as { gens: Generator[] }).gens, ...ownGenerators];

/** The text of a generator, about so long. */
export const grow = ([, prefix, unit, suffix]: Generator, length: number): string => prefix + unit.repeat(Math.ceil(length / unit.length)) + suffix;

const readAddress = createAddressReader(['127.0.0.1']);
/** Without a secret no key is asked for. */
const noKeys = {} as Keys;

/** Everything that reads what was typed, by itself. */
export const readers: Readonly<Record<string, (typed: string) => unknown>> = {
  'the way of a body to HTML'(typed) {
    const normal = normalizeText(typed);
    toProbes(findReferences(parseMarkup(normal)).runs);
    return writeMarkup(normal);
  },
  'the text of a body for excerpts and the search of the catalog': (typed) => [toPlainText(typed), toExcerpt(typed, 220)],
  'subjects and descriptions': normalizeLine,
  // A form with a longer name is refused; what is cut off before that is not bounded by it.
  names: (typed) => [splitName(typed), toPosterName(noKeys, { name: typed.slice(0, 100), secret: null, length: 0 })],
  'names of files': toHarmlessName,
  'names of staff': findStaffName,
  'words of staff': (typed) => [tidyLine(typed), tidyLines(typed)],
  'addresses in X-Forwarded-For': (typed) => readAddress({ headers: { 'x-forwarded-for': typed }, socket: { remoteAddress: '127.0.0.1' } }),
};

/** What is quoted, and what the posts say that it may be from: both grow. */
export const quoteGenerators: Readonly<Record<string, (length: number) => { quoted: string; held: string }>> = {
  'the same letter, with another within': (length) => ({ quoted: `${'a'.repeat(50)}b${'a'.repeat(length / 2)}`, held: 'a'.repeat(length) }),
  'the same letter, with another before': (length) => ({ quoted: `b${'a'.repeat(length / 2)}`, held: 'a'.repeat(length) }),
  'the same syllables, with another before': (length) => ({ quoted: `no${'ha'.repeat(length / 4)}`, held: 'ha'.repeat(length / 2) }),
  'lines that differ in their last letter': (length) => ({ quoted: Array.from({ length: 20 }, (_, at) => `${'a'.repeat(length / 40)}${String.fromCharCode(98 + at)}`).join('\n'), held: 'a'.repeat(length) }),
  'lines that stand there, but not together': (length) => ({ quoted: Array.from({ length: 20 }, (_, at) => `${at}${'ab'.repeat(length / 80)}`).join('\n'), held: Array.from({ length: 20 }, (_, at) => `${at}${'ab'.repeat(length / 80)}`).reverse().join('\n') }),
  'what stands there': (length) => ({ quoted: 'six words that are quoted here '.repeat(length / 62), held: 'six words that are quoted here '.repeat(length / 31) }),
};

/** Chooses the sources of a quote among posts that are as alike as they can be. Made beforehand: the posts are there already. */
export function prepareQuote({ quoted, held }: { quoted: string; held: string }): () => unknown {
  const { html, ownWords, quotedWords } = renderMarkup(parseMarkup(held), { posts: new Map(), boards: new Set(), matches: [] });
  const sources: QuoteSource[] = Array.from({ length: 4 }, (_, at) => ({ postId: at + 1, no: at + 1, ownWords, quotedWords, bodyHtml: html }));
  const { runs } = findReferences(parseMarkup(quoted.split('\n').map((line) => `>${line}`).join('\n')));
  return () => [toProbes(runs), matchQuotes(runs, sources, new Set([1]))];
}

/** The cheapest of some runs, in milliseconds of processor time: what else the machine does is not in it. */
export function measureCost(act: () => unknown, rounds: number): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const before = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
