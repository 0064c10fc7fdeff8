import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Database } from '../db/connect.js';
import { migrateToLatest } from '../db/migrate.js';
import type { Tables } from '../db/tables.js';
import type { Log } from '../log.js';
import { hasRows } from './backup-store.js';
import { writeBackup } from './write-backup.js';

/** So many of these backups are kept. */
const keptCount = 3;

export interface UpdateParts {
  dataDir: string;
  /** The migrations. */
  dir: string;
  now: () => Date;
  log?: Log;
  /** Goes on without the backup, once. */
  isBackupSkipped?: boolean;
}

/** Brings the schema up to date; a board that has rows gets a backup first. @throws Error with a sentence for the operator; nothing is changed then */
export async function bringUpToDate(database: Database, parts: UpdateParts): Promise<void> {
  const { dir, log } = parts;
  const prepare = async () => {
    if (parts.isBackupSkipped === true) return;
    const path = await backUpBeforeMigration({ ...parts, db: database.db });
    if (path !== undefined) log?.info('migration.backup', { path });
  };
  for (const name of await migrateToLatest(database, { dir, prepare })) log?.info('migration.ran', { name });
}

/**
 * Writes a backup of the rows into `DATA_DIR/before-migration` before the schema of a board that has any is changed, and keeps the last
 * three. Pictures are not in it: a migration touches none. Answers with its path; undefined when there was nothing to be kept.
 * @throws Error with a sentence for the operator when it could not be written: then the schema must be left alone
 */
async function backUpBeforeMigration(parts: { db: Kysely<Tables>; dataDir: string; now: () => Date }): Promise<string | undefined> {
  const { db, dataDir, now } = parts;
  if (!(await hasRows(db))) return undefined;
  const dir = join(dataDir, 'before-migration');
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const { path } = await writeBackup({ db, storage: { open: async () => undefined }, now, isWithoutMedia: true }, dir);
    await removeOlder(dir);
    return path;
  } catch (cause) {
    throw new Error(
      `The database is to be brought up to date, but the backup before it could not be written to ${dir}. Nothing was changed. Mend what is said below, or make a backup of your own and start once with: npm start -- --without-backup`,
      { cause },
    );
  }
}

/** Names tell the time; what was never finished goes too. */
async function removeOlder(dir: string): Promise<void> {
  const names = (await readdir(dir)).sort();
  const whole = names.filter((name) => name.endsWith('.tar'));
  const surplus = [...whole.slice(0, -keptCount), ...names.filter((name) => name.endsWith('.part'))];
  for (const name of surplus) await rm(join(dir, name), { force: true });
}
