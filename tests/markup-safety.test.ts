import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseFragment, serialize } from 'parse5';
import { isCleanHtml } from '../src/markup/check-html.js';
import { toPlainText } from '../src/markup/excerpt.js';
import { fillReferences } from '../src/markup/fill-references.js';
import { findReferences } from '../src/markup/find-references.js';
import { matchQuotes, toProbes } from '../src/markup/match-quotes.js';
import { normalizeLine, normalizeText } from '../src/markup/normalize-text.js';
import { parseMarkup } from '../src/markup/parse-markup.js';
import { readQuotableText } from '../src/markup/quotable-text.js';
import { keepClean, renderMarkup } from '../src/markup/render-markup.js';
import { findOffPolicy, readText } from './support/html-policy.js';

const readVectors = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/vectors', name), 'utf8'));

/** Every number up to 50 is a post and every board exists, so that references come alive. */
const live = { posts: new Map(Array.from({ length: 50 }, (_, no) => [`/${no}`, no + 1000])), boards: new Set(['b', 'film']) };

/** The whole way of a body, as it is typed, to what is stored. */
function write(typed: string) {
  const parsed = parseMarkup(normalizeText(typed));
  const { runs } = findReferences(parsed);
  const bait = renderMarkup(parseMarkup('a quick brown fox says words that are long enough'), { ...live, matches: [] });
  const sources = [{ postId: 9, no: 9, ownWords: bait.ownWords, quotedWords: '', bodyHtml: bait.html }];
  return renderMarkup(parsed, { ...live, matches: matchQuotes(runs, sources, new Set([9])) });
}
const show = (html: string) => fillReferences(html, (id) => (id % 3 === 0 ? undefined : { href: `/b/thread/1#p${id}`, refText: `>>${id} (OP)`, srcText: `No. ${id}` }));

/** What stands in the place of markup that leaks. */
const leaky = (typed: string) => `<p>${typed}</p>`;

const words = ['**', '*', '***', '~~', '||', '`', '``', '\n```\n', '\n', '\n\n', '\n>', '>', '>>', '>>7', '>>>/film/', '>>>/b/12', '> quick brown fox says', ' ', '  ', '\t', 'words', 'é', '漢字', '👨‍👩‍👧', '\u0301', '\u202e', '\u200b'];
const links = ['https://', 'http://a.example/x', 'https://example.org/(a)', 'https://bücher.example', 'https://u:p@h.example/', 'javascript:alert(1)', '//evil.example', '"', "'", '&', '&amp;', '&#106;', '&lt;', '\\'];
const tags = ['<b>', '</b>', '<script>', '</p>', '<img src=x onerror=alert(1)>', '<svg>', '<math>', '<xmp>', '<textarea>', '</textarea>', '<!--', '-->', '<![CDATA[', ']]>', '<a class="ref" data-post="5">', '<plaintext>', '<', '/>', '=', '\u2028', '\u0000', '\ud83d', '\u{10ffff}'];
const soup = fc.array(fc.oneof(fc.constantFrom(...words), fc.constantFrom(...links), fc.constantFrom(...tags), fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 40 }).map((parts) => parts.join(''));
const runs = { numRuns: Number(process.env['MARKUP_RUNS'] ?? 1500) };

test('whatever is typed, nothing that a body may not hold comes out, stored or shown', () => {
  fc.assert(fc.property(soup, (typed) => {
    const { html, sanitizerChanged } = write(typed);
    assert.equal(sanitizerChanged, false);
    assert.deepEqual(findOffPolicy(html), []);
    assert.deepEqual(findOffPolicy(show(html)), []);
  }), runs);
});

test('what is shown is parsed the same however often it is parsed and written', () => {
  fc.assert(fc.property(soup, (typed) => {
    const once = serialize(parseFragment(show(write(typed).html)));
    assert.equal(serialize(parseFragment(once)), once);
  }), runs);
});

test('the words that are read are the words that were typed, and nothing typed is lost but signs and white space', () => {
  const bare = (text: string) => text.replaceAll(/[\s*~|`]/g, '');
  // The line that opens a block of code is a sign too, and a host that is no plain name is shown as it really is.
  const plain = soup.filter((typed) => !/```|:\/\/[a-z.]*[^a-z./\s]/i.test(typed));
  fc.assert(fc.property(plain, (typed) => {
    const shown = readText(write(typed).html);
    assert.equal(bare(shown), bare(normalizeText(typed)));
  }), runs);
});

test('the same body always comes out the same', () => {
  fc.assert(fc.property(soup, (typed) => assert.deepEqual(write(typed), write(typed))), { numRuns: 300 });
});

test('the text that offsets count in is what a browser finds outside of references and marks, stored or shown', () => {
  fc.assert(fc.property(soup, (typed) => {
    const { html } = write(typed);
    const { text } = readQuotableText(html);
    assert.equal(text, readText(html, ['ref', 'src']));
    assert.equal(readText(show(html), ['ref', 'src']), text);
  }), runs);
});

test('normalising is done once for good', () => {
  fc.assert(fc.property(soup, (typed) => {
    const once = normalizeText(typed);
    assert.equal(normalizeText(once), once);
    assert.equal(normalizeLine(normalizeLine(typed)), normalizeLine(typed));
  }), runs);
});

test('strings that broke other boards and libraries are text here', async (t) => {
  const vectors = readVectors('xss-regressions.json') as { id: string; payload: string }[];
  assert.ok(vectors.length >= 20);
  for (const { id, payload } of vectors) {
    await t.test(id, () => {
      for (const typed of [payload, `>${payload}`, `||${payload}||`, `\`${payload}\``, `>>1${payload}`, `https://example.org/${payload}`]) {
        const { html, sanitizerChanged } = write(typed);
        assert.equal(sanitizerChanged, false);
        assert.deepEqual(findOffPolicy(show(html)), []);
      }
    });
  }
});

test('the search for what may not come out finds it when markup leaks', () => {
  const vectors = readVectors('xss-regressions.json') as { payload: string }[];
  const caught = vectors.filter(({ payload }) => findOffPolicy(leaky(payload)).length > 0);
  assert.ok(caught.length >= vectors.length / 2, `${caught.length} of ${vectors.length}`);
  const leaks = ['<xmp>', '<p onclick="x()">', '<a href="javascript:x()">', '<svg><a/></svg>', '<a href="https://x.example">no rel</a>', '<span style="x">', '<!-- x -->', '<img src=x>'];
  for (const leak of leaks) assert.notDeepEqual(findOffPolicy(leak), [], leak);
});

test('HTML that leaks is caught before it is stored, and the body becomes plain text', () => {
  const parsed = parseMarkup('>>1 <b>x</b>\n**y**');
  const quotes = [{ position: 0, quotedPostId: 1, kind: 'number' as const, rangeStart: null, rangeEnd: null }];
  for (const leak of ['<p><script>x</script></p>', '<p onclick="x">y</p>', '<p><a href="javascript:x">y</a></p>', '<p><img src="x"></p>', '<p><a class="btn" href="/b/">y</a></p>', '<p>a < b</p>', '<p><b>x</b></p>', '<p>open', '<p><a href="https://x.example" rel="opener">y</a></p>', '<div>x</div>', '<p><span class="spoiler" tabindex="1">x</span></p>']) {
    assert.equal(isCleanHtml(leak), false, leak);
    assert.deepEqual(keepClean(leak, parsed, quotes), { html: '<p>&gt;&gt;1 &lt;b&gt;x&lt;/b&gt;<br>\n**y**</p>', ownWords: '<b>x</b> y', quotedWords: '', quotes: [], sanitizerChanged: true });
  }
  assert.equal(keepClean('<p>fine</p>', parsed, quotes).sanitizerChanged, false);
});

/** The cheapest of some runs, in milliseconds of processor time: what else the machine does is not in it. */
function measure(act: () => unknown): number {
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

const longestBody = 20_000;

test('no text costs more than its length: twice the text takes about twice the time', async (t) => {
  const { gens } = readVectors('redos-generators.json') as { gens: [name: string, prefix: string, unit: string, suffix: string][] };
  assert.ok(gens.length >= 50);
  const ownUnits: [string, string, string, string][] = [['fences', '', '```\n', ''], ['quoted fences', '', '>a long enough line of words\n', ''], ['pipes and spaces', '', '|| || ', ''], ['schemes', '', 'http://a ', ''], ['joiners', '', '\u200d', 'x'], ['tags', '', '\u{1f3f4}\u{e0067}', ''], ['bad hosts', '', 'https://[a', '']];
  for (const [name, prefix, unit, suffix] of [...gens, ...ownUnits]) {
    await t.test(name, () => {
      const make = (length: number) => prefix + unit.repeat(Math.ceil(length / unit.length)) + suffix;
      const run = (typed: string) => () => {
        const normal = normalizeText(typed);
        normalizeLine(typed);
        toPlainText(normal);
        toProbes(findReferences(parseMarkup(normal)).runs);
        write(normal);
      };
      run(make(2000))();
      const once = measure(run(make(longestBody)));
      // Too short to be told from noise; a quadratic pattern needs hundreds of milliseconds here.
      if (once < 40) return;
      const twice = measure(run(make(longestBody * 2)));
      assert.ok(twice / once <= 3, `${once.toFixed(1)} ms, then ${twice.toFixed(1)} ms`);
    });
  }
});
