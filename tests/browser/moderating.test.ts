import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { createStaff } from '../../src/staff/manage-staff.js';
import { toCode } from '../support/staff-door.js';
import { openTestBoard, type Posted, type TestBoard } from '../support/test-board.js';
import { countLoads, findPost, openTestBrowser, type Reader, readPostNos, type TestBrowser, until, untilLive } from '../support/test-browser.js';

const password = 'a long walk in the garden';

/** A moderator at work, and what readers see of it on the pages they have open. */
describe('moderating in a browser', () => {
  let board: TestBoard;
  let browser: TestBrowser;
  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('plots');
    await board.makeBoard('shelf');
    browser = await openTestBrowser(board);
  });
  afterEach(() => browser.closeReaders());
  after(async () => {
    await browser.close();
    await board.close();
  });

  /** A browser in which a member of the staff is logged in. */
  async function readAsStaff(name: string, path: string): Promise<Reader> {
    const member = await board.hireStaff(name, [{ boardId: null, role: 'moderator' }]);
    const reader = await browser.read();
    const [cookie, value = ''] = member.cookie.split('=');
    await reader.context.addCookies([{ name: cookie ?? '', value, url: board.origin() }]);
    await reader.page.goto(path);
    return reader;
  }

  const openBar = async (page: Page, thread: Posted, no: number) => {
    await page.goto(`/mod/plots/thread/${thread.no}`);
    const bar = page.locator('details', { has: page.locator(`#reason-${no}`) });
    await bar.locator('summary').click();
    return bar;
  };

  it('an admin logs in with a password and a second factor, removes a post and takes that back, and open pages show both', async () => {
    const actor = { staffId: null, role: 'admin' } as const;
    await createStaff({ db: board.db, actor, now: board.now() }, { name: 'ada', password, roles: [{ boardId: null, role: 'admin' }] });
    const { page } = await browser.read();
    const secret = await enrol(page, board);
    // A code is good once.
    board.pass(60_000);
    await page.getByRole('button', { name: 'Log out' }).click();
    await typePassword(page);
    await page.getByRole('textbox', { name: 'Code' }).fill(toCode(secret, board.now()));
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('heading', { name: 'Moderator queue' }).waitFor({ state: 'attached' });

    const thread = await board.startThread('plots', { subject: 'Raised beds' });
    const reply = await board.reply(thread, 'Buy my gnomes.');
    const later = await board.reply(thread, 'No gnomes, please.');
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    await untilLive(ben.page);
    const loads = countLoads(ben.page);

    const bar = await openBar(page, thread, reply.no);
    await bar.getByRole('combobox', { name: 'Reason' }).fill('Advertising');
    await bar.getByRole('button', { name: 'Remove post' }).click();
    await findPost(ben.page, reply.no).filter({ hasText: `No. ${reply.no} was removed by a moderator: Advertising.` }).waitFor();
    assert.equal(await ben.page.getByText('Buy my gnomes.').count(), 0);
    await ben.page.getByText('1 reply', { exact: true }).first().waitFor();

    await page.getByRole('button', { name: 'Undo', exact: false }).first().click();
    await findPost(ben.page, reply.no).filter({ hasText: 'Buy my gnomes.' }).waitFor();
    assert.deepEqual(await readPostNos(ben.page), [thread.no, reply.no, later.no], 'back in its place');
    await ben.page.getByText('2 replies', { exact: true }).first().waitFor();
    assert.equal(loads(), 0);
  });

  it('a removed thread says so on open pages, with the reason, and its form is closed', async () => {
    const thread = await board.startThread('plots', { subject: 'Gnomes for sale' });
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    const cat = await browser.read('/plots/catalog');
    await untilLive(ben.page);
    await untilLive(cat.page);
    const { page } = await readAsStaff('mo', '/mod');
    const bar = await openBar(page, thread, thread.no);
    await bar.getByRole('combobox', { name: 'Reason' }).fill('Advertising');
    await bar.getByRole('button', { name: 'Remove post' }).click();
    await ben.page.getByRole('alert').filter({ hasText: 'This thread was removed' }).waitFor();
    await ben.page.locator('#reply').waitFor({ state: 'hidden' });
    await cat.page.getByRole('link', { name: 'Gnomes for sale' }).waitFor({ state: 'detached' });
  });

  it('a lock closes the reply form of open pages, but not over somebody who is writing, and unlocking opens it again', async () => {
    const thread = await board.startThread('plots');
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    const ann = await browser.read(`/plots/thread/${thread.no}`);
    await untilLive(ben.page);
    await untilLive(ann.page);
    await ann.page.getByRole('textbox', { name: 'Text', exact: true }).fill('I was about to say');
    const { page } = await readAsStaff('lo', `/mod/plots/thread/${thread.no}`);
    await act(page, 'Lock');
    for (const reader of [ben, ann]) await reader.page.getByText('This thread is locked: nobody can reply to it.').waitFor();
    await ben.page.locator('#reply').waitFor({ state: 'hidden' });
    assert.equal(await ann.page.getByRole('textbox', { name: 'Text', exact: true }).inputValue(), 'I was about to say');
    assert.equal(await ann.page.getByRole('button', { name: 'Post reply' }).isDisabled(), true);
    await act(page, 'Unlock');
    await ben.page.locator('#reply').waitFor();
    await ann.page.getByRole('button', { name: 'Post reply' }).click();
    await ben.page.locator('.post', { hasText: 'I was about to say' }).waitFor();
  });

  it('whoever reads in the middle of a thread on a phone sees that it was locked, and gets to the reason', async () => {
    const thread = await board.startThread('plots');
    for (let count = 0; count < 12; count += 1) await board.reply(thread, `Many words about bed ${count}, over and over. `.repeat(6));
    const { page: phone } = await browser.read(`/plots/thread/${thread.no}`, { viewport: { width: 390, height: 700 } });
    await untilLive(phone);
    await phone.getByText('Many words about bed 4').scrollIntoViewIfNeeded();
    const dock = phone.getByRole('navigation', { name: 'Thread shortcuts' });
    assert.equal(await dock.getByRole('link', { name: 'Locked' }).count(), 0);
    const { page } = await readAsStaff('dk', `/mod/plots/thread/${thread.no}`);
    await act(page, 'Lock');
    await dock.getByRole('link', { name: 'Locked' }).click();
    await until(phone, "[document.querySelector('[data-reply-state=locked]')].every((notice) => notice.checkVisibility() && notice.getBoundingClientRect().top >= 0 && notice.getBoundingClientRect().bottom <= innerHeight)");
    assert.equal(await dock.getByRole('button', { name: 'Reply' }).count(), 0);
    await act(page, 'Unlock');
    await dock.getByRole('button', { name: 'Reply' }).waitFor();
    assert.equal(await dock.getByRole('link', { name: 'Locked' }).count(), 0);
  });

  it('a pinned thread says so on open pages, and stands first on the index', async () => {
    const thread = await board.startThread('plots', { subject: 'Read this first' });
    const later = await board.startThread('plots', { subject: 'Something newer' });
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    await untilLive(ben.page);
    const { page } = await readAsStaff('pi', `/mod/plots/thread/${thread.no}`);
    await act(page, 'Pin');
    await ben.page.locator('[data-fact="isSticky"]').first().waitFor();
    await ben.page.goto('/plots/');
    const nos = await ben.page.locator('[data-thread]').evaluateAll((threads) => threads.map((each) => Number(each.dataset['thread'])));
    assert.deepEqual(nos.slice(0, 2), [thread.no, later.no]);
  });

  it('a moved thread leads its readers to where it is now', async () => {
    const thread = await board.startThread('plots', { subject: 'About books' });
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    await untilLive(ben.page);
    const { page } = await readAsStaff('my', `/mod/plots/thread/${thread.no}`);
    await page.getByRole('combobox', { name: 'Move to' }).selectOption('shelf');
    await act(page, 'Move to');
    const told = ben.page.getByRole('alert').filter({ hasText: 'This thread was moved.' });
    await told.getByRole('link', { name: 'Go there' }).click();
    await ben.page.waitForURL(/\/shelf\/thread\/\d+/);
    await ben.page.getByRole('heading', { name: 'About books' }).waitFor();
  });

  it('a picture that a moderator hides as a spoiler is covered on open pages', async () => {
    const thread = await board.startThread('plots', {}, [{ name: 'dot.png', content: dot }]);
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    await untilLive(ben.page);
    await findPost(ben.page, thread.no).locator('.file img').waitFor();
    const { page } = await readAsStaff('sp', '/mod');
    const bar = await openBar(page, thread, thread.no);
    await bar.getByRole('combobox', { name: 'Reason' }).fill('The end of the book');
    await bar.getByRole('button', { name: 'Spoiler file' }).click();
    await findPost(ben.page, thread.no).locator('.file__veil').waitFor();
    assert.equal(await findPost(ben.page, thread.no).locator('.file img').count(), 0);
  });

  it('a report appears in the open queue, and one key removes the post it is about', async () => {
    const { page } = await readAsStaff('qu', '/mod');
    await page.locator('[data-line].live:not(.live--off)', { hasText: 'nothing open' }).waitFor();
    const thread = await board.startThread('plots', { subject: 'Raised beds' });
    const reply = await board.reply(thread, 'Cheap pills, dear friends.');
    const ben = await browser.read(`/plots/thread/${thread.no}`);
    await untilLive(ben.page);
    await findPost(ben.page, reply.no).getByRole('link', { name: 'Menu', exact: true }).click();
    await ben.page.getByRole('link', { name: 'Report…' }).click();
    await ben.page.getByRole('radio', { name: 'Advertising or spam' }).check();
    await ben.page.getByRole('button', { name: 'Send report' }).click();
    await ben.page.getByRole('status').filter({ hasText: 'Thank you.' }).waitFor();

    await page.locator('[data-line]', { hasText: '1 open' }).waitFor();
    await page.locator('.queue__list a', { hasText: 'Cheap pills' }).first().click();
    await page.getByRole('button', { name: 'Remove', exact: false }).first().waitFor();
    await page.keyboard.press('d');
    await page.locator('[data-toast]', { hasText: `No. ${reply.no} in /plots/` }).waitFor();
    await page.locator('[data-line]', { hasText: 'nothing open' }).waitFor();
    await ben.page.goto(`/plots/thread/${thread.no}`);
    await findPost(ben.page, reply.no).filter({ hasText: 'was removed by a moderator: Advertising or spam.' }).waitFor();
    await untilLive(ben.page);
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('z')]);
    await findPost(ben.page, reply.no).filter({ hasText: 'Cheap pills' }).waitFor();
  });

  it('a moderator who reads a public page gets from a post’s menu to its bar, and after logging out no more', async () => {
    const thread = await board.startThread('plots');
    const reply = await board.reply(thread, 'Off to the bar.');
    const { page } = await readAsStaff('me', '/mod');
    await page.goto(`/plots/thread/${thread.no}`);
    await findPost(page, reply.no).getByRole('link', { name: 'Menu', exact: true }).click();
    await page.getByRole('link', { name: 'Moderate…' }).click();
    await page.waitForURL(`**/mod/plots/thread/${thread.no}#p${reply.no}`);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.goto(`/plots/thread/${thread.no}`);
    await findPost(page, reply.no).getByRole('link', { name: 'Menu', exact: true }).click();
    await page.getByRole('link', { name: 'Report…' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Moderate…' }).count(), 0);
  });

  it('a banned poster sees why and until when, and finds what he typed on the page', async () => {
    await board.makeBoard('porch');
    const thread = await board.startThread('porch');
    const reply = await board.reply(thread, 'Rude words.');
    const { page } = await readAsStaff('ba', '/mod');
    await page.goto(`/mod/porch/thread/${thread.no}`);
    const bar = page.locator('details', { has: page.locator(`#reason-${reply.no}`) });
    await bar.locator('summary').click();
    await bar.getByRole('combobox', { name: 'Reason' }).fill('Rudeness');
    await bar.getByRole('button', { name: 'Ban', exact: true }).click();
    await page.locator('[data-toast]').waitFor();

    const ann = await browser.read(`/porch/thread/${thread.no}`);
    ann.allow(/status of 403/);
    await ann.page.getByRole('textbox', { name: 'Text', exact: true }).fill('Many more words, carefully chosen.');
    await ann.page.getByRole('button', { name: 'Post reply' }).click();
    await ann.page.getByRole('heading', { name: /You are banned/ }).waitFor();
    await ann.page.getByText('Rudeness').first().waitFor();
    assert.equal(await ann.page.getByRole('textbox', { name: 'Text', exact: true }).inputValue(), 'Many more words, carefully chosen.');
    await ann.page.getByRole('textbox', { name: /^Why should the ban/ }).fill('I was quoting a play.');
    await ann.page.getByRole('button', { name: 'Send appeal' }).click();
    await ann.page.getByText('I was quoting a play.').waitFor();
    await page.goto('/mod');
    await page.locator('.queue__list a', { hasText: 'Appeal' }).first().waitFor();
  });

  const act = async (page: Page, name: string) => {
    await page.locator('#thread-reason').fill('House rules');
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator('[data-toast]').waitFor();
    await until(page, `!location.search.includes('done=')`);
  };
});

async function typePassword(page: Page): Promise<void> {
  await page.goto('/mod');
  await page.getByRole('textbox', { name: 'Name' }).fill('ada');
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** Sets up the second factor that an admin's first login asks for, and answers with its secret. */
async function enrol(page: Page, board: TestBoard): Promise<string> {
  await typePassword(page);
  await page.getByRole('heading', { name: 'Set up your second factor' }).waitFor();
  const secret = (await page.locator('dl code').innerText()).replaceAll(' ', '');
  await page.getByRole('textbox', { name: 'Code' }).fill(toCode(secret, board.now()));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('link', { name: /go on$/ }).click();
  await page.getByRole('heading', { name: 'Moderator queue' }).waitFor({ state: 'attached' });
  return secret;
}

const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
