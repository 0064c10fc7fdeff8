import type { Kysely } from 'kysely';
import { inTransaction } from '../db/in-transaction.js';
import type { Tables } from '../db/tables.js';
import type { Log } from '../log.js';
import { deleteUpload, findFilesToDestroy, findPostsToDestroy, settleDestroyedPost } from '../posts/deletion-store.js';
import { deleteFormKeys } from '../posts/form-key-store.js';
import { destroyMedia } from '../threads/settle-removal.js';
import type { MediaStorage } from '../uploads/media-storage.js';
import { formKeyKeptMs } from './form-key.js';

/** So many in one run; the rest is for the next. */
const atOnce = 200;
/** What falls out of a cyclical thread stays, hidden, as long as a report of it may wait to be looked at. */
const leftKeptMs = 7 * 24 * 3_600_000;

/**
 * Destroys what posters deleted, whole posts and files alone, and what fell out of cyclical threads a week ago. Run every 20 seconds or so, so that nothing is left a
 * minute after its deletion. One that fails is tried again next time and keeps no other waiting. Answers with how much went.
 */
export async function destroyDeletedPosts(options: { db: Kysely<Tables>; storage: MediaStorage; now: () => Date; log: Pick<Log, 'error'> }): Promise<{ postCount: number; fileCount: number }> {
  const { db, storage, now, log } = options;
  const done = { postCount: 0, fileCount: 0 };
  const attempt = async (destroy: () => Promise<void>): Promise<number> => {
    try {
      await destroy();
      return 1;
    } catch (error) {
      log.error('media.destroy.failed', { error });
      return 0;
    }
  };
  for (const postId of await findPostsToDestroy(db, new Date(now().getTime() - leftKeptMs), atOnce)) {
    done.postCount += await attempt(async () => {
      await destroyMedia(db, storage, [postId]);
      await inTransaction(db, (trx) => settleDestroyedPost(trx, postId, now()));
    });
  }
  for (const upload of await findFilesToDestroy(db, atOnce)) {
    done.fileCount += await attempt(async () => {
      await storage.destroy(upload.name);
      await storage.destroy(upload.thumb_name);
      await deleteUpload(db, upload.id);
    });
  }
  return done;
}

/** Forgets forms that are too old to be sent twice. To be run every hour or so. */
export function forgetFormKeys(options: { db: Kysely<Tables>; now: () => Date }): Promise<number> {
  return deleteFormKeys(options.db, new Date(options.now().getTime() - formKeyKeptMs));
}
