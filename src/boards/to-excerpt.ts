import { toPlainText } from '../markup/excerpt.js';

/** The beginning of a typed text as one line of at most `length` UTF-16 units, without marks and with spoilers covered. */
export function toExcerpt(body: string, length: number): string {
  const line = toPlainText(body).replace(/\s+/gu, ' ').trim();
  if (line.length <= length) return line;
  const cut = line.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '');
  const lastSpace = cut.lastIndexOf(' ');
  return `${(lastSpace > length * 0.7 ? cut.slice(0, lastSpace) : cut).replace(/[\s,;:.–-]+$/u, '')}…`;
}
