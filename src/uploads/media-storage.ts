import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { findStats, isDone, linkOrCopy, makeShard, moveIn, openIfThere, PARTIAL, removeLinks, syncDir, syncFile, touch, walkFiles } from './local-files.js';
import { diskFull, isOutOfSpace } from './upload-errors.js';

export type MediaPlace = 'public' | 'private';

/** A part of a file: from a byte (counted from 0) to another or to the end, or the last so many. */
export type ByteRange = { first: number; last?: number } | { suffix: number };

/** A file that is open for reading: `bytes` is the size of the whole of it, `first` and `last` are what the stream gives. */
export type OpenMedia = { bytes: number; part: { first: number; last: number; stream: Readable } | 'beyondEnd' };

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
  /** Whether a file is there, and its size. */
  find(name: string, place: MediaPlace): Promise<{ bytes: number } | undefined>;
  /** Opens a file or a part of it. Whoever gets a stream reads it to its end or destroys it. */
  open(name: string, place: MediaPlace, range?: ByteRange): Promise<OpenMedia | undefined>;
  list(place: MediaPlace): AsyncIterable<{ name: string; modifiedAt: Date }>;
  freeBytes(): Promise<number>;
};

const MEDIA_NAME = /^[0-9a-f]{32}\.(?:jpg|png|webp|gif|t\.webp)$/;
const MEDIA_EXTENSION = /^(?:jpg|png|webp|gif)$/;
const TYPES: Record<string, string> = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp', gif: 'image/gif' };

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

/** The type of a stored file, by its name alone: nothing in a file decides what it is served as. */
export function toMediaType(name: string): string {
  const type = isMediaName(name) ? TYPES[name.slice(name.lastIndexOf('.') + 1)] : undefined;
  if (type === undefined) throw new Error('Not a name of stored media');
  return type;
}

/** Which bytes of a file of this size a range means; nothing when it begins behind the end. */
export function toSpan(bytes: number, range: ByteRange = { first: 0 }): { first: number; last: number } | undefined {
  const first = 'suffix' in range ? Math.max(0, bytes - range.suffix) : range.first;
  const last = 'suffix' in range ? bytes - 1 : Math.min(range.last ?? bytes - 1, bytes - 1);
  return first > last ? undefined : { first, last };
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

    async find(name, place) {
      if (!isMediaName(name)) return undefined;
      const found = await findStats(toPath(name, place));
      return found?.isFile() ? { bytes: found.size } : undefined;
    },

    async open(name, place, range) {
      if (!isMediaName(name)) return undefined;
      return openFile(toPath(name, place), range);
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

/** What is open stays readable, whatever becomes of its name. */
async function openFile(path: string, range: ByteRange | undefined): Promise<OpenMedia | undefined> {
  const file = await openIfThere(path);
  if (file === undefined) return undefined;
  const { size: bytes } = await file.stat();
  const span = toSpan(bytes, range);
  if (span !== undefined) return { bytes, part: { ...span, stream: file.createReadStream({ start: span.first, end: span.last }) } };
  await file.close();
  return { bytes, part: 'beyondEnd' };
}

async function* listPlace(dir: string): AsyncIterable<{ name: string; modifiedAt: Date }> {
  for await (const path of walkFiles(dir)) {
    const name = basename(path);
    const found = isStoredName(name) ? await findStats(path) : undefined;
    if (found !== undefined) yield { name, modifiedAt: found.mtime };
  }
}

