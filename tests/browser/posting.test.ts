import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openTestBoard, type TestBoard } from '../support/test-board.js';
import { countLoads, findPost, openTestBrowser, lostLine, readFocus, readPostNos, type TestBrowser, until, untilLive } from '../support/test-browser.js';

const media = join(import.meta.dirname, '../fixtures/media');
const picture = join(media, 'metadata/png-text.png');
const photo = join(media, 'metadata/exif-gps-xmp.jpg');

const textOf = (page: Page) => page.getByRole('textbox', { name: 'Text', exact: true });
const send = (page: Page) => page.getByRole('button', { name: 'Post reply' }).click();

/** Posting with script: nothing is loaded anew, nothing that was typed is lost. */
describe('posting in a browser', () => {
  let board: TestBoard;
  let browser: TestBrowser;
  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('plots');
    await board.makeBoard('shelf', { maxBodyLength: 200 });
    browser = await openTestBrowser(board);
  });
  afterEach(() => browser.closeReaders());
  after(async () => {
    await browser.close();
    await board.close();
  });

  const countPosts = async (words: string) => {
    const found = await board.db.selectFrom('posts').select('id').where('body', '=', words).execute();
    return found.length;
  };

  it('a thread is started from the index with pictures, a description and a spoiler', async () => {
    const { page } = await browser.read('/plots/');
    await page.getByText('Start a new thread').click();
    const form = page.getByRole('form', { name: 'New thread on /plots/' });
    await form.getByRole('textbox', { name: 'Subject' }).fill('Fence posts');
    await form.getByRole('textbox', { name: 'Text', exact: true }).fill('Oak or **larch**?');
    await form.getByLabel('Files', { exact: true }).setInputFiles(picture);
    await form.getByLabel(/files/i).first().setInputFiles(photo);
    await form.getByRole('textbox', { name: 'Description of png-text.png' }).fill('A row of posts');
    await form.getByRole('checkbox', { name: 'Spoiler' }).nth(1).check();
    await form.getByRole('button', { name: 'Post thread' }).click();
    await page.waitForURL(/\/plots\/thread\/\d+#p\d+$/);
    await page.getByRole('heading', { name: 'Fence posts' }).waitFor();
    const post = page.locator('.post--op');
    await post.locator('b', { hasText: 'larch' }).or(post.locator('strong', { hasText: 'larch' })).waitFor();
    const thumb = post.getByRole('img', { name: 'A row of posts' });
    await thumb.scrollIntoViewIfNeeded();
    await until(page, `document.querySelector('.post--op .file img')?.naturalWidth > 0`);
    assert.equal(await post.locator('.file').count(), 2);
    assert.equal(await post.locator('.file__veil').count(), 1);
    await post.locator('.post__header', { hasText: '(You)' }).waitFor();
    await thumb.click();
    await until(page, `document.querySelector('.post--op .file__whole')?.naturalWidth > 0`);
  });

  it('a file that was chosen by mistake is taken out again before posting', async () => {
    const thread = await board.startThread('plots');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await page.locator('#files').setInputFiles([picture, photo]);
    await page.getByRole('button', { name: 'Remove png-text.png' }).click();
    await textOf(page).fill('One picture is enough.');
    await send(page);
    const post = page.locator('.post', { hasText: 'One picture is enough.' });
    await post.waitFor();
    assert.deepEqual(await post.locator('.file__name').allTextContents(), ['exif-gps-xmp.jpg']);
    await page.locator('[data-file]').first().waitFor({ state: 'hidden' });
  });

  it('a click on a post’s number quotes it, together with the words that were selected', async () => {
    const thread = await board.startThread('plots', { body: 'Carrots want two feet of soil.' });
    const reply = await board.reply(thread, 'Leeks do not.');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    const loads = countLoads(page);
    await findPost(page, reply.no).getByRole('link', { name: String(reply.no), exact: true }).click();
    assert.equal(await textOf(page).inputValue(), `>>${reply.no}\n`);
    assert.equal(await readFocus(page), 'Text');
    await findPost(page, thread.no).getByText('Carrots want').click({ clickCount: 3 });
    await findPost(page, thread.no).getByRole('link', { name: String(thread.no), exact: true }).click();
    await page.keyboard.type('Loose soil, that is.');
    assert.equal(await textOf(page).inputValue(), `>>${reply.no}\n>>${thread.no}\n>Carrots want two feet of soil.\nLoose soil, that is.`);
    await send(page);
    const post = page.locator('.post', { hasText: 'Loose soil, that is.' });
    await post.locator('.quote--src', { hasText: '>Carrots want two feet of soil.' }).waitFor();
    await findPost(page, thread.no).locator('.post__replies a').waitFor();
    assert.equal(loads(), 0);
  });

  it('while a quote is typed, the form says which post it comes from', async () => {
    const thread = await board.startThread('plots', { body: 'Nothing beats a sharp spade.' });
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await textOf(page).pressSequentially('>nothing beats a sharp');
    const found = page.locator('[data-found]', { hasText: '1 quote found:' });
    await found.getByRole('link', { name: `No. ${thread.no}` }).waitFor();
    await textOf(page).fill('>something else entirely');
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
    await textOf(ann.page).fill('Mine.');
    await send(ann.page);
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

  it('what somebody types is kept while he is away, and gone once it is posted', async () => {
    const thread = await board.startThread('plots');
    const other = await board.startThread('plots');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await textOf(page).fill('Half a thought');
    await page.goto(`/plots/thread/${other.no}`);
    assert.equal(await textOf(page).inputValue(), '', 'a draft belongs to its thread');
    await page.goto(`/plots/thread/${thread.no}`);
    assert.equal(await textOf(page).inputValue(), 'Half a thought');
    await send(page);
    await page.locator('.post', { hasText: 'Half a thought' }).waitFor();
    assert.equal(await textOf(page).inputValue(), '');
    await page.reload();
    assert.equal(await textOf(page).inputValue(), '');
  });

  it('a refused reply says why at the field, and keeps the text and the files for the next try', async () => {
    const thread = await board.startThread('shelf');
    const reader = await browser.read(`/shelf/thread/${thread.no}`);
    const { page } = reader;
    reader.allow(/status of 4\d\d/);
    const loads = countLoads(page);
    await page.locator('#files').setInputFiles(picture);
    await textOf(page).fill('x'.repeat(201));
    await send(page);
    const fault = page.locator('#body-error');
    await fault.waitFor();
    assert.match(await fault.innerText(), /200/);
    assert.equal(await textOf(page).getAttribute('aria-invalid'), 'true');
    assert.match((await textOf(page).getAttribute('aria-describedby')) ?? '', /body-error/);
    assert.equal(await readFocus(page), 'Text');
    assert.equal(await textOf(page).inputValue(), 'x'.repeat(201));
    await textOf(page).fill('Short enough.');
    await send(page);
    await page.locator('.post', { hasText: 'Short enough.' }).locator('.file').waitFor();
    assert.equal(await fault.count(), 0);
    assert.equal(loads(), 0);
  });

  it('a file of the wrong kind is refused when it is chosen, and one that pretends when it is sent', async () => {
    const thread = await board.startThread('shelf');
    const reader = await browser.read(`/shelf/thread/${thread.no}`);
    const { page } = reader;
    reader.allow(/status of 4\d\d/);
    await page.locator('#files').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('notes') });
    const fault = page.locator('#files-error');
    await fault.filter({ hasText: 'notes.txt is not a picture of a kind that this board takes.' }).waitFor();
    await page.locator('#files').setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('notes') });
    await fault.waitFor({ state: 'detached' });
    await textOf(page).fill('With notes.');
    await send(page);
    await fault.waitFor();
    assert.equal(await textOf(page).inputValue(), 'With notes.');
    await page.getByRole('button', { name: 'Remove notes.png' }).click();
    await send(page);
    await page.locator('.post', { hasText: 'With notes.' }).waitFor();
    assert.equal(await countPosts('With notes.'), 1);
  });

  it('a reply that is sent without a connection is kept, and posted once when there is one again', async () => {
    const thread = await board.startThread('plots');
    const reader = await browser.read(`/plots/thread/${thread.no}`);
    reader.allow(lostLine);
    const { page } = reader;
    await textOf(page).fill('From a train.');
    await reader.context.setOffline(true);
    await send(page);
    await page.getByRole('alert').filter({ hasText: 'There is no connection.' }).waitFor();
    assert.equal(await textOf(page).inputValue(), 'From a train.');
    await reader.context.setOffline(false);
    await send(page);
    await page.locator('.post', { hasText: 'From a train.' }).waitFor();
    assert.equal(await countPosts('From a train.'), 1);
  });

  it('whoever clicks twice posts once', async () => {
    const thread = await board.startThread('plots');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await textOf(page).fill('Click, click.');
    await page.getByRole('button', { name: 'Post reply' }).dblclick();
    await page.locator('.post', { hasText: 'Click, click.' }).waitFor();
    assert.equal(await countPosts('Click, click.'), 1);
    assert.equal((await readPostNos(page)).length, 2);
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
    await findPost(page, thread.no).locator('.post__replies a').waitFor();
    await page.locator('[data-form-said]', { hasText: /^Posted as No\. \d+\.$/ }).waitFor();
  });

  it('whoever answers in the middle of a long thread stays there, and a link leads to the answer', async () => {
    const thread = await board.startThread('plots', { body: `The first words.\n${'Line upon line.\n'.repeat(100)}` });
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await textOf(page).fill('Said from the middle.');
    const before = await page.evaluate('scrollY');
    await textOf(page).press('Control+Enter');
    const link = page.locator('[data-form-said]').getByRole('link', { name: /^Posted as No\. \d+\.$/ });
    await link.waitFor();
    await page.locator('.post', { hasText: 'Said from the middle.' }).waitFor();
    assert.equal(await page.evaluate('scrollY'), before);
    await link.click();
    await until(page, `document.querySelector('.post:target')?.getBoundingClientRect().bottom <= innerHeight`);
  });

  it('Control and Enter post a reply from its text', async () => {
    const thread = await board.startThread('plots');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await textOf(page).fill('Sent by keys.');
    await textOf(page).press('Control+Enter');
    await page.locator('.post', { hasText: 'Sent by keys.' }).waitFor();
  });

  it('the menu of a post opens, moves and closes by keys, and a hidden post stays hidden until it is shown', async () => {
    const thread = await board.startThread('plots');
    const reply = await board.reply(thread, 'Tiresome words.');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    const opener = findPost(page, reply.no).getByRole('link', { name: 'Post menu' });
    const menu = page.getByRole('navigation', { name: `Menu for post ${reply.no}` });
    await opener.focus();
    await page.keyboard.press('Enter');
    await menu.waitFor();
    assert.equal(await readFocus(page), 'Quote this post');
    await page.keyboard.press('ArrowUp');
    assert.equal(await readFocus(page), 'Report…');
    await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'hidden' });
    assert.equal(await readFocus(page), 'Post menu', 'the focus is back where it was');
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
    assert.equal(await textOf(page).inputValue(), `>>${thread.no}\n`);
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
