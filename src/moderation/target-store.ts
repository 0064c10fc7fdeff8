import { type Kysely, sql, type Transaction } from 'kysely';
import type { PostRow, Tables } from '../db/tables.js';

/** The post that an act is about; an act on a thread is about its OP. */
export interface ActTarget {
  postId: number;
  no: number;
  isOp: boolean;
  threadId: number;
  threadNo: number;
  boardId: number;
  boardSlug: string;
  body: string;
  sanction: PostRow['sanction'];
  removedAs: PostRow['removed_as'];
  isDestroyed: boolean;
}

const targets = (db: Kysely<Tables>) =>
  db
    .selectFrom('posts as p')
    .innerJoin('threads as t', 't.id', 'p.thread_id')
    .innerJoin('boards as b', 'b.id', 'p.board_id')
    .select(['p.id', 'p.no', 'p.is_op', 'p.thread_id', 't.no as thread_no', 'p.board_id', 'b.slug', 'p.body', 'p.sanction', 'p.removed_as', 'p.destroyed_at']);

type Row = Awaited<ReturnType<ReturnType<typeof targets>['executeTakeFirstOrThrow']>>;

const toTarget = (row: Row): ActTarget => ({
  postId: row.id,
  no: row.no,
  isOp: row.is_op,
  threadId: row.thread_id,
  threadNo: row.thread_no,
  boardId: row.board_id,
  boardSlug: row.slug,
  body: row.body,
  sanction: row.sanction,
  removedAs: row.removed_as,
  isDestroyed: row.destroyed_at !== null,
});

export async function findTarget(db: Kysely<Tables>, postId: number): Promise<ActTarget | undefined> {
  const row = await targets(db).where('p.id', '=', postId).executeTakeFirst();
  return row === undefined ? undefined : toTarget(row);
}

export async function findThreadTarget(db: Kysely<Tables>, threadId: number): Promise<ActTarget | undefined> {
  const row = await targets(db).where('p.thread_id', '=', threadId).where('p.is_op', '=', true).executeTakeFirst();
  return row === undefined ? undefined : toTarget(row);
}

/** Those of these posts that staff removed and that still have something to show; an OP has as long as its thread is away. */
export async function findRestorable(trx: Transaction<Tables>, postIds: number[]): Promise<number[]> {
  const rows = await trx
    .selectFrom('posts as p')
    .innerJoin('threads as t', 't.id', 'p.thread_id')
    .select('p.id')
    .where('p.id', '=', sql<number>`any(${postIds})`)
    .where((eb) =>
      eb.or([
        eb.and([eb('p.removed_as', '=', 'staff'), eb('p.destroyed_at', 'is', null)]),
        eb.and([eb('p.is_op', '=', true), eb('p.removed_as', '=', 'poster'), eb('t.removed_at', 'is not', null)]),
      ]),
    )
    .execute();
  return rows.map((row) => row.id);
}

/** What restored posts are, once their threads are locked. */
export async function findRestored(trx: Transaction<Tables>, postIds: number[]): Promise<{ boardIds: number[]; hasOp: boolean; isAnyDestroyed: boolean }> {
  const rows = await trx.selectFrom('posts').select(['board_id', 'is_op', 'removed_as', 'destroyed_at']).where('id', '=', sql<number>`any(${postIds})`).execute();
  return {
    boardIds: [...new Set(rows.map((row) => row.board_id))],
    hasOp: rows.some((row) => row.is_op),
    isAnyDestroyed: rows.some((row) => row.destroyed_at !== null && row.removed_as === null),
  };
}

/** The board that a stored picture or thumbnail belongs to. */
export async function findMediaBoard(db: Kysely<Tables>, name: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('uploads as u')
    .innerJoin('posts as p', 'p.id', 'u.post_id')
    .select('p.board_id')
    .where((eb) => eb.or([eb('u.name', '=', name), eb('u.thumb_name', '=', name)]))
    .executeTakeFirst();
  return row?.board_id;
}
