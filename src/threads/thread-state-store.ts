import { sql, type Transaction } from 'kysely';
import { anyOf } from '../db/any-of.js';
import { LocksOutgrown } from '../db/in-transaction.js';
import type { Tables, ThreadRow } from '../db/tables.js';
import { findQuotedElsewhere, recountThreads, type ThreadPost, type TouchedThread } from './removal-store.js';
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
 * Moves a thread to another board. Its posts get numbers there, in the same order; the old addresses become aliases, and posts
 * elsewhere that quote them, or are quoted by them, are rendered anew. A thread that comes back to a board gets its old numbers and its old place in the bump
 * order. The caller has checked that the boards differ.
 */
export async function moveThread(trx: Transaction<Tables>, threadId: number, toBoardId: number): Promise<{ touched: TouchedThread[]; newNo: number; oldNo: number }> {
  const { thread, quoting, quoted } = await lockWithNeighbours(trx, threadId);
  const posts = await numberPosts(trx, threadId, toBoardId);
  const changeNo = await raiseChangeNo(trx, threadId);
  await sql`
    insert into post_aliases (board_id, no, post_id) select board_id, no, id from posts where thread_id = ${threadId}
    on conflict (board_id, no) do update set post_id = excluded.post_id`.execute(trx);
  await trx.deleteFrom('post_aliases').where('board_id', '=', toBoardId).where('post_id', '=', anyOf(posts.map((post) => post.id))).execute();
  await sql`
    update posts p set board_id = ${toBoardId}, no = n.no, version = version + 1, change_no = ${changeNo}
    from unnest(${posts.map((post) => post.id)}::bigint[], ${posts.map((post) => post.no)}::bigint[]) as n(id, no) where p.id = n.id`.execute(trx);
  const newNo = posts.find((post) => post.isOp)?.no;
  if (newNo === undefined) throw new Error(`thread ${threadId} has no OP`);
  await trx.updateTable('threads').set({ board_id: toBoardId, no: newNo }).where('id', '=', threadId).execute();
  await recountThreads(trx, [threadId]);
  const touched = [{ threadId, changeNo }, ...(await markNeighbours(trx, quoting, quoted))];
  return { touched, newNo, oldNo: thread.no };
}

/** @throws LocksOutgrown when it was quoted from yet another thread, or quoted one, before the locks were there */
async function lockWithNeighbours(trx: Transaction<Tables>, threadId: number): Promise<{ thread: ThreadRow; quoting: ThreadPost[]; quoted: ThreadPost[] }> {
  const find = async () => ({ quoting: await findQuotingElsewhere(trx, threadId), quoted: await findQuotedElsewhere(trx, [threadId]) });
  const listThreads = ({ quoting, quoted }: Awaited<ReturnType<typeof find>>) => [...quoting, ...quoted].map((post) => post.thread_id);
  const locked = await lockThreads(trx, [threadId, ...listThreads(await find())]);
  const thread = locked.get(threadId);
  if (thread === undefined) throw new Error(`thread ${threadId} vanished while it was moved`);
  const around = await find();
  if (listThreads(around).some((id) => !locked.has(id))) throw new LocksOutgrown();
  return { thread, ...around };
}

/** The posts of a thread in order, each with its number on another board: the one that it had there before, or else a new one. */
async function numberPosts(trx: Transaction<Tables>, threadId: number, boardId: number): Promise<{ id: number; isOp: boolean; no: number }[]> {
  const { rows } = await sql<{ id: number; isOp: boolean; knownNo: number | null }>`
    select p.id, p.is_op as "isOp", a.no as "knownNo" from posts p
    left join (select post_id, max(no) as no from post_aliases where board_id = ${boardId} group by post_id) a on a.post_id = p.id
    where p.thread_id = ${threadId} order by p.no`.execute(trx);
  const newCount = rows.filter((row) => row.knownNo === null).length;
  const taken = await sql<{ no: number }>`select next_post_no(${boardId}) as no from generate_series(1, ${newCount})`.execute(trx);
  const newNos = taken.rows.map((row) => row.no).sort((one, other) => one - other);
  // Posts without a number there were written after the others left, so that old numbers and new ones together are in order.
  return rows.map(({ id, isOp, knownNo }) => {
    const no = knownNo ?? newNos.shift();
    if (no === undefined) throw new Error('a sequence gave too few numbers');
    return { id, isOp, no };
  });
}

async function findQuotingElsewhere(trx: Transaction<Tables>, threadId: number): Promise<ThreadPost[]> {
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

/** In other threads, posts whose links now lead elsewhere and posts whose backlinks do are shown anew. */
async function markNeighbours(trx: Transaction<Tables>, quoting: ThreadPost[], quoted: ThreadPost[]): Promise<TouchedThread[]> {
  const touched: TouchedThread[] = [];
  for (const threadId of new Set([...quoting, ...quoted].map((post) => post.thread_id))) {
    const changeNo = await raiseChangeNo(trx, threadId);
    const idsOf = (posts: ThreadPost[]) => anyOf(posts.filter((post) => post.thread_id === threadId).map((post) => post.id));
    await trx
      .updateTable('posts')
      .set((eb) => ({ version: eb('version', '+', 1), change_no: changeNo }))
      .where('id', '=', idsOf(quoting))
      .execute();
    await trx.updateTable('posts').set({ backlinks_change_no: changeNo }).where('id', '=', idsOf(quoted)).execute();
    touched.push({ threadId, changeNo });
  }
  return touched;
}
