import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';
import type { TouchedThread } from './removal-store.js';
import { raiseChangeNo } from './thread-store.js';

/** At most so many threads are archived with one new thread: a limit that was lowered is reached step by step. */
const archivedAtOnce = 50;
/** So many more than needed are locked, in case one of them is bumped, archived or pinned at this moment. */
const spare = 3;
/** At most so many replies leave a cyclical thread at once. */
const cycledAtOnce = 20;
/** So many may write in a cyclical thread at the same moment before one of them has to begin anew. */
const othersWriting = 8;

/** Makes the row of a thread whose OP has the number `no`. */
export async function insertThread(
  trx: Transaction<Tables>,
  thread: { boardId: number; no: number; fileCount: number; now: Date },
): Promise<{ id: number; changeNo: number }> {
  const row = await trx
    .insertInto('threads')
    .values({
      board_id: thread.boardId,
      no: thread.no,
      bump_no: thread.no,
      file_count: thread.fileCount,
      created_at: thread.now,
      last_post_at: thread.now,
    })
    .returning(['id', 'change_no'])
    .executeTakeFirstOrThrow();
  return { id: row.id, changeNo: row.change_no };
}

/**
 * Gives a locked thread one reply more: takes the reply's id and its number on the board, counts it, bumps the thread if it should,
 * and raises the change number. Under the lock numbers within a thread are in commit order. A rollback leaves a gap.
 */
export async function addReply(
  trx: Transaction<Tables>,
  thread: { id: number; boardId: number },
  reply: { fileCount: number; isBumping: boolean; now: Date },
): Promise<{ id: number; no: number; changeNo: number }> {
  const grown = await sql<{ id: number; no: number; changeNo: number }>`
    update threads t set
      change_no = t.change_no + 1,
      reply_count = t.reply_count + 1,
      file_count = t.file_count + ${reply.fileCount},
      bump_no = case when ${reply.isBumping} then taken.no else t.bump_no end,
      last_post_at = ${reply.now}
    from (select nextval(pg_get_serial_sequence('posts', 'id')) as id, next_post_no(${thread.boardId}) as no) taken
    where t.id = ${thread.id}
    returning taken.id, taken.no, t.change_no as "changeNo"`.execute(trx);
  const [row] = grown.rows;
  if (row === undefined) throw new Error(`thread ${thread.id} vanished under its lock`);
  return row;
}

/**
 * Lets one transaction at a time start a thread on a board, so that two do not archive the same one. Taken before any thread's lock.
 * Replies do not wait for it: their foreign key asks for less.
 */
export async function lockThreadStarts(trx: Transaction<Tables>, boardId: number): Promise<void> {
  await trx.selectFrom('boards').select('id').where('id', '=', boardId).forNoKeyUpdate().execute();
}

/** The threads that may have to leave when the board gets one more: the living ones, pinned ones left out, by their oldest bump. */
export async function findFallingThreads(db: Kysely<Tables>, boardId: number, maxThreads: number): Promise<{ count: number; ids: number[] }> {
  const { living } = await db
    .selectFrom('threads')
    .select(sql<number>`count(*)::int`.as('living'))
    .where('board_id', '=', boardId)
    .where('archived_at', 'is', null)
    .where('removed_at', 'is', null)
    .executeTakeFirstOrThrow();
  const count = Math.min(archivedAtOnce, living + 1 - maxThreads);
  if (count <= 0) return { count: 0, ids: [] };
  const rows = await db
    .selectFrom('threads')
    .select('id')
    .where('board_id', '=', boardId)
    .where('archived_at', 'is', null)
    .where('removed_at', 'is', null)
    .where('is_sticky', '=', false)
    .orderBy('bump_no')
    .limit(count + spare)
    .execute();
  return { count, ids: rows.map((row) => row.id) };
}

/** Archives the `count` of these locked threads that were bumped longest ago, if they still live and are not pinned. */
export async function archiveOldest(trx: Transaction<Tables>, falling: { count: number; ids: number[] }, now: Date): Promise<TouchedThread[]> {
  if (falling.count === 0) return [];
  const rows = await trx
    .selectFrom('threads')
    .select('id')
    .where('id', '=', sql<number>`any(${falling.ids})`)
    .where('archived_at', 'is', null)
    .where('removed_at', 'is', null)
    .where('is_sticky', '=', false)
    .orderBy('bump_no')
    .limit(falling.count)
    .execute();
  const touched: TouchedThread[] = [];
  for (const { id } of rows) {
    await trx.updateTable('threads').set({ archived_at: now }).where('id', '=', id).execute();
    touched.push({ threadId: id, changeNo: await raiseChangeNo(trx, id) });
  }
  return touched;
}

/** The oldest visible replies of a thread that has `excess` too many: what leaves a cyclical thread. */
export async function findLeavingReplies(db: Kysely<Tables>, threadId: number, excess: number): Promise<number[]> {
  return findOldestReplies(db, threadId, Math.min(excess, cycledAtOnce));
}

async function findOldestReplies(db: Kysely<Tables>, threadId: number, limit: number): Promise<number[]> {
  if (limit <= 0) return [];
  const rows = await db
    .selectFrom('posts')
    .select('id')
    .where('thread_id', '=', threadId)
    .where('is_op', '=', false)
    .where('removed_at', 'is', null)
    .orderBy('no')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/**
 * Before the thread is locked: the replies that leave it with the next one, and as many again as may leave while others who write there
 * are waited for.
 */
export async function findLikelyLeaving(db: Kysely<Tables>, threadId: number, replyLimit: number): Promise<number[]> {
  const row = await db.selectFrom('threads').select('reply_count').where('id', '=', threadId).executeTakeFirst();
  const excess = (row?.reply_count ?? 0) + 1 - replyLimit;
  return findOldestReplies(db, threadId, Math.min(excess, cycledAtOnce) + othersWriting);
}

/** The threads in which something quotes these posts or is quoted by them: hiding the posts changes what they show. */
export async function findNeighbourThreads(db: Kysely<Tables>, postIds: number[]): Promise<number[]> {
  if (postIds.length === 0) return [];
  const ids = sql<number>`any(${postIds})`;
  const rows = await db
    .selectFrom('quotes as q')
    .innerJoin('posts as quoted', 'quoted.id', 'q.quoted_post_id')
    .innerJoin('posts as p', 'p.id', 'q.post_id')
    .select(['p.thread_id', 'quoted.thread_id as quoted_thread_id'])
    .where((eb) => eb.or([eb('q.post_id', '=', ids), eb('q.quoted_post_id', '=', ids)]))
    .execute();
  return [...new Set(rows.flatMap((row) => [row.thread_id, row.quoted_thread_id]))];
}
