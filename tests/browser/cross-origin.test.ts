import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Posted, openTestBoard, type TestBoard } from '../support/test-board.js';
import { eventually, findTextOf, openTestBrowser, type Reader, sendReply, type TestBrowser } from '../support/test-browser.js';

/** A page of another site, opened by somebody who is logged in here and posts here: it tries to act for him. */
describe('a page of another site', () => {
  let board: TestBoard;
  let browser: TestBrowser;
  let site: Server;
  let html = '';
  /** What the board was asked to change, and how it answered. */
  let sent: { path: string; status: number }[] = [];

  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('plots');
    board.server.prependListener('request', (req, res) => {
      const path = req.url ?? '';
      if (/^\/(?:plots\/|mod\/act|theme|socket\.io)/.test(path)) res.once('finish', () => sent.push({ path, status: res.statusCode }));
    });
    site = createServer((_req, res) => void res.setHeader('Content-Type', 'text/html').end(html));
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
    browser = await openTestBrowser(board);
  });
  afterEach(() => browser.closeReaders());
  after(async () => {
    await browser.close();
    site.close().closeAllConnections();
    await board.close();
  });

  /** The board's neighbour on the same host, and a site of another name. */
  const places = () => {
    const { port } = site.address() as AddressInfo;
    return [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`];
  };
  const takeFingerprint = async () => {
    const count = async (table: 'posts' | 'reports' | 'mod_log') => (await board.db.selectFrom(table).select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()).count;
    return [await count('posts'), await count('reports'), await count('mod_log')].map(Number);
  };

  /** Somebody with everything a browser may hold of the board: a poster's secret, and a session of staff. */
  async function openVictim(thread: Posted): Promise<Reader> {
    const victim = await browser.read(`/plots/thread/${thread.thread}`);
    await findTextOf(victim.page).fill('My own words.');
    await sendReply(victim.page);
    await victim.page.locator('.post', { hasText: 'My own words.' }).waitFor();
    const { cookie } = await board.hireStaff(`Victim ${thread.no}`, [{ boardId: null, role: 'moderator' }]);
    const [name = '', value = ''] = cookie.split('=');
    await victim.context.addCookies([{ name, value, url: board.origin(), sameSite: 'Strict', httpOnly: true }]);
    victim.allow(/status of 4\d\d|CORS|ERR_FAILED|ERR_BLOCKED|Failed to load|opaque|Cross-Origin|WebSocket|NotSameOrigin|violat/i);
    sent = [];
    return victim;
  }

  const toForms = async (thread: Posted, formToken: string): Promise<{ path: string; fields: Record<string, string> }[]> => {
    const { id } = await board.db.selectFrom('posts').innerJoin('boards as b', 'b.id', 'posts.board_id').select('posts.id').where('b.slug', '=', 'plots').where('no', '=', thread.no).executeTakeFirstOrThrow();
    return [
      { path: `/plots/thread/${thread.thread}/reply`, fields: { body: 'Words of a stranger.' } },
      { path: '/plots/thread', fields: { subject: 'A thread', body: 'Words of a stranger.' } },
      { path: `/plots/post/${thread.no}/report`, fields: { reason: 'spam', note: '' } },
      { path: `/plots/post/${thread.no + 1}/delete`, fields: { what: 'post' } },
      { path: '/mod/act', fields: { act: 'post.remove', post: String(id), reason: 'None', form_token: formToken } },
      { path: '/theme', fields: { theme: 'classic' } },
    ];
  };
  const toForm = (path: string, fields: Record<string, string>, enctype: string) =>
    `<form method="post" enctype="${enctype}" action="${board.origin()}${path}">${Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`).join('')}<button>Win</button></form>`;

  it('changes nothing by any form, however it is sent', async () => {
    const thread = await board.startThread('plots');
    const victim = await openVictim(thread);
    const before = await takeFingerprint();
    let tries = 0;
    for (const { path, fields } of await toForms(thread, `token-of-Victim ${thread.no}`)) {
      for (const enctype of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) {
        for (const place of places()) {
          html = toForm(path, fields, enctype);
          sent = [];
          await victim.page.goto(place);
          await victim.page.getByRole('button', { name: 'Win' }).click();
          await eventually(() => sent.some((answer) => answer.path === path), `the form reaches ${path}`);
          assert.deepEqual(sent.filter((answer) => answer.path === path).map(({ status }) => status), [403], `${path} ${enctype} from ${place}`);
          tries += 1;
        }
      }
    }
    assert.equal(tries, 36);
    assert.deepEqual(await takeFingerprint(), before);
  });

  it('changes nothing and reads nothing by script, picture, frame or socket', async () => {
    const thread = await board.startThread('plots');
    const victim = await openVictim(thread);
    const before = await takeFingerprint();
    const forms = await toForms(thread, `token-of-Victim ${thread.no}`);
    for (const place of places()) {
      html = '<title>Another site</title>';
      await victim.page.goto(place);
      const results = await victim.page.evaluate<string[]>(`(async () => {
        const own = ${JSON.stringify(board.origin())};
        const forms = ${JSON.stringify(forms)};
        const said = [];
        const tell = (what, done) => done.then((value) => said.push(what + ': ' + value), () => undefined);
        for (const { path, fields } of forms) {
          const body = new URLSearchParams(fields);
          await tell('read the answer of ' + path, fetch(own + path, { method: 'POST', body, credentials: 'include' }).then((answer) => answer.status));
          await fetch(own + path, { method: 'POST', body, credentials: 'include', mode: 'no-cors' }).catch(() => undefined);
          await tell('set a header', fetch(own + path, { method: 'POST', body, credentials: 'include', headers: { 'Sec-Fetch-Site': 'same-origin', 'X-Own': '1' } }).then((answer) => answer.status));
          navigator.sendBeacon(own + path, body);
          await new Promise((done) => Object.assign(new Image(), { onload: done, onerror: done, src: own + path + '?' + body }));
        }
        await tell('read a page', fetch(own + '/mod', { credentials: 'include' }).then((answer) => answer.text()));
        await tell('load script', new Promise((done, fail) => document.head.append(Object.assign(document.createElement('script'), { onload: () => done('loaded'), onerror: fail, src: own + '/plots/thread/${thread.thread}' }))));
        await tell('open a socket', new Promise((done, fail) => { const line = new WebSocket(own.replace('http', 'ws') + '/socket.io/?EIO=4&transport=websocket'); line.onopen = () => done('open'); line.onerror = fail; }));
        const frame = document.createElement('iframe');
        frame.src = own + '/plots/';
        await new Promise((done) => { frame.onload = done; setTimeout(done, 3000); document.body.append(frame); });
        let inside = null;
        try { inside = frame.contentDocument && frame.contentDocument.body.textContent; } catch {}
        if (inside) said.push('looked into a frame: ' + inside);
        return said;
      })()`);
      assert.deepEqual(results, [], place);
    }
    const changing = sent.filter(({ status }) => status < 400 && status !== 304).map(({ path }) => path);
    // Pictures ask by GET, which only reads; nothing else of it was let through.
    assert.deepEqual(changing.filter((path) => !/^\/plots\/(?:$|thread\/\d+$|thread\/\d+\/reply\?|thread\?|post\/\d+\/(?:report|delete)\?)/.test(path)), []);
    assert.ok(sent.filter(({ status }) => status === 403).length >= forms.length * 2, 'the forms did reach the board');
    assert.deepEqual(await takeFingerprint(), before);
    const posts = await board.get(`/plots/thread/${thread.thread}`);
    assert.match(posts.text, /My own words\./);
    assert.doesNotMatch(posts.text, /Words of a stranger/);
  });

  it('is not what the board’s own form is: that one posts, with script and without', async () => {
    const thread = await board.startThread('plots');
    for (const javaScriptEnabled of [true, false]) {
      const { page } = await browser.read(`/plots/thread/${thread.thread}`, { javaScriptEnabled });
      await findTextOf(page).fill(`My own words, script: ${javaScriptEnabled}.`);
      await sendReply(page);
      await page.locator('.post', { hasText: `My own words, script: ${javaScriptEnabled}.` }).waitFor();
    }
  });
});
