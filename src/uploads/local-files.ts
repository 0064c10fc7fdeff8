import type { Dirent, Stats } from 'node:fs';
import { copyFile, type FileHandle, link, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What keeping files on a disk comes down to: folders and names that survive a loss of power, moves that happen whole or not at all. */

/** Ends the name of a copy that is still being written (only when the temporary files are on another disk). */
export const PARTIAL = '.part';

/** Makes the two folders above a file, and makes sure of their names too, since a name lost takes the file with it. */
export async function makeShard(root: string, path: string): Promise<void> {
  const shard = dirname(path);
  const firstMade = await mkdir(shard, { recursive: true, mode: 0o700 });
  if (firstMade === undefined) return;
  for (let dir = dirname(shard); dir.length >= root.length; dir = dirname(dir)) await syncDir(dir);
}

export async function moveIn(tempPath: string, path: string): Promise<void> {
  try {
    await rename(tempPath, path);
  } catch (error) {
    if (!isCode(error, 'EXDEV')) throw error;
    await copyIn(tempPath, path);
    await rm(tempPath, { force: true });
  }
}

async function copyIn(from: string, path: string): Promise<void> {
  const partial = `${path}${PARTIAL}`;
  try {
    await copyFile(from, partial);
    await syncFile(partial);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** A second name for the same bytes; some file systems know none, there it is a copy. Done already is fine. */
export async function linkOrCopy(from: string, path: string): Promise<void> {
  try {
    await link(from, path);
  } catch (error) {
    if (isCode(error, 'EEXIST')) return;
    if (isCode(error, 'ENOENT')) throw error;
    await copyIn(from, path);
  }
}

/** Removes every other name of a file whose bytes must go (restored files have two until the sweep). */
export async function removeLinks(root: string, target: { ino: number; dev: number }): Promise<void> {
  for (const place of ['public', 'private']) {
    for await (const path of walkFiles(join(root, place))) {
      const found = await findStats(path);
      if (found?.ino === target.ino && found.dev === target.dev) await rm(path, { force: true });
    }
  }
}

export async function* walkFiles(dir: string): AsyncIterable<string> {
  for (const first of await readEntries(dir, (entry) => entry.isDirectory())) {
    for (const second of await readEntries(first, (entry) => entry.isDirectory())) {
      yield* await readEntries(second, (entry) => entry.isFile());
    }
  }
}

/** Paths of the wanted entries of a folder; none when the folder is missing. */
async function readEntries(dir: string, isWanted: (entry: Dirent) => boolean): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries.filter(isWanted).map((entry) => join(dir, entry.name));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}

export async function findStats(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** A file that is open for reading, or nothing when there is none. */
export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** False when the act failed because its file or folder is not there. */
export async function isDone(act: Promise<unknown>): Promise<boolean> {
  try {
    await act;
    return true;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

export async function touch(path: string, at: Date): Promise<void> {
  await utimes(path, at, at);
}

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function syncDir(path: string): Promise<void> {
  const dir = await open(path, 'r');
  try {
    await dir.sync();
  } finally {
    await dir.close();
  }
}
