/** More marks than this on one letter are not writing but a pile over the neighbouring lines. */
const marksPerBase = 3;

const lineEnds = /\r\n|[\r\v\f\u0085\u2028\u2029]/g;

/**
 * What is never seen but changes what is: control characters, marks that turn the direction of writing, and letters without
 * a shape. Tab and line feed stay; joiners and tags are judged by their neighbours below.
 */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const unseen = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}]|\u034f/gu;
const joiners = /(^|\s)[\u200c\u200d]+|[\u200c\u200d]+(?=\s|$)|([\u200c\u200d])[\u200c\u200d]+/gu;
/** The flags of England, Scotland and Wales are the one honest use of tag characters. */
const tags = /(\u{1f3f4}[\u{e0061}-\u{e007a}\u{e0030}-\u{e0039}]{1,6}\u{e007f})|[\u{e0000}-\u{e007f}]/gu;
const piledMarks = new RegExp(`([\\p{Mn}\\p{Me}]{${marksPerBase}})[\\p{Mn}\\p{Me}]+`, 'gu');

/**
 * A body as it is stored: NFC, line feeds alone, nothing invisible or turning, at most 3 combining marks a letter, no white
 * space at the ends of lines and no blank lines around. Doing it twice changes nothing. Rules: security.md D8.
 */
export function normalizeText(text: string): string {
  const lines = clean(text.replaceAll(lineEnds, '\n')).split('\n').map((line) => line.trimEnd());
  const first = lines.findIndex((line) => line !== '');
  if (first < 0) return '';
  return lines.slice(first, lines.findLastIndex((line) => line !== '') + 1).join('\n');
}

/** A name, subject, description or file name as it is stored: the same rules on one line without outer white space. */
export function normalizeLine(text: string): string {
  // The empty pattern of braille is white space to the eye, and would make a name that cannot be seen.
  const line = clean(text.replaceAll(lineEnds, ' ')).replaceAll(/\s+/g, ' ').trim();
  return /^[\u2800\s]*$/.test(line) ? '' : line;
}

/** Whether a text holds NUL or half a character. Such a text is refused and said so: no browser sends it, and it cannot be stored as it is. */
// oxlint-disable-next-line no-control-regex -- NUL is what it is about
export const hasForbiddenCharacter = (text: string): boolean => /[\u0000\p{Surrogate}]/u.test(text);

function clean(text: string): string {
  return text
    .replaceAll(/\p{Surrogate}/gu, '\ufffd')
    .replaceAll(unseen, '')
    .replaceAll(tags, (_, flag: string | undefined) => flag ?? '')
    .replaceAll(joiners, (_, before: string | undefined, first: string | undefined) => before ?? first ?? '')
    .normalize('NFC')
    .replaceAll(piledMarks, '$1');
}
