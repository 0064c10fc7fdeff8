import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isCleanHtml } from '../../src/markup/check-html.js';
import { parseMarkup } from '../../src/markup/parse-markup.js';
import { keepClean } from '../../src/markup/render-markup.js';
import { hostileStrings, inEveryPlace } from '../support/hostile-strings.js';
import { findOffPolicy } from '../support/html-policy.js';
import { markupRules } from '../support/markup-rules.js';
import { leakEverything, leakXmp, readVectors, showMarkup as show, soup, writeMarkup as write } from '../support/write-markup.js';

/** `npm run fuzz -- markup` does twenty times as many. */
const runs = { numRuns: 5000 };

for (const [rule, hold] of Object.entries(markupRules)) {
  test(`whatever is typed, ${rule}`, () => {
    fc.assert(fc.property(soup, hold), runs);
  });
}

test('strings that do harm are text here, wherever they stand', () => {
  const texts = hostileStrings.flatMap(inEveryPlace);
  assert.ok(texts.length >= 1200, `${texts.length} texts`);
  for (const typed of texts) {
    const { html, sanitizerChanged } = write(typed);
    assert.equal(sanitizerChanged, false, typed);
    assert.deepEqual(findOffPolicy(show(html)), [], typed);
  }
});

test('the search for what may not come out finds it when markup leaks', () => {
  const vectors = readVectors('xss-regressions.json') as { payload: string }[];
  const caught = vectors.filter(({ payload }) => findOffPolicy(leakEverything(payload)).length > 0);
  assert.ok(caught.length >= vectors.length / 2, `${caught.length} of ${vectors.length}`);
  const ofXmp = vectors.filter(({ payload }) => findOffPolicy(leakXmp(payload)).length > 0);
  assert.ok(ofXmp.length >= 2, `${ofXmp.length} come through an element`);
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
