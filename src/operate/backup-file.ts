import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { type BackupTable, backupTables } from './backup-store.js';
import { backupDamaged, backupMissing } from './operate-errors.js';
import { readTar, type TarEntry } from './tar-file.js';

/*
 * What a backup is: a tar of
 *   rows/<table>/000001.jsonl.gz ...   every row as JSON, in the order of the key
 *   media/<public|private>/<name>      the pictures and thumbnails that the rows name
 *   sums/000001.sha256 ...             of what stands before each, in the form that `sha256sum -c` reads
 *   backup.json                        what is in it, at the very end: a backup without it was never finished
 */

export const endName = 'backup.json';
export const toRowsName = (table: BackupTable, piece: number) => `rows/${table}/${toNumber(piece)}.jsonl.gz`;
export const toSumsName = (piece: number) => `sums/${toNumber(piece)}.sha256`;
export const toSumsLine = (hash: string, name: string) => `${hash}  ${name}\n`;
const toNumber = (piece: number) => String(piece).padStart(6, '0');

const tableCheck = z.object({ rowCount: z.number().int().min(0), sha256: z.string() });

export const backupEnd = z.object({
  format: z.literal(1),
  createdAt: z.string(),
  /** The last migration that the rows have had. */
  migration: z.string(),
  /** How many rows, and the hash of their JSON lines; a table that was not there yet has none. */
  tables: z.partialRecord(z.enum(backupTables), tableCheck),
  sequences: z.record(z.string(), z.number().nullable()),
  /** False: it was made without pictures, which stay where they are. */
  hasMedia: z.boolean().default(true),
  mediaCount: z.number().int().min(0),
  /** Pictures that rows name and that were not there, such as those destroyed while the backup ran. */
  missingCount: z.number().int().min(0),
  /** How many files the tar has before this one, and the hash of all their sums. */
  fileCount: z.number().int().min(0),
  sha256: z.string(),
});
export type BackupEnd = z.infer<typeof backupEnd>;

const inflate = promisify(gunzip);

/** A hash of a table's lines, fed in pieces. */
export function createLineHash(): { add: (lines: readonly string[]) => void; result: () => { rowCount: number; sha256: string } } {
  const hash = createHash('sha256');
  let rowCount = 0;
  return {
    add(lines) {
      rowCount += lines.length;
      for (const line of lines) hash.update(`${line}\n`);
    },
    result: () => ({ rowCount, sha256: hash.digest('hex') }),
  };
}

/** Opens a backup for `use`. @throws backupMissing, and backupDamaged when `use` cannot read what it must be able to read */
export async function withBackup<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r').catch(() => {
    throw backupMissing(path);
  });
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** The rows of an entry as lines, and of which table; undefined when it is something else. */
export async function readRowsEntry(entry: TarEntry): Promise<{ table: BackupTable; lines: string[] } | undefined> {
  const named = /^rows\/([a-z_]+)\/\d+\.jsonl\.gz$/.exec(entry.name)?.[1];
  const table = backupTables.find((each) => each === named);
  if (table === undefined) return undefined;
  const text = (await inflate(await entry.readAll())).toString('utf8');
  return { table, lines: text.split('\n').filter((line) => line !== '') };
}

/**
 * Reads a whole backup and compares everything with its sums. Nothing is written.
 * @throws backupMissing, backupDamaged
 */
export function checkBackup(path: string): Promise<BackupEnd> {
  return withBackup(path, async (file) => {
    try {
      return await compareSums(file);
    } catch (error) {
      throw backupDamaged(path, error instanceof Error ? error.message : String(error));
    }
  });
}

async function compareSums(file: FileHandle): Promise<BackupEnd> {
  const all = createHash('sha256');
  let [fileCount, waiting] = [0, ''];
  for await (const entry of readTar(file)) {
    if (entry.name === endName) {
      const end = backupEnd.parse(JSON.parse((await entry.readAll()).toString('utf8')));
      if (waiting !== '' || fileCount !== end.fileCount || all.digest('hex') !== end.sha256) throw new Error('Files are missing or were put in');
      return end;
    }
    fileCount += 1;
    if (!entry.name.startsWith('sums/')) {
      waiting += toSumsLine(await hashEntry(entry), entry.name);
      continue;
    }
    const sums = (await entry.readAll()).toString('utf8');
    if (sums !== waiting) throw new Error(`${findFirstOther(waiting, sums)} is not what it was`);
    all.update(sums);
    waiting = '';
  }
  throw new Error('It was never finished');
}

async function hashEntry(entry: TarEntry): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of entry.pieces()) hash.update(piece);
  return hash.digest('hex');
}

function findFirstOther(found: string, expected: string): string {
  const lines = expected.split('\n');
  const other = found.split('\n').findIndex((line, at) => line !== lines[at]);
  return found.split('\n')[other]?.split('  ')[1] ?? 'A file';
}
