import { sql, type Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';
import { recountThread, type TouchedThread } from './removal-store.js';
import { lockThreads, raiseChangeNo } from './thread-store.js';

/** What staff can set on a thread. */
export interface ThreadSettings {
  isSticky?: boolean;
  isLocked?: boolean;
  isBumplocked?: boolean;
  isCyclical?: boolean;
  isArchived?: boolean;
}

/** Sets what is named and answers with what it was before, or undefined when the thread is gone. */
export async function setThread(
  trx: Transaction<Tables>,
  threadId: number,
  settings: ThreadSettings,
  now: Date,
): Promise<{ touched: TouchedThread; before: ThreadSettings } | undefined> {
  const row = (await lockThreads(trx, [threadId])).get(threadId);
  if (row === undefined) return undefined;
  const before: ThreadSettings = {};
  if (settings.isSticky !== undefined) before.isSticky = row.is_sticky;
  if (settings.isLocked !== undefined) before.isLocked = row.is_locked;
  if (settings.isBumplocked !== undefined) before.isBumplocked = row.is_bumplocked;
  if (settings.isCyclical !== undefined) before.isCyclical = row.is_cyclical;
  if (settings.isArchived !== undefined) before.isArchived = row.archived_at !== null;
  await trx
    .updateTable('threads')
    .set({
      is_sticky: settings.isSticky ?? row.is_sticky,
      is_locked: settings.isLocked ?? row.is_locked,
      is_bumplocked: settings.isBumplocked ?? row.is_bumplocked,
      is_cyclical: settings.isCyclical ?? row.is_cyclical,
      archived_at: settings.isArchived === undefined ? row.archived_at : settings.isArchived ? now : null,
    })
    .where('id', '=', threadId)
    .execute();
  return { touched: { threadId, changeNo: await raiseChangeNo(trx, threadId) }, before };
}

/**
 * Moves a thread to another board. Its posts get new numbers there, in the same order; the old addresses become aliases, and
 * posts elsewhere that quote them are rendered anew. The caller has checked that the boards differ.
 */
export async function moveThread(trx: Transaction<Tables>, threadId: number, toBoardId: number): Promise<{ touched: TouchedThread[]; newNo: number; oldNo: number }> {
  const quoting = await findQuotingElsewhere(trx, threadId);
  const locked = await lockThreads(trx, [threadId, ...quoting.map((post) => post.thread_id)]);
  const thread = locked.get(threadId);
  if (thread === undefined) throw new Error(`thread ${threadId} vanished while it was moved`);
  const posts = await trx.selectFrom('posts').select(['id', 'is_op']).where('thread_id', '=', threadId).orderBy('no').execute();
  const taken = await sql<{ no: number }>`select next_post_no(${toBoardId}) as no from generate_series(1, ${posts.length})`.execute(trx);
  const nos = taken.rows.map((row) => row.no).sort((one, other) => one - other);
  const changeNo = await raiseChangeNo(trx, threadId);
  await sql`
    insert into post_aliases (board_id, no, post_id) select board_id, no, id from posts where thread_id = ${threadId}
    on conflict (board_id, no) do update set post_id = excluded.post_id`.execute(trx);
  await sql`
    update posts p set board_id = ${toBoardId}, no = n.no, version = version + 1, change_no = ${changeNo}
    from unnest(${posts.map((post) => post.id)}::bigint[], ${nos}::bigint[]) as n(id, no) where p.id = n.id`.execute(trx);
  const newNo = nos[posts.findIndex((post) => post.is_op)] ?? nos[0];
  if (newNo === undefined) throw new Error(`thread ${threadId} has no posts`);
  await trx.updateTable('threads').set({ board_id: toBoardId, no: newNo }).where('id', '=', threadId).execute();
  await recountThread(trx, threadId);
  const touched = [{ threadId, changeNo }, ...(await markQuoting(trx, quoting))];
  return { touched, newNo, oldNo: thread.no };
}

async function findQuotingElsewhere(trx: Transaction<Tables>, threadId: number): Promise<{ id: number; thread_id: number }[]> {
  return trx
    .selectFrom('quotes as q')
    .innerJoin('posts as quoted', 'quoted.id', 'q.quoted_post_id')
    .innerJoin('posts as p', 'p.id', 'q.post_id')
    .select(['p.id', 'p.thread_id'])
    .distinct()
    .where('quoted.thread_id', '=', threadId)
    .whereRef('p.thread_id', '<>', 'quoted.thread_id')
    .execute();
}

/** Posts in other threads whose links now lead elsewhere are shown anew. */
async function markQuoting(trx: Transaction<Tables>, quoting: { id: number; thread_id: number }[]): Promise<TouchedThread[]> {
  const touched: TouchedThread[] = [];
  for (const threadId of new Set(quoting.map((post) => post.thread_id))) {
    const changeNo = await raiseChangeNo(trx, threadId);
    const ids = quoting.filter((post) => post.thread_id === threadId).map((post) => post.id);
    await trx
      .updateTable('posts')
      .set((eb) => ({ version: eb('version', '+', 1), change_no: changeNo }))
      .where('id', '=', sql<number>`any(${ids})`)
      .execute();
    touched.push({ threadId, changeNo });
  }
  return touched;
}
