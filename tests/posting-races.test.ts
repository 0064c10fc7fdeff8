import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import request from 'supertest';
import { readConfig } from '../src/config.js';
import { createLog } from '../src/log.js';
import { startBoard } from '../src/start-board.js';
import { openTestBoard, type TestBoard } from './support/test-board.js';

const png = await readFile('tests/fixtures/media/metadata/png-text.png');

/** Many at once. The database decides; the tests also run against a PostgreSQL server, where transactions really overlap. */
describe('posting at the same moment', () => {
  let board: TestBoard;
  before(async () => {
    board = await openTestBoard({ settings: { CONNECTIONS_PER_ADDRESS: '1000' } });
  });
  after(() => board.close());

  const findPosts = (slug: string) =>
    board.db.selectFrom('posts as p').innerJoin('boards as b', 'b.id', 'p.board_id').selectAll('p').where('b.slug', '=', slug).orderBy('p.no').execute();
  const listMedia = async () => (await readdir(join(board.dataDir, 'media'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;
  const many = <T>(count: number, act: (index: number) => PromiseLike<T>) => Promise.all(Array.from({ length: count }, (_none, index) => act(index)));

  it('100 copies of one form with an id make one post, and all are led to it', async () => {
    await board.makeBoard('copies');
    const thread = await board.startThread('copies');
    const form_id = randomUUID();
    const answers = await many(100, () => board.sendForm(`/copies/thread/${thread.no}/reply`, { body: 'Once', form_id }, [], 'application/json'));
    const numbers = new Set(answers.map((answer) => `${answer.status} ${answer.body.no}`));
    assert.equal(numbers.size, 1);
    assert.match([...numbers][0] ?? '', /^201 \d+$/);
    assert.equal((await findPosts('copies')).length, 2);
    const late = await board.sendForm(`/copies/thread/${thread.no}/reply`, { body: 'Once', form_id }, [], 'application/json');
    assert.equal(late.body.no, answers[0]?.body.no, 'a late copy is led there too');
  });

  it('100 copies of one form without script make one thread with its file, and one browser may delete it', async () => {
    await board.makeBoard('noscript');
    const browser = board.open();
    const file = { name: 'a.png', content: png };
    const answers = await many(100, () => browser.sendForm('/noscript/thread', { subject: 'Twice', body: 'Clicked twice' }, [file]));
    assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [303]);
    assert.equal(new Set(answers.map((answer) => answer.headers['location'])).size, 1);
    const posts = await findPosts('noscript');
    assert.equal(posts.length, 1);
    const gone = await browser.send(`/noscript/post/${posts[0]?.no}/delete`, { what: 'post' });
    assert.equal(gone.status, 303, 'whichever answer the browser saw');
  });

  it('the same words make a second post after a minute, in another thread at once, and by another id', async () => {
    await board.makeBoard('again');
    const [one, two] = [await board.startThread('again'), await board.startThread('again')];
    const send = async (thread: { no: number }, more = {}) => (await board.sendForm(`/again/thread/${thread.no}/reply`, { body: 'Bump', ...more }, [], 'application/json')).body.no;
    const first = await send(one);
    assert.equal(await send(one), first);
    assert.notEqual(await send(two), first);
    assert.notEqual(await send(one, { form_id: randomUUID() }), first);
    board.pass(61_000);
    const later = await send(one);
    assert.notEqual(later, first);
    assert.equal(await send(one), later, 'and that one counts for a minute again');
  });

  it('50 writers in one thread get numbers in the order of their commits, and every reply is counted', async () => {
    await board.makeBoard('crowd');
    const thread = await board.startThread('crowd');
    await many(50, (index) => board.reply(thread, `Writer ${index}`));
    const posts = await findPosts('crowd');
    assert.equal(new Set(posts.map((post) => post.no)).size, 51);
    const byNo = posts.map((post) => post.change_no);
    assert.deepEqual(byNo, [...byNo].sort((one, other) => one - other), 'a higher number has a higher change number');
    assert.equal(new Set(byNo).size, 51);
    const row = await board.db.selectFrom('threads').selectAll().where('id', '=', posts[0]?.thread_id ?? 0).executeTakeFirstOrThrow();
    assert.deepEqual([row.reply_count, row.change_no, row.bump_no], [50, 51, posts.at(-1)?.no]);
  });

  it('copies of one form that reach two processes make one post', async () => {
    await board.makeBoard('twice');
    const dataDir = await mkdtemp(join(tmpdir(), 'quoth-second-'));
    await cp(join(board.dataDir, 'keys'), join(dataDir, 'keys'), { recursive: true });
    const config = readConfig({ DATA_DIR: dataDir, PORT: '0', POSTING_LIMITS: 'off', CONNECTIONS_PER_ADDRESS: '1000' });
    const second = await startBoard({ config, log: createLog('silent'), now: board.now, database: board.running.database });
    try {
      const thread = await board.startThread('twice');
      const form_id = randomUUID();
      const send = (server: Server) =>
        request(server).post(`/twice/thread/${thread.no}/reply`).set({ Host: new URL(board.origin()).host, Origin: board.origin(), Accept: 'application/json' }).field('form_id', form_id).field('body', 'Once').attach('files', png, 'a.png');
      const answers = await many(20, (index) => send(index % 2 === 0 ? board.server : second.server));
      assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [201]);
      assert.equal(new Set(answers.map((answer) => answer.body.no)).size, 1);
      const posts = await findPosts('twice');
      assert.equal(posts.length, 2);
      const stored = await Promise.all([dataDir, board.dataDir].map((dir) => readdir(join(dir, 'media'), { recursive: true, withFileTypes: true }).catch(() => [])));
      const uploads = await board.db.selectFrom('uploads').select('name').where('post_id', '=', posts[1]?.id ?? 0).execute();
      const ownFiles = stored.map((entries) => entries.filter((entry) => entry.isFile()).map((entry) => entry.name));
      assert.equal(ownFiles.filter((names) => names.includes(uploads[0]?.name ?? '')).length, 1);
      assert.ok(ownFiles.some((names) => names.length === 0 || !names.includes(uploads[0]?.name ?? '')), 'the other process threw its copy away');
    } finally {
      await second.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it('the last place in a thread is taken once', async () => {
    await board.makeBoard('last', { replyLimit: 5 });
    const thread = await board.startThread('last');
    const before = await listMedia();
    const answers = await many(12, (index) => board.sendForm(`/last/thread/${thread.no}/reply`, { body: `Writer ${index}` }, [{ name: 'a.png', content: png }], 'application/json'));
    const statuses = answers.map((answer) => answer.status);
    assert.deepEqual([statuses.filter((status) => status === 201).length, statuses.filter((status) => status === 409).length], [5, 7]);
    assert.equal((await listMedia()) - before, 2 * 5, 'those who came too late leave no file behind');
  });

  it('threads that quote each other at the same moment, on a board that archives, do not wait in a circle', async () => {
    await board.makeBoard('cross', { maxThreads: 6 });
    const threads = await many(4, () => board.startThread('cross'));
    const startedAt = Date.now();
    const answers = await many(60, (index) => {
      const quotes = threads.map((thread) => `>>${thread.no}`);
      const body = `${(index % 2 === 0 ? quotes : quotes.reverse()).join(' ')} ${index}`;
      if (index % 10 === 9) return board.sendForm('/cross/thread', { body }, [], 'application/json');
      return board.sendForm(`/cross/thread/${threads[index % 4]?.no}/reply`, { body }, [], 'application/json');
    });
    const statuses = answers.map((answer) => answer.status);
    const allowed = new Set([201, 409]);
    assert.ok(statuses.every((status) => allowed.has(status)), [...new Set(statuses)].join());
    assert.equal(statuses.filter((_status, index) => index % 10 === 9).every((status) => status === 201), true);
    assert.ok(Date.now() - startedAt < 30_000);
    const living = await board.db.selectFrom('threads as t').innerJoin('boards as b', 'b.id', 't.board_id').select('t.id').where('b.slug', '=', 'cross').where('t.archived_at', 'is', null).execute();
    assert.equal(living.length, 6);
  });

  it('posts that are taken back while others quote them leave no quote that leads nowhere', async () => {
    await board.makeBoard('taken');
    const threads = await many(3, () => board.startThread('taken'));
    const own = await many(12, (index) => board.reply(threads[index % 3] ?? { board: 'taken', thread: 0 }, `Taken back ${index}, with words of its own`));
    const answers = await many(48, (index) => {
      const post = own[index % 12];
      if (index >= 24 && index < 36) return board.send(`/taken/post/${post?.no}/delete`, { what: 'post' }, 'application/json');
      return board.sendForm(`/taken/thread/${threads[index % 3]?.no}/reply`, { body: `>>${post?.no} >>${own[(index + 5) % 12]?.no} ${index}` }, [], 'application/json');
    });
    const statuses = answers.map((answer) => answer.status);
    assert.deepEqual([statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 201).length], [12, 36]);
    for (const thread of threads) {
      const page = (await board.get(`/taken/thread/${thread.no}`)).text;
      for (const post of own) assert.doesNotMatch(page, new RegExp(`#p${post.no}"`));
      const row = await board.db.selectFrom('threads').selectAll().where('no', '=', thread.no).where('board_id', '=', (await board.running.boards.get('taken')).id).executeTakeFirstOrThrow();
      const visible = await board.db.selectFrom('posts').select('id').where('thread_id', '=', row.id).where('is_op', '=', false).where('removed_at', 'is', null).execute();
      assert.equal(row.reply_count, visible.length);
    }
  });

  it('20 threads started at once leave exactly as many as the board holds', async () => {
    await board.makeBoard('few', { maxThreads: 5 });
    await many(20, (index) => board.startThread('few', { subject: `Thread ${index}` }));
    const rows = await board.db.selectFrom('threads as t').innerJoin('boards as b', 'b.id', 't.board_id').select(['t.no', 't.archived_at']).where('b.slug', '=', 'few').orderBy('t.no').execute();
    assert.deepEqual(rows.map((row) => row.archived_at === null), Array.from({ length: 20 }, (_none, index) => index >= 15));
  });

  it('a cyclical thread that many answer at once keeps exactly its limit', async () => {
    await board.makeBoard('cycle', { replyLimit: 5 });
    const thread = await board.startThread('cycle');
    await board.db.updateTable('threads').set({ is_cyclical: true }).where('no', '=', thread.no).where('board_id', '=', (await board.running.boards.get('cycle')).id).execute();
    await many(30, (index) => board.reply(thread, `Round ${index} >>${thread.no}`));
    const posts = await findPosts('cycle');
    assert.deepEqual(posts.slice(1).map((post) => post.removed_as), [...Array.from({ length: 25 }, () => 'cycled'), ...Array.from({ length: 5 }, () => null)]);
  });
});
