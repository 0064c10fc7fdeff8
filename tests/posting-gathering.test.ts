import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Kysely, KyselyPlugin } from 'kysely';
import type { Board } from '../src/boards/board.js';
import type { NewBoard } from '../src/boards/board-store.js';
import type { Tables } from '../src/db/tables.js';
import { createLog } from '../src/log.js';
import { gatherReplies } from '../src/posting/gather-replies.js';
import { insertReplies, type PlainReply, type SeenThread } from '../src/posting/reply-store.js';
import { createPostHtml } from '../src/posts/post-html.js';
import { createCardHtml } from '../src/threads/card-html.js';
import { createThreadPublisher } from '../src/threads/thread-publisher.js';
import { openTestBoard, type Posted, type TestBoard } from './support/test-board.js';

/** Most replies are stored by one statement, and those that wait together. */
describe('replies that are stored together', () => {
  let board: TestBoard;
  let lastId = 1_000_000;
  before(async () => {
    board = await openTestBoard({ settings: { CONNECTIONS_PER_ADDRESS: '1000' } });
  });
  after(() => board.close());

  const findThread = (no: number, slug: string) =>
    board.db.selectFrom('threads as t').innerJoin('boards as b', 'b.id', 't.board_id').selectAll('t').where('t.no', '=', no).where('b.slug', '=', slug).executeTakeFirstOrThrow();
  const findPosts = (threadId: number) => board.db.selectFrom('posts').selectAll().where('thread_id', '=', threadId).orderBy('no').execute();
  const answerTo = async (thread: Posted, body: string) => (await board.sendForm(`/${thread.board}/thread/${thread.thread}/reply`, { body }, [], 'application/json')).body;

  /** A board with a thread, as replies that were checked have seen it. */
  async function makeThread(slug: string, over: Partial<NewBoard> = {}): Promise<{ made: Board; thread: Posted; seen: SeenThread }> {
    const made = await board.makeBoard(slug, over);
    const thread = await board.startThread(slug);
    const { id } = await findThread(thread.no, slug);
    return { made, thread, seen: { id, boardId: made.id, isBumplocked: false, countFrom: 0, countTo: made.bumpLimit } };
  }
  function makeReply(body: string, over: Partial<PlainReply> = {}): PlainReply {
    lastId += 1;
    return {
      id: lastId, name: '', tripcode: null, capcode: null, subject: '', body, bodyHtml: body, markupVersion: 1, ownWords: body, quotedWords: '', isSage: false, hasBumped: true,
      secretHash: null, passwordHash: null, createdAt: board.now(), tags: null, formKey: { key: randomBytes(32), repeatSince: new Date(0) }, quotes: [], ...over,
    };
  }

  const insert = async (seen: SeenThread, replies: PlainReply[]) => [...(await insertReplies(board.db, [{ seen, replies }], { isWaiting: true })).values()].filter((one) => one !== 'repeated');

  it('get their numbers in the order in which they came, and the thread counts them all', async () => {
    const { seen } = await makeThread('row');
    const stored = await insert(seen, [makeReply('one'), makeReply('two'), makeReply('three, from below', { isSage: true, hasBumped: false })]);
    const posts = await findPosts(seen.id);
    assert.deepEqual(posts.map((post) => post.body), ['The first words.', 'one', 'two', 'three, from below']);
    assert.deepEqual(posts.map((post) => post.change_no), [1, 2, 3, 4]);
    assert.deepEqual(stored.map(({ no, changeNo }) => [no, changeNo]), posts.slice(1).map((post) => [post.no, post.change_no]));
    const thread = await board.db.selectFrom('threads').selectAll().where('id', '=', seen.id).executeTakeFirstOrThrow();
    assert.deepEqual([thread.reply_count, thread.change_no, thread.bump_no], [3, 4, posts[2]?.no], 'a sage reply bumps nothing');
  });

  it('of several threads go together, each counted in its own, and those of a changed thread are left out', async () => {
    const [one, two, three] = [await makeThread('left'), await makeThread('middle'), await makeThread('right')];
    const quoted = (await findPosts(one.seen.id))[0]?.id ?? 0;
    const quote = { position: 0, quotedPostId: quoted, kind: 'number' as const, rangeStart: null, rangeEnd: null };
    await board.db.updateTable('threads').set({ is_locked: true }).where('id', '=', two.seen.id).execute();
    const ofOne = [makeReply('first', { quotes: [quote] }), makeReply('second', { isSage: true, hasBumped: false })];
    const stored = await insertReplies(board.db, [
      { seen: three.seen, replies: [makeReply('alone')] },
      { seen: two.seen, replies: [makeReply('too late')] },
      { seen: one.seen, replies: ofOne },
    ], { isWaiting: false });
    assert.deepEqual([...stored.values()].map((reply) => (reply === 'repeated' ? reply : reply.changeNo)).sort(), [2, 2, 3]);
    const posts = await findPosts(one.seen.id);
    assert.deepEqual(posts.map((post) => [post.body, post.change_no, post.backlinks_change_no]), [['The first words.', 1, 2], ['first', 2, 0], ['second', 3, 0]]);
    assert.equal((await findPosts(two.seen.id)).length, 1);
    const rows = await Promise.all([one, two, three].map(({ seen }) => board.db.selectFrom('threads').selectAll().where('id', '=', seen.id).executeTakeFirstOrThrow()));
    assert.deepEqual(rows.map((row) => [row.reply_count, row.change_no]), [[2, 3], [0, 1], [1, 2]]);
    assert.equal(rows[0]?.bump_no, posts[1]?.no);
  });

  it('get numbers in the order of their commits, also when several processes store them', async () => {
    const { seen } = await makeThread('queue');
    const stores = Array.from({ length: 4 }, () => gatherReplies(board.db));
    await Promise.all(stores.flatMap((store) => Array.from({ length: 50 }, (_none, index) => store(seen, makeReply(`Writer ${index}`)))));
    const posts = await findPosts(seen.id);
    assert.deepEqual(posts.map((post) => post.change_no), Array.from({ length: 201 }, (_none, index) => index + 1), 'a higher number has a higher change number');
  });

  it('tell each post they quote the change number of the last that quotes it', async () => {
    const { seen } = await makeThread('links');
    const [op] = await findPosts(seen.id);
    assert.ok(op);
    const quote = { position: 0, quotedPostId: op.id, kind: 'number' as const, rangeStart: null, rangeEnd: null };
    await insert(seen, [makeReply('one', { quotes: [quote] }), makeReply('two', { quotes: [quote, { ...quote, position: 1 }] }), makeReply('three')]);
    const [quoted, ...replies] = await findPosts(seen.id);
    assert.equal(quoted?.backlinks_change_no, 3);
    assert.equal(quoted.change_no, 1, 'the quoted post itself has not changed');
    const quotes = await board.db.selectFrom('quotes').selectAll().where('quoted_post_id', '=', op.id).orderBy('post_id').orderBy('position').execute();
    assert.deepEqual(quotes.map(({ post_id, position }) => [post_id, position]), [[replies[0]?.id, 0], [replies[1]?.id, 0], [replies[1]?.id, 1]]);
  });

  it('are not stored at all when the thread is no longer as it was seen', async () => {
    const { seen } = await makeThread('changed');
    const changes = [{ is_locked: true }, { is_cyclical: true }, { is_bumplocked: true }, { archived_at: new Date() }, { removed_at: new Date() }, { reply_count: seen.countTo }];
    const normal = { is_locked: false, is_cyclical: false, is_bumplocked: false, archived_at: null, removed_at: null, reply_count: 0 };
    for (const change of changes) {
      await board.db.updateTable('threads').set({ ...normal, ...change }).where('id', '=', seen.id).execute();
      assert.deepEqual(await insert(seen, [makeReply('too late')]), [], JSON.stringify(change));
    }
    await board.db.updateTable('threads').set(normal).where('id', '=', seen.id).execute();
    assert.deepEqual(await insert({ ...seen, boardId: seen.boardId + 1 }, [makeReply('elsewhere')]), []);
    assert.deepEqual(await insert({ ...seen, countFrom: 1 }, [makeReply('bumps by another rule')]), []);
    assert.equal((await findPosts(seen.id)).length, 1);
    assert.equal((await board.db.selectFrom('form_keys as f').innerJoin('posts as p', 'p.id', 'f.post_id').select('f.key').where('p.thread_id', '=', seen.id).execute()).length, 1, 'the OP’s own');
    assert.equal((await insert(seen, [makeReply('in time')])).length, 1, 'it was not for another reason');
  });

  it('leave out the one whose form has made a post already, unless that was too long ago', async () => {
    const { seen } = await makeThread('twice');
    const formKey = { key: randomBytes(32), repeatSince: new Date(board.now().getTime() - 60_000) };
    const store = gatherReplies(board.db);
    const first = makeReply('once', { formKey });
    const stored = await store(seen, first);
    assert.ok(typeof stored === 'object');
    const [other, again] = await Promise.all([store(seen, makeReply('another')), store(seen, makeReply('once', { formKey }))]);
    assert.equal(again, 'repeated');
    assert.deepEqual(other, { id: lastId - 1, no: stored.no + 1, changeNo: stored.changeNo + 1 }, 'the other is there, and no number was taken in vain');
    const later = await store(seen, makeReply('once', { formKey: { ...formKey, repeatSince: new Date(board.now().getTime() + 1) } }));
    assert.ok(typeof later === 'object');
  });

  it('do not go down with a bad one among them', async () => {
    const { seen } = await makeThread('apple');
    const store = gatherReplies(board.db);
    const outcomes = await Promise.allSettled(['zero', 'one', 'bad', 'three'].map((body) => store(seen, makeReply(body, body === 'bad' ? { markupVersion: 2 ** 40 } : {}))));
    assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    assert.deepEqual((await findPosts(seen.id)).map((post) => post.body), ['The first words.', 'zero', 'one', 'three']);
    assert.ok(typeof (await store(seen, makeReply('four'))) === 'object', 'and the next is stored as ever');
  });

  it('fill a thread to its limit and not beyond, and bump it to its bump limit and not beyond', async () => {
    const { thread, seen } = await makeThread('brim', { replyLimit: 12, bumpLimit: 5 });
    const answers = await Promise.all(Array.from({ length: 30 }, (_none, index) => answerTo(thread, `Writer ${index}`)));
    assert.equal(answers.filter((answer) => answer.no !== undefined).length, 12);
    assert.deepEqual([...new Set(answers.flatMap((answer) => answer.error?.code ?? []))], ['refusals.threadFull']);
    const posts = await findPosts(seen.id);
    assert.deepEqual(posts.slice(1).map((post) => post.has_bumped), Array.from({ length: 12 }, (_none, index) => index < 5));
    const row = await findThread(thread.no, 'brim');
    assert.deepEqual([row.reply_count, row.bump_no, row.change_no], [12, posts[5]?.no, 13]);
  });

  it('ask nothing for open pages when there are none', async () => {
    const { made, seen } = await makeThread('silent');
    let questions = 0;
    const counting: KyselyPlugin = {
      transformQuery: ({ node }) => {
        questions += 1;
        return node;
      },
      transformResult: ({ result }) => Promise.resolve(result),
    };
    const db: Kysely<Tables> = board.db.withPlugin(counting);
    let hasReaders = false;
    const told: object[] = [];
    const views = { render: () => Promise.reject(new Error('nothing is drawn here')) } as never;
    const postHtml = createPostHtml({ views });
    const publisher = createThreadPublisher({
      db,
      postHtml,
      cardHtml: createCardHtml({ views, postHtml }),
      log: createLog('silent'),
      broadcaster: { hasReaders: () => false, hasBoardReaders: () => hasReaders, toThread: () => Promise.resolve(), toBoard: (_slug, change) => void told.push(change), toStaff: () => undefined, close: () => Promise.resolve() },
    });
    publisher.publish([{ threadId: seen.id, changeNo: 2 }], 'reply', { boardSlug: made.slug });
    await publisher.settled();
    assert.deepEqual([questions, told.length], [0, 0]);
    hasReaders = true;
    publisher.publish([{ threadId: seen.id, changeNo: 2 }], 'reply', { boardSlug: made.slug });
    await publisher.settled();
    assert.deepEqual([questions, told.length], [1, 1], 'with a reader there is something to ask');
  });
});
