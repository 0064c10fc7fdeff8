import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { sql, type Transaction } from 'kysely';
import type { Board } from '../../src/boards/board.js';
import { LocksOutgrown } from '../../src/db/in-transaction.js';
import type { Tables } from '../../src/db/tables.js';
import { reportPost } from '../../src/moderation/report-post.js';
import { settleDestroyedPost } from '../../src/posts/deletion-store.js';
import { hidePosts } from '../../src/threads/removal-store.js';
import { lockThreads } from '../../src/threads/thread-store.js';
import { type Desk, openDesk, type TestPost } from '../support/moderation-desk.js';

/** Two transactions at once, in the worst order: none may hold what the other wants next. */
describe('who acts on a post while somebody else holds its thread', () => {
  let desk: Desk;
  let board: Board;
  let moderator: Awaited<ReturnType<Desk['hireStaff']>>;
  before(async () => {
    desk = await openDesk();
    board = await desk.makeBoard('held');
    moderator = await desk.hireStaff('Sorrel', [{ boardId: null, role: 'moderator' }]);
  });
  after(() => desk.close());

  const makePost = async (author: number): Promise<TestPost> => {
    const post = await desk.reply(await desk.startThread(board));
    await desk.sign(post, author);
    return post;
  };

  async function untilSomebodyWaits(): Promise<void> {
    for (const end = Date.now() + 20_000; ; await setTimeout(5)) {
      const { rows } = await sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(desk.db);
      if (rows.length > 0) return;
      assert.ok(Date.now() < end, 'it waits for the thread');
    }
  }

  /** Holds the thread, and changes something of the post's when the act waits: that must be free. Then the act goes on. */
  async function meet(post: TestPost, act: () => Promise<unknown>, change: (trx: Transaction<Tables>) => Promise<unknown>): Promise<void> {
    const { acting } = await desk.db.transaction().execute(async (trx) => {
      await lockThreads(trx, [post.threadId]);
      const begun = act();
      await Promise.race([begun, untilSomebodyWaits()]);
      // Sooner than the server looks for circles, which it would break up at the act's expense.
      await sql`set local lock_timeout = '300ms'`.execute(trx);
      await change(trx);
      return { acting: begun };
    });
    await acting;
  }

  it('waits with its reports untouched when it dismisses them', async () => {
    const post = await makePost(1);
    await reportPost(desk.db, { postId: post.id, reason: 'spam', note: '', reporterTag: Buffer.from('reporter'), now: desk.now() });
    const dismiss = () => desk.acts.perform(moderator.member, { act: 'report.dismiss', postId: post.id, reason: '' });
    await meet(post, dismiss, (trx) => trx.updateTable('reports').set({ note: 'Seen' }).where('post_id', '=', post.id).execute());
  });

  it('waits before its ban refers to the post, whose number may change meanwhile', async () => {
    const post = await makePost(2);
    const ban = () => desk.acts.perform(moderator.member, { act: 'author.ban', postId: post.id, reason: 'Spam', note: '', isPostRemoved: false, isShown: false, hours: 1, scope: 'board' });
    await meet(post, ban, (trx) => trx.updateTable('posts').set({ no: 100_000 }).where('id', '=', post.id).execute());
  });

  it('waits with the ban untouched when it takes ban and removal back', async () => {
    const post = await makePost(3);
    const { logId } = await desk.acts.perform(moderator.member, { act: 'author.ban', postId: post.id, reason: 'Spam', note: '', isPostRemoved: true, isShown: false, hours: 1, scope: 'board' });
    const undo = () => desk.acts.undo(moderator.member, logId);
    await meet(post, undo, (trx) => trx.updateTable('bans').set({ post_excerpt: '' }).where('post_id', '=', post.id).execute());
  });

  it('does not wait at all when it destroys what was deleted', async () => {
    const post = await makePost(4);
    await desk.db.transaction().execute((trx) => hidePosts(trx, [post.id], 'poster', null, desk.now()));
    const destroy = () => desk.db.transaction().execute((trx) => settleDestroyedPost(trx, post.id, desk.now()));
    await desk.db.transaction().execute(async (trx) => {
      await lockThreads(trx, [post.threadId]);
      await destroy();
    });
    const row = await desk.db.selectFrom('posts').select(['body', 'destroyed_at']).where('id', '=', post.id).executeTakeFirstOrThrow();
    assert.deepEqual([row.body, row.destroyed_at], ['', desk.now()]);
  });

  it('is given no thread below one that it holds, and has to begin anew', async () => {
    const [lower, higher] = [(await desk.startThread(board)).threadId, (await desk.startThread(board)).threadId];
    await desk.db.transaction().execute(async (trx) => {
      await lockThreads(trx, [higher]);
      await assert.rejects(lockThreads(trx, [lower, higher]), LocksOutgrown);
    });
    await desk.db.transaction().execute(async (trx) => {
      await lockThreads(trx, [higher, lower]);
      assert.equal((await lockThreads(trx, [lower])).size, 1, 'what it holds may be asked for again');
    });
  });
});
