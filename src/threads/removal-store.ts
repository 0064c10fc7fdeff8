import { sql, type Transaction } from 'kysely';
import { anyOf } from '../db/any-of.js';
import { LocksOutgrown } from '../db/in-transaction.js';
import type { PostRow, Tables } from '../db/tables.js';
import { lockThreads, raiseChangeNos } from './thread-store.js';

/** A thread that a transaction changed, with its new change number: what is published after the commit. */
export interface TouchedThread {
  threadId: number;
  changeNo: number;
}

/** A post and the thread it stands in. */
export type ThreadPost = Pick<PostRow, 'id' | 'thread_id'>;

type RemovedAs = NonNullable<PostRow['removed_as']>;

/** The posts in question and every post that shows them or is shown by them. */
interface Surroundings {
  posts: Pick<PostRow, 'id' | 'thread_id' | 'is_op' | 'removed_as'>[];
  /** Posts that these quote, or in other threads the replies of these OPs: their backlinks change. */
  quoted: ThreadPost[];
  /** Posts that quote these: their links change when a post vanishes without a tombstone. */
  quoting: ThreadPost[];
}

/**
 * Reads the posts and their neighbours and locks all threads concerned, once and in ascending id. @throws LocksOutgrown when a post
 * of yet another thread has quoted them before the locks were there
 */
async function lockSurroundings(trx: Transaction<Tables>, postIds: number[]): Promise<Surroundings> {
  const listThreads = ({ posts, quoted, quoting }: Surroundings) => [...posts, ...quoted, ...quoting].map((post) => post.thread_id);
  const locked = new Set(listThreads(await findSurroundings(trx, postIds)));
  await lockThreads(trx, [...locked]);
  const around = await findSurroundings(trx, postIds);
  if (listThreads(around).some((threadId) => !locked.has(threadId))) throw new LocksOutgrown();
  return around;
}

async function findSurroundings(trx: Transaction<Tables>, postIds: number[]): Promise<Surroundings> {
  const ids = sql<number>`any(${postIds})`;
  const posts = await trx.selectFrom('posts').select(['id', 'thread_id', 'is_op', 'removed_as']).where('id', '=', ids).orderBy('id').execute();
  const quoted = await trx
    .selectFrom('quotes as q')
    .innerJoin('posts as p', 'p.id', 'q.quoted_post_id')
    .select(['p.id', 'p.thread_id'])
    .distinct()
    .where('q.post_id', '=', ids)
    .execute();
  const opThreads = posts.filter((post) => post.is_op).map((post) => post.thread_id);
  const quotedElsewhere = opThreads.length === 0 ? [] : await findQuotedElsewhere(trx, opThreads);
  const quoting = await trx
    .selectFrom('quotes as q')
    .innerJoin('posts as p', 'p.id', 'q.post_id')
    .select(['p.id', 'p.thread_id'])
    .distinct()
    .where('q.quoted_post_id', '=', ids)
    .where('p.removed_at', 'is', null)
    .execute();
  return { posts, quoted: [...quoted, ...quotedElsewhere], quoting };
}

/** Posts of other threads that these threads quote: a thread that goes takes the backlinks to its posts along. */
export async function findQuotedElsewhere(trx: Transaction<Tables>, threadIds: number[]): Promise<ThreadPost[]> {
  return trx
    .selectFrom('posts as source')
    .innerJoin('quotes as q', 'q.post_id', 'source.id')
    .innerJoin('posts as p', 'p.id', 'q.quoted_post_id')
    .select(['p.id', 'p.thread_id'])
    .distinct()
    .where('source.thread_id', '=', sql<number>`any(${threadIds})`)
    .whereRef('p.thread_id', '<>', 'source.thread_id')
    .execute();
}

/** What a removal or a restoration changed, and which files must follow it. */
export interface RemovalResult {
  touched: TouchedThread[];
  /** Ids of the posts that really changed; others were in that state already. */
  postIds: number[];
}

/**
 * Hides posts. Staff removals leave a tombstone, and an OP takes its thread away; a poster's own deletion leaves nothing, but
 * an OP with replies leaves its thread. Counts and bump order follow what is still visible.
 */
export async function hidePosts(trx: Transaction<Tables>, postIds: number[], as: RemovedAs, reason: string | null, now: Date): Promise<RemovalResult> {
  const around = await lockSurroundings(trx, postIds);
  const visible = around.posts.filter((post) => post.removed_as === null || (as === 'poster' && post.removed_as === 'staff'));
  if (visible.length === 0) return { touched: [], postIds: [] };
  const changeNos = await raiseAll(trx, around, as !== 'staff');
  await changePosts(trx, visible)
    .set({ removed_at: now, removed_as: as, removal_reason: reason })
    .execute();
  for (const op of visible.filter((post) => post.is_op)) await hideThreadOfOp(trx, op.thread_id, as, reason, now);
  await markNeighbours(trx, around, as !== 'staff');
  return finish(trx, visible, changeNos);
}

/**
 * Takes a staff removal back: the posts, and the threads whose OPs are among them. An OP that its poster took back meanwhile stays
 * away, but the replies of others get their thread back.
 */
export async function unhidePosts(trx: Transaction<Tables>, postIds: number[]): Promise<RemovalResult> {
  const around = await lockSurroundings(trx, postIds);
  const lone = await findLoneThreads(trx, around.posts.filter((post) => post.is_op && post.removed_as === 'poster'));
  const removed = around.posts.filter((post) => post.removed_as === 'staff' || (post.is_op && lone.has(post.thread_id)));
  if (removed.length === 0) return { touched: [], postIds: [] };
  const changeNos = await raiseAll(trx, around, false);
  await changePosts(trx, removed)
    .set({ removed_at: null, removed_as: null, removal_reason: null })
    .where('p.removed_as', '=', 'staff')
    .execute();
  const opThreads = removed.filter((post) => post.is_op).map((post) => post.thread_id);
  await trx
    .updateTable('threads')
    .set({ removed_at: null, removal_reason: null })
    .where('id', '=', sql<number>`any(${opThreads})`)
    .execute();
  await markNeighbours(trx, around, false);
  return finish(trx, removed, changeNos);
}

/** Those of these posts' threads that are removed and still hold replies that everybody could see. */
async function findLoneThreads(trx: Transaction<Tables>, posts: { thread_id: number }[]): Promise<Set<number>> {
  if (posts.length === 0) return new Set();
  const rows = await trx
    .selectFrom('threads as t')
    .select('t.id')
    .where('t.id', '=', sql<number>`any(${posts.map((post) => post.thread_id)})`)
    .where('t.removed_at', 'is not', null)
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('posts as p').select('p.id').whereRef('p.thread_id', '=', 't.id').where('p.is_op', '=', false).where('p.removed_at', 'is', null)),
    )
    .execute();
  return new Set(rows.map((row) => row.id));
}

/** Raises the change number of every thread that shows something of the change. */
function raiseAll(trx: Transaction<Tables>, around: Surroundings, changesQuoting: boolean): Promise<Map<number, number>> {
  return raiseChangeNos(trx, [...around.posts, ...around.quoted, ...(changesQuoting ? around.quoting : [])].map((post) => post.thread_id));
}

/** Posts that are shown anew, at the change numbers of their threads as they are by now. */
const changePosts = (trx: Transaction<Tables>, posts: readonly { id: number }[]) =>
  trx
    .updateTable('posts as p')
    .from('threads as t')
    .set((eb) => ({ version: eb('p.version', '+', 1), change_no: eb.ref('t.change_no') }))
    .whereRef('t.id', '=', 'p.thread_id')
    .where('p.id', '=', anyOf(posts.map((post) => post.id)));

/** Notes that backlinks of quoted posts changed and, when posts vanish without a tombstone, that links to them died. */
async function markNeighbours(trx: Transaction<Tables>, { quoted, quoting }: Surroundings, changesQuoting: boolean): Promise<void> {
  if (quoted.length > 0) {
    await trx
      .updateTable('posts as p')
      .from('threads as t')
      .set((eb) => ({ backlinks_change_no: eb.ref('t.change_no') }))
      .whereRef('t.id', '=', 'p.thread_id')
      .where('p.id', '=', anyOf(quoted.map((post) => post.id)))
      .execute();
  }
  if (changesQuoting && quoting.length > 0) await changePosts(trx, quoting).execute();
}

async function hideThreadOfOp(trx: Transaction<Tables>, threadId: number, as: RemovedAs, reason: string | null, now: Date): Promise<void> {
  let hide = trx.updateTable('threads').set({ removed_at: now, removal_reason: reason }).where('id', '=', threadId);
  if (as !== 'staff') {
    hide = hide.where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('posts').select('id').where('thread_id', '=', threadId).where('is_op', '=', false).where('removed_at', 'is', null))),
    );
  }
  await hide.execute();
}

async function finish(trx: Transaction<Tables>, changed: { id: number; thread_id: number }[], changeNos: Map<number, number>): Promise<RemovalResult> {
  await recountThreads(trx, changed.map((post) => post.thread_id));
  return {
    touched: [...changeNos].map(([threadId, changeNo]) => ({ threadId, changeNo })),
    postIds: changed.map((post) => post.id),
  };
}

/** Counts the visible replies and files of locked threads anew, and finds their bumps among the replies that are still visible. */
export async function recountThreads(trx: Transaction<Tables>, threadIds: number[]): Promise<void> {
  await sql`
    update threads t set
      reply_count = (select count(*) from posts p where p.thread_id = t.id and not p.is_op and p.removed_at is null),
      file_count = (select count(*) from uploads u join posts p on p.id = u.post_id
                    where p.thread_id = t.id and p.removed_at is null and u.removed_at is null),
      bump_no = coalesce((select max(p.no) from posts p where p.thread_id = t.id and p.has_bumped and p.removed_at is null), t.no),
      last_post_at = coalesce((select max(p.created_at) from posts p where p.thread_id = t.id and p.removed_at is null), t.created_at)
    where t.id = ${anyOf(threadIds)}`.execute(trx);
}
