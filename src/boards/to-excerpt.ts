import { toPlainText } from '../markup/excerpt.js';

/**
 * The beginning of a typed text as one line of at most `length` UTF-16 units, without marks and with spoilers covered. What its
 * writer answers to is left out, as long as there are words of his own.
 */
export function toExcerpt(body: string, length: number): string {
  const lines = toPlainText(body).split('\n');
  const own = lines.map((line) => line.replace(leadingReferences, '')).filter((line) => !line.startsWith('>') && line.trim() !== '');
  return cut((own.length > 0 ? own : lines).join(' ').replace(/\s+/gu, ' ').trim(), length);
}

/** `>>123` and `>>>/b/123` at the beginning of a line. */
const leadingReferences = /^(?:(?:>>\d+|>>>\/[a-z0-9]+\/\d*)\s*)+/;

/** Cuts between words when there is a gap near the end, and never through a letter of two units. */
function cut(line: string, length: number): string {
  if (line.length <= length) return line;
  const start = line.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '');
  const lastSpace = start.lastIndexOf(' ');
  return `${(lastSpace > length * 0.7 ? start.slice(0, lastSpace) : start).replace(/(?<![\s,;:.–-])[\s,;:.–-]+$/u, '')}…`;
}
