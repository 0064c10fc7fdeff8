import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';

/** Who wrote a post, as keyed tags. It never leaves the server; what is shown is made of it by `toViewTag`. */
export interface Origin {
  postId: number;
  dayTag: Buffer;
  banTag: Buffer;
  banKeyId: string;
}

/** The origins of those of these posts whose author is still known. */
export async function findOrigins(db: Kysely<Tables>, postIds: number[]): Promise<Map<number, Origin>> {
  if (postIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('post_origins')
    .select(['post_id', 'day_tag', 'ban_tag', 'ban_key_id'])
    .where('post_id', '=', sql<number>`any(${postIds})`)
    .execute();
  return new Map(rows.map((row) => [row.post_id, { postId: row.post_id, dayTag: row.day_tag, banTag: row.ban_tag, banKeyId: row.ban_key_id }]));
}

export async function findOrigin(db: Kysely<Tables>, postId: number): Promise<Origin | undefined> {
  return (await findOrigins(db, [postId])).get(postId);
}

/** Where to look for an author's posts: everywhere when nothing is named. */
export interface AuthorReach {
  threadId?: number;
  boardIds?: number[];
}

/** Visible posts by the author of this origin, the newest first. */
export async function findAuthorPosts(
  db: Kysely<Tables>,
  origin: Origin,
  reach: AuthorReach,
  limit: number,
): Promise<{ id: number; no: number; threadId: number; boardSlug: string; body: string; createdAt: Date }[]> {
  const rows = await db
    .selectFrom('post_origins as o')
    .innerJoin('posts as p', 'p.id', 'o.post_id')
    .innerJoin('boards as b', 'b.id', 'p.board_id')
    .select(['p.id', 'p.no', 'p.thread_id', 'b.slug', 'p.body', 'p.created_at'])
    .where((eb) => eb.or([eb('o.ban_tag', '=', origin.banTag), eb('o.day_tag', '=', origin.dayTag)]))
    .where('p.removed_at', 'is', null)
    .$if(reach.threadId !== undefined, (query) => query.where('p.thread_id', '=', reach.threadId ?? 0))
    .$if(reach.boardIds !== undefined, (query) => query.where('p.board_id', '=', sql<number>`any(${reach.boardIds ?? []})`))
    .orderBy('p.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ id: row.id, no: row.no, threadId: row.thread_id, boardSlug: row.slug, body: row.body, createdAt: row.created_at }));
}

/** Deletes origins older than `before`; of posts with an open report only those older than `reportedBefore`. Answers with how many. */
export async function deleteOrigins(trx: Transaction<Tables>, before: Date, reportedBefore: Date): Promise<number> {
  const result = await trx
    .deleteFrom('post_origins')
    .where('created_at', '<=', before)
    .where((eb) =>
      eb.or([
        eb('created_at', '<=', reportedBefore),
        eb.not(eb.exists(eb.selectFrom('reports').select('reports.id').whereRef('reports.post_id', '=', 'post_origins.post_id').where('reports.resolved_at', 'is', null))),
      ]),
    )
    .executeTakeFirstOrThrow();
  return Number(result.numDeletedRows);
}
