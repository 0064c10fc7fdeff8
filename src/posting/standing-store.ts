import { type Kysely, sql } from 'kysely';
import type { Tables } from '../db/tables.js';
import type { AuthorTags } from '../identity/author-tags.js';
import type { FormKey } from '../posts/form-key-store.js';
import { type PlacedThread, threadWithOp, toThread } from '../threads/thread-store.js';

/** What is known of a reply before it is worked on. */
export interface ReplyStanding {
  thread: PlacedThread;
  /** Its form has made a post already. */
  hasPosted: boolean;
  /** There are bans or warnings with its author's tags, perhaps for other boards, or over. */
  isTagBanned: boolean;
  /** The id that the reply's post may have. One that is not used leaves a gap. */
  postId: number;
}

/** Asks at once what every reply is asked. Undefined when there is no thread with this number on the board. */
export async function findReplyStanding(
  db: Kysely<Tables>,
  place: { boardId: number; threadNo: number },
  { key, repeatSince }: FormKey,
  tags: AuthorTags | null,
): Promise<ReplyStanding | undefined> {
  const banTags = (tags?.allBanTags ?? []).map(({ tag }) => tag);
  const row = await threadWithOp(db)
    .select((eb) => [
      eb.exists(eb.selectFrom('form_keys').select('post_id').where('key', '=', key).where('created_at', '>=', repeatSince)).as('has_posted'),
      eb.exists(eb.selectFrom('bans').select('id').where('tag', '=', sql<Buffer>`any(${banTags})`)).as('is_tag_banned'),
      sql<number>`nextval(pg_get_serial_sequence('posts', 'id'))`.as('post_id'),
    ])
    .where('t.board_id', '=', place.boardId)
    .where('t.no', '=', place.threadNo)
    .executeTakeFirst();
  return row === undefined ? undefined : { thread: toThread(row), hasPosted: Boolean(row.has_posted), isTagBanned: Boolean(row.is_tag_banned), postId: row.post_id };
}
