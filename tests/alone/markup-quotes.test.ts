import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { findReferences } from '../../src/markup/find-references.js';
import { foldPieces, foldTexts, foldWords } from '../../src/markup/fold-words.js';
import { matchQuotes, type QuoteSource } from '../../src/markup/match-quotes.js';
import { normalizeText } from '../../src/markup/normalize-text.js';
import { parseMarkup } from '../../src/markup/parse-markup.js';
import { readQuotableText } from '../../src/markup/quotable-text.js';
import { renderMarkup } from '../../src/markup/render-markup.js';

/** Choosing the sources of quoted words: the server's rules, the same rules in the browser, and where the words stand. */

interface BrowserSource {
  post: number;
  no: number;
  own: string;
  quoted: string;
}
const { findQuotes, fold }: { findQuotes: (text: string, sources: BrowserSource[]) => number[]; fold: (text: string) => string } = await import(
  pathToFileURL(join(import.meta.dirname, '../../public/js/find-quotes.js')).href
);

/** The earlier posts of a thread, numbered from 1 on; every number is a post that can be named. */
function makeSources(bodies: readonly string[]): QuoteSource[] {
  return bodies.map((body, at) => {
    const { html, ownWords, quotedWords } = renderMarkup(parseMarkup(body), { posts: new Map([['/1', 1]]), boards: new Set(), matches: [] });
    return { postId: at + 1, no: at + 1, ownWords, quotedWords, bodyHtml: html };
  });
}

/** Which words of which post a reply quotes. */
function find(reply: string, bodies: readonly string[]): [no: number, words: string][] {
  const sources = makeSources(bodies);
  const { runs, posts } = findReferences(parseMarkup(reply));
  return matchQuotes(runs, sources, new Set(posts.map(({ no }) => no))).map(({ postId, start, end }) => [
    postId,
    readQuotableText(sources[postId - 1]?.bodyHtml ?? '').text.slice(start, end),
  ]);
}

const findInBrowser = (reply: string, bodies: readonly string[]): number[] =>
  findQuotes(reply, makeSources(bodies).map(({ no, ownWords, quotedWords }) => ({ post: no, no, own: ownWords, quoted: quotedWords })));

const garden = 'I dug one bed.\nThe carrots liked it, the beans did not.\n\nNext year I will leave both beds alone.';

const cases: [what: string, bodies: string[], reply: string, found: [number, string][]][] = [
  ['a whole line', [garden], '>The carrots liked it, the beans did not.', [[1, 'The carrots liked it, the beans did not.']]],
  ['a part of a paragraph', [garden], '>the beans did not', [[1, 'the beans did not']]],
  ['words that are wrapped differently', ['one two three four\nfive six seven eight'], '>three four five\n>six seven', [[1, 'three four\nfive six seven']]],
  ['words over a paragraph end', [garden], '>the beans did not.\n>\n>Next year I will', [[1, 'the beans did not.\nNext year I will']]],
  ['another case, other spaces, wide letters', [garden], '>THE   ＣＡＲＲＯＴＳ liked\u00a0it', [[1, 'The carrots liked it']]],
  ['curly quotes and dashes', ['He said "it\'s done - at last" and left'], '>“it’s done – at last”', [[1, '"it\'s done - at last"']]],
  ['ligatures and letters that become several', ['the oﬃcial straße of many words'], '>official STRASSE', []],
  ['a ligature alone', ['the oﬃcial record of words'], '>official record', [[1, 'oﬃcial record']]],
  ['words with markup in the source', ['this is **very important** and `code` too'], '>is very important and code', [[1, 'is very important and code']]],
  ['words with markup in the quote', ['this is very important indeed'], '>this is **very** ~~important~~', [[1, 'this is very important']]],
  ['words around a reference', ['as >>1 said long ago today'], '>as >>1 said long ago', [[1, 'as  said long ago']]],
  ['words inside code', ['```\nfor (const x of list) print(x)\n```'], '>for (const x of list)', [[1, 'for (const x of list)']]],
  ['a quote of a quote goes to whose words they are', [garden, '>the beans did not\nMine did well.'], '>the beans did not', [[1, 'the beans did not']]],
  ['a quote of a quote whose source is gone', ['nothing', '>the beans did not\n>like it there\nMine did.'], '>the beans did not\n>like it there', [[2, 'the beans did not\n>like it there']]],
  ['a mark more in front of a quoted quote', ['nothing', '>the beans did not\nMine did.'], '> >the beans did not', [[2, 'the beans did not']]],
  ['the latest of several', ['we all say this sentence', 'we all say this sentence', 'other'], '>we all say this sentence', [[2, 'we all say this sentence']]],
  ['the named one of several', ['we all say this sentence', 'we all say this sentence'], '>>1\n>we all say this sentence', [[1, 'we all say this sentence']]],
  ['the named one, though another holds more', ['first line of words', 'first line of words\nsecond line of words'], '>>1\n>first line of words\n>second line of words', [[1, 'first line of words'], [2, 'second line of words']]],
  ['the named one, though they are not its own words', ['the beans did not grow', '>the beans did not grow\nyes'], '>the beans did not grow\n>>2', [[2, 'the beans did not grow']]],
  ['the one that holds most of the run', ['first line of words\nsecond line of words', 'first line of words'], '>first line of words\n>second line of words', [[1, 'first line of words\nsecond line of words']]],
  ['lines of one run from different posts', ['first line of words', 'second line of words'], '>first line of words\n>second line of words', [[1, 'first line of words'], [2, 'second line of words']]],
  ['a line of the quoting poster between them', ['first line of words', 'second line of words'], '>first line of words\n>no, not at all like that\n>second line of words', [[1, 'first line of words'], [2, 'second line of words']]],
  ['two passages of one post', ['first line of words\nin between\nsecond line of words'], '>first line of words\n>second line of words', [[1, 'first line of words'], [1, 'second line of words']]],
  ['short lines that are long together', ['so it is\nand will be'], '>so it is\n>and will be', [[1, 'so it is\nand will be']]],
  ['short lines are plain', ['that is so'], '>that is so', []],
  ['short lines are found when the post is named', ['what he said', 'that is so'], '>>2\n>is so', [[2, 'is so']]],
  ['short words are whole words', ['a start was made'], '>>1\n>art', []],
  ['a line without a letter finds nothing', ['well ... ok'], '>>1\n>...', []],
  ['Japanese says more with fewer signs', ['今日は天気がいいですね'], '>天気がいいです', [[1, '天気がいいです']]],
  ['words that nobody wrote', [garden], '>the cabbages did very well', []],
  ['two marks are no text quote', [garden], '>>the beans did not', []],
  ['words in a block of code quote nobody', [garden], '```\n>the beans did not\n```', []],
  ['signs that are patterns elsewhere', ['100% of _users_ \\ say $1 (.*) [a-z]+ works'], '>100% of _users_ \\ say $1 (.*)', [[1, '100% of _users_ \\ say $1 (.*)']]],
  ['astral letters before the words', ['😀😀 and then some words here'], '>and then some words', [[1, 'and then some words']]],
];

for (const [what, bodies, reply, found] of cases) {
  test(`a quote finds its source: ${what}`, () => {
    assert.deepEqual(find(reply, bodies), found);
    assert.deepEqual(findInBrowser(reply, bodies), [...new Set(found.map(([no]) => no))], 'in the browser');
  });
}

const foldable = fc.array(fc.constantFrom('a', 'B', 'É', 'ß', 'ﬁ', 'Ⅷ', 'Σ', 'ＡＢ', 'İ', '½', '¨', 'e\u0301\u0302', '漢', 'ㄱ', 'ﾊﾞ', '😀', ' ', '\u00a0', '\n', '“', '’', '—', '**', '|', '>>12', '>>>/b/3', '>', '1'), { maxLength: 30 }).map((parts) => normalizeText(parts.join('')));

test('the browser folds every text as the server does', () => {
  fc.assert(fc.property(foldable, (typed) => assert.equal(fold(typed), foldWords(typed))), { numRuns: 2000 });
});

test('the words that a post is found by are those that are found where they stand', () => {
  const unicode = fc.oneof(foldable, fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ unit: fc.constantFrom('A', 'z', '\u0301', '*', ' ', '>', '>>1', '\u3000', '´', 'Σ'), maxLength: 20 }));
  fc.assert(fc.property(fc.array(unicode, { maxLength: 3 }), (texts) => assert.equal(foldTexts(texts), foldPieces(texts.map((text) => ({ text, at: 0 }))).words)), { numRuns: 3000 });
});

test('whatever part of a post is quoted, it is found where it stands', () => {
  const word = fc.constantFrom('bed', 'carrots', 'ﬁne', 'Straße', '**bold**', '*it*', '`code`', '||hid||', 'über', '漢字', '😀', '100%', 'a_b', '\n', '\n\n', '“so”');
  const body = fc.array(word, { minLength: 14, maxLength: 40 }).map((words) => normalizeText(words.join(' ')));
  fc.assert(
    fc.property(body, fc.nat(), fc.nat(), (source, from, length) => {
      const [stored] = makeSources([source]);
      const { text } = readQuotableText(stored?.bodyHtml ?? '');
      const letters = [...text];
      const start = from % letters.length;
      const part = letters.slice(start, start + 20 + (length % 60)).join('').trim();
      const reply = part.split('\n').map((line) => `>${line}`).join('\n');
      fc.pre(foldWords(part).replaceAll(/[^\p{L}\p{N}]/gu, '').length >= 12);
      const found = find(`>>1\n${reply}`, [source]).map(([, words]) => foldWords(words)).join(' ');
      assert.equal(found, foldWords(part));
    }),
    { numRuns: 1000 },
  );
});

test('a post of the longest kind that quotes line by line is matched without trouble', () => {
  const lines = Array.from({ length: 60 }, (_, at) => `the same long line of words number ${at % 7}`);
  const sources = makeSources(Array.from({ length: 64 }, (_, at) => [...lines.slice(at % 5), 'x'.repeat(5000)].join('\n')));
  const { runs } = findReferences(parseMarkup(lines.map((line) => `>${line}`).join('\n')));
  const start = performance.now();
  assert.ok(matchQuotes(runs, sources, new Set()).length > 0);
  assert.ok(performance.now() - start < 1000);
});
