import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { openTestBoard, type Posted, type TestBoard } from '../support/test-board.js';
import { countLoads, findPost, lostLine, openTestBrowser, readPostNos, type TestBrowser, until, untilLive } from '../support/test-browser.js';

/** Changes come at once; on a machine that does much else, a little later. */
const soonMs = 3000;

/** Several browsers in one thread: what one does, the others see. */
describe('a live thread', () => {
  let board: TestBoard;
  let browser: TestBrowser;
  before(async () => {
    // A port that stays the same when the board starts again.
    board = await openTestBoard({ settings: { PORT: String(await findFreePort()) } });
    await board.makeBoard('plots');
    browser = await openTestBrowser(board);
  });
  afterEach(() => browser.closeReaders());
  after(async () => {
    await browser.close();
    await board.close();
  });

  it('a reply that one browser posts is on the other one’s page within a second, without loading it again', async () => {
    const thread = await board.startThread('plots', { subject: 'Raised beds' });
    const ann = await browser.read(`/plots/thread/${thread.no}`);
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    await untilLive(ben.page);
    const loads = countLoads(ben.page);
    await ann.page.getByRole('textbox', { name: 'Text' }).fill('Two feet is enough.');
    await ann.page.getByRole('button', { name: 'Post reply' }).click();
    await ben.page.locator('.post', { hasText: 'Two feet is enough.' }).waitFor({ timeout: 1000 });
    await ann.page.locator('.post', { hasText: 'Two feet is enough.' }).waitFor({ timeout: 1000 });
    assert.equal(loads(), 0);
    assert.equal((await readPostNos(ben.page)).length, 2);
    assert.equal((await readPostNos(ann.page)).length, 2, 'its poster sees it once');
    await ben.page.getByText('1 reply', { exact: true }).first().waitFor();
  });

  it('a reader without script sees the same reply when the page is loaded again', async () => {
    const thread = await board.startThread('plots');
    const ann = await browser.read(`/plots/thread/${thread.no}`);
    const cat = await browser.read(`/plots/thread/${thread.no}`, { javaScriptEnabled: false });
    await ann.page.getByRole('textbox', { name: 'Text' }).fill('Told to everybody.');
    await ann.page.getByRole('button', { name: 'Post reply' }).click();
    await ann.page.locator('.post', { hasText: 'Told to everybody.' }).waitFor();
    assert.equal(await cat.page.locator('.post').count(), 1);
    await cat.page.getByRole('link', { name: 'Refresh' }).click();
    await cat.page.locator('.post', { hasText: 'Told to everybody.' }).waitFor();
  });

  it('a quote puts its backlink and the line under the quoted words on every open page at once', async () => {
    const thread = await board.startThread('plots', { body: 'The beds face south. Carrots want two feet of loose soil.' });
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    await untilLive(ben.page);
    const loads = countLoads(ben.page);
    const source = findPost(ben.page, thread.no);
    assert.equal(await source.locator('footer').count(), 0);
    const named = await board.reply(thread, `>>${thread.no}\nAgreed.`);
    await source.locator('footer a', { hasText: `>>${named.no}` }).waitFor({ timeout: soonMs });
    const quoting = await board.reply(thread, '>carrots want two feet\nOne is enough.');
    await source.locator('footer a', { hasText: `>>${quoting.no}` }).waitFor({ timeout: soonMs });
    await source.locator('mark.passage', { hasText: /^Carrots want two feet$/ }).waitFor({ timeout: soonMs });
    const mark = findPost(ben.page, quoting.no).locator('.quote--src .src');
    assert.equal(await mark.getAttribute('href'), `/plots/thread/${thread.no}#p${thread.no}`);
    assert.equal(loads(), 0);
  });

  it('a browser that was offline gets exactly what it missed, once and in order', async () => {
    const thread = await board.startThread('plots');
    const early = await board.reply(thread, 'Before the tunnel.');
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    ben.allow(lostLine);
    await untilLive(ben.page);
    const live = await board.reply(thread, 'Just before it.');
    await findPost(ben.page, live.no).waitFor();
    const loads = countLoads(ben.page);

    await ben.context.setOffline(true);
    browser.cutLines();
    await ben.page.locator('[data-live].live--off').waitFor();
    const missed: number[] = [];
    for (const words of ['First.', 'Second.', 'Third.']) missed.push((await board.reply(thread, words)).no);
    const answer = await board.send(`/plots/post/${early.no}/delete`, { what: 'post' });
    assert.equal(answer.status, 303);
    assert.deepEqual(await readPostNos(ben.page), [thread.no, early.no, live.no], 'nothing came while it was away');

    await ben.context.setOffline(false);
    await untilLive(ben.page);
    await findPost(ben.page, missed.at(-1) ?? 0).waitFor();
    const next = await board.reply(thread, 'After the tunnel.');
    await findPost(ben.page, next.no).waitFor();
    const nos = await readPostNos(ben.page);
    assert.deepEqual(nos.filter((no) => no !== early.no), [thread.no, live.no, ...missed, next.no]);
    await ben.page.locator('.post', { hasText: 'Before the tunnel.' }).waitFor({ state: 'detached' });
    assert.equal(loads(), 0);
  });

  it('a page says at once that its network is gone, long before its line is found dead, and is live as soon as it is back', async () => {
    const thread = await board.startThread('plots');
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    ben.allow(lostLine);
    await untilLive(ben.page);
    await ben.context.setOffline(true);
    await ben.page.locator('[data-live].live--off').waitFor({ timeout: 2 * soonMs });
    const missed = await board.reply(thread, 'In the tunnel.');
    await ben.context.setOffline(false);
    await findPost(ben.page, missed.no).waitFor({ timeout: 5 * soonMs });
    await untilLive(ben.page);
  });

  it('a line that breaks without a word comes back by itself, and nothing is missing or twice', async () => {
    const thread = await board.startThread('plots');
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    ben.allow(lostLine);
    const expected = [thread.no];
    for (let round = 0; round < 3; round += 1) {
      await untilLive(ben.page);
      browser.cutLines();
      expected.push((await board.reply(thread, `While the line was cut, ${round}.`)).no);
      await ben.page.locator('.live--off').waitFor();
      await findPost(ben.page, expected.at(-1) ?? 0).waitFor();
    }
    await untilLive(ben.page);
    expected.push((await board.reply(thread, 'Live again.')).no);
    await findPost(ben.page, expected.at(-1) ?? 0).waitFor({ timeout: soonMs });
    assert.deepEqual(await readPostNos(ben.page), expected);
  });

  it('a page whose sockets are refused asks by itself', async () => {
    const thread = await board.startThread('plots');
    const ben = await browser.read();
    ben.allow(lostLine);
    const letThrough = browser.refuseLines();
    await ben.page.goto(`/plots/thread/${thread.no}`);
    await ben.page.locator('[data-live].live--off').waitFor();
    const reply = await board.reply(thread, 'Fetched.');
    await findPost(ben.page, reply.no).waitFor();
    letThrough();
  });

  it('a post that its poster deletes goes from every open page, and its thread counts one reply less', async () => {
    const thread = await board.startThread('plots');
    const ann = await browser.read(`/plots/thread/${thread.no}`);
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    await untilLive(ben.page);
    await ann.page.getByRole('textbox', { name: 'Text' }).fill('I should not have said this.');
    await ann.page.getByRole('button', { name: 'Post reply' }).click();
    const own = ann.page.locator('.post', { hasText: 'I should not have said this.' });
    await own.waitFor();
    await ben.page.locator('.post', { hasText: 'I should not have said this.' }).waitFor();
    await ben.page.getByRole('separator').filter({ hasText: '1 new post' }).waitFor();

    await own.getByRole('link', { name: /menu|more/i }).click();
    await ann.page.getByRole('link', { name: 'Delete…' }).click();
    await ann.page.getByRole('button', { name: 'Delete' }).click();
    await ann.page.waitForURL(`**/plots/thread/${thread.no}`);
    assert.equal(await ann.page.getByText('I should not have said this.').count(), 0);
    await ben.page.locator('.post', { hasText: 'I should not have said this.' }).waitFor({ state: 'detached', timeout: soonMs });
    await ben.page.getByText('0 replies', { exact: true }).first().waitFor();
    await ben.page.getByRole('separator').waitFor({ state: 'detached' });
  });

  it('the files of a post go from open pages when its poster deletes them alone', async () => {
    const thread = await board.startThread('plots');
    const picture = { name: 'posts.png', content: onePixel };
    const reply = await board.reply(thread, 'With a picture.', [picture]);
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    await untilLive(ben.page);
    await findPost(ben.page, reply.no).locator('.file img').waitFor();
    assert.equal((await board.send(`/plots/post/${reply.no}/delete`, { what: 'files' })).status, 303);
    await findPost(ben.page, reply.no).locator('.file').waitFor({ state: 'detached', timeout: soonMs });
    await findPost(ben.page, reply.no).getByText('With a picture.').waitFor();
  });

  it('what changes above does not move the post that is being read, after a jump to it and after scrolling', async () => {
    const thread = await board.startThread('plots');
    const nos: number[] = [];
    for (let count = 0; count < 24; count += 1) nos.push((await board.reply(thread, `Reply ${count}.\nOf several lines.\nThat fill the screen.`)).no);
    const [far = 0, near = 0, next = 0, read = 0] = [nos[2], nos[10], nos[11], nos[12]];
    const { page } = await browser.read(`/plots/thread/${thread.no}#p${read}`);
    await untilLive(page);
    const readTop = () => findPost(page, read).evaluate((post) => Math.round(post.getBoundingClientRect().top));
    for (const way of ['jumped', 'scrolled']) {
      if (way === 'scrolled') {
        const before = await page.evaluate<number>('scrollY');
        await page.mouse.move(400, 400);
        await page.mouse.wheel(0, -160);
        await until(page, `scrollY === ${before - 160}`);
      }
      const top = await readTop();
      assert.ok(top > 0 && top < 400, `the post is on the screen: ${top}`);
      for (const no of [far, near, next]) {
        const quoting = await board.reply(thread, `>>${no}\nQuoted.`);
        await findPost(page, no).locator('footer a', { hasText: `>>${quoting.no}` }).waitFor({ state: 'attached' });
        assert.ok(Math.abs((await readTop()) - top) <= 1, `${way}: ${top} became ${await readTop()} when ${no} was quoted`);
      }
    }
  });

  it('new posts are counted at the place where reading stopped, and the line above them leads there', async () => {
    const thread = await board.startThread('plots', { body: `A long first post.\n${'Line upon line.\n'.repeat(80)}` });
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    await untilLive(ben.page);
    await board.reply(thread, 'One.');
    const last = await board.reply(thread, 'Two.');
    const link = ben.page.locator('.rail [data-new]');
    await link.filter({ hasText: '2 new posts' }).waitFor();
    await link.click();
    await until(ben.page, `location.hash === '#new' && scrollY > 0`);
    await ben.page.getByRole('separator').filter({ hasText: '2 new posts' }).waitFor();
    await findPost(ben.page, last.no).scrollIntoViewIfNeeded();
    await link.waitFor({ state: 'hidden' });
  });

  it('an open page outlives a restart of the board', async () => {
    const thread = await board.startThread('plots');
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    ben.allow(lostLine);
    await untilLive(ben.page);
    await board.restart();
    const visitor = board.open();
    const missed = await visitor.reply(thread, 'Posted while the page was without a line.');
    await findPost(ben.page, missed.no).waitFor({ timeout: 20_000 });
    await untilLive(ben.page);
    const next = await visitor.reply(thread, 'And one more.');
    await findPost(ben.page, next.no).waitFor({ timeout: soonMs });
    assert.deepEqual(await readPostNos(ben.page), [thread.no, missed.no, next.no]);
  });
});

describe('a live board', () => {
  let board: TestBoard;
  let browser: TestBrowser;
  before(async () => {
    board = await openTestBoard();
    browser = await openTestBrowser(board);
  });
  afterEach(() => browser.closeReaders());
  after(async () => {
    await browser.close();
    await board.close();
  });

  for (const [name, slug, path] of [['index', 'shelf', '/shelf/'], ['catalog', 'desk', '/desk/catalog']] as const) {
    it(`the ${name} tells of new threads and new replies, and shows them when it is asked to`, async () => {
      await board.makeBoard(slug);
      const old = await board.startThread(slug, { subject: 'An old thread' });
      const ben = await browser.read(path);
      await untilLive(ben.page);
      await board.startThread(slug, { subject: 'A new thread' });
      await ben.page.locator('[data-news]', { hasText: '1 new thread' }).waitFor({ timeout: soonMs });
      await board.reply(old, 'Bumped.');
      const news = ben.page.locator('[data-news]', { hasText: '1 new thread, 1 thread with new replies' });
      await news.waitFor({ timeout: soonMs });
      assert.equal(await ben.page.locator('[data-thread]').count(), 1, 'nothing moves under the reader');
      await news.getByRole('link', { name: 'Show them' }).click();
      await ben.page.getByRole('link', { name: 'A new thread', exact: true }).waitFor();
      const titles = await ben.page.locator('[data-thread] h2').allTextContents();
      assert.deepEqual(titles.map((title) => title.trim()), ['An old thread', 'A new thread']);
    });
  }

  it('a thread whose poster deletes it leaves the open index and catalog', async () => {
    await board.makeBoard('attic');
    const thread = await board.startThread('attic', { subject: 'Soon gone' });
    const ben = await browser.read('/attic/');
    const cat = await browser.read('/attic/catalog');
    for (const { page } of [ben, cat]) {
      await untilLive(page);
      await page.getByRole('link', { name: 'Soon gone' }).waitFor();
    }
    assert.equal((await board.send(`/attic/post/${thread.no}/delete`, { what: 'post' })).status, 303);
    for (const { page } of [ben, cat]) await page.getByRole('link', { name: 'Soon gone' }).waitFor({ state: 'detached', timeout: soonMs });
  });

  it('a file that is removed alone goes from the open index and catalog, and one that is veiled is veiled there', async () => {
    const prints = await board.makeBoard('prints');
    const files = [{ content: onePixel, name: 'leaf.png' }];
    const removed = await board.startThread('prints', { subject: 'A leaf' }, files);
    const veiled = await board.startThread('prints', { subject: 'A flower' }, files);
    const pages = [await browser.read('/prints/'), await browser.read('/prints/catalog')];
    const find = (page: Page, thread: Posted) => page.locator(`[data-thread="${thread.no}"]`);
    const staff = await board.hireStaff('Bryony', [{ boardId: null, role: 'moderator' }]);
    for (const { page } of pages) {
      await untilLive(page);
      for (const thread of [removed, veiled]) assert.equal(await find(page, thread).locator('img').count(), 1);
    }
    const act = async (name: string, thread: Posted) => {
      const { id } = await board.db.selectFrom('posts').select('id').where('no', '=', thread.no).where('board_id', '=', prints.id).executeTakeFirstOrThrow();
      assert.equal((await staff.send('/mod/act', { act: name, post: id, reason: 'Off topic' }).set('Origin', board.origin())).status, 303);
    };
    await act('file.remove', removed);
    await act('file.spoiler', veiled);
    for (const { page } of pages) {
      await find(page, removed).locator('img').waitFor({ state: 'detached', timeout: soonMs });
      await find(page, veiled).locator('.file__veil').waitFor({ timeout: soonMs });
      assert.equal(await find(page, veiled).locator('img').count(), 0);
      assert.equal(await page.getByRole('link', { name: 'A leaf', exact: true }).count(), 1, 'its words stay');
    }
    await act('file.unspoiler', veiled);
    for (const { page } of pages) await find(page, veiled).locator('img').waitFor({ timeout: soonMs });
  });

  for (const [name, slug, path] of [['index', 'mill', '/mill/'], ['catalog', 'weir', '/weir/catalog']] as const) {
    it(`an open ${name} that was offline tells what it missed, and what was removed meanwhile goes`, async () => {
      await board.makeBoard(slug);
      const poster = board.open();
      const lost = await poster.startThread(slug, { subject: 'Soon gone' });
      const pictured = await poster.startThread(slug, { subject: 'A picture' }, [{ content: onePixel, name: 'leaf.png' }]);
      const quiet = await board.startThread(slug, { subject: 'Nothing new' });
      const reply = await poster.reply(quiet, 'Said too soon.');
      const ben = await browser.read(path);
      ben.allow(lostLine);
      await untilLive(ben.page);
      const loads = countLoads(ben.page);
      await ben.context.setOffline(true);
      browser.cutLines();
      await ben.page.locator('.live--off').waitFor();
      await board.startThread(slug, { subject: 'A new thread' });
      for (const [no, what] of [[lost.no, 'post'], [reply.no, 'post'], [pictured.no, 'files']] as const) {
        assert.equal((await poster.send(`/${slug}/post/${no}/delete`, { what })).status, 303);
      }
      await board.reply(pictured, { body: 'An answer.', sage: 'on' });
      await ben.context.setOffline(false);
      await ben.page.locator('[data-news]', { hasText: /^1 new thread, 1 thread with new replies Show them$/ }).waitFor();
      await ben.page.getByRole('link', { name: 'Soon gone' }).waitFor({ state: 'detached' });
      await ben.page.locator(`[data-thread="${pictured.no}"] img`).waitFor({ state: 'detached' });
      await findPost(ben.page, reply.no).waitFor({ state: 'detached' });
      assert.equal(await ben.page.locator('[data-thread]').count(), 2, 'nothing moves under the reader');
      assert.equal(loads(), 0);
      await board.reply(quiet, 'Live again.');
      await ben.page.locator('[data-news]', { hasText: '1 new thread, 2 threads with new replies' }).waitFor();
    });
  }

  it('an open index whose sockets are refused asks by itself', async () => {
    await board.makeBoard('lock');
    const ben = await browser.read();
    ben.allow(lostLine);
    const letThrough = browser.refuseLines();
    try {
      await ben.page.goto('/lock/');
      await ben.page.locator('.live--off').waitFor();
      await board.startThread('lock', { subject: 'A new thread' });
      await ben.page.locator('[data-news]', { hasText: '1 new thread' }).waitFor();
    } finally {
      letThrough();
    }
  });
});

/** A port that nobody listens on. */
function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

const onePixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
