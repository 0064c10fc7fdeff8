import { inTransaction } from '../db/in-transaction.js';
import { isPosterSecret } from '../identity/poster-secret.js';
import { clearExcerptsOfDeleted } from '../moderation/ban-store.js';
import { clearNotesOfDeleted } from '../moderation/report-store.js';
import { emptyDeletedPosts } from '../posts/deletion-store.js';
import type { PlacedPost } from '../posts/post-store.js';
import { isPassword } from '../staff/passwords.js';
import { changeFiles } from '../threads/file-store.js';
import { hidePosts } from '../threads/removal-store.js';
import { hideMedia } from '../threads/settle-removal.js';
import { noFiles, postGone, wrongPassword } from './posting-errors.js';
import type { PostingParts } from './posting-parts.js';

type DeletionParts = Pick<PostingParts, 'db' | 'storage' | 'publisher' | 'now' | 'log'>;

/**
 * Whether somebody may delete a post: his browser holds its secret, or he knows its password.
 * @throws wrongPassword, busy when too many passwords are being compared
 */
export async function assertMayDelete(post: Pick<PlacedPost, 'id' | 'secret_hash' | 'password_hash'>, proof: { secret: string | undefined; password: string }): Promise<void> {
  if (isPosterSecret(post.secret_hash, proof.secret, post.id)) return;
  if (proof.password === '' || post.password_hash === null) throw wrongPassword();
  if (!(await isPassword(post.password_hash, proof.password))) throw wrongPassword();
}

/**
 * A poster takes a post back, and there is no undo: it is hidden and its words are gone with the commit; its files leave public reach
 * right after it, and destroyDeletedPosts destroys their bytes. @throws postGone
 */
export async function deletePost(parts: DeletionParts, post: PlacedPost): Promise<void> {
  const { db, storage, publisher, now, log } = parts;
  const hidden = await inTransaction(db, async (trx) => {
    const result = await hidePosts(trx, [post.id], 'poster', null, now());
    await emptyDeletedPosts(trx, result.postIds);
    await clearNotesOfDeleted(trx, result.postIds);
    for (const postId of result.postIds) await clearExcerptsOfDeleted(trx, postId, now());
    return result;
  });
  if (hidden.postIds.length === 0) throw postGone();
  // Index and catalog show a thread by its OP's words: without them it goes from open pages, also when its replies stay.
  publisher.publish(hidden.touched, post.is_op ? 'gone' : 'state');
  log.info('post.deleted', { board: post.board_slug, what: 'post' });
  await hideQuietly(parts, () => hideMedia(db, storage, hidden.postIds));
}

/** The same for all files of a post, which stays with its words. @throws noFiles */
export async function deleteFiles(parts: DeletionParts, post: PlacedPost): Promise<void> {
  const { db, storage, publisher, now, log } = parts;
  const changed = await inTransaction(db, (trx) => changeFiles(trx, post.id, { kind: 'hide', as: 'poster', at: now() }));
  if (changed === undefined) throw noFiles();
  publisher.publish([changed.touched], 'state');
  log.info('post.deleted', { board: post.board_slug, what: 'files' });
  await hideQuietly(parts, () => hideMedia(db, storage, [post.id], changed.uploadIds));
}

/** The post is hidden; if its files stay reachable for a moment, the next sweep destroys them. */
async function hideQuietly({ log }: DeletionParts, hide: () => Promise<void>): Promise<void> {
  await hide().catch((error: unknown) => log.error('media.hide.failed', { error }));
}
