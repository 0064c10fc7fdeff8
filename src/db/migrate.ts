import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Migration, type MigrationProvider, type MigrationResultSet, Migrator, sql } from 'kysely';
import type { Database } from './connect.js';

/** Any number that nobody else locks in this database. */
const lockNo = 7_014_001;
/**
 * A migration takes the time that it takes; but what waits for a lock holds up everybody who comes after it, and what a killed process
 * began must end soon, or the next start would wait for it.
 */
const limits = "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local lock_timeout = '60s'; set local client_connection_check_interval = '1s';\n";

type Migrated = Pick<Database, 'db' | 'kind'>;

/**
 * Brings the schema up to the newest of the `NNNN-what.sql` files in `dir`, all in one transaction and under a lock: of several
 * processes that start at once the first does it, the others wait. Answers with the names of those that ran. They are forward only:
 * there is no way down but a backup, which `prepare` may write when there is something to be done; what it throws ends the start
 * with nothing changed. A process that is killed meanwhile leaves nothing behind either.
 * @throws Error naming the migration that failed, or the one that only a newer version of the board knows
 */
export function migrateToLatest(database: Migrated, options: { dir: string; prepare?: () => Promise<unknown> }): Promise<string[]> {
  const migrator = createMigrator(database, options.dir);
  return whileLocked(database, async () => {
    await assertKnown(database, options.dir);
    const pending = (await migrator.getMigrations()).filter(({ executedAt }) => executedAt === undefined);
    if (pending.length === 0) return [];
    await options.prepare?.();
    return toNames(await migrator.migrateToLatest());
  });
}

/** Brings an older or empty schema up to this migration and no further, as a backup from that time needs it. @throws as migrateToLatest */
export function migrateTo(database: Migrated, options: { dir: string; name: string }): Promise<string[]> {
  return whileLocked(database, async () => toNames(await createMigrator(database, options.dir).migrateTo(options.name)));
}

/** The names of all migrations there are, in order. */
export async function listMigrations(dir: string): Promise<string[]> {
  return Object.keys(await createFileProvider(dir, '').getMigrations());
}

/** The names of the migrations that this database has had, in order; none when it is new. */
export async function listDone({ db }: Pick<Database, 'db'>): Promise<string[]> {
  const there = await sql<{ is_there: boolean }>`select to_regclass('kysely_migration') is not null as is_there`.execute(db);
  if (there.rows[0]?.is_there !== true) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map(({ name }) => name);
}

/**
 * The lock ends with its transaction, so that a killed process holds up nobody, also where a pooler gives connections to others in
 * between. The embedded database has one process: the lock of the data directory is enough, and there is no second connection.
 */
function whileLocked<T>({ db, kind }: Migrated, act: () => Promise<T>): Promise<T> {
  if (kind === 'embedded') return act();
  return db.transaction().execute(async (trx) => {
    await sql`select set_config(name, '0', true) from unnest(array['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) as name`.execute(trx);
    await sql`select pg_advisory_xact_lock(${lockNo})`.execute(trx);
    return act();
  });
}

async function assertKnown(database: Migrated, dir: string): Promise<void> {
  const known = new Set(await listMigrations(dir));
  const unknown = (await listDone(database)).find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`The database comes from a newer version of the board (migration ${unknown}). Start that version, or bring back a backup from before.`);
}

const createMigrator = ({ db, kind }: Migrated, dir: string) => new Migrator({ db, provider: createFileProvider(dir, kind === 'postgres' ? limits : '') });

/** Which of them ran. */
function toNames({ error, results = [] }: MigrationResultSet): string[] {
  if (error !== undefined) {
    const failed = results.find((result) => result.status === 'Error');
    throw new Error(`The database could not be brought up to date (${failed?.migrationName ?? 'before the first migration'}).`, { cause: error });
  }
  return results.filter((result) => result.status === 'Success').map((result) => result.migrationName);
}

/** One migration a file; its text is sent as it stands, after `before`. */
function createFileProvider(dir: string, before: string): MigrationProvider {
  return {
    async getMigrations() {
      const names = (await readdir(dir)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
      const entries = await Promise.all(names.map(async (name) => [name.slice(0, -'.sql'.length), toMigration(before + (await readFile(join(dir, name), 'utf8')))] as const));
      return Object.fromEntries(entries);
    },
  };
}

const toMigration = (text: string): Migration => ({
  async up(db) {
    await sql.raw(text).execute(db);
  },
});
