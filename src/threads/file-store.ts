import { sql, type Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';
import { recountThreads, type TouchedThread } from './removal-store.js';
import { lockThreads, raiseChangeNo } from './thread-store.js';

/** One change of some files of a post. */
export type FileChange = { kind: 'hide'; as: 'staff' | 'poster'; at: Date } | { kind: 'unhide' } | { kind: 'spoiler'; isSpoiler: boolean };

/**
 * Changes files of one post (all of them when `uploadIds` is left out) and shows the post anew.
 * Answers with the touched thread and the ids that really changed, or undefined when nothing did.
 */
export async function changeFiles(
  trx: Transaction<Tables>,
  postId: number,
  change: FileChange,
  uploadIds?: number[],
): Promise<{ touched: TouchedThread; uploadIds: number[] } | undefined> {
  const post = await trx.selectFrom('posts').select(['id', 'thread_id']).where('id', '=', postId).executeTakeFirst();
  if (post === undefined) return undefined;
  await lockThreads(trx, [post.thread_id]);
  const set =
    change.kind === 'hide'
      ? { removed_at: change.at, removed_as: change.as }
      : change.kind === 'unhide'
        ? { removed_at: null, removed_as: null }
        : { is_spoiler: change.isSpoiler };
  let update = trx.updateTable('uploads').set(set).where('post_id', '=', postId);
  if (uploadIds !== undefined) update = update.where('id', '=', sql<number>`any(${uploadIds})`);
  if (change.kind === 'hide') update = update.where('removed_at', 'is', null);
  else if (change.kind === 'unhide') update = update.where('removed_as', '=', 'staff');
  else update = update.where('is_spoiler', '<>', change.isSpoiler);
  const changed = await update.returning('id').execute();
  if (changed.length === 0) return undefined;
  const changeNo = await raiseChangeNo(trx, post.thread_id);
  await trx
    .updateTable('posts')
    .set((eb) => ({ version: eb('version', '+', 1), change_no: changeNo }))
    .where('id', '=', postId)
    .execute();
  await recountThreads(trx, [post.thread_id]);
  return { touched: { threadId: post.thread_id, changeNo }, uploadIds: changed.map((row) => row.id) };
}

/** Notes below a post what it led to (or takes the note away) and shows it anew. */
export async function setSanction(trx: Transaction<Tables>, postId: number, sanction: 'warned' | 'banned' | null): Promise<TouchedThread | undefined> {
  const post = await trx.selectFrom('posts').select(['thread_id']).where('id', '=', postId).executeTakeFirst();
  if (post === undefined) return undefined;
  await lockThreads(trx, [post.thread_id]);
  const changeNo = await raiseChangeNo(trx, post.thread_id);
  await trx
    .updateTable('posts')
    .set((eb) => ({ sanction, version: eb('version', '+', 1), change_no: changeNo }))
    .where('id', '=', postId)
    .execute();
  return { threadId: post.thread_id, changeNo };
}
