import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables, UploadRow, UploadType } from '../db/tables.js';

/** A processed file that is about to belong to a post. Sizes in bytes and pixels. */
export interface NewUpload {
  name: string;
  thumbName: string;
  type: UploadType;
  bytes: number;
  width: number;
  height: number;
  thumbWidth: number;
  thumbHeight: number;
  originalName: string;
  alt: string;
  isSpoiler: boolean;
}

export async function insertUploads(trx: Transaction<Tables>, postId: number, uploads: NewUpload[]): Promise<void> {
  if (uploads.length === 0) return;
  await trx
    .insertInto('uploads')
    .values(
      uploads.map((upload, position) => ({
        post_id: postId,
        position,
        name: upload.name,
        thumb_name: upload.thumbName,
        type: upload.type,
        bytes: upload.bytes,
        width: upload.width,
        height: upload.height,
        thumb_width: upload.thumbWidth,
        thumb_height: upload.thumbHeight,
        original_name: upload.originalName,
        alt: upload.alt,
        is_spoiler: upload.isSpoiler,
      })),
    )
    .execute();
}

/** Every file row of these posts, whatever its state. */
export async function findAllUploads(db: Kysely<Tables>, postIds: number[]): Promise<UploadRow[]> {
  if (postIds.length === 0) return [];
  return db.selectFrom('uploads').selectAll().where('post_id', '=', sql<number>`any(${postIds})`).orderBy('post_id').orderBy('position').execute();
}

/** Which of these stored names (of files or thumbnails) belong to a row. */
export async function findKnownNames(db: Kysely<Tables>, names: string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set();
  const rows = await db
    .selectFrom('uploads')
    .select(['name', 'thumb_name'])
    .where((eb) => eb.or([eb('name', '=', sql<string>`any(${names})`), eb('thumb_name', '=', sql<string>`any(${names})`)]))
    .execute();
  return new Set(rows.flatMap((row) => [row.name, row.thumb_name]));
}

/** Whether any post has, or had, a file. */
export async function hasUploads(db: Kysely<Tables>): Promise<boolean> {
  return (await db.selectFrom('uploads').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/** Gives a file and its thumbnail new names: a removed file never comes back under the address it was known by. */
export async function renameUpload(trx: Transaction<Tables>, id: number, name: string, thumbName: string): Promise<void> {
  await trx.updateTable('uploads').set({ name, thumb_name: thumbName }).where('id', '=', id).execute();
}

/**
 * The files that leave public reach with these posts: their own, and where one of them is the OP of a removed thread, those of all
 * its posts. What came back since it was removed is left out.
 */
export async function findUploadsToHide(db: Kysely<Tables>, postIds: number[]): Promise<UploadRow[]> {
  return placedUploads(db)
    .where((eb) => eb.or([isOfPosts(postIds), isBelowOps(postIds)]))
    .where((eb) => eb.or([eb('u.removed_at', 'is not', null), eb('p.removed_at', 'is not', null), eb('t.removed_at', 'is not', null)]))
    .execute();
}

/** The same files on their way back: without those that are removed themselves, or whose post or thread still is. */
export async function findUploadsToShow(trx: Transaction<Tables>, postIds: number[]): Promise<UploadRow[]> {
  return placedUploads(trx)
    .where((eb) => eb.or([isOfPosts(postIds), isBelowOps(postIds)]))
    .where('u.removed_at', 'is', null)
    .where('p.removed_at', 'is', null)
    .where('t.removed_at', 'is', null)
    .execute();
}

/** Files that must not be public: removed themselves, or of a post or thread that is removed. `since` bounds the search. */
export async function findHiddenUploads(db: Kysely<Tables>, since: Date): Promise<UploadRow[]> {
  return placedUploads(db)
    .where((eb) => eb.or([eb('u.removed_at', '>=', since), eb('p.removed_at', '>=', since), eb('t.removed_at', '>=', since)]))
    .execute();
}

const placedUploads = (db: Kysely<Tables>) =>
  db
    .selectFrom('uploads as u')
    .innerJoin('posts as p', 'p.id', 'u.post_id')
    .innerJoin('threads as t', 't.id', 'p.thread_id')
    .selectAll('u')
    .orderBy('u.post_id')
    .orderBy('u.position');

const isOfPosts = (postIds: number[]) => sql<boolean>`p.id = any(${postIds})`;
const isBelowOps = (postIds: number[]) => sql<boolean>`p.thread_id in (select op.thread_id from posts op where op.id = any(${postIds}) and op.is_op)`;

/** Shows posts anew whose files have new names, as part of the change that their locked threads are in the middle of. */
export async function showPostsAnew(trx: Transaction<Tables>, postIds: number[]): Promise<void> {
  await trx
    .updateTable('posts')
    .from('threads as t')
    .set((eb) => ({ version: eb('posts.version', '+', 1), change_no: eb.ref('t.change_no') }))
    .whereRef('t.id', '=', 'posts.thread_id')
    .where('posts.id', '=', sql<number>`any(${postIds})`)
    .execute();
}
