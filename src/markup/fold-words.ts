/** A stretch of a text that words are looked for in, and where it begins in the whole. */
export interface Piece {
  text: string;
  /** UTF-16 units from the beginning of the whole. */
  at: number;
}

/** Folded words, and for every unit of them where the character that it came from begins and ends in the whole. */
export interface FoldedPieces {
  words: string;
  starts: number[];
  ends: number[];
}

/**
 * What two texts may differ in and still say the same: references (they are marks, not words), signs of markup, white space,
 * then letters with their marks, one at a time. Every alternative takes at least one character and none backs up.
 */
const parts = /(?<left>>>>\/[a-z0-9]{1,16}\/\d{0,15}|>>\d{1,15}|[*~|`]+)|(?<space>\s+)|(?<plain>[a-z0-9]+)|(?:\P{M}\p{M}*|\p{M}+)/gu;

const alike: Record<string, string> = { '‘': "'", '’': "'", '‚': "'", '“': '"', '”': '"', '„': '"', '‐': '-', '‑': '-', '–': '-', '—': '-', 'ς': 'σ' };

/** The same in a text of which only the folded words are wanted: plain letters, figures, signs and white space stay as they are for now. */
const unplainParts = /(?<left>>>>\/[a-z0-9]{1,16}\/\d{0,15}|>>\d{1,15}|[*~|`]+)|[^a-z0-9\s\p{M}]\p{M}+|[^\0-\x7f\s\p{M}]|\p{M}+/gu;

/**
 * Folds a text for finding quoted words: NFKC, lower case, straight quotes and dashes, white space to one space, without
 * references and signs of markup. `public/js/find-quotes.js` folds the same way.
 */
export const foldWords = (text: string): string => foldTexts([text]);

/** Folds stretches of a text as one: the words of `foldPieces`, for whoever need not know where they came from. */
export function foldTexts(texts: readonly string[]): string {
  const folded = texts.map((text) => text.replaceAll(unplainParts, (part: string, left: string | undefined) => (left === undefined ? foldLetter(part) : '')));
  return folded.join('').toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

/** Folds stretches of a text as one, and remembers where everything came from. */
export function foldPieces(pieces: readonly Piece[]): FoldedPieces {
  let words = '';
  const starts: number[] = [];
  const ends: number[] = [];
  let spaceAt: number | undefined;
  for (const piece of pieces) {
    for (const part of piece.text.matchAll(parts)) {
      const at = piece.at + part.index;
      if (part.groups?.['left'] !== undefined) continue;
      if (part.groups?.['space'] !== undefined) {
        spaceAt ??= at;
        continue;
      }
      const isPlain = part.groups?.['plain'] !== undefined;
      const folded = isPlain ? part[0] : foldLetter(part[0]);
      if (folded === '') continue;
      if (spaceAt !== undefined && words !== '') {
        words += ' ';
        starts.push(spaceAt);
        ends.push(at);
      }
      spaceAt = undefined;
      words += folded;
      for (let unit = 0; unit < folded.length; unit++) {
        starts.push(isPlain ? at + unit : at);
        ends.push(isPlain ? at + unit + 1 : at + part[0].length);
      }
    }
  }
  return { words, starts, ends };
}

const foldLetter = (letter: string): string =>
  letter
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[‘’‚“”„‐‑–—ς]/g, (sign) => alike[sign] ?? sign)
    .replaceAll(/\s/g, '');

const letter = /[\p{L}\p{N}]/gu;
const denseLetter = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

/** How much folded words say, in letters and digits; a sign of Chinese, Japanese or Korean writing counts as two. */
export const countLetters = (words: string): number => (words.match(letter)?.length ?? 0) + (words.match(denseLetter)?.length ?? 0);
