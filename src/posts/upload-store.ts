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

/** Gives a file and its thumbnail new names: a removed file never comes back under the address it was known by. */
export async function renameUpload(trx: Transaction<Tables>, id: number, name: string, thumbName: string): Promise<void> {
  await trx.updateTable('uploads').set({ name, thumb_name: thumbName }).where('id', '=', id).execute();
}

/** Files that must not be public: removed themselves, or of a post or thread that is removed. `since` bounds the search. */
export async function findHiddenUploads(db: Kysely<Tables>, since: Date): Promise<UploadRow[]> {
  return db
    .selectFrom('uploads as u')
    .innerJoin('posts as p', 'p.id', 'u.post_id')
    .selectAll('u')
    .where((eb) => eb.or([eb('u.removed_at', '>=', since), eb('p.removed_at', '>=', since)]))
    .execute();
}
