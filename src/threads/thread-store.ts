import { type Kysely, sql, type Transaction } from 'kysely';
import { anyOf } from '../db/any-of.js';
import { LocksOutgrown } from '../db/in-transaction.js';
import type { Tables, ThreadRow } from '../db/tables.js';
import type { PostHead } from '../posts/post-store.js';
import type { BoardStand, Thread } from './thread.js';

/** A thread's row with what pages say of it. */
export type PlacedThread = Thread & { boardSlug: string; opId: number; opVersion: number; removedAt: Date | null; removalReason: string | null };

/** Threads with their boards and OPs; toThread reads its rows. */
export const threadWithOp = (db: Kysely<Tables>) =>
  db
    .selectFrom('threads as t')
    .innerJoin('boards as b', 'b.id', 't.board_id')
    .innerJoin('posts as op', (join) => join.onRef('op.thread_id', '=', 't.id').on('op.is_op', '=', true))
    .selectAll('t')
    .select(['b.slug', shownSubject.as('subject'), 'op.id as op_id', 'op.version as op_version']);

/** An OP that its poster deleted says nothing any more, also not as the title of the thread that it left behind. */
export const shownSubject = sql<string>`case when op.removed_as = 'poster' then '' else op.subject end`;

export function toThread(row: ThreadRow & { slug: string; subject: string; op_id: number; op_version: number }): PlacedThread {
  return {
    id: row.id,
    boardId: row.board_id,
    boardSlug: row.slug,
    no: row.no,
    opId: row.op_id,
    opVersion: row.op_version,
    changeNo: row.change_no,
    subject: row.subject,
    bumpNo: row.bump_no,
    replyCount: row.reply_count,
    fileCount: row.file_count,
    isSticky: row.is_sticky,
    isLocked: row.is_locked,
    isBumplocked: row.is_bumplocked,
    isCyclical: row.is_cyclical,
    isArchived: row.archived_at !== null,
    createdAt: row.created_at,
    lastPostAt: row.last_post_at,
    removedAt: row.removed_at,
    removalReason: row.removal_reason,
  };
}

/** A thread by its address, also when staff removed it. */
export async function findThread(db: Kysely<Tables>, boardId: number, no: number): Promise<PlacedThread | undefined> {
  const row = await threadWithOp(db).where('t.board_id', '=', boardId).where('t.no', '=', no).executeTakeFirst();
  return row === undefined ? undefined : toThread(row);
}

export async function findThreadById(db: Kysely<Tables>, id: number): Promise<PlacedThread | undefined> {
  const row = await threadWithOp(db).where('t.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toThread(row);
}

/**
 * Ids and change numbers of threads by board and number, in the order of the questions, also when they are removed: their readers
 * follow them until they are told. Undefined where there is no such thread.
 */
export async function findThreadStands(db: Kysely<Tables>, asked: readonly { boardId: number; no: number }[]): Promise<({ threadId: number; changeNo: number } | undefined)[]> {
  const { rows } = await sql<{ id: number | null; change_no: number }>`
    select t.id, t.change_no
    from unnest(${asked.map(({ boardId }) => boardId)}::bigint[], ${asked.map(({ no }) => no)}::bigint[]) with ordinality as q(board_id, no, place)
    left join threads t on t.board_id = q.board_id and t.no = q.no
    order by q.place`.execute(db);
  return rows.map((row) => (row.id === null ? undefined : { threadId: row.id, changeNo: row.change_no }));
}

/** The change numbers of threads by id; removed threads have theirs too. */
export async function findChangeNos(db: Kysely<Tables>, ids: number[]): Promise<Map<number, number>> {
  const rows = await db.selectFrom('threads').select(['id', 'change_no']).where('id', '=', anyOf(ids)).execute();
  return new Map(rows.map((row) => [row.id, row.change_no]));
}

/** The living threads of a board in bump order: sticky ones first, then by the number of the last bump. */
export async function findBoardThreads(db: Kysely<Tables>, boardId: number, offset: number, limit: number): Promise<PlacedThread[]> {
  const rows = await threadWithOp(db)
    .where('t.board_id', '=', boardId)
    .where('t.archived_at', 'is', null)
    .where('t.removed_at', 'is', null)
    .orderBy('t.is_sticky', 'desc')
    .orderBy('t.bump_no', 'desc')
    .offset(offset)
    .limit(limit)
    .execute();
  return rows.map(toThread);
}

/** Archived threads of a board, the last archived first. */
export async function findArchivedThreads(db: Kysely<Tables>, boardId: number, offset: number, limit: number): Promise<PlacedThread[]> {
  const rows = await threadWithOp(db)
    .where('t.board_id', '=', boardId)
    .where('t.archived_at', 'is not', null)
    .where('t.removed_at', 'is', null)
    .orderBy('t.archived_at', 'desc')
    .orderBy('t.no', 'desc')
    .offset(offset)
    .limit(limit)
    .execute();
  return rows.map(toThread);
}

export async function countBoardThreads(db: Kysely<Tables>, boardId: number, kind: 'living' | 'archived'): Promise<number> {
  const row = await db
    .selectFrom('threads')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('board_id', '=', boardId)
    .where('removed_at', 'is', null)
    .where('archived_at', kind === 'living' ? 'is' : 'is not', null)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Where a thread that is no longer at this address went, by the alias of its OP's old number. */
export async function findMovedThread(db: Kysely<Tables>, boardId: number, no: number): Promise<{ boardSlug: string; threadNo: number; no: number } | undefined> {
  const row = await db
    .selectFrom('post_aliases as a')
    .innerJoin('posts as p', 'p.id', 'a.post_id')
    .innerJoin('threads as t', 't.id', 'p.thread_id')
    .innerJoin('boards as b', 'b.id', 't.board_id')
    .select(['b.slug', 't.no as thread_no', 'p.no'])
    .where('a.board_id', '=', boardId)
    .where('a.no', '=', no)
    .executeTakeFirst();
  return row === undefined ? undefined : { boardSlug: row.slug, threadNo: row.thread_no, no: row.no };
}

/** The numbers of a thread's replies that change number `changeNo` took away, for whatever reason: open pages of the board show them no more. */
export async function findRemovedReplies(db: Kysely<Tables>, threadId: number, changeNo: number): Promise<number[]> {
  const rows = await db
    .selectFrom('posts')
    .select('no')
    .where('thread_id', '=', threadId)
    .where('change_no', '=', changeNo)
    .where('removed_at', 'is not', null)
    .where('is_op', '=', false)
    .orderBy('no')
    .execute();
  return rows.map((row) => row.no);
}

/** A post on the index, and how many files are shown with it. */
export type PreviewPost = PostHead & { fileCount: number };

/** OPs of threads and the last `replyCount` visible replies of each, in order of number. */
export async function findPreviews(db: Kysely<Tables>, threadIds: number[], replyCount: number): Promise<Map<number, { op: PreviewPost; replies: PreviewPost[] }>> {
  if (threadIds.length === 0) return new Map();
  const ops = await db.selectFrom('posts as p').select(previewColumns).select(shownFiles).where('p.thread_id', '=', anyOf(threadIds)).where('p.is_op', '=', true).execute();
  const replies = await db
    .selectFrom('threads as t')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('posts as p')
          .select(previewColumns)
          .select(shownFiles)
          .whereRef('p.thread_id', '=', 't.id')
          .where('p.removed_at', 'is', null)
          .where('p.is_op', '=', false)
          .orderBy('p.no', 'desc')
          .limit(replyCount)
          .as('shown'),
      (join) => join.onTrue(),
    )
    .selectAll('shown')
    .where('t.id', '=', anyOf(threadIds))
    .orderBy('shown.no')
    .execute();
  const previews = new Map(ops.map((row) => [row.thread_id, { op: toPreviewPost(row), replies: new Array<PreviewPost>() }]));
  for (const row of replies) previews.get(row.thread_id)?.replies.push(toPreviewPost(row));
  return previews;
}

const previewColumns = ['p.thread_id', 'p.id', 'p.no', 'p.version', 'p.backlinks_change_no', 'p.is_op'] as const;
/** Files of a hidden post are hidden with it. */
const shownFiles = sql<number>`(select count(*)::int from uploads u where u.post_id = p.id and u.removed_at is null and p.removed_at is null)`.as('file_count');

const toPreviewPost = (row: { id: number; no: number; version: number; backlinks_change_no: number; is_op: boolean; file_count: number }): PreviewPost => ({
  id: row.id,
  no: row.no,
  version: row.version,
  backlinksChangeNo: row.backlinks_change_no,
  isOp: row.is_op,
  isHidden: false,
  fileCount: row.file_count,
});

export async function findBoardStand(db: Kysely<Tables>, boardId: number): Promise<BoardStand> {
  const isLiving = sql<boolean>`archived_at is null and removed_at is null`;
  const row = await db
    .selectFrom('threads')
    .select(({ selectFrom }) => [
      selectFrom('threads').select(sql<number>`coalesce(max(no), 0)`.as('no')).where('board_id', '=', boardId).as('newest_no'),
      selectFrom('threads').select(sql<number>`coalesce(max(bump_no), 0)`.as('no')).where('board_id', '=', boardId).where(isLiving).as('top_no'),
    ])
    .limit(1)
    .executeTakeFirst();
  return { newestNo: row?.newest_no ?? 0, topNo: row?.top_no ?? 0 };
}

/** What each transaction has locked by lockThreads. */
const held = new WeakMap<Transaction<Tables>, Set<number>>();

/**
 * Locks threads, always in ascending id so that no two transactions can wait for each other in a circle. The first statement
 * of every transaction that changes what a thread shows. The keys of the rows stay free, or everything that refers to a thread would
 * wait for it as well. @throws LocksOutgrown for a thread below one that this transaction holds: then all must be locked at once
 */
export async function lockThreads(trx: Transaction<Tables>, ids: number[]): Promise<Map<number, ThreadRow>> {
  const distinct = [...new Set(ids)].sort((one, other) => one - other);
  const locked = held.get(trx) ?? new Set();
  const highest = Math.max(0, ...locked);
  if (distinct.some((id) => id < highest && !locked.has(id))) throw new LocksOutgrown();
  held.set(trx, new Set([...locked, ...distinct]));
  const rows = await trx
    .selectFrom('threads')
    .selectAll()
    .where('id', '=', anyOf(distinct))
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** Raises the change number of a locked thread and answers with the new one. Everything changed with it carries that number. */
export async function raiseChangeNo(trx: Transaction<Tables>, threadId: number): Promise<number> {
  const changeNo = (await raiseChangeNos(trx, [threadId])).get(threadId);
  if (changeNo === undefined) throw new Error(`thread ${threadId} vanished under its lock`);
  return changeNo;
}

/** The same for several threads: by their ids, in the order in which they are given. */
export async function raiseChangeNos(trx: Transaction<Tables>, threadIds: number[]): Promise<Map<number, number>> {
  const rows = await trx
    .updateTable('threads')
    .set((eb) => ({ change_no: eb('change_no', '+', 1) }))
    .where('id', '=', anyOf(threadIds))
    .returning(['id', 'change_no'])
    .execute();
  const order = [...new Set(threadIds)];
  rows.sort((one, other) => order.indexOf(one.id) - order.indexOf(other.id));
  return new Map(rows.map((row) => [row.id, row.change_no]));
}
