import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely, Transaction } from 'kysely';
import { listDone } from '../db/migrate.js';
import type { Tables } from '../db/tables.js';
import { isMediaName, type MediaStorage } from '../uploads/media-storage.js';
import { type BackupEnd, checkBackup, createLineHash, readRowsEntry, withBackup } from './backup-file.js';
import { hasRows, listTablesThere, readRows, writeRows, writeSequences, writeTimesInUtc } from './backup-store.js';
import { backupTooNew, databaseNotEmpty, databaseTooNew, restoreDiffers } from './operate-errors.js';
import { readTar, type TarEntry } from './tar-file.js';

export interface RestoreParts {
  db: Kysely<Tables>;
  storage: Pick<MediaStorage, 'put' | 'hide'>;
  /** A private directory, best on the disk of the media. */
  tempDir: string;
  /** The names of the migrations that this program has, in order. */
  migrations: readonly string[];
  /** Brings the empty database to one of them. */
  migrateTo: (name: string) => Promise<unknown>;
}

/**
 * Brings a backup back into an empty database, embedded or not, and its pictures into the storage. The backup is read and compared
 * as a whole before anything is written; all rows are written in one transaction, read again, and must be byte for byte what they
 * were. They are written at the state of the schema that they come from; later migrations are the next start's.
 * @throws backupMissing, backupDamaged, backupTooNew, databaseTooNew, databaseNotEmpty, restoreDiffers
 */
export async function restoreBackup(parts: RestoreParts, path: string): Promise<BackupEnd> {
  const end = await checkBackup(path);
  if (!parts.migrations.includes(end.migration)) throw backupTooNew(end.migration);
  const last = (await listDone(parts)).at(-1);
  if (last !== undefined && (await hasRows(parts.db))) throw databaseNotEmpty();
  if (last !== undefined && last > end.migration) throw databaseTooNew(last);
  await parts.migrateTo(end.migration);
  await withBackup(path, async (file) => {
    for await (const entry of readTar(file)) await restoreMedia(entry, parts);
    await parts.db.transaction().execute(async (trx) => {
      await writeTimesInUtc(trx);
      for await (const entry of readTar(file)) {
        const rows = await readRowsEntry(entry);
        if (rows !== undefined) await writeRows(trx, rows.table, rows.lines);
      }
      await writeSequences(trx, end.sequences);
      await compareRows(trx, end);
    });
  });
  return end;
}

async function restoreMedia(entry: TarEntry, { storage, tempDir }: RestoreParts): Promise<void> {
  const [, place, name] = /^media\/(public|private)\/(.+)$/.exec(entry.name) ?? [];
  if (name === undefined || !isMediaName(name)) return;
  const draft = join(tempDir, randomBytes(16).toString('hex'));
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      for await (const piece of entry.pieces()) await file.appendFile(piece);
    } finally {
      await file.close();
    }
    await storage.put(draft, name);
    if (place === 'private') await storage.hide(name);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Whatever the database made of the rows must be what they were. */
async function compareRows(trx: Transaction<Tables>, end: BackupEnd): Promise<void> {
  for (const table of await listTablesThere(trx)) {
    const hash = createLineHash();
    for await (const lines of readRows(trx, table)) hash.add(lines);
    const [found, expected] = [hash.result(), end.tables[table]];
    if (found.rowCount !== expected?.rowCount || found.sha256 !== expected.sha256) throw restoreDiffers(table);
  }
}
