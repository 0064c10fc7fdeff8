import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.js';

/** Any number that tells our locks from those of others in the same database. */
const lockSpace = 7_014_002;

/**
 * Does `act` unless another process on this PostgreSQL is at work under the same name; gives whether it was done. The lock belongs to a
 * connection of its own and ends with it, so that a process that dies holds up nobody. Not for the embedded database.
 */
export function whileAlone(db: Kysely<Tables>, name: string, act: () => Promise<unknown>): Promise<boolean> {
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{ is_ours: boolean }>`select pg_try_advisory_lock(${lockSpace}, hashtext(${name})) as is_ours`.execute(connection);
    if (rows[0]?.is_ours !== true) return false;
    try {
      await act();
    } finally {
      // A connection that was cut has given the lock back already.
      await sql`select pg_advisory_unlock(${lockSpace}, hashtext(${name}))`.execute(connection).catch(() => undefined);
    }
    return true;
  });
}

/** Whether other boards are connected to this database: the connections of one process carry one name, which connect.ts gives. */
export async function hasOtherBoards(db: Kysely<Tables>): Promise<boolean> {
  const { rows } = await sql<{ is_there: boolean }>`
    select exists (
      select from pg_stat_activity
      where datname = current_database() and application_name like 'quoth %' and application_name <> current_setting('application_name')
    ) as is_there`.execute(db);
  return rows[0]?.is_there === true;
}
