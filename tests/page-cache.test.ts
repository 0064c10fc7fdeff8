import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, request as httpRequest, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import request from 'supertest';
import { createPageCache } from '../src/http/page-cache.js';
import { createPageFront, keepPage } from '../src/http/page-front.js';
import { createReadyPage, pickEncoding, sendReady } from '../src/http/ready-page.js';
import { openTestBoard, type Posted, type TestBoard } from './support/test-board.js';

const usual = { thread: 500, board: 1000 };

/** An answer with its bytes as they came over the line. */
async function ask(server: Server, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const req = httpRequest({ host: '127.0.0.1', port, path, method, headers: { Host: `127.0.0.1:${port}`, ...headers } }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }));
    });
    req.on('error', reject).end();
  });
}

describe('pages from memory', () => {
  let board: TestBoard;

  before(async () => {
    board = await openTestBoard({ pageTrustMs: usual });
    await board.makeBoard('shelf');
    await board.makeBoard('attic');
  });
  after(() => board.close());

  /** Changes a post behind the board's back: what a page shows afterwards tells whether it was made anew. */
  const overwrite = async (thread: Posted, body: string, isTold: boolean) => {
    const { thread_id: id } = await board.db.selectFrom('posts as p').innerJoin('boards as b', 'b.id', 'p.board_id').select('p.thread_id').where('b.slug', '=', thread.board).where('p.no', '=', thread.no).executeTakeFirstOrThrow();
    await board.db.updateTable('posts').set((eb) => ({ body_html: `<p>${body}</p>`, version: eb('version', '+', 1) })).where('thread_id', '=', id).where('is_op', '=', true).execute();
    if (isTold) await board.db.updateTable('threads').set((eb) => ({ change_no: eb('change_no', '+', 1) })).where('id', '=', id).execute();
  };
  const pageOf = async (thread: Posted) => (await board.get(`/${thread.board}/thread/${thread.thread}`)).text;

  it('a thread page is made once, and again only when its thread has changed', async () => {
    const thread = await board.startThread('shelf', { body: 'as it was' });
    assert.match(await pageOf(thread), /as it was/);
    await overwrite(thread, 'as nobody knows', false);
    assert.match(await pageOf(thread), /as it was/, 'nothing is asked within half a second');
    board.pass(600);
    assert.match(await pageOf(thread), /as it was/, 'the change number is the same');
    await overwrite(thread, 'as it is', true);
    assert.match(await pageOf(thread), /as it was/, 'half a second is not over');
    board.pass(600);
    assert.match(await pageOf(thread), /as it is/);
  });

  it('what is posted here is on the next page, of the thread and of its board', async () => {
    const thread = await board.startThread('shelf', { subject: 'Just now' });
    assert.match((await board.get('/shelf/')).text, /Just now/);
    assert.match((await board.get('/shelf/catalog')).text, /Just now/);
    await pageOf(thread);
    await board.reply(thread, 'A fresh answer');
    assert.match(await pageOf(thread), /A fresh answer/);
  });

  it('what open pages have missed is worked out once for all of them, and never lacks what was posted here since', async () => {
    const thread = await board.startThread('shelf', { body: 'as it was' });
    const ask = () => board.getJson(`/shelf/thread/${thread.thread}/updates?since=0`);
    const first = await ask();
    assert.deepEqual([first.headers['cache-control'], first.headers['content-type']], ['no-store', 'application/json; charset=utf-8']);
    await overwrite(thread, 'as nobody knows', false);
    assert.match((await ask()).text, /as it was/, 'the same answer serves the next');
    for (let index = 0; index < 12; index += 1) {
      const reply = await board.reply(thread, `Reply ${index}`);
      assert.equal((await ask()).body.posts.at(-1).no, reply.no, 'however quickly they follow each other');
    }
  });

  it('what is posted elsewhere is on a board page a second later', async () => {
    await board.get('/attic/');
    board.pass(2000);
    const thread = await board.startThread('attic', { body: 'as it was' });
    assert.match((await board.get('/attic/')).text, /as it was/);
    board.pass(10);
    await overwrite(thread, 'as it is', false);
    assert.match((await board.get('/attic/')).text, /as it was/);
    board.pass(1100);
    assert.match((await board.get('/attic/')).text, /as it is/);
  });

  it('the page after posting is kept by nobody', async () => {
    const thread = await board.startThread('shelf');
    const page = await board.get(`/shelf/thread/${thread.thread}?posted=${thread.no}`);
    assert.equal(page.headers['cache-control'], 'no-store');
    assert.match(page.text, /data-posted/);
    assert.doesNotMatch(await pageOf(thread), /data-posted/);
  });

  it('a thread that is removed, moved or renamed is not shown from memory', async () => {
    const staff = await board.hireStaff('Sorrel', [{ boardId: null, role: 'moderator' }]);
    const act = (fields: Record<string, string | number>) => staff.send('/mod/act', { reason: 'For a test', ...fields }).set('Origin', board.origin());
    const removed = await board.startThread('shelf');
    const moved = await board.startThread('shelf');
    for (const thread of [removed, moved]) await pageOf(thread);
    const idsOf = (no: number) => board.db.selectFrom('posts as p').innerJoin('boards as b', 'b.id', 'p.board_id').select(['p.id', 'p.thread_id']).where('b.slug', '=', 'shelf').where('p.no', '=', no).executeTakeFirstOrThrow();
    await act({ act: 'post.remove', post: (await idsOf(removed.no)).id });
    assert.equal((await board.get(`/shelf/thread/${removed.thread}`)).status, 410);
    await act({ act: 'thread.move', thread: (await idsOf(moved.no)).thread_id, to_board: 'attic' });
    assert.equal((await board.get(`/shelf/thread/${moved.thread}`)).status, 301);
  });

  it('a post that a thread of the board quotes names its new address when that thread moves, and the old one when it is back', async () => {
    const staff = await board.hireStaff('Yarrow', [{ boardId: null, role: 'moderator' }]);
    const quoted = await board.startThread('shelf');
    const quoting = await board.startThread('shelf', { body: `>>${quoted.no}\nSo I began another.` });
    const backlinks = async () => [...(await pageOf(quoted)).matchAll(/<a\s+href="([^"]+)">&gt;&gt;&gt;/g)].map((found) => found[1]);
    const before = [`/shelf/thread/${quoting.thread}#p${quoting.no}`];
    assert.deepEqual(await backlinks(), before);
    const { thread_id: threadId } = await board.db.selectFrom('posts as p').innerJoin('boards as b', 'b.id', 'p.board_id').select('p.thread_id').where('b.slug', '=', 'shelf').where('p.no', '=', quoting.no).executeTakeFirstOrThrow();
    const move = (to: string) => staff.send('/mod/act', { act: 'thread.move', thread: threadId, to_board: to, reason: 'For a test' }).set('Origin', board.origin());
    await move('attic');
    const { no } = await board.db.selectFrom('threads').select('no').where('id', '=', threadId).executeTakeFirstOrThrow();
    assert.deepEqual(await backlinks(), [`/attic/thread/${no}#p${no}`]);
    await move('shelf');
    assert.deepEqual(await backlinks(), before);
  });

  it('goes out in brotli, gzip or plain, as the same words under an ETag each, and not twice', async () => {
    const thread = await board.startThread('shelf', { body: 'Words enough. '.repeat(200) });
    const path = `/shelf/thread/${thread.thread}`;
    const tags = new Set<string>();
    for (let round = 0; round < 2; round += 1) {
      for (const [accepted, encoding, decode] of [['br, gzip', 'br', brotliDecompressSync], ['gzip', 'gzip', gunzipSync], ['', undefined, (bytes: Buffer) => bytes], ['br;q=0, gzip;q=0', undefined, (bytes: Buffer) => bytes]] as const) {
        const answer = await ask(board.server, path, { 'Accept-Encoding': accepted });
        assert.equal(answer.headers['content-encoding'], encoding);
        assert.match(String(answer.headers['vary']), /Accept-Encoding/);
        assert.match(decode(answer.body).toString(), /Words enough/);
        const tag = String(answer.headers['etag']);
        tags.add(tag);
        const again = await ask(board.server, path, { 'Accept-Encoding': accepted, 'If-None-Match': `W/${tag}` });
        assert.deepEqual([again.status, again.body.length], [304, 0]);
      }
    }
    assert.equal(tags.size, 3);
  });

  it('carries the same headers as a page that was just made, and no cookie', async () => {
    const thread = await board.startThread('shelf');
    const path = `/shelf/thread/${thread.thread}`;
    const [made, kept] = [await ask(board.server, path), await ask(board.server, path)];
    const { date: _made, ...ofMade } = made.headers;
    const { date: _kept, ...ofKept } = kept.headers;
    assert.deepEqual(ofKept, ofMade);
    assert.equal(kept.headers['set-cookie'], undefined);
    assert.match(String(kept.headers['content-security-policy']), /default-src 'none'/);
  });

  it('is not shown under a foreign name', async () => {
    await board.get('/shelf/');
    assert.equal((await ask(board.server, '/shelf/', { Host: 'evil.example' })).status, 421);
  });

  it('script and styles come as small as the browser takes them, are kept for ever, and nothing else lies beside them', async () => {
    const page = (await board.get('/shelf/')).text;
    const paths = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((found) => found[1] ?? '');
    assert.ok(paths.length >= 3, 'script, styles, icon');
    for (const path of paths) {
      const [plain, gzip, brotli] = [await ask(board.server, path), await ask(board.server, path, { 'Accept-Encoding': 'gzip' }), await ask(board.server, path, { 'Accept-Encoding': 'br' })];
      assert.match(String(plain.headers['cache-control']), /max-age=31536000, immutable/);
      assert.deepEqual(gunzipSync(gzip.body), plain.body);
      assert.deepEqual(brotliDecompressSync(brotli.body), plain.body);
      assert.ok(brotli.body.length <= gzip.body.length && gzip.body.length < plain.body.length, path);
    }
    for (const path of ['/assets/manifest.json', '/assets/', '/assets/..%2Fmanifest.json', `${paths[0]}.br`]) assert.equal((await ask(board.server, path)).status, 404, path);
  });

  it('HEAD has the headers of GET and no body', async () => {
    const answer = await ask(board.server, '/shelf/', {}, 'HEAD');
    assert.equal(answer.status, 200);
    assert.equal(answer.body.length, 0);
    assert.ok(Number(answer.headers['content-length']) > 1000);
  });

  it('shows a changed setting of a board on the pages that are kept', async () => {
    const thread = await board.startThread('shelf');
    assert.match(await pageOf(thread), /Full at 500 replies/);
    await board.db.updateTable('boards').set({ reply_limit: 123 }).where('slug', '=', 'shelf').execute();
    await board.running.boards.refresh();
    assert.match(await pageOf(thread), /Full at 123 replies/);
  });
});

describe('pages while the database is away', () => {
  it('are those that were shown last; writing is refused with a time to try again', async () => {
    const board = await openTestBoard({ pageTrustMs: usual });
    try {
      await board.makeBoard('shelf');
      const thread = await board.startThread('shelf', { body: 'still here' });
      const paths = ['/', '/shelf/', '/shelf/catalog', `/shelf/thread/${thread.thread}`];
      for (const path of paths) await board.get(path);
      await board.db.destroy();
      board.pass(4000);
      for (const path of paths) {
        const page = await board.get(path);
        assert.equal(page.status, 200, path);
        assert.match(page.text, /still here|Boards/, path);
      }
      const answer = await board.sendForm(`/shelf/thread/${thread.thread}/reply`, { body: 'kept words' });
      assert.equal(answer.status, 503);
      assert.ok(answer.headers['retry-after'] !== undefined, 'a time to try again');
      assert.match(answer.text, /kept words/);
    } finally {
      await board.close();
    }
  });
});

describe('the first door', () => {
  /** A server whose app makes a page slowly and counts how often. */
  async function open(options: { keeps?: boolean; maxBytes?: number } = {}) {
    let made = 0;
    let at = 0;
    const pages = createPageCache({ now: () => new Date(at), findChangeNos: async () => new Map(), generation: () => 0, maxBytes: options.maxBytes });
    const front = createPageFront({
      pages,
      headers: { 'X-Guard': 'on' },
      connection: { keepAliveMs: 5_000, requests: 1_000 },
      isAnswered: () => true,
      app: (req, res) => {
        made += 1;
        setTimeout(() => {
          const page = createReadyPage(`<p>page ${made} of ${req.url}</p>`.padEnd(3000, ' '));
          if (options.keeps !== false) keepPage(req, 'en', page, null);
          void sendReady(req, res, page);
        }, 30);
      },
    });
    const server = createServer(front);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, pages, countMade: () => made, pass: (ms: number) => { at += ms; }, close: () => new Promise((resolve) => server.close(resolve)) };
  }

  it('has a missing page made once, however many ask for it at the same moment', async () => {
    const door = await open();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(door.server, '/b/')));
    assert.equal(door.countMade(), 1);
    assert.equal(new Set(answers.map((answer) => answer.body.toString())).size, 1);
    await door.close();
  });

  it('lets everybody ask for himself where a page cannot be kept', async () => {
    const door = await open({ keeps: false });
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(door.server, '/b/')));
    assert.deepEqual(answers.map((answer) => answer.status), [200, 200, 200, 200, 200]);
    assert.equal(door.countMade(), 5);
    await door.close();
  });

  it('keeps nothing that has a query, is posted, or lies elsewhere', async () => {
    const door = await open();
    for (const path of ['/b/?x=1', '/b/catalog?q=x', '/mod/queue', '/b/post/1', '/b/thread/1/updates', '/b/thread/1/updates?since=1&x', '/media/x', '//b/', '/B/', '/b/thread/01']) {
      await ask(door.server, path);
      const count = door.countMade();
      await ask(door.server, path);
      assert.equal(door.countMade(), count + 1, path);
    }
    await door.close();
  });

  it('holds no more bytes than it may, and lets go of what was asked for longest ago', async () => {
    const door = await open({ maxBytes: 12_000 });
    for (const path of ['/a/', '/b/', '/c/', '/a/']) await ask(door.server, path);
    assert.equal(door.countMade(), 4, 'the first of three went');
    await door.close();
  });

  it('makes a page that changes all the time anew a few times a second, and no more often', async () => {
    const door = await open();
    for (let round = 0; round < 20; round += 1) {
      door.pass(20);
      door.pages.noteBoards();
      await ask(door.server, '/b/');
    }
    assert.ok(door.countMade() >= 2 && door.countMade() <= 3, `${door.countMade()} times`);
    await door.close();
  });
});

it('what a browser accepts is read with its weights', () => {
  for (const [header, encoding] of [['gzip, deflate, br, zstd', 'br'], ['gzip', 'gzip'], ['br;q=0.0, gzip;q=0.5', 'gzip'], ['GZIP', 'gzip'], ['', 'identity'], [undefined, 'identity'], ['brotli', 'identity']] as const) {
    assert.equal(pickEncoding(header), encoding, String(header));
  }
});

it('the pages that no post changes are kept as well, and what has a query is not', async () => {
  const asked: string[] = [];
  const pages = createPageCache({ now: () => new Date(), findChangeNos: async () => new Map(), generation: () => 1 });
  const app = (req: IncomingMessage, res: ServerResponse) => {
    asked.push(req.url ?? '');
    const page = createReadyPage(`The page ${req.url}`);
    keepPage(req, 'en', page, null);
    void sendReady(req, res, page);
  };
  const server = createServer(createPageFront({ app, pages, headers: {}, connection: { keepAliveMs: 5_000, requests: 1_000 }, isAnswered: () => true }));
  for (const path of ['/about', '/privacy', '/privacy?a=b', '/log']) {
    for (let times = 0; times < 2; times += 1) assert.equal((await request(server).get(path)).text, `The page ${path}`);
  }
  assert.deepEqual(asked, ['/about', '/privacy', '/privacy?a=b', '/privacy?a=b', '/log', '/log']);
});
