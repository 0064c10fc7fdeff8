import { type Kysely, type RawBuilder, sql } from 'kysely';
import { keepStatement } from '../db/keep-statement.js';
import type { Tables } from '../db/tables.js';
import type { Probe, QuoteSource } from '../markup/match-quotes.js';

/** A post that a body names, and the thread it stands in now. */
export interface NamedPost {
  slug: string;
  no: number;
  postId: number;
  threadId: number;
}

/**
 * Finds posts by board and number, followed to where moved threads now stand. Posts that are shown in no form (deleted by their
 * poster, fallen out of a cyclical thread) and posts of removed threads are not found; a tombstone is.
 */
export async function findNamedPosts(db: Kysely<Tables>, wanted: readonly { slug: string; no: number }[]): Promise<NamedPost[]> {
  if (wanted.length === 0) return [];
  return askNamedPosts(db, wanted);
}

/** The planner must not see how many are wanted, hence the inner select: for each number of them it would plan anew, which takes longer than the rest. */
const askNamedPosts = keepStatement<readonly { slug: string; no: number }[], NamedPost>((value, db) =>
  db
    .selectFrom(
      sql<{ slug: string; no: number }>`unnest((select ${value((wanted) => wanted.map(({ slug }) => slug))}::text[]), ${value((wanted) => wanted.map(({ no }) => no))}::bigint[])`
        .as<'wanted'>(sql`wanted(slug, no)`),
    )
    .innerJoin('boards as b', 'b.slug', 'wanted.slug')
    .leftJoin('posts as here', (join) => join.onRef('here.board_id', '=', 'b.id').onRef('here.no', '=', 'wanted.no'))
    .leftJoin('post_aliases as moved', (join) => join.onRef('moved.board_id', '=', 'b.id').onRef('moved.no', '=', 'wanted.no'))
    .innerJoin('posts as p', (join) => join.on('p.id', '=', sql<number>`coalesce(here.id, moved.post_id)`))
    .innerJoin('threads as t', 't.id', 'p.thread_id')
    .select(['wanted.slug', 'wanted.no', 'p.id as postId', 'p.thread_id as threadId'])
    .where('t.removed_at', 'is', null)
    .where((eb) => eb.or([eb('p.removed_as', 'is', null), eb('p.removed_as', '=', 'staff'), eb('p.is_op', '=', true)])),
);

/** Those of these boards that exist. */
export async function findKnownSlugs(db: Kysely<Tables>, slugs: readonly string[]): Promise<string[]> {
  if (slugs.length === 0) return [];
  const rows = await db.selectFrom('boards').select('slug').where('slug', '=', sql<string>`any(${slugs})`).execute();
  return rows.map((row) => row.slug);
}

/** At most so many posts are compared for each stretch of quoted words. */
const sourcesPerProbe = 8;
/** And so many for a whole reply, the best of each stretch first. */
const mostSources = 48;

/**
 * Visible posts of a thread that quoted words may come from: the named ones, and for each probe those that hold its words,
 * first those that hold the whole run, then those that say the words themselves, then the latest.
 */
export async function findQuoteSources(db: Kysely<Tables>, threadId: number, probes: readonly Probe[], namedIds: readonly number[]): Promise<QuoteSource[]> {
  if (probes.length > 0) return askSources(db, { threadId, probes, namedIds });
  return namedIds.length === 0 ? [] : askNamedSources(db, namedIds);
}

const askNamedSources = keepStatement<readonly number[], QuoteSource>((value) => selectSources(sql`select unnest((select ${value((namedIds) => namedIds)}::bigint[]))`));

/**
 * The thread is read once, however many probes there are: long words are stored compressed, and unpacking them is what costs. The planner
 * must not see how many are asked about, hence the inner selects: see askNamedPosts.
 */
const askSources = keepStatement<{ threadId: number; probes: readonly Probe[]; namedIds: readonly number[] }, QuoteSource>((value) =>
  selectSources(sql`
    (
      select ranked.id
      from (
        select post.id, row_number() over (
          partition by probe.place
          order by strpos(post.words, probe.run) > 0 desc, strpos(post.words, probe.words) < strpos(post.words, chr(10)) desc, post.no desc
        ) as rank
        from (
          -- Folded words hold no line end, so that nothing is found across it, and what stands before it is the post's own. The offsets
          -- keep the planner to this order: each post unpacked once, then every probe held against it.
          select id, no, own_words || chr(10) || quoted_words as words from posts
          where thread_id = ${value(({ threadId }) => threadId)} and removed_at is null
          offset 0
        ) post
        join lateral (
          -- strpos and not like: the words are no pattern.
          select * from unnest((select ${value(({ probes }) => probes.map(({ words }) => words))}::text[]), ${value(({ probes }) => probes.map(({ run }) => run))}::text[])
            with ordinality as wanted(words, run, place)
          where strpos(post.words, wanted.words) > 0
          offset 0
        ) probe on true
      ) ranked
      where rank <= ${sourcesPerProbe}
      group by ranked.id
      order by min(rank)
      limit ${mostSources}
    )
    union all
    select unnest((select ${value(({ namedIds }) => namedIds)}::bigint[]))`),
);

/** Visible posts among these, in the order of their numbers. `ids` is a statement of one column. */
function selectSources(ids: RawBuilder<unknown>): RawBuilder<QuoteSource> {
  return sql`
    select p.id as "postId", p.no, p.own_words as "ownWords", p.quoted_words as "quotedWords", p.body_html as "bodyHtml"
    from posts p
    where p.id in (${ids}) and p.removed_at is null
    order by p.no`;
}
