import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { openTestBoard, type TestBoard } from '../support/test-board.js';
import { eventually, openTestBrowser, readColour, type TestBrowser, until, untilLive } from '../support/test-browser.js';

const dot = { name: 'a-picture-with-a-rather-long-name-that-has-no-room.png', content: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64') };
const widths = [320, 390, 768, 1280];

/** A page, how to get there, and what the browser says of it by right. */
interface Place {
  name: string;
  path: string;
  isStaff?: boolean;
  /** Brings the page into the state that is looked at. */
  reach?: (page: Page) => Promise<void>;
  allows?: RegExp;
}

/** Every page, as it is seen and as it is heard: widths, contrast, names, and that none breaks the content policy. */
describe('pages', () => {
  let board: TestBoard;
  let browser: TestBrowser;
  let staffCookie: string[] = [];
  const places: Place[] = [];
  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('plots', { description: 'Gardens, large and small.' });
    await board.makeBoard('shelf');
    await board.makeBoard('porch', { maxBodyLength: 200, maxThreads: 1 });
    browser = await openTestBrowser(board);
    const member = await board.hireStaff('mo', [{ boardId: null, role: 'admin' }]);
    staffCookie = member.cookie.split('=');
    places.push(...(await furnish(board, member)));
  });
  afterEach(() => browser.closeReaders());
  after(async () => {
    await browser.close();
    await board.close();
  });

  /** Goes to every place in turn: one browser for readers, one for staff. */
  async function visit(look: (page: Page, place: Place) => Promise<void>): Promise<void> {
    const visitor = await browser.read(undefined, { reducedMotion: 'reduce' });
    const staff = await browser.read(undefined, { reducedMotion: 'reduce' });
    const [name = '', value = ''] = staffCookie;
    await staff.context.addCookies([{ name, value, url: board.origin() }]);
    for (const place of places) {
      const reader = place.isStaff ? staff : visitor;
      if (place.allows !== undefined) reader.allow(place.allows);
      await reader.page.setViewportSize({ width: 1280, height: 844 });
      await reader.page.goto(place.path);
      await place.reach?.(reader.page);
      await look(reader.page, place);
    }
  }

  it('no page has a fault that axe finds, light and dark, wide and narrow', async () => {
    const found: string[] = [];
    await visit(async (page, place) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const width of [1280, 390]) {
          await page.setViewportSize({ width, height: 844 });
          for (const fault of await findFaults(page)) found.push(`${place.name}, ${colorScheme}, ${width}: ${fault}`);
        }
      }
    });
    assert.deepEqual(found, []);
  });

  it('the open menu, the reply sheet of a phone and a quoted post beside its link have no fault that axe finds', async () => {
    const { page } = await browser.read(places.find(({ name }) => name === 'thread')?.path);
    await page.getByRole('link', { name: 'Menu', exact: true }).first().click();
    await page.locator('.menu').waitFor();
    assert.deepEqual(await findFaults(page), []);
    await page.keyboard.press('Escape');
    await page.locator('.src').first().hover();
    await page.locator('.preview').waitFor();
    assert.deepEqual(await findFaults(page), []);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('button', { name: 'Reply', exact: true }).click();
    await page.locator('#files').setInputFiles({ name: dot.name, mimeType: 'image/png', buffer: dot.content });
    assert.deepEqual(await findFaults(page), []);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
  });

  for (const theme of ['light', 'dark', 'classic', 'contrast']) {
    it(`a thread has no fault that axe finds in the ${theme} theme`, async () => {
      const place = places.find(({ name }) => name === 'thread');
      assert.ok(place);
      const reader = await browser.read();
      await reader.context.addCookies([{ name: 'theme', value: theme, url: board.origin() }]);
      await reader.page.goto(place.path);
      assert.deepEqual(await findFaults(reader.page), []);
    });
  }

  it('no page is wider than its window', async () => {
    const wide: string[] = [];
    await visit(async (page, place) => {
      for (const width of widths) {
        await page.setViewportSize({ width, height: 844 });
        const scrollWidth = await page.evaluate<number>('document.documentElement.scrollWidth');
        if (scrollWidth > width) wide.push(`${place.name} at ${width}: ${scrollWidth}, as wide as ${await page.evaluate<string>(widest)}`);
      }
    });
    assert.deepEqual(wide, []);
  });

  it('pictures from elsewhere and HTML that script makes of text are refused, and the browser tells of it', async () => {
    const reader = await browser.read('/');
    await reader.page.evaluate(`document.body.append(Object.assign(document.createElement('img'), { src: 'https://elsewhere.example/a.png' }))`);
    await reader.page.evaluate(`try { document.body.innerHTML += '<b>by text</b>'; } catch {}`);
    await eventually(() => reader.faults.filter((fault) => fault.startsWith('content policy:')).length === 2, 'two breaches are told of');
    assert.match(reader.faults.join('\n'), /img-src/);
    assert.match(reader.faults.join('\n'), /require-trusted-types-for/);
    reader.allow(/./);
  });

  it('reading sets no cookie and keeps nothing in the browser', async () => {
    const reader = await browser.read();
    for (const place of places) {
      if (place.isStaff || place.reach !== undefined) continue;
      if (place.allows !== undefined) reader.allow(place.allows);
      await reader.page.goto(place.path);
      assert.deepEqual(await reader.context.cookies(), [], place.name);
      assert.equal(await reader.page.evaluate('localStorage.length + sessionStorage.length'), 0, place.name);
    }
  });

  it('a theme is worn as soon as it is chosen, all five, and stays', async () => {
    const { page } = await browser.read('/plots/', { colorScheme: 'light' });
    const select = page.getByRole('combobox', { name: 'Theme' });
    const colours = new Map<string, string>();
    for (const theme of ['dark', 'classic', 'contrast', 'light', 'auto']) {
      const before = await readColour(page);
      await select.selectOption(theme);
      await until(page, `document.querySelector('link[href="/theme.css?${theme}"]') !== null && document.querySelectorAll('link[href^="/theme.css"]').length === 1`);
      colours.set(theme, await readColour(page));
      if (theme !== 'auto') assert.notEqual(colours.get(theme), before, theme);
      await page.reload();
      assert.equal(await readColour(page), colours.get(theme), `${theme} after loading again`);
      await until(page, `document.getElementById('theme').value === '${theme}'`);
    }
    assert.equal(colours.get('auto'), colours.get('light'), 'auto follows the system');
    assert.equal(new Set(colours.values()).size, 4);
  });

  it('times are told in the reader’s own zone', async () => {
    const { page } = await browser.read(places.find(({ name }) => name === 'thread')?.path, { timezoneId: 'Asia/Tokyo' });
    const time = page.locator('.post--op > header time');
    const at = new Date((await time.getAttribute('datetime')) ?? '');
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Tokyo', hour: '2-digit', minute: '2-digit' }).format(at);
    const weekday = new Intl.DateTimeFormat('en', { timeZone: 'Asia/Tokyo', weekday: 'short' }).format(at);
    assert.match(await time.innerText(), new RegExp(`\\(${weekday}\\) ${clock}$`));
  });

  it('a thread comes up without a format being made, the first of which holds a slow phone up', async () => {
    const { page } = await browser.read();
    await page.addInitScript(countFormats);
    await page.goto(places.find(({ name }) => name === 'thread')?.path ?? '');
    await untilLive(page);
    await page.locator('[data-readers]', { hasText: 'reading' }).waitFor();
    await page.locator('.post--op > header time', { hasText: /\(\w+\)/ }).waitFor();
    assert.equal(await page.evaluate('formatCount'), 0);
    await page.locator('.post--op > header time span').last().hover();
    assert.match((await page.locator('.post--op > header time').getAttribute('title')) ?? '', /day, .+ \d+.+\d{1,2}:\d\d:\d\d/);
    assert.equal(await page.evaluate('formatCount'), 1, 'the whole time is said by one');
  });

  it('a page tells how many read along', async () => {
    const path = places.find(({ name }) => name === 'thread')?.path;
    const one = await browser.read(path);
    const other = await browser.read(path);
    await untilLive(other.page);
    await one.page.locator('[data-readers]', { hasText: '2 reading' }).waitFor();
  });
});

/** Runs in the page, before anything of it. */
const countFormats = `
  globalThis.formatCount = 0;
  for (const kind of ['NumberFormat', 'DateTimeFormat']) Intl[kind] = new Proxy(Intl[kind], { construct: (made, args) => { formatCount += 1; return new made(...args); } });
`;

/** What axe finds on a page, a line each. */
async function findFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} (${failureSummary?.split('\n')[1]?.trim()})`).join(' | ')}`);
}

/** The innermost element that stands out of the window. */
const widest = `[...document.body.querySelectorAll('*')].filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.outerHTML.slice(0, 80)).at(-1)`;

/** Makes what the pages show: a debate with pictures, an archived thread, a report, a removal, a ban. */
async function furnish(board: TestBoard, member: Awaited<ReturnType<TestBoard['hireStaff']>>): Promise<Place[]> {
  const thread = await board.startThread('plots', { subject: 'How deep is a raised bed', body: 'Carrots want **two feet** of loose soil.\n\n```\nsoil: loam\n```\nhttps://example.com/a/very/long/address/that/goes/on/and/on/and/on/until/it/ends/somewhere/far/away' }, [dot]);
  const reply = await board.reply(thread, { name: 'Ann#secret', body: `>>${thread.no}\n>two feet of loose soil\n||Never.|| ${'unbroken'.repeat(30)}` }, [dot, { ...dot, name: 'b.png' }]);
  const gone = await board.reply(thread, { body: `>two feet of loose soil\n>>${reply.no} Gnomes!`, sage: 'on' });
  const reported = await board.reply(thread, 'Cheap pills.');
  await board.send(`/plots/post/${reported.no}/report`, { reason: 'spam', note: 'The third today.' });
  const postId = async (no: number, slug = 'plots') =>
    (await board.db.selectFrom('posts as p').innerJoin('boards as b', 'b.id', 'p.board_id').select('p.id').where('b.slug', '=', slug).where('p.no', '=', no).executeTakeFirstOrThrow()).id;
  await member.send('/mod/act', { act: 'post.remove', post: await postId(gone.no), reason: 'Advertising', back: '/mod' }).expect(303);
  const old = await board.startThread('porch', { subject: 'An old thread' });
  const open = await board.startThread('porch', { subject: 'A new thread', body: 'Open for now.' });
  const rude = await board.reply(open, 'Rude words.');
  await member.send('/mod/act', { act: 'author.ban', post: await postId(rude.no, 'porch'), reason: 'Rudeness', duration: 72, scope: 'board', back: '/mod' }).expect(303);

  const tooLong = async (page: Page) => {
    await page.getByRole('textbox', { name: 'Text', exact: true }).fill('x'.repeat(20_001));
    await page.evaluate(`document.querySelector('form[data-post-form]').submit()`);
    await page.getByRole('heading', { name: 'Not posted yet' }).waitFor();
  };
  const beBanned = async (page: Page) => {
    await page.getByRole('textbox', { name: 'Text', exact: true }).fill('More words.');
    await page.getByRole('button', { name: 'Post reply' }).click();
    await page.getByRole('heading', { name: /You are banned/ }).waitFor();
  };
  const refused = /status of 4\d\d/;
  return [
    { name: 'home', path: '/' },
    { name: 'about', path: '/about' },
    { name: 'privacy', path: '/privacy' },
    { name: 'log', path: '/log' },
    { name: 'index', path: '/plots/' },
    { name: 'empty index', path: '/shelf/' },
    { name: 'catalog', path: '/plots/catalog' },
    { name: 'archive', path: '/porch/archive' },
    { name: 'thread', path: `/plots/thread/${thread.no}` },
    { name: 'archived thread', path: `/porch/thread/${old.no}` },
    { name: 'new thread', path: '/plots/new' },
    { name: 'reply', path: `/plots/thread/${thread.no}/reply?quote=${reply.no}` },
    { name: 'refused reply', path: `/plots/thread/${thread.no}/reply`, reach: tooLong, allows: refused },
    { name: 'post actions', path: `/plots/post/${reply.no}` },
    { name: 'ban', path: `/porch/thread/${open.no}`, reach: beBanned, allows: refused },
    { name: 'not found', path: '/plots/thread/999999', allows: refused },
    { name: 'login', path: '/mod/login' },
    { name: 'queue', path: '/mod', isStaff: true },
    { name: 'staff log', path: '/mod/log', isStaff: true },
    { name: 'staff board', path: '/mod/plots/', isStaff: true },
    { name: 'staff thread', path: `/mod/plots/thread/${thread.no}`, isStaff: true },
    { name: 'staff list', path: '/mod/staff', isStaff: true },
    { name: 'account', path: '/mod/account', isStaff: true },
  ];
}
