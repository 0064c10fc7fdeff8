import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { fillReferences } from '../../src/markup/fill-references.js';
import { findReferences } from '../../src/markup/find-references.js';
import { matchQuotes } from '../../src/markup/match-quotes.js';
import { normalizeText } from '../../src/markup/normalize-text.js';
import { parseMarkup } from '../../src/markup/parse-markup.js';
import { renderMarkup } from '../../src/markup/render-markup.js';

/** The whole way of a body without a board around it, and texts to send along it. */

/** Written cases: who broke what with them stands beside each. */
export const readVectors = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/vectors', name), 'utf8'));

/** Every number up to 50 is a post and every board exists, so that references come alive. */
const live = { posts: new Map(Array.from({ length: 50 }, (_, no) => [`/${no}`, no + 1000])), boards: new Set(['b', 'film']) };
const bait = renderMarkup(parseMarkup('a quick brown fox says words that are long enough'), { ...live, matches: [] });
const sources = [{ postId: 9, no: 9, ownWords: bait.ownWords, quotedWords: '', bodyHtml: bait.html }];

/** The whole way of a body, as it is typed, to what is stored. */
export function writeMarkup(typed: string) {
  const parsed = parseMarkup(normalizeText(typed));
  const { runs } = findReferences(parsed);
  return renderMarkup(parsed, { ...live, matches: matchQuotes(runs, sources, new Set([9])) });
}

/** A stored body as pages show it. */
export const showMarkup = (html: string) => fillReferences(html, (id) => (id % 3 === 0 ? undefined : { href: `/b/thread/1#p${id}`, refText: `>>${id} (OP)`, srcText: `No. ${id}` }));

/** What stands in the place of markup that leaks. */
export const leakEverything = (typed: string) => `<p>${typed}</p>`;

/** What stands in the place of a sanitizer that takes away every element but lets through, as it is, what one of them holds (CVE-2026-44990). */
export const leakXmp = (typed: string) => `<p>${(/<xmp>([^]*?)<\/xmp>/i.exec(typed)?.[1] ?? '') + typed.replaceAll(/<[^>]*>/g, '').replaceAll('<', '&lt;')}</p>`;

const words = ['**', '*', '***', '~~', '||', '`', '``', '\n```\n', '\n', '\n\n', '\n>', '>', '>>', '>>7', '>>>/film/', '>>>/b/12', '> quick brown fox says', ' ', '  ', '\t', 'words', 'é', '漢字', '👨‍👩‍👧', '\u0301', '\u202e', '\u200b'];
const links = ['https://', 'http://a.example/x', 'https://example.org/(a)', 'https://bücher.example', 'https://u:p@h.example/', 'javascript:alert(1)', '//evil.example', '"', "'", '&', '&amp;', '&#106;', '&lt;', '\\'];
const tags = ['<b>', '</b>', '<script>', '</p>', '<img src=x onerror=alert(1)>', '<svg>', '<math>', '<xmp>', '<textarea>', '</textarea>', '<!--', '-->', '<![CDATA[', ']]>', '<a class="ref" data-post="5">', '<plaintext>', '<', '/>', '=', '\u2028', '\u0000', '\ud83d', '\u{10ffff}'];

/** Signs of markup, of HTML and of everything else, in any order. */
export const soup = fc.array(fc.oneof(fc.constantFrom(...words), fc.constantFrom(...links), fc.constantFrom(...tags), fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 40 }).map((parts) => parts.join(''));
