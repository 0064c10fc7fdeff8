import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { hasForbiddenCharacter, normalizeText } from '../../src/markup/normalize-text.js';
import { hostileStrings, inEveryPlace, mixedStrings } from '../support/hostile-strings.js';
import { readText } from '../support/html-policy.js';
import { type MarkupTrap, openMarkupTrap } from '../support/markup-trap.js';
import { openTestBoard, type TestBoard } from '../support/test-board.js';
import { openTestBrowser, type TestBrowser, until, untilLive } from '../support/test-browser.js';
import { leakEverything, leakXmp, readVectors, showMarkup, writeMarkup } from '../support/write-markup.js';

/** More bodies on one page than this only make it slow. */
const batch = 500;

describe('texts that would do harm, in a browser without any protection', () => {
  let trap: MarkupTrap;
  before(async () => {
    trap = await openMarkupTrap();
  });
  after(() => trap.close());

  it('run nothing, load nothing and make nothing that a body may not hold', async () => {
    const texts = [...hostileStrings.flatMap(inEveryPlace), ...mixedStrings(800)];
    assert.ok(texts.length >= 2000, `${texts.length} texts`);
    for (let from = 0; from < texts.length; from += batch) {
      const bodies = texts.slice(from, from + batch).map((typed) => showMarkup(writeMarkup(typed).html));
      const { executions, requests, offPolicy, pieces } = await trap.spring(bodies);
      assert.deepEqual({ executions, requests, offPolicy, pieces }, { executions: [], requests: [], offPolicy: [], pieces: bodies.length });
    }
  });

  it('are caught running when markup leaks, be it everything or what one element holds', async () => {
    const vectors = readVectors('xss-regressions.json') as { id: string; payload: string }[];
    const ofXmp = vectors.filter(({ id }) => id.startsWith('CVE-2026-44990')).map(({ payload }) => leakXmp(payload));
    assert.equal(ofXmp.length, 2);
    const ways = ['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<a href=javascript:alert(1)>x</a>', '<b onmouseover=alert(1)>x</b>'];
    for (const body of [...ofXmp, ...ways.map(leakEverything)]) {
      const { executions, offPolicy } = await trap.spring([body]);
      assert.ok(executions.length > 0, `${body} ran`);
      assert.ok(offPolicy.length > 0, `${body} is off policy`);
    }
    const { requests } = await trap.spring([leakEverything('<img src=http://evil.example/x>')]);
    assert.deepEqual(requests, ['http://evil.example/x']);
  });
});

describe('texts that would do harm, on the board', () => {
  let board: TestBoard;
  let browser: TestBrowser;
  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('moat');
    browser = await openTestBrowser(board);
  });
  afterEach(() => browser.closeReaders());
  after(async () => {
    await browser.close();
    await board.close();
  });

  it('are read as they were typed, from the page and as news, and the page’s policy has nothing to stop', async () => {
    const texts = hostileStrings.filter((text) => /[<&"']/.test(text) && !hasForbiddenCharacter(text));
    const thread = await board.startThread('moat', { name: '"><script>alert(1)</script>', subject: '<img src=x onerror=alert(1)>' });
    const half = Math.floor(texts.length / 2);
    for (const text of texts.slice(0, half)) await board.reply(thread, text);
    const { page } = await browser.read(`/moat/thread/${thread.no}`);
    await untilLive(page);
    for (const text of texts.slice(half)) await board.reply(thread, text);
    const count = `document.querySelectorAll('#thread > .post').length === ${texts.length + 1}`;
    await until(page, count);
    const shown = await page.locator('#thread > .post > div').evaluateAll((bodies) => bodies.map((body) => body.textContent));
    await page.reload();
    await until(page, count);
    const again = await page.locator('#thread > .post > div').evaluateAll((bodies) => bodies.map((body) => body.textContent));
    assert.deepEqual(again, shown, 'news and page say the same');
    const stored = await board.db.selectFrom('posts').select('body_html').where('body', 'in', texts.map(normalizeText)).orderBy('no').execute();
    const bare = (text = '') => text.replaceAll(' (OP)', '').replaceAll(/\s+/g, ' ').trim();
    assert.equal(stored.length, texts.length);
    for (const [at, { body_html }] of stored.entries()) assert.equal(bare(shown[at + 1] ?? ''), bare(readText(body_html)));
  });
});
