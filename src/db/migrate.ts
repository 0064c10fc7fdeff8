import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Migration, type MigrationProvider, type MigrationResultSet, Migrator, sql } from 'kysely';
import type { Database } from './connect.js';

/**
 * Brings the schema up to the newest of the `NNNN-what.sql` files in `dir`, all in one transaction and under a lock. Answers with
 * the names of those that ran. They are forward only: there is no way down but a backup.
 * @throws Error naming the migration that failed; nothing of it is left behind
 */
export async function migrateToLatest({ db }: Pick<Database, 'db'>, options: { dir: string }): Promise<string[]> {
  return toNames(await new Migrator({ db, provider: createFileProvider(options.dir) }).migrateToLatest());
}

/** Brings an older or empty schema up to this migration and no further, as a backup from that time needs it. @throws as migrateToLatest */
export async function migrateTo({ db }: Pick<Database, 'db'>, options: { dir: string; name: string }): Promise<string[]> {
  return toNames(await new Migrator({ db, provider: createFileProvider(options.dir) }).migrateTo(options.name));
}

/** The names of all migrations there are, in order. */
export async function listMigrations(dir: string): Promise<string[]> {
  return Object.keys(await createFileProvider(dir).getMigrations());
}

/** Which of them ran. */
function toNames({ error, results = [] }: MigrationResultSet): string[] {
  if (error !== undefined) {
    const failed = results.find((result) => result.status === 'Error');
    throw new Error(`The database could not be brought up to date (${failed?.migrationName ?? 'before the first migration'}).`, { cause: error });
  }
  return results.filter((result) => result.status === 'Success').map((result) => result.migrationName);
}

/** One migration a file; its text is sent as it stands. */
function createFileProvider(dir: string): MigrationProvider {
  return {
    async getMigrations() {
      const names = (await readdir(dir)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
      const entries = await Promise.all(names.map(async (name) => [name.slice(0, -'.sql'.length), toMigration(await readFile(join(dir, name), 'utf8'))] as const));
      return Object.fromEntries(entries);
    },
  };
}

const toMigration = (text: string): Migration => ({
  async up(db) {
    await sql.raw(text).execute(db);
  },
});
