import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaStorage } from './media-storage.js';

const ONE_HOUR_MS = 60 * 60_000;
const BATCH_SIZE = 500;
const EXTENSIONS = ['jpg', 'png', 'webp', 'gif'];

export type SweepOptions = {
  storage: MediaStorage;
  /** Flat folder of temporary files (received ones and the worker's output). */
  tempDir: string;
  /**
   * Answers which of these names are names of pictures in the database. For a thumbnail the possible names of its picture are
   * asked, so only pictures' own names need to be looked up.
   */
  isKnownName: (names: string[]) => Promise<Set<string>>;
  now: () => Date;
  /** Younger files are left alone: their post may be about to be committed. */
  graceMs?: number;
};

/** Removes media of which no post knows (a crash before the commit leaves them) and stale temporary files. */
export async function sweepOrphans(options: SweepOptions): Promise<{ removedCount: number }> {
  let removedCount = await removeStaleFiles(options.tempDir, toLatest(options));
  for await (const orphans of findOrphans(options)) {
    for (const name of orphans) await options.storage.forget(name);
    removedCount += orphans.length;
  }
  return { removedCount };
}

/** How many media there are of which no post knows, and which the next sweep removes. */
export async function countOrphans(options: SweepOptions): Promise<number> {
  let count = 0;
  for await (const orphans of findOrphans(options)) count += orphans.length;
  return count;
}

const toLatest = ({ now, graceMs = ONE_HOUR_MS }: SweepOptions) => now().getTime() - graceMs;

async function* findOrphans(options: SweepOptions): AsyncIterable<string[]> {
  for (const place of ['public', 'private'] as const) {
    let batch: string[] = [];
    for await (const media of options.storage.list(place)) {
      if (media.modifiedAt.getTime() < toLatest(options)) batch.push(media.name);
      if (batch.length < BATCH_SIZE) continue;
      yield await keepUnknown(batch, options);
      batch = [];
    }
    yield await keepUnknown(batch, options);
  }
}

async function keepUnknown(names: string[], { isKnownName }: SweepOptions): Promise<string[]> {
  if (names.length === 0) return [];
  const known = await isKnownName([...new Set(names.flatMap(toPossibleNames))]);
  return names.filter((name) => !toPossibleNames(name).some((possible) => known.has(possible)));
}

function toPossibleNames(name: string): string[] {
  return name.endsWith('.t.webp') ? [name, ...EXTENSIONS.map((extension) => `${name.slice(0, 32)}.${extension}`)] : [name];
}

async function removeStaleFiles(dir: string, before: number): Promise<number> {
  let removedCount = 0;
  for (const name of await readdir(dir)) {
    const path = join(dir, name);
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile() || found.mtimeMs >= before) continue;
    await rm(path, { force: true });
    removedCount += 1;
  }
  return removedCount;
}
