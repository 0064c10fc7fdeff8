import { setTimeout } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import { toStatementFault } from './named-statements.js';
import type { Tables } from './tables.js';

const mostTries = 10;
/** Those who met wait for a time of their own before they try once more, longer each time (ms). */
const meetingMs = 10;

/** What has to be locked has grown while its locks were taken: the transaction gives them back and is tried once more. */
export class LocksOutgrown extends Error {}

/**
 * Runs a transaction, and once more when PostgreSQL ended it because several waited for each other in a circle. Threads are locked in
 * ascending order, so that this does not happen; but who else has to be locked is read before the locks, and may have grown meanwhile:
 * then `act` throws LocksOutgrown. So too when it was ended by a statement whose prepared plan is of no use any more.
 * What `act` does outside the database must bear being done twice.
 */
export function inTransaction<T>(db: Kysely<Tables>, act: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
  return withRetries(() => db.transaction().execute(act));
}

/** The same for a statement that is a transaction by itself. */
export async function withRetries<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (tries >= mostTries || !(isStandstill(error) || toStatementFault(error) !== undefined)) throw error;
      if (isStandstill(error)) await setTimeout(Math.random() * meetingMs * tries);
    }
  }
}

function isStandstill(error: unknown): boolean {
  if (error instanceof LocksOutgrown) return true;
  return error instanceof Error && 'code' in error && (error.code === '40P01' || error.code === '40001');
}
