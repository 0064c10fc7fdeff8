import { type Insertable, type QueryCreator, sql, type Transaction } from 'kysely';
import type { PostsTable, Role, Tables } from '../db/tables.js';
import type { AuthorTags } from '../identity/author-tags.js';
import type { FormKey } from './form-key-store.js';

/** A post that is about to be stored. */
export interface NewPost {
  id: number;
  no: number;
  threadId: number;
  boardId: number;
  isOp: boolean;
  name: string;
  tripcode: string | null;
  capcode: Role | null;
  subject: string;
  body: string;
  bodyHtml: string;
  markupVersion: number;
  ownWords: string;
  quotedWords: string;
  isSage: boolean;
  hasBumped: boolean;
  changeNo: number;
  secretHash: Buffer | null;
  passwordHash: string | null;
  createdAt: Date;
}

/** One passage or number that a post quotes; text quotes carry their range in the source's visible text. */
export interface NewQuote {
  position: number;
  quotedPostId: number;
  kind: 'number' | 'text';
  rangeStart: number | null;
  rangeEnd: number | null;
}

/** Takes the id and the number of a new thread's OP. A rollback leaves a gap. Replies take theirs with addReply. */
export async function takeNumbers(trx: Transaction<Tables>, boardId: number): Promise<{ id: number; no: number }> {
  const taken = await sql<{ id: number; no: number }>`
    select nextval(pg_get_serial_sequence('posts', 'id')) as id, next_post_no(${boardId}) as no`.execute(trx);
  const [row] = taken.rows;
  if (row === undefined) throw new Error('a sequence gave no number');
  return row;
}

/**
 * Stores a post, who wrote it (as keyed tags; the row is erased after some days; null: nobody is noted) and the key of its form, in one
 * statement. False when the form has made a post already: then this transaction must be rolled back. Of two transactions with one key
 * the second waits here for the first.
 */
export async function insertPost(trx: Transaction<Tables>, post: NewPost, tags: AuthorTags | null, { key, repeatSince }: FormKey): Promise<boolean> {
  const claim = (queries: QueryCreator<Tables>) =>
    queries
      .insertInto('form_keys')
      .values({ key, post_id: post.id, created_at: post.createdAt })
      .onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet({ post_id: post.id, created_at: post.createdAt })
          .where('form_keys.created_at', '<', repeatSince),
      )
      .returning('key')
      .executeTakeFirst();
  const stored = trx.with('stored', (queries) => queries.insertInto('posts').values(toRow(post)));
  if (tags === null) return (await claim(stored)) !== undefined;
  const signed = stored.with('signed', (queries) =>
    queries.insertInto('post_origins').values({
      post_id: post.id,
      day_tag: tags.dayTag,
      ban_tag: tags.banTag,
      range_tag: tags.rangeTag,
      ban_key_id: tags.banKeyId,
      created_at: post.createdAt,
    }),
  );
  return (await claim(signed)) !== undefined;
}

function toRow(post: NewPost): Insertable<PostsTable> {
  return {
    id: post.id,
    thread_id: post.threadId,
    board_id: post.boardId,
    no: post.no,
    is_op: post.isOp,
    name: post.name,
    tripcode: post.tripcode,
    capcode: post.capcode,
    subject: post.subject,
    body: post.body,
    body_html: post.bodyHtml,
    markup_version: post.markupVersion,
    own_words: post.ownWords,
    quoted_words: post.quotedWords,
    is_sage: post.isSage,
    has_bumped: post.hasBumped,
    change_no: post.changeNo,
    secret_hash: post.secretHash,
    password_hash: post.passwordHash,
    created_at: post.createdAt,
  };
}

export async function insertQuotes(trx: Transaction<Tables>, postId: number, quotes: NewQuote[]): Promise<void> {
  if (quotes.length === 0) return;
  await trx
    .insertInto('quotes')
    .values(
      quotes.map((quote) => ({
        post_id: postId,
        position: quote.position,
        quoted_post_id: quote.quotedPostId,
        kind: quote.kind,
        range_start: quote.rangeStart,
        range_end: quote.rangeEnd,
      })),
    )
    .execute();
}

/**
 * Notes that these posts have a new backlink. In the thread of the quoting post that carries the post's own change number; every other
 * thread, locked like it, gets a change of its own, and those are the answer, by ascending id.
 */
export async function tellQuoted(trx: Transaction<Tables>, quotedIds: number[], own: { threadId: number; changeNo: number }): Promise<{ threadId: number; changeNo: number }[]> {
  if (quotedIds.length === 0) return [];
  const { rows } = await sql<{ threadId: number; changeNo: number }>`
    with quoted as materialized (select id, thread_id from posts where id = any(${quotedIds}::bigint[])),
    raised as (
      update threads t set change_no = t.change_no + 1
      where t.id in (select thread_id from quoted) and t.id <> ${own.threadId}
      returning t.id, t.change_no
    ),
    told as (
      update posts p set backlinks_change_no = coalesce(raised.change_no, ${own.changeNo})
      from quoted left join raised on raised.id = quoted.thread_id
      where p.id = quoted.id
    )
    select id as "threadId", change_no as "changeNo" from raised order by id`.execute(trx);
  return rows;
}

/** These posts by the thread in which they stand. */
export async function findPostsByThread(trx: Transaction<Tables>, postIds: number[]): Promise<Map<number, number[]>> {
  const byThread = new Map<number, number[]>();
  if (postIds.length === 0) return byThread;
  const rows = await trx.selectFrom('posts').select(['id', 'thread_id']).where('id', '=', sql<number>`any(${postIds})`).orderBy('thread_id').execute();
  for (const row of rows) byThread.set(row.thread_id, [...(byThread.get(row.thread_id) ?? []), row.id]);
  return byThread;
}

/** Says that these posts of one locked thread have a new backlink, at the thread's change number. */
export async function markQuoted(trx: Transaction<Tables>, postIds: number[], changeNo: number): Promise<void> {
  await trx.updateTable('posts').set({ backlinks_change_no: changeNo }).where('id', '=', sql<number>`any(${postIds})`).execute();
}
