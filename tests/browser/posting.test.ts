import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { openTestBoard, type TestBoard } from '../support/test-board.js';
import { countLoads, findTextOf, lostLine, openTestBrowser, readFocus, readPostNos, sendReply, type TestBrowser, until } from '../support/test-browser.js';

const media = join(import.meta.dirname, '../fixtures/media');
const picture = join(media, 'metadata/png-text.png');
const photo = join(media, 'metadata/exif-gps-xmp.jpg');

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
    await post.locator('header', { hasText: '(You)' }).waitFor();
    await thumb.click();
    await until(page, `document.querySelector('.post--op .file__whole')?.naturalWidth > 0`);
  });

  it('a file that was chosen by mistake is taken out again before posting', async () => {
    const thread = await board.startThread('plots');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await page.locator('#files').setInputFiles([picture, photo]);
    await page.getByRole('button', { name: 'Remove png-text.png' }).click();
    await findTextOf(page).fill('One picture is enough.');
    await sendReply(page);
    const post = page.locator('.post', { hasText: 'One picture is enough.' });
    await post.waitFor();
    assert.deepEqual(await post.locator('.file__name').allTextContents(), ['exif-gps-xmp.jpg']);
    await page.locator('[data-file]').first().waitFor({ state: 'hidden' });
  });

  it('what somebody types is kept while he is away, and gone once it is posted', async () => {
    const thread = await board.startThread('plots');
    const other = await board.startThread('plots');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await findTextOf(page).fill('Half a thought');
    await page.goto(`/plots/thread/${other.no}`);
    assert.equal(await findTextOf(page).inputValue(), '', 'a draft belongs to its thread');
    await page.goto(`/plots/thread/${thread.no}`);
    assert.equal(await findTextOf(page).inputValue(), 'Half a thought');
    await sendReply(page);
    await page.locator('.post', { hasText: 'Half a thought' }).waitFor();
    assert.equal(await findTextOf(page).inputValue(), '');
    await page.reload();
    assert.equal(await findTextOf(page).inputValue(), '');
  });

  it('a refused reply says why at the field, and keeps the text and the files for the next try', async () => {
    const thread = await board.startThread('shelf');
    const reader = await browser.read(`/shelf/thread/${thread.no}`);
    const { page } = reader;
    reader.allow(/status of 4\d\d/);
    const loads = countLoads(page);
    await page.locator('#files').setInputFiles(picture);
    await findTextOf(page).fill('x'.repeat(201));
    await sendReply(page);
    const fault = page.locator('#body-error');
    await fault.waitFor();
    assert.match(await fault.innerText(), /200/);
    assert.equal(await findTextOf(page).getAttribute('aria-invalid'), 'true');
    assert.match((await findTextOf(page).getAttribute('aria-describedby')) ?? '', /body-error/);
    assert.equal(await readFocus(page), 'Text');
    assert.equal(await findTextOf(page).inputValue(), 'x'.repeat(201));
    await findTextOf(page).fill('Short enough.');
    await sendReply(page);
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
    await findTextOf(page).fill('With notes.');
    await sendReply(page);
    await fault.waitFor();
    assert.equal(await findTextOf(page).inputValue(), 'With notes.');
    await page.getByRole('button', { name: 'Remove notes.png' }).click();
    await sendReply(page);
    await page.locator('.post', { hasText: 'With notes.' }).waitFor();
    assert.equal(await countPosts('With notes.'), 1);
  });

  it('a reply that is sent without a connection is kept, and posted once when there is one again', async () => {
    const thread = await board.startThread('plots');
    const reader = await browser.read(`/plots/thread/${thread.no}`);
    reader.allow(lostLine);
    const { page } = reader;
    await findTextOf(page).fill('From a train.');
    await reader.context.setOffline(true);
    await sendReply(page);
    await page.getByRole('alert').filter({ hasText: 'There is no connection.' }).waitFor();
    assert.equal(await findTextOf(page).inputValue(), 'From a train.');
    await reader.context.setOffline(false);
    await sendReply(page);
    await page.locator('.post', { hasText: 'From a train.' }).waitFor();
    assert.equal(await countPosts('From a train.'), 1);
  });

  it('the length of a text is told while it is typed', async () => {
    const thread = await board.startThread('plots');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    for (const [length, said] of [[999, '999 of 8,000'], [1000, '1,000 of 8,000']] as const) {
      await findTextOf(page).fill('x'.repeat(length));
      await page.locator('[data-length]', { hasText: said }).waitFor();
    }
    await findTextOf(page).fill('');
  });

  it('whoever clicks twice posts once', async () => {
    const thread = await board.startThread('plots');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await findTextOf(page).fill('Click, click.');
    await page.getByRole('button', { name: 'Post reply' }).dblclick();
    await page.locator('.post', { hasText: 'Click, click.' }).waitFor();
    assert.equal(await countPosts('Click, click.'), 1);
    assert.equal((await readPostNos(page)).length, 2);
  });

  it('Control and Enter post a reply from its text', async () => {
    const thread = await board.startThread('plots');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await findTextOf(page).fill('Sent by keys.');
    await findTextOf(page).press('Control+Enter');
    await page.locator('.post', { hasText: 'Sent by keys.' }).waitFor();
  });
});
