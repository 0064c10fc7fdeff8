import { createHash } from 'node:crypto';
import { type FileHandle, link, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Kysely, Transaction } from 'kysely';
import { listDone } from '../db/migrate.js';
import type { Tables } from '../db/tables.js';
import type { MediaStorage } from '../uploads/media-storage.js';
import { type BackupEnd, checkBackup, createLineHash, endName, toRowsName, toSumsLine, toSumsName } from './backup-file.js';
import { listTablesThere, readRows, readSequences, withSnapshot } from './backup-store.js';
import { backupExists, backupPlaceMissing, nothingToBackUp } from './operate-errors.js';
import { writeTar } from './tar-file.js';

export interface BackupParts {
  db: Kysely<Tables>;
  storage: Pick<MediaStorage, 'open'>;
  now: () => Date;
  /** Leaves the pictures out. */
  isWithoutMedia?: boolean;
}

/** A backup that is there, and was read again. */
export interface WrittenBackup {
  path: string;
  /** Of the whole file. */
  bytes: number;
  end: BackupEnd;
}

const deflate = promisify(gzip);
/** So many files share a list of sums. */
const filesPerSums = 1000;

/**
 * Writes a backup: the rows as they stand at one moment, then the pictures that they name. `place` is a directory, where it gets a
 * name of its own, or the path of the new file (mode 0600). The file appears whole or not at all, and has been read again and
 * compared when this returns. Who wrote what, sessions and forms are not in it, nor is any key.
 * @throws nothingToBackUp, backupExists, backupPlaceMissing; whatever the disk says
 */
export async function writeBackup(parts: BackupParts, place: string): Promise<WrittenBackup> {
  const path = await findPath(place, parts.now());
  const draft = `${path}.part`;
  const file = await open(draft, 'wx', 0o600).catch((error: unknown) => {
    throw isCode(error, 'EEXIST') ? backupExists(draft) : error;
  });
  try {
    try {
      await writeAll(parts, file);
    } finally {
      await file.close();
    }
    const end = await checkBackup(draft);
    await link(draft, path).catch((error: unknown) => {
      throw isCode(error, 'EEXIST') ? backupExists(path) : error;
    });
    return { path, bytes: (await stat(path)).size, end };
  } finally {
    await rm(draft, { force: true });
  }
}

async function findPath(place: string, at: Date): Promise<string> {
  const isDirectory = async (path: string) => (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  if (await isDirectory(place)) return join(place, `quoth-${at.toISOString().replaceAll(/[-:]|\.\d+/g, '')}.tar`);
  if (!(await isDirectory(dirname(place)))) throw backupPlaceMissing(dirname(place));
  if ((await stat(place).catch(() => undefined)) !== undefined) throw backupExists(place);
  return place;
}

async function writeAll({ db, storage, now, isWithoutMedia = false }: BackupParts, file: FileHandle): Promise<void> {
  const migration = (await listDone({ db })).at(-1);
  if (migration === undefined) throw nothingToBackUp();
  const createdAt = now().toISOString();
  const backup = addSums(file);
  const { names, ...rows } = await withSnapshot(db, (trx) => addRows(trx, backup));
  const media = isWithoutMedia ? { mediaCount: 0, missingCount: 0 } : await addMedia(names, storage, backup);
  await backup.finish({ format: 1, createdAt, migration, ...rows, hasMedia: !isWithoutMedia, ...media });
}

type Sums = ReturnType<typeof addSums>;

/** Adds lists of sums to a tar while it grows, and at last its end. */
function addSums(file: FileHandle) {
  const tar = writeTar(file);
  const all = createHash('sha256');
  let [fileCount, sumsCount, waiting] = [0, 0, ''];

  async function note(hash: string, name: string): Promise<void> {
    waiting += toSumsLine(hash, name);
    fileCount += 1;
    if (fileCount % filesPerSums === 0) await flush();
  }
  async function flush(): Promise<void> {
    if (waiting === '') return;
    sumsCount += 1;
    fileCount += 1;
    await tar.add(toSumsName(sumsCount), Buffer.from(waiting));
    all.update(waiting);
    waiting = '';
  }
  return {
    add: async (name: string, bytes: Buffer) => note(await tar.add(name, bytes), name),
    addPieces: async (name: string, pieces: AsyncIterable<Buffer>, size: number) => note(await tar.addPieces(name, pieces, size), name),
    async finish(end: Omit<BackupEnd, 'fileCount' | 'sha256'>) {
      await flush();
      await tar.add(endName, Buffer.from(`${JSON.stringify({ ...end, fileCount, sha256: all.digest('hex') }, null, 2)}\n`));
      await tar.finish();
    },
  };
}

/** Adds all rows, and tells which media they name. Inside the transaction nothing else is waited for: the embedded database has one. */
async function addRows(trx: Transaction<Tables>, backup: Sums) {
  const tables: BackupEnd['tables'] = {};
  const names = new Set<string>();
  for (const table of await listTablesThere(trx)) {
    const hash = createLineHash();
    let piece = 0;
    for await (const lines of readRows(trx, table)) {
      piece += 1;
      hash.add(lines);
      await backup.add(toRowsName(table, piece), await deflate(`${lines.join('\n')}\n`, { level: 4 }));
      if (table === 'uploads') for (const name of lines.flatMap(toMediaNames)) names.add(name);
    }
    tables[table] = hash.result();
  }
  return { tables, sequences: await readSequences(trx), names };
}

function toMediaNames(line: string): string[] {
  const upload = JSON.parse(line) as { name: string; thumb_name: string; removed_as: string | null };
  // What its poster deleted is destroyed within the minute.
  return upload.removed_as === 'poster' ? [] : [upload.name, upload.thumb_name];
}

async function addMedia(names: ReadonlySet<string>, storage: BackupParts['storage'], backup: Sums): Promise<{ mediaCount: number; missingCount: number }> {
  let mediaCount = 0;
  for (const name of names) if (await hasAdded(name, storage, backup)) mediaCount += 1;
  return { mediaCount, missingCount: names.size - mediaCount };
}

/** Looks in both places, and again in the first: a moderator may move it from one to the other meanwhile. */
async function hasAdded(name: string, storage: BackupParts['storage'], backup: Sums): Promise<boolean> {
  for (const place of ['public', 'private', 'public'] as const) {
    const found = await storage.open(name, place);
    if (found === undefined || found.part === 'beyondEnd') continue;
    await backup.addPieces(`media/${place}/${name}`, found.part.stream, found.bytes);
    return true;
  }
  return false;
}

const isCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code;
