import type { Kysely } from 'kysely';
import { anyOf } from '../db/any-of.js';
import type { Tables, UploadRow } from '../db/tables.js';
import type { PlacedThread } from './thread-store.js';

/** What the catalog shows of a thread. */
export interface CatalogThread {
  thread: PlacedThread;
  body: string;
  upload: Pick<UploadRow, 'thumb_name' | 'thumb_width' | 'thumb_height' | 'is_spoiler'> | undefined;
}

/** What the catalog shows of these threads. Of an OP that was deleted there is neither text nor picture. */
export async function findCatalogThreads(db: Kysely<Tables>, threads: PlacedThread[]): Promise<CatalogThread[]> {
  if (threads.length === 0) return [];
  const opIds = anyOf(threads.map((thread) => thread.opId));
  const bodies = await db.selectFrom('posts').select(['id', 'body']).where('id', '=', opIds).where('removed_at', 'is', null).execute();
  const uploads = await db
    .selectFrom('uploads')
    .select(['post_id', 'thumb_name', 'thumb_width', 'thumb_height', 'is_spoiler'])
    .distinctOn('post_id')
    .where('post_id', '=', opIds)
    .where('removed_at', 'is', null)
    .orderBy('post_id')
    .orderBy('position')
    .execute();
  const bodyOf = new Map(bodies.map((row) => [row.id, row.body]));
  const uploadOf = new Map(uploads.map((row) => [row.post_id, row]));
  return threads.map((thread) => {
    const body = bodyOf.get(thread.opId);
    return { thread, body: body ?? '', upload: body === undefined ? undefined : uploadOf.get(thread.opId) };
  });
}
