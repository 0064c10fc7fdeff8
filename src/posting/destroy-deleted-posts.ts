import type { Kysely } from 'kysely';
import { inTransaction } from '../db/in-transaction.js';
import type { Tables } from '../db/tables.js';
import type { Log } from '../log.js';
import { deleteUpload, findFilesToDestroy, findPostsToDestroy, settleDestroyedPost } from '../posts/deletion-store.js';
import { deleteFormKeys } from '../posts/form-key-store.js';
import { destroyMedia } from '../threads/settle-removal.js';
import type { MediaStorage } from '../uploads/media-storage.js';
import { formKeyKeptMs } from './form-key.js';

/** So many are looked up together. */
const atOnce = 200;
/** What falls out of a cyclical thread stays, hidden, as long as a report of it may wait to be looked at. */
const leftKeptMs = 7 * 24 * 3_600_000;

interface DestroyingParts {
  db: Kysely<Tables>;
  storage: MediaStorage;
  now: () => Date;
  log: Pick<Log, 'error'>;
}

/**
 * Destroys what posters deleted, whole posts and files alone, and what fell out of cyclical threads a week ago. Run every 20 seconds or so, so that nothing is left a
 * minute after its deletion, however much was deleted. One that fails is tried again next time and keeps no other waiting. Answers with how much went.
 */
export async function destroyDeletedPosts(parts: DestroyingParts): Promise<{ postCount: number; fileCount: number }> {
  const done = { postCount: 0, fileCount: 0 };
  for (let isMore = true; isMore; ) {
    const some = await destroySome(parts);
    done.postCount += some.postCount;
    done.fileCount += some.fileCount;
    isMore = some.isMore && some.postCount + some.fileCount > 0;
  }
  return done;
}

async function destroySome({ db, storage, now, log }: DestroyingParts): Promise<{ postCount: number; fileCount: number; isMore: boolean }> {
  const attempt = async (destroy: () => Promise<void>): Promise<number> => {
    try {
      await destroy();
      return 1;
    } catch (error) {
      log.error('media.destroy.failed', { error });
      return 0;
    }
  };
  let [postCount, fileCount] = [0, 0];
  const postIds = await findPostsToDestroy(db, new Date(now().getTime() - leftKeptMs), atOnce);
  for (const postId of postIds) {
    postCount += await attempt(async () => {
      await destroyMedia(db, storage, [postId]);
      await inTransaction(db, (trx) => settleDestroyedPost(trx, postId, now()));
    });
  }
  const uploads = await findFilesToDestroy(db, atOnce);
  for (const upload of uploads) {
    fileCount += await attempt(async () => {
      await storage.destroy(upload.name);
      await storage.destroy(upload.thumb_name);
      await deleteUpload(db, upload.id);
    });
  }
  return { postCount, fileCount, isMore: postIds.length === atOnce || uploads.length === atOnce };
}

/** Forgets forms that are too old to be sent twice. To be run every hour or so. */
export function forgetFormKeys(options: { db: Kysely<Tables>; now: () => Date }): Promise<number> {
  return deleteFormKeys(options.db, new Date(options.now().getTime() - formKeyKeptMs));
}
