import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';
import type { NewPost, NewQuote } from '../posts/new-post-store.js';

/** Takes so many numbers of a board, in ascending order. Nobody else gets them; others may be taken in between. */
export async function takeBoardNumbers(db: Kysely<Tables>, boardId: number, count: number): Promise<number[]> {
  const taken = await sql<{ no: number }>`select next_post_no(${boardId}) as no from generate_series(1, ${count}::int)`.execute(db);
  return taken.rows.map((row) => row.no).sort((one, other) => one - other);
}

/** Takes so many ids of posts, in ascending order. */
export async function takePostIds(db: Kysely<Tables>, count: number): Promise<number[]> {
  const taken = await sql<{ id: number }>`select nextval(pg_get_serial_sequence('posts', 'id')) as id from generate_series(1, ${count}::int)`.execute(db);
  return taken.rows.map((row) => row.id).sort((one, other) => one - other);
}

/** A whole thread's row, as its posts have made it. */
export interface GrownThread {
  boardId: number;
  no: number;
  changeNo: number;
  bumpNo: number;
  replyCount: number;
  fileCount: number;
  archivedAt: Date | null;
  createdAt: Date;
  lastPostAt: Date;
}

export async function insertGrownThread(trx: Transaction<Tables>, thread: GrownThread): Promise<number> {
  const row = await trx
    .insertInto('threads')
    .values({
      board_id: thread.boardId,
      no: thread.no,
      change_no: thread.changeNo,
      bump_no: thread.bumpNo,
      reply_count: thread.replyCount,
      file_count: thread.fileCount,
      archived_at: thread.archivedAt,
      created_at: thread.createdAt,
      last_post_at: thread.lastPostAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** A post whose backlinks are known already. */
export type GrownPost = NewPost & { backlinksChangeNo: number };

/** Rows are sent as one JSON text, which costs a tenth of a parameter for each column. */
const atOnce = 250;

export async function insertGrownPosts(trx: Transaction<Tables>, posts: readonly GrownPost[]): Promise<void> {
  for (let from = 0; from < posts.length; from += atOnce) {
    const rows = posts.slice(from, from + atOnce).map((post) => ({
      id: post.id,
      thread_id: post.threadId,
      board_id: post.boardId,
      no: post.no,
      is_op: post.isOp,
      name: post.name,
      tripcode: post.tripcode,
      subject: post.subject,
      body: post.body,
      body_html: post.bodyHtml,
      markup_version: post.markupVersion,
      own_words: post.ownWords,
      quoted_words: post.quotedWords,
      is_sage: post.isSage,
      has_bumped: post.hasBumped,
      change_no: post.changeNo,
      backlinks_change_no: post.backlinksChangeNo,
      created_at: post.createdAt,
    }));
    await sql`
      insert into posts (id, thread_id, board_id, no, is_op, name, tripcode, subject, body, body_html, markup_version, own_words, quoted_words,
        is_sage, has_bumped, change_no, backlinks_change_no, created_at)
      select id, thread_id, board_id, no, is_op, name, tripcode, subject, body, body_html, markup_version, own_words, quoted_words,
        is_sage, has_bumped, change_no, backlinks_change_no, created_at
      from json_populate_recordset(null::posts, ${JSON.stringify(rows)}::json)`.execute(trx);
  }
}

export async function insertGrownQuotes(trx: Transaction<Tables>, quotes: readonly (NewQuote & { postId: number })[]): Promise<void> {
  for (let from = 0; from < quotes.length; from += atOnce) {
    const rows = quotes.slice(from, from + atOnce).map((quote) => ({
      post_id: quote.postId,
      position: quote.position,
      quoted_post_id: quote.quotedPostId,
      kind: quote.kind,
      range_start: quote.rangeStart,
      range_end: quote.rangeEnd,
    }));
    await sql`
      insert into quotes (post_id, position, quoted_post_id, kind, range_start, range_end)
      select post_id, position, quoted_post_id, kind, range_start, range_end
      from json_populate_recordset(null::quotes, ${JSON.stringify(rows)}::json)`.execute(trx);
  }
}
