import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { isOutOfSpace } from './upload-errors.js';

export type StoreOutcome = { outcome: 'stored'; bytes: number } | { outcome: 'tooLarge' | 'diskFull' };

/**
 * Writes a stream into a new file (0600). A stream above `maxBytes`, or one the disk has no room for, is read to its end all
 * the same, so that what follows it can be read too; its file is removed at once. Any other failure, such as a sender who
 * went away, removes the file and is thrown. No descriptor stays open.
 */
export async function storeStream(stream: AsyncIterable<Buffer>, path: string, maxBytes: number): Promise<StoreOutcome> {
  const target = await openTarget(path);
  let outcome: 'stored' | 'tooLarge' | 'diskFull' = target === undefined ? 'diskFull' : 'stored';
  let bytes = 0;
  let isKept = false;
  try {
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (outcome !== 'stored' || target === undefined) continue;
      if (bytes > maxBytes) outcome = 'tooLarge';
      else if (!(await hasWritten(target, chunk))) outcome = 'diskFull';
      if (outcome !== 'stored') await target.truncate(0);
    }
    isKept = outcome === 'stored';
  } finally {
    await target?.close();
    if (!isKept) await rm(path, { force: true });
  }
  return outcome === 'stored' ? { outcome, bytes } : { outcome };
}

async function openTarget(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    if (isOutOfSpace(error)) return undefined;
    throw error;
  }
}

async function hasWritten(target: FileHandle, chunk: Buffer): Promise<boolean> {
  try {
    await target.writeFile(chunk);
    return true;
  } catch (error) {
    if (isOutOfSpace(error)) return false;
    throw error;
  }
}
