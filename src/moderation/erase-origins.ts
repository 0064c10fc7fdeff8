import type { Kysely } from 'kysely';
import { inTransaction } from '../db/in-transaction.js';
import type { Tables } from '../db/tables.js';
import { deleteOrigins } from './origin-store.js';
import { eraseReporters } from './report-store.js';

const HOUR = 3_600_000;
/** The author of a reported post may be known for so long, until somebody has looked at it. */
export const reportedHours = 7 * 24;

/**
 * Forgets who wrote posts and who reported them, `originHours` after they did. Run at start and every few minutes.
 * Answers with how many authors were forgotten.
 */
export async function eraseOrigins(db: Kysely<Tables>, options: { now: Date; originHours: number }): Promise<number> {
  const at = options.now.getTime();
  const before = new Date(at - options.originHours * HOUR);
  const reportedBefore = new Date(at - Math.max(options.originHours, reportedHours) * HOUR);
  return inTransaction(db, async (trx) => {
    await eraseReporters(trx, before);
    return deleteOrigins(trx, before, reportedBefore);
  });
}
