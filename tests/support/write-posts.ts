import { type Kysely, sql, type Transaction } from 'kysely';
import type { Board } from '../../src/boards/board.js';
import type { Tables } from '../../src/db/tables.js';
import { recountThreads } from '../../src/threads/removal-store.js';
import { lockThreads, raiseChangeNo } from '../../src/threads/thread-store.js';

/** Rows of threads and posts for tests of what reads them: whatever a post may be, without writing it through the form. */

export interface WrittenPost {
  id: number;
  no: number;
  threadId: number;
  threadNo: number;
  board: Board;
}

export interface NewPost {
  subject?: string;
  body?: string;
  /** Finished HTML; by default the body as one paragraph. */
  html?: string;
  isSage?: boolean;
  /** Whether it bumps; by default it does unless it is sage. */
  hasBumped?: boolean;
  fileCount?: number;
  isSpoiler?: boolean;
  quotes?: WrittenPost[];
  at?: Date;
}

/** Starts a thread. */
export function writeThread(db: Kysely<Tables>, board: Board, post: NewPost = {}): Promise<WrittenPost> {
  return db.transaction().execute(async (trx) => {
    const no = await takeNo(trx, board);
    const at = post.at ?? new Date();
    const { id } = await trx
      .insertInto('threads')
      .values({ board_id: board.id, no, bump_no: no, created_at: at, last_post_at: at })
      .returning('id')
      .executeTakeFirstOrThrow();
    return insertPost(trx, { id: 0, no, threadId: id, threadNo: no, board }, { subject: 'Six seasons', ...post }, 1, true);
  });
}

/** Adds a reply, with everything that it changes. */
export function writeReply(db: Kysely<Tables>, thread: WrittenPost, post: NewPost = {}): Promise<WrittenPost> {
  return db.transaction().execute(async (trx) => {
    await lockThreads(trx, [thread.threadId]);
    const changeNo = await raiseChangeNo(trx, thread.threadId);
    const reply = await insertPost(trx, { ...thread, no: await takeNo(trx, thread.board) }, post, changeNo, false);
    await recountThreads(trx, [thread.threadId]);
    return reply;
  });
}

async function takeNo(trx: Transaction<Tables>, board: Board): Promise<number> {
  const taken = await sql<{ no: number }>`select next_post_no(${board.id}) as no`.execute(trx);
  return taken.rows[0]?.no ?? 0;
}

async function insertPost(trx: Transaction<Tables>, place: WrittenPost, post: NewPost, changeNo: number, isOp: boolean): Promise<WrittenPost> {
  const body = post.body ?? `Words of post ${place.no}`;
  const isSage = post.isSage ?? false;
  const { id } = await trx
    .insertInto('posts')
    .values({
      thread_id: place.threadId,
      board_id: place.board.id,
      no: place.no,
      is_op: isOp,
      subject: post.subject ?? '',
      body,
      body_html: post.html ?? `<p>${body}</p>`,
      markup_version: 1,
      is_sage: isSage,
      has_bumped: post.hasBumped ?? (!isOp && !isSage),
      change_no: changeNo,
      created_at: post.at ?? new Date(),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (let position = 0; position < (post.fileCount ?? 0); position += 1) await insertUpload(trx, id, position, post.isSpoiler ?? false);
  for (const [position, quoted] of (post.quotes ?? []).entries()) {
    await trx.insertInto('quotes').values({ post_id: id, position, quoted_post_id: quoted.id, kind: 'number' }).execute();
    await trx.updateTable('posts').set({ backlinks_change_no: changeNo }).where('id', '=', quoted.id).execute();
  }
  if (isOp) await recountThreads(trx, [place.threadId]);
  return { ...place, id };
}

async function insertUpload(trx: Transaction<Tables>, postId: number, position: number, isSpoiler: boolean): Promise<void> {
  const name = `${postId}x${position}`;
  const size = { width: 600, height: 400, thumb_width: 200, thumb_height: 133 };
  await trx
    .insertInto('uploads')
    .values({ post_id: postId, position, name: `${name}.jpg`, thumb_name: `${name}-thumb.jpg`, type: 'jpeg', bytes: 1000, ...size, original_name: 'beds.jpg', is_spoiler: isSpoiler })
    .execute();
}
