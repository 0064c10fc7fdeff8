import { type Kysely, sql } from 'kysely';
import type { Tables } from '../db/tables.js';
import { urgentReason } from './reasons.js';

/** A reported post that waits for a decision, with all its open reports. */
export interface ReportCase {
  postId: number;
  no: number;
  boardId: number;
  boardSlug: string;
  threadId: number;
  threadNo: number;
  body: string;
  reportCount: number;
  /** The reason that was given most often. */
  topReason: string;
  firstAt: Date;
}

/** Reports count while their post can be seen: a removed thread takes its cases along until it comes back. */
const openReports = (db: Kysely<Tables>, boardIds: number[] | null) =>
  db
    .selectFrom('reports as r')
    .innerJoin('posts as p', 'p.id', 'r.post_id')
    .innerJoin('threads as t', 't.id', 'p.thread_id')
    .where('r.resolved_at', 'is', null)
    .where('p.removed_at', 'is', null)
    .where('t.removed_at', 'is', null)
    .$if(boardIds !== null, (query) => query.where('p.board_id', '=', sql<number>`any(${boardIds ?? []})`));

/**
 * Open cases of these boards (`null`: of all): illegal things first, then what was reported most, then what has waited longest.
 */
export async function findReportCases(db: Kysely<Tables>, boardIds: number[] | null, limit: number): Promise<ReportCase[]> {
  const rows = await openReports(db, boardIds)
    .innerJoin('boards as b', 'b.id', 'p.board_id')
    .select(['p.id', 'p.no', 'p.board_id', 'b.slug', 'p.thread_id', 't.no as thread_no', 'p.body'])
    .select([
      sql<number>`count(*)::int`.as('report_count'),
      sql<string>`mode() within group (order by r.reason)`.as('top_reason'),
      sql<Date>`min(r.created_at)`.as('first_at'),
      sql<boolean>`bool_or(r.reason = ${urgentReason})`.as('is_urgent'),
    ])
    .groupBy(['p.id', 'b.slug', 't.no'])
    .orderBy('is_urgent', 'desc')
    .orderBy('report_count', 'desc')
    .orderBy('first_at')
    .orderBy('p.id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    postId: row.id,
    no: row.no,
    boardId: row.board_id,
    boardSlug: row.slug,
    threadId: row.thread_id,
    threadNo: row.thread_no,
    body: row.body,
    reportCount: row.report_count,
    topReason: row.top_reason,
    firstAt: row.first_at,
  }));
}

export async function countReportCases(db: Kysely<Tables>, boardIds: number[] | null): Promise<number> {
  const row = await openReports(db, boardIds).select(sql<number>`count(distinct p.id)::int`.as('count')).executeTakeFirstOrThrow();
  return row.count;
}

/** Appeals that wait for an answer on these boards (`null`: everywhere). */
export async function countOpenAppeals(db: Kysely<Tables>, boardIds: number[] | null, now: Date): Promise<number> {
  const row = await db
    .selectFrom('bans')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('appealed_at', 'is not', null)
    .where('appeal_answered_at', 'is', null)
    .where('lifted_at', 'is', null)
    .where('expires_at', '>', now)
    .$if(boardIds !== null, (query) => query.where('board_id', '=', sql<number>`any(${boardIds ?? []})`))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** The posts of a thread around a case: so many before it, and after it, that are shown in some form. */
export async function findNeighbours(
  db: Kysely<Tables>,
  post: { threadId: number; no: number },
  counts: { before: number; after: number },
): Promise<{ before: number[]; after: number[]; earlierCount: number }> {
  const shown = db
    .selectFrom('posts')
    .where('thread_id', '=', post.threadId)
    .where((eb) => eb.or([eb('removed_as', 'is', null), eb('removed_as', '=', 'staff'), eb('is_op', '=', true)]));
  const before = await shown.select('id').where('no', '<', post.no).orderBy('no', 'desc').limit(counts.before).execute();
  const after = await shown.select('id').where('no', '>', post.no).orderBy('no').limit(counts.after).execute();
  const earlier = await shown.select(sql<number>`count(*)::int`.as('count')).where('no', '<', post.no).executeTakeFirstOrThrow();
  return { before: before.map((row) => row.id).reverse(), after: after.map((row) => row.id), earlierCount: earlier.count };
}

/** The threads of a board as staff see them: in bump order, removed ones among them, or archived ones alone. */
export async function findStaffThreads(db: Kysely<Tables>, boardId: number, kind: 'living' | 'archived' | 'removed', offset: number, limit: number) {
  const rows = await staffThreads(db, boardId, kind)
    .innerJoin('posts as op', (join) => join.onRef('op.thread_id', '=', 't.id').on('op.is_op', '=', true))
    .select(['t.no', 't.reply_count', 't.file_count', 't.is_sticky', 't.is_locked', 't.is_bumplocked', 't.is_cyclical', 't.archived_at', 't.removed_at', 't.removal_reason', 't.last_post_at'])
    .select(['op.subject', 'op.body'])
    .select((eb) =>
      eb
        .selectFrom('reports as r')
        .innerJoin('posts as p', 'p.id', 'r.post_id')
        .select(sql<number>`count(*)::int`.as('count'))
        .whereRef('p.thread_id', '=', 't.id')
        .where('r.resolved_at', 'is', null)
        .as('report_count'),
    )
    .orderBy('t.is_sticky', 'desc')
    .orderBy('t.bump_no', 'desc')
    .offset(offset)
    .limit(limit)
    .execute();
  return rows;
}

export async function countStaffThreads(db: Kysely<Tables>, boardId: number, kind: 'living' | 'archived' | 'removed'): Promise<number> {
  const row = await staffThreads(db, boardId, kind).select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow();
  return row.count;
}

function staffThreads(db: Kysely<Tables>, boardId: number, kind: 'living' | 'archived' | 'removed') {
  const threads = db.selectFrom('threads as t').where('t.board_id', '=', boardId);
  if (kind === 'removed') return threads.where('t.removed_at', 'is not', null);
  return kind === 'archived' ? threads.where('t.archived_at', 'is not', null) : threads.where('t.archived_at', 'is', null);
}
