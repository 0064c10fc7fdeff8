const MAX_LENGTH = 120;
/** Of a longer name only the end is looked at. */
const MAX_SENT_LENGTH = 1024;
const MAX_EXTENSION_LENGTH = 12;

/** What a file without a usable name is called. */
const NAMELESS = 'file';

/**
 * The name a visitor's file had, made harmless to show: only the last part of a path, one line, without control, format
 * (bidi, zero-width, byte order mark), unassigned and half characters, at most three combining marks a base, no dots or
 * spaces at either end, at most 120 UTF-16 units with the extension kept. Never empty. Stored paths never derive from it.
 */
export function toHarmlessName(name: string): string {
  const lastPart = name.slice(-MAX_SENT_LENGTH).normalize('NFC').split(/[/\\]/).findLast((part) => /[^\s.]/u.test(part)) ?? '';
  const visible = lastPart
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, () => ' ')
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]+/gu, () => '')
    .replace(/(\p{M}{3})\p{M}+/gu, (_run, kept: string) => kept)
    .replace(/\s+/gu, () => ' ');
  return shorten(trimEnds(visible)) || NAMELESS;
}

function trimEnds(name: string): string {
  let start = 0;
  let end = name.length;
  while (start < end && isDotOrSpace(name[start])) start += 1;
  while (end > start && isDotOrSpace(name[end - 1])) end -= 1;
  return name.slice(start, end);
}

function isDotOrSpace(character: string | undefined): boolean {
  return character === '.' || character === ' ';
}

function shorten(name: string): string {
  if (name.length <= MAX_LENGTH) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= MAX_EXTENSION_LENGTH ? name.slice(dot) : '';
  let stem = '';
  for (const character of name) {
    if (stem.length + character.length + extension.length + 1 > MAX_LENGTH) break;
    stem += character;
  }
  return `${stem}…${extension}`;
}
