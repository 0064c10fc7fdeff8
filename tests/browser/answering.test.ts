import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { openTestBoard, type TestBoard } from '../support/test-board.js';
import { countLoads, findPost, findTextOf, openTestBrowser, readFocus, readPostNos, sendReply, type TestBrowser, until, untilLive } from '../support/test-browser.js';

/** How people find their way in a thread and answer it: by mouse, by keyboard alone, on a phone. */
describe('reading and answering in a browser', () => {
  let board: TestBoard;
  let browser: TestBrowser;
  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('plots');
    browser = await openTestBrowser(board);
  });
  afterEach(() => browser.closeReaders());
  after(async () => {
    await browser.close();
    await board.close();
  });

  it('a click on a post’s number quotes it, together with the words that were selected', async () => {
    const thread = await board.startThread('plots', { body: 'Carrots want two feet of soil.' });
    const reply = await board.reply(thread, 'Leeks do not.');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    const loads = countLoads(page);
    await findPost(page, reply.no).getByRole('link', { name: String(reply.no), exact: true }).click();
    assert.equal(await findTextOf(page).inputValue(), `>>${reply.no}\n`);
    assert.equal(await readFocus(page), 'Text');
    await findPost(page, thread.no).getByText('Carrots want').click({ clickCount: 3 });
    await findPost(page, thread.no).getByRole('link', { name: String(thread.no), exact: true }).click();
    await page.keyboard.type('Loose soil, that is.');
    assert.equal(await findTextOf(page).inputValue(), `>>${reply.no}\n>>${thread.no}\n>Carrots want two feet of soil.\nLoose soil, that is.`);
    await sendReply(page);
    const post = page.locator('.post', { hasText: 'Loose soil, that is.' });
    await post.locator('.quote--src', { hasText: '>Carrots want two feet of soil.' }).waitFor();
    await findPost(page, thread.no).locator('footer a').waitFor();
    assert.equal(loads(), 0);
  });

  it('while a quote is typed, the form says which post it comes from', async () => {
    const thread = await board.startThread('plots', { body: 'Nothing beats a sharp spade.' });
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await findTextOf(page).pressSequentially('>nothing beats a sharp');
    const found = page.locator('[data-found]', { hasText: '1 quote found:' });
    await found.getByRole('link', { name: `No. ${thread.no}` }).waitFor();
    await findTextOf(page).fill('>something else entirely');
    await found.waitFor({ state: 'hidden' });
  });

  it('a quoted post is shown beside the link that names it, and Escape closes it', async () => {
    const thread = await board.startThread('plots', { body: 'Nothing beats a sharp spade.' });
    const reply = await board.reply(thread, '>nothing beats a sharp\nA fork does.');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await findPost(page, reply.no).locator('.src').hover();
    const preview = page.getByRole('complementary', { name: 'Quoted post' });
    await preview.locator('mark', { hasText: 'Nothing beats a sharp' }).last().waitFor();
    await page.keyboard.press('Escape');
    await preview.waitFor({ state: 'hidden' });
  });

  it('one’s own posts and the replies to them are marked (You), in this browser alone, also after loading again', async () => {
    const thread = await board.startThread('plots');
    const ann = await browser.read(`/plots/thread/${thread.no}`);
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    await findTextOf(ann.page).fill('Mine.');
    await sendReply(ann.page);
    const own = ann.page.locator('.post', { hasText: 'Mine.' });
    await own.locator('.you', { hasText: '(You)' }).waitFor();
    const no = (await readPostNos(ann.page)).at(-1) ?? 0;
    const answer = await board.reply(thread, `>>${no}\nYours.`);
    await findPost(ann.page, answer.no).locator('.ref', { hasText: `>>${no} (You)` }).waitFor();
    await findPost(ben.page, answer.no).locator('.ref', { hasText: `>>${no}` }).waitFor();
    assert.equal(await ben.page.getByText('(You)').count(), 0);
    await ann.page.reload();
    await own.locator('.you', { hasText: '(You)' }).waitFor();
    await findPost(ann.page, answer.no).locator('.ref', { hasText: `>>${no} (You)` }).waitFor();
    assert.equal(await findPost(ann.page, answer.no).locator('.you').count(), 0);
  });

  it('the keyboard alone is enough to quote a post, reply to it and see the reply', async () => {
    const thread = await board.startThread('plots', { body: 'Words to answer.' });
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await page.keyboard.press('Tab');
    assert.match(await readFocus(page), /^Skip/);
    await page.keyboard.press('Enter');
    await tabTo(page, String(thread.no));
    await page.keyboard.press('Enter');
    assert.equal(await readFocus(page), 'Text');
    await page.keyboard.type('Typed, not clicked.');
    await tabTo(page, 'Post reply');
    await page.keyboard.press('Enter');
    await page.locator('.post', { hasText: 'Typed, not clicked.' }).waitFor();
    await findPost(page, thread.no).locator('footer a').waitFor();
    await page.locator('[data-form-said]', { hasText: /^Posted as No\. \d+\.$/ }).waitFor();
  });

  it('whoever answers in the middle of a long thread stays there, and a link leads to the answer', async () => {
    const thread = await board.startThread('plots', { body: `The first words.\n${'Line upon line.\n'.repeat(100)}` });
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await findTextOf(page).fill('Said from the middle.');
    const before = await page.evaluate('scrollY');
    await findTextOf(page).press('Control+Enter');
    const link = page.locator('[data-form-said]').getByRole('link', { name: /^Posted as No\. \d+\.$/ });
    await link.waitFor();
    await page.locator('.post', { hasText: 'Said from the middle.' }).waitFor();
    assert.equal(await page.evaluate('scrollY'), before);
    await link.click();
    await until(page, `document.querySelector('.post:target')?.getBoundingClientRect().bottom <= innerHeight`);
  });

  it('the menu of a post opens, moves and closes by keys, and a hidden post stays hidden until it is shown', async () => {
    const thread = await board.startThread('plots');
    const reply = await board.reply(thread, 'Tiresome words.');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    const opener = findPost(page, reply.no).getByRole('link', { name: 'Menu', exact: true });
    const menu = page.getByRole('navigation', { name: `Menu for post ${reply.no}` });
    await opener.focus();
    await page.keyboard.press('Enter');
    await menu.waitFor();
    assert.equal(await readFocus(page), 'Quote this post');
    await page.keyboard.press('ArrowUp');
    assert.equal(await readFocus(page), 'Report…');
    await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'hidden' });
    assert.equal(await readFocus(page), 'Menu', 'the focus is back where it was');
    await page.keyboard.press('Enter');
    await menu.waitFor();
    while ((await readFocus(page)) !== 'Hide post') await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText('Tiresome words.').waitFor({ state: 'hidden' });
    await page.reload();
    await page.getByText('Tiresome words.').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('Tiresome words.').waitFor();
  });

  it('on a phone the reply form is a sheet that a tap on a number opens, and posting closes', async () => {
    const thread = await board.startThread('plots');
    const { page } = await browser.read(`/plots/thread/${thread.no}`, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const form = page.locator('#reply');
    await form.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Reply', exact: true }).tap();
    await form.waitFor();
    await page.getByRole('button', { name: 'Close the reply form' }).tap();
    await form.waitFor({ state: 'hidden' });
    await findPost(page, thread.no).getByRole('link', { name: String(thread.no), exact: true }).tap();
    await form.waitFor();
    assert.equal(await findTextOf(page).inputValue(), `>>${thread.no}\n`);
    await page.keyboard.type('From the garden.');
    await page.getByRole('button', { name: 'Post reply' }).tap();
    const post = page.locator('.post', { hasText: 'From the garden.' });
    await post.waitFor();
    await form.waitFor({ state: 'hidden' });
    await untilLive(page);
    assert.equal((await readPostNos(page)).length, 2);
  });
});

/** Presses Tab until the focus is on what has this name. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let steps = 0; steps < 60; steps += 1) {
    await page.keyboard.press('Tab');
    if ((await readFocus(page)) === name) return;
  }
  assert.fail(`Tab does not reach "${name}"`);
}
