/** Control signs and those that turn the direction of text around: nobody types them on purpose. */
const unwanted = /[\u202A-\u202E\u2066-\u2069\u200E\u200F]/gu;

/** One line of typed words: composed letters, single spaces. */
export const tidyLine = (typed: string) => typed.normalize('NFC').replace(unwanted, '').replace(/[\p{Cc}\s]+/gu, ' ').trim();

/** Several lines of typed words: composed letters, plain line ends, at most one empty line in a row. */
export const tidyLines = (typed: string) =>
  typed
    .normalize('NFC')
    .replace(unwanted, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]+/gu, ' ')
    .replace(/\n{3,}/g, '\n\n')
    .trim();

/** The beginning of a text as one line of at most `length` UTF-16 units. */
export function toExcerpt(text: string, length: number): string {
  const line = text.slice(0, length * 4).replace(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1).trimEnd()}…`;
}
