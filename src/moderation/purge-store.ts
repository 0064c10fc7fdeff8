import type { Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';
import { emptied } from '../posts/deletion-store.js';
import type { TouchedThread } from '../threads/removal-store.js';
import { lockThreads, raiseChangeNo } from '../threads/thread-store.js';

/**
 * Takes everything out of a post for good: text, names, secrets, its rows of files and what it quoted. What is left is its number,
 * with the reason in its place.
 */
export async function emptyPost(trx: Transaction<Tables>, post: { id: number; threadId: number }, reason: string, now: Date): Promise<TouchedThread> {
  await lockThreads(trx, [post.threadId]);
  const changeNo = await raiseChangeNo(trx, post.threadId);
  await trx.deleteFrom('uploads').where('post_id', '=', post.id).execute();
  await trx.deleteFrom('quotes').where('post_id', '=', post.id).execute();
  await trx
    .updateTable('posts')
    .set((eb) => ({
      ...emptied,
      removed_as: 'staff' as const,
      removed_at: now,
      removal_reason: reason,
      destroyed_at: now,
      version: eb('version', '+', 1),
      change_no: changeNo,
    }))
    .where('id', '=', post.id)
    .execute();
  return { threadId: post.threadId, changeNo };
}
