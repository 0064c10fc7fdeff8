import { randomBytes } from 'node:crypto';
import type { Dirent, Stats } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { diskFull, isOutOfSpace } from './upload-errors.js';

export type MediaPlace = 'public' | 'private';

/** Where finished pictures live: public ones are served, private ones belong to removed posts. Names are all it knows. */
export type MediaStorage = {
  /** Moves a finished temporary file in, for good: when it returns, the bytes and their name survive a crash. 507 on a full disk. */
  put(tempPath: string, name: string): Promise<void>;
  /** Out of public reach, at once. A file that is missing or hidden already is fine. */
  hide(name: string): Promise<void>;
  /**
   * Makes a file public under a new name (links to the old one stay dead). The old one stays where it was until the sweep, so that
   * the caller's transaction may still roll back. Answers false when there is no such file.
   */
  restore(name: string, newName: string): Promise<boolean>;
  /** Destroys the bytes in both places, under every name they have. A missing file is fine. */
  destroy(name: string): Promise<void>;
  /** Removes this one name, in both places; the same bytes under another name (see `restore`) stay. For the sweep. */
  forget(name: string): Promise<void>;
  open(name: string, place: MediaPlace): Promise<{ path: string } | undefined>;
  list(place: MediaPlace): AsyncIterable<{ name: string; modifiedAt: Date }>;
  freeBytes(): Promise<number>;
};

const MEDIA_NAME = /^[0-9a-f]{32}\.(?:jpg|png|webp|gif|t\.webp)$/;
const MEDIA_EXTENSION = /^(?:jpg|png|webp|gif)$/;
/** Ends the name of a copy that is still being written (only when the temporary files are on another disk). */
const PARTIAL = '.part';

/** True for the names of stored pictures and thumbnails and nothing else. */
export function isMediaName(text: string): boolean {
  return MEDIA_NAME.test(text);
}

/** A new name nobody can guess: 128 random bits as 32 hex digits, a dot and the extension. */
export function newMediaName(extension: string): string {
  if (!MEDIA_EXTENSION.test(extension)) throw new Error(`No picture is stored with the extension "${extension}"`);
  return `${randomBytes(16).toString('hex')}.${extension}`;
}

/** The thumbnail's name of a picture's name: `<hex>.t.webp`. */
export function toThumbName(name: string): string {
  return `${name.slice(0, 32)}.t.webp`;
}

/** Keeps media in folders under `dir` (`public/ab/cd/<name>`), which is made when missing. `now` stamps what is moved in. */
export function createLocalMediaStorage(options: { dir: string; now?: () => Date }): MediaStorage {
  const now = options.now ?? (() => new Date());

  function toPath(name: string, place: MediaPlace): string {
    if (!isStoredName(name)) throw new Error('Not a name of stored media');
    return join(options.dir, place, name.slice(0, 2), name.slice(2, 4), name);
  }

  return {
    async put(tempPath, name) {
      const path = toPath(name, 'public');
      try {
        await makeShard(options.dir, path);
        await syncFile(tempPath);
        await moveIn(tempPath, path);
        await touch(path, now());
        await syncDir(dirname(path));
      } catch (error) {
        await rm(tempPath, { force: true });
        throw isOutOfSpace(error) ? diskFull() : error;
      }
    },

    async hide(name) {
      const path = toPath(name, 'private');
      await makeShard(options.dir, path);
      if (!(await isDone(rename(toPath(name, 'public'), path)))) return;
      await syncDir(dirname(path));
      await syncDir(dirname(toPath(name, 'public')));
    },

    async restore(name, newName) {
      const path = toPath(newName, 'public');
      await makeShard(options.dir, path);
      for (const place of ['private', 'public'] as const) {
        if (!(await isDone(linkOrCopy(toPath(name, place), path)))) continue;
        await touch(path, now());
        await syncDir(dirname(path));
        return true;
      }
      return false;
    },

    async destroy(name) {
      for (const place of ['public', 'private'] as const) {
        const found = await findStats(toPath(name, place));
        if (found === undefined) continue;
        await rm(toPath(name, place), { force: true });
        if (found.nlink > 1) await removeLinks(options.dir, found);
      }
    },

    async forget(name) {
      for (const place of ['public', 'private'] as const) await rm(toPath(name, place), { force: true });
    },

    async open(name, place) {
      if (!isMediaName(name)) return undefined;
      const path = toPath(name, place);
      const found = await findStats(path);
      return found?.isFile() ? { path } : undefined;
    },

    list: (place) => listPlace(join(options.dir, place)),

    async freeBytes() {
      await mkdir(options.dir, { recursive: true, mode: 0o700 });
      const disk = await statfs(options.dir);
      return disk.bavail * disk.bsize;
    },
  };
}

function isStoredName(name: string): boolean {
  return isMediaName(name.endsWith(PARTIAL) ? name.slice(0, -PARTIAL.length) : name);
}

/** Makes the two folders above a file, and makes sure of their names too, since a name lost takes the file with it. */
async function makeShard(root: string, path: string): Promise<void> {
  const shard = dirname(path);
  const firstMade = await mkdir(shard, { recursive: true, mode: 0o700 });
  if (firstMade === undefined) return;
  for (let dir = dirname(shard); dir.length >= root.length; dir = dirname(dir)) await syncDir(dir);
}

async function moveIn(tempPath: string, path: string): Promise<void> {
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
async function linkOrCopy(from: string, path: string): Promise<void> {
  try {
    await link(from, path);
  } catch (error) {
    if (isCode(error, 'EEXIST')) return;
    if (isCode(error, 'ENOENT')) throw error;
    await copyIn(from, path);
  }
}

/** Removes every other name of a file whose bytes must go (restored files have two until the sweep). */
async function removeLinks(root: string, target: { ino: number; dev: number }): Promise<void> {
  for (const place of ['public', 'private']) {
    for await (const path of walkFiles(join(root, place))) {
      const found = await findStats(path);
      if (found?.ino === target.ino && found.dev === target.dev) await rm(path, { force: true });
    }
  }
}

async function* listPlace(dir: string): AsyncIterable<{ name: string; modifiedAt: Date }> {
  for await (const path of walkFiles(dir)) {
    const name = basename(path);
    const found = isStoredName(name) ? await findStats(path) : undefined;
    if (found !== undefined) yield { name, modifiedAt: found.mtime };
  }
}

async function* walkFiles(dir: string): AsyncIterable<string> {
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

async function findStats(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** False when the act failed because its file or folder is not there. */
async function isDone(act: Promise<unknown>): Promise<boolean> {
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

async function touch(path: string, at: Date): Promise<void> {
  await utimes(path, at, at);
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDir(path: string): Promise<void> {
  const dir = await open(path, 'r');
  try {
    await dir.sync();
  } finally {
    await dir.close();
  }
}
