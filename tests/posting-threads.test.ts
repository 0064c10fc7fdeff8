import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { moveThread } from '../src/threads/thread-state-store.js';
import { openTestBoard, type Posted, type TestBoard } from './support/test-board.js';

/** What a post does to its thread, and to the other threads of its board. */
describe('posts and their threads', () => {
  let board: TestBoard;
  before(async () => {
    board = await openTestBoard();
  });
  after(() => board.close());

  let count = 0;
  /** A board of a test's own. */
  const makeBoard = async (over: object = {}) => {
    count += 1;
    return (await board.makeBoard(`threads${count}`, over)).slug;
  };
  const findThread = (thread: Posted) =>
    board.db.selectFrom('threads as t').innerJoin('boards as b', 'b.id', 't.board_id').selectAll('t').where('b.slug', '=', thread.board).where('t.no', '=', thread.thread).executeTakeFirstOrThrow();
  const change = async (thread: Posted, set: object) => {
    const { id } = await findThread(thread);
    await board.db.updateTable('threads').set(set).where('id', '=', id).execute();
  };
  const listLiving = async (slug: string) => {
    const rows = await board.db
      .selectFrom('threads as t')
      .innerJoin('boards as b', 'b.id', 't.board_id')
      .select('t.no')
      .where('b.slug', '=', slug)
      .where('t.archived_at', 'is', null)
      .orderBy('t.bump_no', 'desc')
      .execute();
    return rows.map((row) => row.no);
  };
  const tryReply = (thread: Posted, typed: Record<string, string> = {}) => board.sendForm(`/${thread.board}/thread/${thread.thread}/reply`, { body: `Try ${Math.random()}`, ...typed });

  it('a reply bumps its thread, a sage reply does not', async () => {
    const slug = await makeBoard();
    const [one, two] = [await board.startThread(slug), await board.startThread(slug)];
    assert.deepEqual(await listLiving(slug), [two.no, one.no]);
    await board.reply(one, { sage: 'on' });
    assert.deepEqual(await listLiving(slug), [two.no, one.no]);
    const reply = await board.reply(one);
    assert.deepEqual(await listLiving(slug), [one.no, two.no]);
    assert.equal((await findThread(one)).bump_no, reply.no);
    assert.equal((await findThread(one)).reply_count, 2);
  });

  it('replies beyond the bump limit are taken and bump no more', async () => {
    const slug = await makeBoard({ bumpLimit: 2 });
    const thread = await board.startThread(slug);
    await board.reply(thread);
    const second = await board.reply(thread);
    await board.reply(thread);
    const row = await findThread(thread);
    assert.deepEqual([row.reply_count, row.bump_no], [3, second.no]);
  });

  it('a bumplocked thread takes replies and is not bumped by them', async () => {
    const slug = await makeBoard();
    const thread = await board.startThread(slug);
    await change(thread, { is_bumplocked: true });
    await board.reply(thread);
    const row = await findThread(thread);
    assert.deepEqual([row.reply_count, row.bump_no], [1, thread.no]);
  });

  it('a full, a locked and an archived thread say so, and give back what was typed', async () => {
    const slug = await makeBoard({ replyLimit: 1 });
    const thread = await board.startThread(slug);
    await board.reply(thread);
    const full = await tryReply(thread, { body: 'Too late' });
    assert.equal(full.status, 409);
    assert.match(full.text, /limit of 1 replies/);
    assert.match(full.text, /Too late/);
    await change(thread, { is_locked: true });
    assert.match((await tryReply(thread)).text, /This thread is locked/);
    assert.equal((await board.get(`/${slug}/thread/${thread.no}/reply`)).status, 303, 'there is no form for it either');
    await change(thread, { archived_at: new Date() });
    assert.match((await tryReply(thread)).text, /This thread is archived/);
    assert.equal((await findThread(thread)).reply_count, 1);
  });

  it('a removed thread and one that never was give back what was typed', async () => {
    const slug = await makeBoard();
    const thread = await board.startThread(slug);
    await change(thread, { removed_at: new Date(), removal_reason: 'Off topic' });
    const removed = await tryReply(thread, { body: 'For nothing' });
    assert.equal(removed.status, 410);
    assert.match(removed.text, /Off topic/);
    assert.match(removed.text, /For nothing/);
    const missing = await board.sendForm(`/${slug}/thread/999999/reply`, { body: 'To nobody' });
    assert.equal(missing.status, 404);
    assert.match(missing.text, /To nobody/);
  });

  it('a thread over the limit of the board is archived, with all its posts: the one bumped longest ago that is not pinned', async () => {
    const slug = await makeBoard({ maxThreads: 3 });
    const [pinned, one, two] = [await board.startThread(slug), await board.startThread(slug), await board.startThread(slug)];
    await change(pinned, { is_sticky: true });
    await board.reply(one, 'Bumped');
    const three = await board.startThread(slug);
    assert.deepEqual(await listLiving(slug), [three.no, one.no, pinned.no]);
    const fallen = await findThread(two);
    assert.notEqual(fallen.archived_at, null);
    assert.equal(fallen.change_no, 2, 'open pages are told');
    const page = await board.get(`/${slug}/thread/${two.no}`);
    assert.equal(page.status, 200);
    assert.equal((await tryReply(two)).status, 409);
  });

  it('a cyclical thread pushes out its oldest replies, goes on being bumped, and never fills up', async () => {
    const slug = await makeBoard({ replyLimit: 3, bumpLimit: 1 });
    const thread = await board.startThread(slug);
    await change(thread, { is_cyclical: true });
    const elsewhere = await board.startThread(slug);
    const replies = [await board.reply(thread, 'Early words that will leave'), await board.reply(thread, 'Second'), await board.reply(thread, 'Third')];
    await board.reply(elsewhere, `>>${replies[0]?.no} will lose its link`);
    const last = await board.reply(thread, 'Fourth');
    const row = await findThread(thread);
    assert.deepEqual([row.reply_count, row.bump_no], [3, last.no]);
    const page = (await board.get(`/${slug}/thread/${thread.no}`)).text;
    assert.doesNotMatch(page, /Early words/);
    for (const words of ['Second', 'Third', 'Fourth']) assert.match(page, new RegExp(words));
    const first = await board.db.selectFrom('posts').select('removed_as').where('thread_id', '=', row.id).where('no', '=', replies[0]?.no ?? 0).executeTakeFirstOrThrow();
    assert.equal(first.removed_as, 'cycled');
    assert.doesNotMatch((await board.get(`/${slug}/thread/${elsewhere.no}`)).text, new RegExp(`#p${replies[0]?.no}"`), 'links to it are dead and gone');
  });

  it('the files of a reply that left a cyclical thread are out of public reach', async () => {
    const slug = await makeBoard({ replyLimit: 1 });
    const thread = await board.startThread(slug);
    await change(thread, { is_cyclical: true });
    const content = await readFile('tests/fixtures/media/metadata/png-text.png');
    await board.reply(thread, { body: '' }, [{ name: 'a.png', content }]);
    const [upload] = await board.db.selectFrom('uploads as u').innerJoin('posts as p', 'p.id', 'u.post_id').select('u.name').where('p.thread_id', '=', (await findThread(thread)).id).execute();
    assert.equal((await board.get(`/media/${upload?.name}`)).status, 200);
    await board.reply(thread, 'Pushes it out');
    assert.equal((await board.get(`/media/${upload?.name}`)).status, 404);
    assert.equal((await findThread(thread)).file_count, 0);
  });

  it('a week after it left a cyclical thread, nothing of a reply is kept', async () => {
    const slug = await makeBoard({ replyLimit: 1 });
    const thread = await board.startThread(slug);
    await change(thread, { is_cyclical: true });
    const left = await board.reply(thread, 'Words that leave');
    await board.reply(thread, 'Pushes it out');
    const words = async () => (await board.db.selectFrom('posts').select('body').where('thread_id', '=', (await findThread(thread)).id).where('no', '=', left.no).executeTakeFirstOrThrow()).body;
    await board.doChores();
    assert.equal(await words(), 'Words that leave', 'a report of it may still be looked at');
    board.pass(7 * 24 * 3_600_000);
    await board.doChores();
    assert.equal(await words(), '');
  });

  it('a reply to a thread that moved lands where the thread is now', async () => {
    const [from, to] = [await makeBoard(), await makeBoard()];
    const thread = await board.startThread(from);
    const target = await board.running.boards.get(to);
    const { id } = await findThread(thread);
    const moved = await board.db.transaction().execute((trx) => moveThread(trx, id, target.id));
    const answer = await tryReply(thread);
    assert.equal(answer.status, 303);
    assert.ok(answer.headers['location']?.startsWith(`/${to}/thread/${moved.newNo}?posted=`), answer.headers['location']);
    const form = await board.get(`/${from}/thread/${thread.no}/reply?quote=${thread.no}`);
    assert.equal(form.headers['location'], `/${to}/thread/${moved.newNo}/reply?quote=${moved.newNo}`);
  });
});
