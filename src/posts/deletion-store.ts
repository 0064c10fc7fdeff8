import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables, UploadRow } from '../db/tables.js';

/** A post of which nothing is left but its number, whoever took the rest away. A new column that says something belongs here. */
export const emptied = {
  name: '',
  tripcode: null,
  capcode: null,
  subject: '',
  body: '',
  body_html: '',
  own_words: '',
  quoted_words: '',
  secret_hash: null,
  password_hash: null,
} as const;

/**
 * Takes the words out of posts that nobody can bring back (with a poster's own deletion, in the transaction that hides them): texts, names, secrets, what they
 * quoted, and the keys of their forms, so that the same words can be posted anew at once. What is left is the number. Rows of files
 * stay until their bytes are destroyed.
 */
export async function emptyDeletedPosts(trx: Transaction<Tables>, postIds: number[]): Promise<void> {
  if (postIds.length === 0) return;
  const ids = sql<number>`any(${postIds})`;
  await trx.deleteFrom('quotes').where('post_id', '=', ids).execute();
  await trx.deleteFrom('form_keys').where('post_id', '=', ids).execute();
  await trx.updateTable('uploads').set({ original_name: '', alt: '' }).where('post_id', '=', ids).execute();
  await trx
    .updateTable('posts')
    .set(emptied)
    .where('id', '=', ids)
    .where('removed_as', 'in', ['poster', 'cycled'])
    .execute();
}

/**
 * Posts that still have something left of them: deleted by their poster, or fallen out of a cyclical thread by `leftBefore`. The
 * oldest first.
 */
export async function findPostsToDestroy(db: Kysely<Tables>, leftBefore: Date, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom('posts')
    .select('id')
    .where('removed_as', 'in', ['poster', 'cycled'])
    .where((eb) => eb.or([eb('removed_as', '=', 'poster'), eb('removed_at', '<=', leftBefore)]))
    .where('destroyed_at', 'is', null)
    .orderBy('removed_at')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** Files that their poster took out of a post that stays. */
export async function findFilesToDestroy(db: Kysely<Tables>, limit: number): Promise<UploadRow[]> {
  return db.selectFrom('uploads').selectAll().where('removed_as', '=', 'poster').orderBy('id').limit(limit).execute();
}

/**
 * Says that nothing is left of a deleted post: its files' bytes are gone, and so are their rows. Its thread is not locked, so rows are
 * taken in the order in which a purge takes them, and the post once: whoever changes a row that he has changed already has its keys
 * looked at again, and would wait for the thread.
 */
export async function settleDestroyedPost(trx: Transaction<Tables>, postId: number, now: Date): Promise<void> {
  await trx.deleteFrom('uploads').where('post_id', '=', postId).execute();
  await trx.deleteFrom('quotes').where('post_id', '=', postId).execute();
  await trx.deleteFrom('form_keys').where('post_id', '=', postId).execute();
  await trx
    .updateTable('posts')
    .set({ ...emptied, destroyed_at: now })
    .where('id', '=', postId)
    .where('removed_as', 'in', ['poster', 'cycled'])
    .execute();
}

export async function deleteUpload(db: Kysely<Tables>, uploadId: number): Promise<void> {
  await db.deleteFrom('uploads').where('id', '=', uploadId).execute();
}
