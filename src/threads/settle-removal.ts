import type { Kysely, Transaction } from 'kysely';
import type { Tables, UploadRow } from '../db/tables.js';
import { findAllUploads, findHiddenUploads, findUploadsToHide, findUploadsToShow, renameUpload, showPostsAnew } from '../posts/upload-store.js';
import { type MediaStorage, newMediaName, toThumbName } from '../uploads/media-storage.js';

/** A thread that is taken away has up to some thousand files; so many are moved at once. */
const movedAtOnce = 8;

/**
 * Takes the files of hidden posts (or single hidden files) out of public reach; with the OP of a removed thread those of all its
 * posts. Called after the commit that hid them; what a crash leaves undone is done at the next start.
 */
export async function hideMedia(db: Kysely<Tables>, storage: MediaStorage, postIds: number[], uploadIds?: number[]): Promise<void> {
  const uploads = await findUploadsToHide(db, postIds);
  await hideFiles(storage, uploads.filter((upload) => isAsked(upload, uploadIds)));
}

/** A crash between a commit and its files is noticed at the next start: whatever was hidden within the last two days is looked at again. */
const lateMs = 48 * 3_600_000;

/** Takes files out of public reach that should have been. Files that are hidden already are no work. */
export async function hideLateMedia(db: Kysely<Tables>, storage: MediaStorage, now: Date): Promise<void> {
  await hideFiles(storage, await findHiddenUploads(db, new Date(now.getTime() - lateMs)));
}

async function hideFiles(storage: MediaStorage, uploads: UploadRow[]): Promise<void> {
  for (const group of toGroups(uploads)) {
    await Promise.all(group.flatMap((upload) => [storage.hide(upload.name), storage.hide(upload.thumb_name)]));
  }
}

/**
 * Brings files back under new names, inside the transaction that shows their posts again; with the OP of a thread those of all its
 * posts. What is still removed for another reason stays away. The bytes are public before the commit, and a rollback leaves only an
 * orphan that the sweep collects.
 */
export async function restoreMedia(trx: Transaction<Tables>, storage: MediaStorage, postIds: number[], uploadIds?: number[]): Promise<void> {
  const uploads = (await findUploadsToShow(trx, postIds)).filter((upload) => isAsked(upload, uploadIds));
  for (const group of toGroups(uploads)) {
    const renamed = await Promise.all(group.map((upload) => restoreFile(storage, upload)));
    for (const { id, name } of renamed) await renameUpload(trx, id, name, toThumbName(name));
  }
  await showPostsAnew(trx, [...new Set(uploads.map((upload) => upload.post_id))]);
}

async function restoreFile(storage: MediaStorage, upload: UploadRow): Promise<{ id: number; name: string }> {
  const name = newMediaName(upload.name.slice(upload.name.lastIndexOf('.') + 1));
  await Promise.all([storage.restore(upload.name, name), storage.restore(upload.thumb_name, toThumbName(name))]);
  return { id: upload.id, name };
}

/** Destroys the bytes of these posts' files for good. */
export async function destroyMedia(db: Kysely<Tables>, storage: MediaStorage, postIds: number[], uploadIds?: number[]): Promise<void> {
  for (const upload of await findAllUploads(db, postIds)) {
    if (!isAsked(upload, uploadIds)) continue;
    await storage.destroy(upload.name);
    await storage.destroy(upload.thumb_name);
  }
}

const isAsked = (upload: UploadRow, uploadIds: number[] | undefined) => uploadIds === undefined || uploadIds.includes(upload.id);

function toGroups(uploads: UploadRow[]): UploadRow[][] {
  return Array.from({ length: Math.ceil(uploads.length / movedAtOnce) }, (_none, index) => uploads.slice(index * movedAtOnce, (index + 1) * movedAtOnce));
}
