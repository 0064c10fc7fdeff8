import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';

export interface NewReport {
  postId: number;
  reason: string;
  note: string;
  reporterTag: Buffer | null;
}

/** Files a report; false when this reporter has reported the post before. */
export async function insertReport(db: Kysely<Tables>, report: NewReport, now: Date): Promise<boolean> {
  const row = await db
    .insertInto('reports')
    .values({ post_id: report.postId, reason: report.reason, note: report.note, reporter_tag: report.reporterTag, created_at: now })
    .onConflict((conflict) => conflict.columns(['post_id', 'reporter_tag']).where('reporter_tag', 'is not', null).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Settles the open reports of these posts and answers with their ids. */
export async function resolveReports(
  trx: Transaction<Tables>,
  postIds: number[],
  resolution: { as: 'dismissed' | 'acted'; by: number },
  now: Date,
): Promise<number[]> {
  const rows = await trx
    .updateTable('reports')
    .set({ resolved_at: now, resolved_by: resolution.by, resolution: resolution.as })
    .where('post_id', '=', sql<number>`any(${postIds})`)
    .where('resolved_at', 'is', null)
    .returning('id')
    .execute();
  await clearNotesOfDeleted(trx, postIds);
  return rows.map((row) => row.id);
}

/**
 * Reports that are closed keep nothing of what was written about posts that their posters deleted: it often repeats their words. Open
 * ones do until somebody has looked at them.
 */
export async function clearNotesOfDeleted(trx: Transaction<Tables>, postIds: number[]): Promise<void> {
  await trx
    .updateTable('reports')
    .set({ note: '' })
    .where('post_id', '=', sql<number>`any(${postIds})`)
    .where('resolved_at', 'is not', null)
    .where(({ exists, selectFrom }) => exists(selectFrom('posts as p').select('p.id').whereRef('p.id', '=', 'reports.post_id').where('p.removed_as', '=', 'poster')))
    .execute();
}

/** Opens settled reports again and answers with how many. */
export async function reopenReports(trx: Transaction<Tables>, reportIds: number[]): Promise<number> {
  const rows = await trx
    .updateTable('reports')
    .set({ resolved_at: null, resolved_by: null, resolution: null })
    .where('id', '=', sql<number>`any(${reportIds})`)
    .where('resolved_at', 'is not', null)
    .returning('id')
    .execute();
  return rows.length;
}

/** An open report; who sent it is not part of it. */
export interface Report {
  postId: number;
  reason: string;
  note: string;
  createdAt: Date;
}

/** The open reports of these posts, the oldest first. */
export async function findOpenReports(db: Kysely<Tables>, postIds: number[]): Promise<Report[]> {
  if (postIds.length === 0) return [];
  const rows = await db
    .selectFrom('reports')
    .select(['post_id', 'reason', 'note', 'created_at'])
    .where('post_id', '=', sql<number>`any(${postIds})`)
    .where('resolved_at', 'is', null)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ postId: row.post_id, reason: row.reason, note: row.note, createdAt: row.created_at }));
}

/** Forgets who sent the reports that are older than `before`. */
export async function eraseReporters(trx: Transaction<Tables>, before: Date): Promise<void> {
  await trx.updateTable('reports').set({ reporter_tag: null }).where('reporter_tag', 'is not', null).where('created_at', '<=', before).execute();
}

/** What reporters wrote about a purged post goes with it. */
export async function clearReportNotes(trx: Transaction<Tables>, postId: number): Promise<void> {
  await trx.updateTable('reports').set({ note: '' }).where('post_id', '=', postId).execute();
}
