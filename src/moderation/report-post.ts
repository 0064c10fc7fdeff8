import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import { reportNoteTooLong, reportReasonMissing } from './moderation-errors.js';
import { reportReasons } from './reasons.js';
import { insertReport } from './report-store.js';
import { tidyLine } from './tidy-words.js';

export { reportReasons } from './reasons.js';

/** A report's own words may have so many UTF-16 units. */
export const longestReportNote = 300;

/**
 * Reports a post, once for each reporter. `reason` is one of `reportReasons`; `reporterTag` is a keyed tag of whoever reports, erased
 * with the origins. Whoever calls it tells the queue afterwards (`announceQueue`).
 * @throws reportReasonMissing, reportNoteTooLong
 */
export async function reportPost(
  db: Kysely<Tables>,
  report: { postId: number; reason: string; note: string; reporterTag: Buffer | null; now: Date },
): Promise<'created' | 'already'> {
  const note = tidyLine(report.note);
  if (!reportReasons.some(({ value }) => value === report.reason)) throw reportReasonMissing();
  if (note.length > longestReportNote) throw reportNoteTooLong(longestReportNote);
  const isNew = await insertReport(db, { postId: report.postId, reason: report.reason, note, reporterTag: report.reporterTag }, report.now);
  return isNew ? 'created' : 'already';
}
