/**
 * V8 is quick at looking for texts up to this length, whatever they are. Of longer ones it keeps no table: a few thousand times the same
 * letter would be compared at every place of a text like that.
 */
const longestQuick = 250;
/** So many long texts are remembered: the lines of one quote are asked for in one source after the other. */
const mostKnown = 64;

/** Where one text stands in another, from some place on, or -1. */
export type FindText = (held: string, words: string, from?: number) => number;

/** Makes a search that takes no more than some steps for each unit of the text that is searched. It remembers what it was asked for last. */
export function createTextFinder(): FindText {
  const known = new Map<string, Uint32Array>();
  return (held, words, from = 0) => {
    if (words.length <= longestQuick) return held.indexOf(words, from);
    const borders = known.get(words) ?? listBorders(words);
    if (known.size >= mostKnown) known.clear();
    known.set(words, borders);
    return findByBorders(held, words, borders, from);
  };
}

/** For each beginning of a text, the length of its longest end that it begins with (Knuth, Morris and Pratt). */
function listBorders(words: string): Uint32Array {
  const borders = new Uint32Array(words.length);
  for (let index = 1, border = 0; index < words.length; index += 1) {
    while (border > 0 && words.charCodeAt(index) !== words.charCodeAt(border)) border = borders[border - 1] ?? 0;
    if (words.charCodeAt(index) === words.charCodeAt(border)) border += 1;
    borders[index] = border;
  }
  return borders;
}

function findByBorders(held: string, words: string, borders: Uint32Array, from: number): number {
  for (let index = from, matched = 0; index < held.length; index += 1) {
    while (matched > 0 && held.charCodeAt(index) !== words.charCodeAt(matched)) matched = borders[matched - 1] ?? 0;
    if (held.charCodeAt(index) === words.charCodeAt(matched)) matched += 1;
    if (matched === words.length) return index - matched + 1;
  }
  return -1;
}
