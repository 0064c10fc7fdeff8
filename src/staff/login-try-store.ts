import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';

export interface LoginTries {
  failureCount: number;
  /** Milliseconds since 1970. */
  failedAt: number[];
  notedAt: Date;
}

/** What is remembered under these keys, in their order. Locks the rows, and makes those that are missing. */
export async function lockLoginTries(trx: Transaction<Tables>, keys: readonly Buffer[], now: Date): Promise<LoginTries[]> {
  // Everybody locks in the same order, so that nobody waits in a circle.
  const inOrder = [...keys].sort((a, b) => a.compare(b));
  await trx.insertInto('login_tries').values(inOrder.map((key) => ({ key, noted_at: now }))).onConflict((conflict) => conflict.doNothing()).execute();
  const rows = await trx.selectFrom('login_tries').selectAll().where('key', '=', sql<Buffer>`any(${inOrder})`).orderBy('key').forUpdate().execute();
  const found = new Map(rows.map((row) => [row.key.toString('hex'), { failureCount: row.failure_count, failedAt: row.failed_at, notedAt: row.noted_at }]));
  return keys.map((key) => found.get(key.toString('hex')) ?? { failureCount: 0, failedAt: [], notedAt: now });
}

export async function updateLoginTries(trx: Transaction<Tables>, key: Buffer, { failureCount, failedAt, notedAt }: LoginTries): Promise<void> {
  await trx.updateTable('login_tries').set({ failure_count: failureCount, failed_at: failedAt, noted_at: notedAt }).where('key', '=', key).execute();
}

/** Forgets what was noted before `before`. Answers with how many rows. */
export async function deleteLoginTries(db: Kysely<Tables>, before: Date): Promise<number> {
  const result = await db.deleteFrom('login_tries').where('noted_at', '<', before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
