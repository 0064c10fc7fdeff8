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
  const before = options.now().getTime() - (options.graceMs ?? ONE_HOUR_MS);
  let removedCount = await removeStaleFiles(options.tempDir, before);
  for (const place of ['public', 'private'] as const) {
    let batch: string[] = [];
    for await (const media of options.storage.list(place)) {
      if (media.modifiedAt.getTime() < before) batch.push(media.name);
      if (batch.length < BATCH_SIZE) continue;
      removedCount += await removeUnknown(batch, options);
      batch = [];
    }
    removedCount += await removeUnknown(batch, options);
  }
  return { removedCount };
}

async function removeUnknown(names: string[], { storage, isKnownName }: SweepOptions): Promise<number> {
  if (names.length === 0) return 0;
  const known = await isKnownName([...new Set(names.flatMap(toPossibleNames))]);
  const orphans = names.filter((name) => !toPossibleNames(name).some((possible) => known.has(possible)));
  for (const name of orphans) await storage.forget(name);
  return orphans.length;
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
