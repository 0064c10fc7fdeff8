import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { openTestBoard, type TestBoard } from '../support/test-board.js';
import { findPost, findTextOf, openTestBrowser, readColour, sendReply, type TestBrowser } from '../support/test-browser.js';

const picture = join(import.meta.dirname, '../fixtures/media/metadata/png-text.png');

/** The whole board with JavaScript switched off: forms, links and loading again. */
describe('without script', () => {
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

  const read = (path: string) => browser.read(path, { javaScriptEnabled: false });

  it('from the home page to a new thread with a spoilered picture', async () => {
    const { page } = await read('/');
    await page.getByRole('main').getByRole('link', { name: /plots/ }).first().click();
    await page.getByText('Start a new thread').click();
    const form = page.getByRole('form', { name: 'New thread on /plots/' });
    await form.getByRole('textbox', { name: 'Subject' }).fill('Fence posts');
    await form.getByRole('textbox', { name: 'Text', exact: true }).fill('Oak or larch?');
    await form.locator('#files').setInputFiles(picture);
    await form.getByText('Describe the files').click();
    await form.getByRole('textbox', { name: 'Description of File 1' }).fill('A row of posts');
    await form.getByRole('checkbox', { name: 'Spoiler' }).first().check();
    await form.getByRole('button', { name: 'Post thread' }).click();
    await page.getByRole('heading', { name: 'Fence posts' }).waitFor();
    const post = page.locator('.post--op');
    await post.locator('.file__veil').waitFor();
    assert.equal(await post.locator('.file img').count(), 0, 'the picture is not shown before it is asked for');
    await post.locator('.file__alt summary').click();
    await post.getByText('A row of posts').waitFor();
    const answer = await page.request.get((await post.locator('.file__thumb').getAttribute('href')) ?? '');
    assert.equal(answer.headers()['content-type'], 'image/png');
  });

  it('the number of a post leads to a form that quotes it, and the reply is linked from there', async () => {
    const thread = await board.startThread('plots', { body: 'Carrots want two feet of soil.' });
    const { page } = await read(`/plots/thread/${thread.no}`);
    await findPost(page, thread.no).getByRole('link', { name: String(thread.no), exact: true }).click();
    await page.waitForURL(`**/reply?quote=${thread.no}`);
    await page.getByText('Carrots want two feet of soil.').waitFor();
    const body = findTextOf(page);
    assert.equal(await body.inputValue(), `>>${thread.no}\n`);
    await body.fill(`>>${thread.no}\n>two feet of soil\nOne will do.`);
    await sendReply(page);
    await page.waitForURL(/\/plots\/thread\/\d+\?posted=\d+#p\d+$/);
    const reply = page.locator('.post', { hasText: 'One will do.' });
    await reply.locator('.quote--src .src').click();
    await page.waitForURL(new RegExp(`#p${thread.no}$`));
    await findPost(page, thread.no).locator('footer a').waitFor();
  });

  it('a reply from the form below the thread shows where it now stands', async () => {
    const thread = await board.startThread('plots');
    const { page } = await read(`/plots/thread/${thread.no}`);
    await findTextOf(page).fill('Straight from the thread.');
    await sendReply(page);
    await page.locator('.post', { hasText: 'Straight from the thread.' }).waitFor();
  });

  it('on a phone the reply form opens by its button, closes by its cross, and posts', async () => {
    const thread = await board.startThread('plots');
    const { page } = await browser.read(`/plots/thread/${thread.no}`, { javaScriptEnabled: false, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await page.getByRole('button', { name: 'Reply', exact: true }).tap();
    await page.getByRole('button', { name: 'Close the reply form' }).tap();
    await page.locator('#reply').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Reply', exact: true }).tap();
    await findTextOf(page).fill('From a small window.');
    await page.getByRole('button', { name: 'Post reply' }).tap();
    await page.locator('.post', { hasText: 'From a small window.' }).waitFor();
  });

  it('a refused reply comes back with its error at the field, its text and its files', async () => {
    const thread = await board.startThread('shelf');
    const reader = await read(`/shelf/thread/${thread.no}`);
    const { page } = reader;
    reader.allow(/status of 4\d\d/);
    await page.locator('#files').setInputFiles(picture);
    await findTextOf(page).fill('x'.repeat(201));
    await sendReply(page);
    await page.getByRole('heading', { name: 'Not posted yet' }).waitFor();
    const body = findTextOf(page);
    assert.equal(await body.inputValue(), 'x'.repeat(201));
    assert.equal(await body.getAttribute('aria-invalid'), 'true');
    await page.locator('#body-error').waitFor();
    await page.getByText('png-text.png').waitFor();
    await body.fill('Short enough now.');
    await sendReply(page);
    await page.locator('.post', { hasText: 'Short enough now.' }).locator('.file').waitFor();
  });

  it('a poster deletes his own post from its menu, and somebody else does not', async () => {
    const thread = await board.startThread('plots');
    const { page } = await read(`/plots/thread/${thread.no}`);
    await findTextOf(page).fill('To be taken back.');
    await sendReply(page);
    const post = page.locator('.post', { hasText: 'To be taken back.' });
    const menu = await post.getByRole('link', { name: 'Menu', exact: true }).getAttribute('href');
    const other = await read(menu ?? '');
    other.allow(/status of 403/);
    await other.page.getByRole('button', { name: 'Delete' }).click();
    await other.page.getByRole('alert').waitFor();
    await page.reload();
    await post.waitFor();

    await post.getByRole('link', { name: 'Menu', exact: true }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL(`**/plots/thread/${thread.no}`);
    assert.equal(await page.getByText('To be taken back.').count(), 0);
  });

  it('a reader reports a post, and the moderator sees it, decides it and takes the decision back', async () => {
    const thread = await board.startThread('plots');
    const reply = await board.reply(thread, 'Cheap pills.');
    const { page } = await read(`/plots/post/${reply.no}`);
    await page.getByRole('radio', { name: 'Advertising or spam' }).check();
    await page.getByRole('textbox', { name: /moderators|note|say/i }).fill('The third today.');
    await page.getByRole('button', { name: 'Send report' }).click();
    await page.getByRole('status').filter({ hasText: 'Thank you.' }).waitFor();

    const member = await board.hireStaff('mo', [{ boardId: null, role: 'moderator' }]);
    const desk = await browser.read(undefined, { javaScriptEnabled: false });
    const [name = '', value = ''] = member.cookie.split('=');
    await desk.context.addCookies([{ name, value, url: board.origin() }]);
    await desk.page.goto('/mod');
    await desk.page.getByText('The third today.').first().waitFor();
    await desk.page.getByRole('form', { name: 'Decide' }).getByRole('button', { name: 'Remove' }).first().click();
    await desk.page.locator('[data-toast]', { hasText: `No. ${reply.no}` }).waitFor();
    await page.goto(`/plots/thread/${thread.no}`);
    await findPost(page, reply.no).filter({ hasText: 'was removed by a moderator' }).waitFor();
    await desk.page.locator('[data-toast]').getByRole('button', { name: 'Undo' }).click();
    await page.reload();
    await findPost(page, reply.no).filter({ hasText: 'Cheap pills.' }).waitFor();
  });

  it('the catalog is sorted and searched, and the pages of the index are turned', async () => {
    await board.makeBoard('attic', { threadsPerPage: 2 });
    for (const subject of ['Old lamps', 'Old chairs', 'New paint']) await board.startThread('attic', { subject });
    const { page } = await read('/attic/catalog');
    await page.getByRole('searchbox').fill('old');
    await page.getByRole('combobox', { name: /sort/i }).selectOption('new');
    await page.getByRole('button', { name: 'Apply' }).click();
    assert.deepEqual((await page.locator('.card__subject').allTextContents()).map((title) => title.trim()), ['Old chairs', 'Old lamps']);
    await page.goto('/attic/');
    assert.equal(await page.locator('[data-thread]').count(), 2);
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: '2' }).click();
    await page.locator('[data-thread]', { hasText: 'Old lamps' }).waitFor();
    assert.equal(await page.locator('[data-thread]').count(), 1);
  });

  it('a theme is chosen in the footer, and every page wears it', async () => {
    const { page } = await read('/plots/');
    const before = await readColour(page);
    await page.getByRole('combobox', { name: 'Theme' }).selectOption('classic');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL('**/plots/');
    const chosen = await readColour(page);
    assert.notEqual(chosen, before);
    await page.goto('/');
    assert.equal(await readColour(page), chosen);
  });
});
