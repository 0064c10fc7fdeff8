import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import { anyOf } from '../db/any-of.js';
import type { PostRow, Tables, UploadRow } from '../db/tables.js';

/** As little of a post as is needed to know whether its rendered HTML is at hand. */
export interface PostHead {
  id: number;
  no: number;
  version: number;
  /** The change number of its thread at which its backlinks changed last; 0 when nobody ever quoted it. */
  backlinksChangeNo: number;
  isOp: boolean;
  /** Not shown at all: deleted by its poster, or fallen out of a cyclical thread. Staff removals stay, as tombstones. */
  isHidden: boolean;
}

/** A post's row with the address of the thread it stands in, and whether staff have removed that. */
export type PlacedPost = PostRow & { board_slug: string; thread_no: number; thread_removed_at: Date | null };

/** Where a post stands, for links to it. */
export interface PostPlace {
  id: number;
  no: number;
  threadId: number;
  threadNo: number;
  boardSlug: string;
  isOp: boolean;
  isHidden: boolean;
}

const headColumns = ['id', 'no', 'version', 'backlinks_change_no', 'is_op', 'removed_as'] as const;
type HeadRow = Pick<PostRow, (typeof headColumns)[number]>;

/** A post that is shown in no form. An OP keeps its place as long as its thread is there. */
const isHidden = (row: Pick<PostRow, 'removed_as' | 'is_op'>) => !row.is_op && (row.removed_as === 'poster' || row.removed_as === 'cycled');

/** A post's row as its head. */
export const toHead = (row: HeadRow): PostHead => ({
  id: row.id,
  no: row.no,
  version: row.version,
  backlinksChangeNo: row.backlinks_change_no,
  isOp: row.is_op,
  isHidden: isHidden(row),
});

/** The heads of a thread's posts that are shown, in order of number. */
export async function findThreadHeads(db: Kysely<Tables>, threadId: number): Promise<PostHead[]> {
  const rows = await db
    .selectFrom('posts')
    .select(headColumns)
    .where('thread_id', '=', threadId)
    .where((eb) => eb.or([eb('removed_as', 'is', null), eb('removed_as', '=', 'staff'), eb('is_op', '=', true)]))
    .orderBy('no')
    .execute();
  return rows.map(toHead);
}

/** A stretch of a thread's change numbers: after `since`, up to and with `until`. */
export interface ChangeSpan {
  since: number;
  until: number;
}

/** Heads of the posts of a thread whose last change of HTML or visibility lies in the span, in order of number. */
export async function findChangedHeads(db: Kysely<Tables>, threadId: number, span: ChangeSpan): Promise<PostHead[]> {
  const rows = await db
    .selectFrom('posts')
    .select(headColumns)
    .where('thread_id', '=', threadId)
    .where('change_no', '>', span.since)
    .where('change_no', '<=', span.until)
    .orderBy('no')
    .execute();
  return rows.map(toHead);
}

/** Posts of a thread that were quoted, or lost a quote, for the last time within the span. */
export async function findChangedBacklinks(db: Kysely<Tables>, threadId: number, span: ChangeSpan): Promise<{ id: number; no: number }[]> {
  return db
    .selectFrom('posts')
    .select(['id', 'no'])
    .where('thread_id', '=', threadId)
    .where('backlinks_change_no', '>', span.since)
    .where('backlinks_change_no', '<=', span.until)
    .where('backlinks_change_no', '>', 0)
    .where((eb) => eb.or([eb('removed_as', 'is', null), eb('removed_as', '=', 'staff')]))
    .execute();
}

/**
 * The thread of a post `p`, looked up for each row. Its limit is there for the planner: given a plain join, it reads all threads of the
 * site to show the posts of one (10 of 43 ms at 10,000 threads).
 */
const threadOf = (eb: ExpressionBuilder<Tables & { p: Tables['posts'] }, 'p'>) =>
  eb.selectFrom('threads').select(['threads.no', 'threads.removed_at']).whereRef('threads.id', '=', 'p.thread_id').limit(1).as('t');

/** Whole posts by id. */
export async function findPosts(db: Kysely<Tables>, ids: number[]): Promise<PlacedPost[]> {
  if (ids.length === 0) return [];
  return db
    .selectFrom('posts as p')
    .innerJoinLateral(threadOf, (join) => join.onTrue())
    .innerJoin('boards as b', 'b.id', 'p.board_id')
    .selectAll('p')
    .select(['b.slug as board_slug', 't.no as thread_no', 't.removed_at as thread_removed_at'])
    .where('p.id', '=', anyOf(ids))
    .execute();
}

/** The files of posts, in the order in which they were chosen; files that their poster deleted are left out. */
export async function findUploads(db: Kysely<Tables>, postIds: number[]): Promise<UploadRow[]> {
  if (postIds.length === 0) return [];
  return db
    .selectFrom('uploads')
    .selectAll()
    .where('post_id', '=', anyOf(postIds))
    .where((eb) => eb.or([eb('removed_as', 'is', null), eb('removed_as', '=', 'staff')]))
    .orderBy('post_id')
    .orderBy('position')
    .execute();
}

/** Where the posts stand that these posts quote: distinct quoted posts with their present addresses. */
export async function findQuotedPlaces(db: Kysely<Tables>, postIds: number[]): Promise<Map<number, PostPlace>> {
  if (postIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('quotes as q')
    .innerJoin('posts as p', 'p.id', 'q.quoted_post_id')
    .innerJoinLateral(threadOf, (join) => join.onTrue())
    .innerJoin('boards as b', 'b.id', 'p.board_id')
    .select(['p.id', 'p.no', 'p.thread_id', 't.no as thread_no', 'b.slug', 'p.is_op', 'p.removed_as'])
    .distinct()
    .where('q.post_id', '=', anyOf(postIds))
    .execute();
  return new Map(rows.map((row) => [row.id, toPlace(row)]));
}

/** One post's quotes read backwards: the first quoting posts, how many there are, and the thread of the quoted post. */
export interface Backlinks {
  from: PostPlace[];
  count: number;
  threadId: number;
}

/** At most so many backlinks of one post are fetched; the rest is a count. */
export const backlinksShown = 50;

/** Who quotes these posts: visible quoting posts in order of age, at most 50 of each post, and the full count. */
export async function findBacklinks(db: Kysely<Tables>, quotedIds: number[]): Promise<Map<number, Backlinks>> {
  if (quotedIds.length === 0) return new Map();
  const rows = await db
    .selectFrom((eb) =>
      eb
        .selectFrom((inner) =>
          inner
            .selectFrom('quotes as q')
            .innerJoin('posts as quoted', 'quoted.id', 'q.quoted_post_id')
            .innerJoin('posts as p', 'p.id', 'q.post_id')
            .innerJoinLateral(threadOf, (join) => join.onTrue())
            .innerJoin('boards as b', 'b.id', 'p.board_id')
            .select(['q.quoted_post_id', 'quoted.thread_id as quoted_thread_id', 'p.id', 'p.no', 'p.thread_id', 't.no as thread_no', 'b.slug', 'p.is_op', 'p.removed_as'])
            .distinct()
            .where('q.quoted_post_id', '=', anyOf(quotedIds))
            .where('p.removed_at', 'is', null)
            .where('t.removed_at', 'is', null)
            .as('links'),
        )
        .selectAll('links')
        .select([
          sql<number>`row_number() over (partition by quoted_post_id order by id)`.as('rank'),
          sql<number>`(count(*) over (partition by quoted_post_id))::int`.as('total'),
        ])
        .as('ranked'),
    )
    .selectAll()
    .where('rank', '<=', backlinksShown)
    .orderBy('quoted_post_id')
    .orderBy('rank')
    .execute();
  const found = new Map<number, Backlinks>();
  for (const row of rows) {
    const entry = found.get(row.quoted_post_id) ?? { from: [], count: row.total, threadId: row.quoted_thread_id };
    entry.from.push(toPlace(row));
    found.set(row.quoted_post_id, entry);
  }
  return found;
}

interface PlaceRow {
  id: number;
  no: number;
  thread_id: number;
  thread_no: number;
  slug: string;
  is_op: boolean;
  removed_as: PostRow['removed_as'];
}

const toPlace = (row: PlaceRow): PostPlace => ({
  id: row.id,
  no: row.no,
  threadId: row.thread_id,
  threadNo: row.thread_no,
  boardSlug: row.slug,
  isOp: row.is_op,
  isHidden: isHidden(row),
});

/**
 * A post by board and number, followed through the aliases of moved threads. `isAlias` says that it now stands elsewhere.
 * Hidden posts are not found.
 */
export async function findPostByNo(db: Kysely<Tables>, boardId: number, no: number): Promise<(PlacedPost & { isAlias: boolean }) | undefined> {
  const here = await db.selectFrom('posts').select('id').where('board_id', '=', boardId).where('no', '=', no).executeTakeFirst();
  const alias = here === undefined ? await db.selectFrom('post_aliases').select('post_id').where('board_id', '=', boardId).where('no', '=', no).executeTakeFirst() : undefined;
  const id = here?.id ?? alias?.post_id;
  if (id === undefined) return undefined;
  const [post] = await findPosts(db, [id]);
  if (post === undefined || isHidden(post)) return undefined;
  return { ...post, isAlias: here === undefined };
}
