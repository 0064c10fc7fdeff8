import { unescapeHtml } from './escape-html.js';
import { foldPieces, foldTexts, type FoldedPieces, type Piece } from './fold-words.js';

/**
 * The text of a post that quotes count in: what the browser finds in the text nodes of a post's body, without what stands in
 * references and source marks (`public/js/text-ranges.js`). Offsets into it are UTF-16 units.
 */
export interface QuotableText {
  text: string;
  /** What the poster wrote, and what the poster quoted, the latter without the marks at the beginnings of lines. */
  own: Piece[];
  quoted: Piece[];
}

const tagOrText = /<(\/?)([a-z]+)((?:[^a-z<>][^<>]*)?)>|[^<]+/g;
const uncounted = /^ class="(?:ref|src)"/;
const quoteMarks = /^(\n?)[> \t]*/;

/** Reads the quotable text out of a stored body's HTML. Understands what `renderMarkup` writes, and nothing else. */
export function readQuotableText(bodyHtml: string): QuotableText {
  const read: QuotableText = { text: '', own: [], quoted: [] };
  let skippedTag = '';
  let isQuoted = false;
  let isFirst = false;
  for (const [whole, slash, name, attributes = ''] of bodyHtml.matchAll(tagOrText)) {
    if (name !== undefined) {
      if (slash === '/' && name === skippedTag) skippedTag = '';
      else if (slash === '' && uncounted.test(attributes)) skippedTag = name;
      if (name !== 'blockquote') continue;
      isQuoted = slash === '';
      isFirst = isQuoted;
      if (isQuoted) read.quoted.push({ text: '\n', at: read.text.length });
    } else if (skippedTag === '') {
      const text = unescapeHtml(whole);
      const at = read.text.length;
      if (!isQuoted) read.own.push({ text, at });
      else read.quoted.push(...withoutMarks({ text, at }, isFirst));
      isFirst = false;
      read.text += text;
    }
  }
  return read;
}

/** A quoted piece without the mark that its line begins with. A piece holds one line end at most, as its first unit. */
function withoutMarks({ text, at }: Piece, isFirst: boolean): Piece[] {
  if (!isFirst && !text.startsWith('\n')) return [{ text, at }];
  const [marks = '', lineEnd = ''] = quoteMarks.exec(text) ?? [];
  return [{ text: lineEnd, at }, { text: text.slice(marks.length), at: at + marks.length }];
}

/** The folded words that a post is found by. */
export function foldQuotableWords(bodyHtml: string): { own: string; quoted: string } {
  const { own, quoted } = readQuotableText(bodyHtml);
  const toWords = (pieces: Piece[]) => foldTexts(pieces.map(({ text }) => text));
  return { own: toWords(own), quoted: toWords(quoted) };
}

/** The same, and where in its quotable text they stand. */
export function foldQuotable(bodyHtml: string): { own: FoldedPieces; quoted: FoldedPieces } {
  const { own, quoted } = readQuotableText(bodyHtml);
  return { own: foldPieces(own), quoted: foldPieces(quoted) };
}
