/*
 * Finds the posts that quoting lines come from, as the server does when it stores a post (src/markup/match-quotes.ts), so that
 * what is said while typing is what will be shown.
 */

/** Shorter quotes are plain green text, unless a number says whose they are. */
const leastLetters = 12;

const reference = /^>>(?:>\/[a-z0-9]{1,16}\/|\d{1,15}(?!\d))/;

/**
 * Folds away what two texts may differ in and still say the same: Unicode (NFKC), case, curly quotes and dashes, white space,
 * references and signs of markup.
 * @param {string} text
 */
export const fold = (text) =>
  text
    .replaceAll(/>>>\/[a-z0-9]{1,16}\/\d{0,15}|>>\d{1,15}|[*~|`]+/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[^ -~]\p{M}*|[!-~]\p{M}+/gu, (letter) => letter.normalize('NFKC').toLowerCase().replaceAll(/\s/g, ''))
    .toLowerCase()
    .replaceAll(/[‘’‚]/g, "'")
    .replaceAll(/[“”„]/g, '"')
    .replaceAll(/[‐‑–—]/g, '-')
    .replaceAll('ς', 'σ');

/**
 * A post of the thread, its texts folded: what its poster wrote, and what its poster quoted (without marks).
 * @template T
 * @typedef {{ post: T, no: number, own: string, quoted: string }} Source
 */

/**
 * Finds the posts that the quoting lines of a text come from: lines that begin with one `>`, as many together as one post holds.
 * A post that the text also names by number wins, then the one that holds most, then the one whose own words they are, then the latest.
 * @template T
 * @param {string} text what is being typed
 * @param {Source<T>[]} sources the thread's posts in order
 * @returns {T[]} each found post once, in the order of the text
 */
export function findQuotes(text, sources) {
  const named = new Set(Array.from(text.matchAll(/>>(\d+)/g), ([, no]) => Number(no)));
  /** @type {Set<T>} */
  const found = new Set();
  for (const run of toRuns(text)) {
    let from = 0;
    while (from < run.length) {
      const best = run[from] === '' ? undefined : findBest(run, from, sources, named);
      if (best !== undefined) found.add(best.post);
      from = best?.to ?? from + 1;
    }
  }
  return [...found];
}

/**
 * @param {string} text
 * @returns {string[][]} the folded words of quoting lines, in runs
 */
function toRuns(text) {
  /** @type {string[][]} */
  const runs = [];
  const lines = text.split('\n').map((line) => line.trimEnd());
  let isOpen = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const codeEnd = /^```[a-z0-9+#-]*$/i.test(line) ? lines.indexOf('```', at + 1) : -1;
    const isQuoting = codeEnd < 0 && line.startsWith('>') && !reference.test(line) && (line[1] !== '>' || reference.test(line.slice(1)));
    if (codeEnd >= 0) at = codeEnd;
    if (isQuoting) {
      const words = fold(line.slice(1)).replace(/^[> ]+/, '');
      if (isOpen) runs.at(-1)?.push(words);
      else runs.push([words]);
    }
    isOpen = isQuoting;
  }
  return runs;
}

/**
 * The longest stretch of a run, from one of its lines on, that a source holds.
 * @template T
 * @param {string[]} run
 * @param {number} from
 * @param {Source<T>[]} sources
 * @param {Set<number>} named
 */
function findBest(run, from, sources, named) {
  /** @type {{ post: T, to: number, rank: number[] } | undefined} */
  let best;
  for (const { post, no, own, quoted } of sources) {
    for (const held of [own, quoted]) {
      const { words, to } = findLongest(run, from, held);
      if (countLetters(words) < leastLetters && !(named.has(no) && holdsShort(held, words))) continue;
      const rank = [Number(named.has(no)), words.length, Number(held === own), no];
      if (best === undefined || isHigher(rank, best.rank)) best = { post, to, rank };
    }
  }
  return best;
}

/**
 * @param {string[]} run
 * @param {number} from
 * @param {string} held
 */
function findLongest(run, from, held) {
  let words = '';
  let to = from;
  for (let at = from; at < run.length; at++) {
    if (run[at] === '') continue;
    const longer = words === '' ? `${run[at]}` : `${words} ${run[at]}`;
    if (!held.includes(longer)) break;
    words = longer;
    to = at + 1;
  }
  return { words, to };
}

/**
 * Whether a few words stand in others as whole words: "art" is not quoted from "start".
 * @param {string} held
 * @param {string} words
 */
function holdsShort(held, words) {
  let at = countLetters(words) === 0 ? -1 : held.indexOf(words);
  while (at >= 0 && (isInsideWord(held, at) || isInsideWord(held, at + words.length))) at = held.indexOf(words, at + 1);
  return at >= 0;
}

/**
 * @param {string} held
 * @param {number} at
 */
function isInsideWord(held, at) {
  const around = held.slice(at - 1, at + 1);
  return /^[\p{L}\p{N}]{2}$/u.test(around) && countLetters(around) === 2;
}

/**
 * A sign of Chinese, Japanese or Korean writing says as much as two letters.
 * @param {string} words
 */
const countLetters = (words) =>
  (words.match(/[\p{L}\p{N}]/gu)?.length ?? 0) + (words.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu)?.length ?? 0);

/**
 * @param {number[]} one
 * @param {number[]} other
 */
function isHigher(one, other) {
  const at = one.findIndex((figure, place) => figure !== other[place]);
  return at >= 0 && (one[at] ?? 0) > (other[at] ?? 0);
}
