import { type Kysely, sql } from 'kysely';
import type { Tables } from '../db/tables.js';

/** What the database server says of itself. */
export interface ServerFacts {
  /** As PostgreSQL counts: 150004 is 15.4. */
  version: number;
  encoding: string;
  synchronousCommit: string;
  fullPageWrites: string;
  mostConnections: number;
  /** Indexes that were never finished: they cost and help nobody. */
  invalidIndexes: string[];
  /** Its clock. */
  at: string;
}

export async function readServerFacts(db: Kysely<Tables>): Promise<ServerFacts> {
  const { rows } = await sql<Omit<ServerFacts, 'invalidIndexes' | 'at'> & { at: Date }>`
    select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
      current_setting('synchronous_commit') as "synchronousCommit", current_setting('full_page_writes') as "fullPageWrites",
      current_setting('max_connections')::int as "mostConnections", clock_timestamp() as at`.execute(db);
  const [found] = rows;
  if (found === undefined) throw new Error('The database server says nothing of itself.');
  const invalid = await sql<{ name: string }>`
    select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
    where not i.indisvalid and n.nspname = current_schema() order by c.relname`.execute(db);
  return { ...found, at: found.at.toISOString(), invalidIndexes: invalid.rows.map(({ name }) => name) };
}

/** How far a replica is behind, in seconds; nothing happened for as long when its primary is quiet. Undefined when it is no replica. */
export async function findLagSeconds(db: Kysely<Tables>): Promise<number | undefined> {
  const { rows } = await sql<{ seconds: number | null }>`
    select case when pg_is_in_recovery() then
      case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0 else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 end
    end as seconds`.execute(db);
  return rows[0]?.seconds ?? undefined;
}

/** The files that were uploaded last and that nobody deleted. */
export function findLastUploads(db: Kysely<Tables>, count: number): Promise<{ name: string; thumb_name: string }[]> {
  return db
    .selectFrom('uploads as u')
    .innerJoin('posts as p', 'p.id', 'u.post_id')
    .select(['u.name', 'u.thumb_name'])
    .where('p.destroyed_at', 'is', null)
    .where((eb) => eb.or([eb('u.removed_as', 'is', null), eb('u.removed_as', '=', 'staff')]))
    .where((eb) => eb.or([eb('p.removed_as', 'is', null), eb('p.removed_as', '=', 'staff')]))
    .orderBy('u.id', 'desc')
    .limit(count)
    .execute();
}
