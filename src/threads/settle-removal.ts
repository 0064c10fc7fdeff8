import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';
import { findAllUploads, findHiddenUploads, renameUpload } from '../posts/upload-store.js';
import { type MediaStorage, newMediaName, toThumbName } from '../uploads/media-storage.js';

/**
 * Takes the files of hidden posts (or single hidden files) out of public reach. Called after the commit that hid them; what a
 * crash leaves undone is done at the next start.
 */
export async function hideMedia(db: Kysely<Tables>, storage: MediaStorage, postIds: number[], uploadIds?: number[]): Promise<void> {
  for (const upload of await findAllUploads(db, postIds)) {
    if (uploadIds !== undefined && !uploadIds.includes(upload.id)) continue;
    await storage.hide(upload.name);
    await storage.hide(upload.thumb_name);
  }
}

/** A crash between a commit and its files is noticed at the next start: whatever was hidden within the last two days is looked at again. */
const lateMs = 48 * 3_600_000;

/** Takes files out of public reach that should have been. Files that are hidden already are no work. */
export async function hideLateMedia(db: Kysely<Tables>, storage: MediaStorage, now: Date): Promise<void> {
  for (const upload of await findHiddenUploads(db, new Date(now.getTime() - lateMs))) {
    await storage.hide(upload.name);
    await storage.hide(upload.thumb_name);
  }
}

/**
 * Brings files back under new names, inside the transaction that shows their posts again: the bytes are public before the
 * commit, and a rollback leaves only an orphan that the sweep collects.
 */
export async function restoreMedia(trx: Transaction<Tables>, storage: MediaStorage, postIds: number[], uploadIds?: number[]): Promise<void> {
  for (const upload of await findAllUploads(trx, postIds)) {
    if (upload.removed_at !== null || (uploadIds !== undefined && !uploadIds.includes(upload.id))) continue;
    const extension = upload.name.slice(upload.name.lastIndexOf('.') + 1);
    const name = newMediaName(extension);
    await storage.restore(upload.name, name);
    await storage.restore(upload.thumb_name, toThumbName(name));
    await renameUpload(trx, upload.id, name, toThumbName(name));
  }
}

/** Destroys the bytes of these posts' files for good. */
export async function destroyMedia(db: Kysely<Tables>, storage: MediaStorage, postIds: number[], uploadIds?: number[]): Promise<void> {
  for (const upload of await findAllUploads(db, postIds)) {
    if (uploadIds !== undefined && !uploadIds.includes(upload.id)) continue;
    await storage.destroy(upload.name);
    await storage.destroy(upload.thumb_name);
  }
}
