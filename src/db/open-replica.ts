import { type Kysely, sql } from 'kysely';
import type { Log } from '../log.js';
import { connectReplica, type Database } from './connect.js';
import type { Tables } from './tables.js';

/**
 * Opens the replica that DATABASE_READ_URL names. One that cannot be reached now is no reason not to start: until it answers, the primary does.
 * @throws Error with a sentence when it is another database
 */
export async function openReplica(url: string, primary: Kysely<Tables>, log: Pick<Log, 'warn'>, maxConnections?: number): Promise<Database> {
  const replica = connectReplica(url, maxConnections);
  try {
    const origin = await readOrigin(replica.db);
    if (origin !== (await readOrigin(primary))) throw new WrongReplica('DATABASE_READ_URL names no streaming replica of the database that DATABASE_URL names.');
  } catch (error) {
    if (error instanceof WrongReplica) {
      await replica.close();
      throw error;
    }
    log.warn('replica.away', { meaning: 'The PostgreSQL that DATABASE_READ_URL names cannot be asked at the moment.' });
  }
  return replica;
}

class WrongReplica extends Error {}

/** A streaming replica is of the same making as its primary, to the last byte. */
async function readOrigin(db: Kysely<Tables>): Promise<string> {
  const { rows } = await sql<{ origin: string }>`select system_identifier::text || ' ' || current_database() as origin from pg_control_system()`.execute(db);
  return rows[0]?.origin ?? '';
}
