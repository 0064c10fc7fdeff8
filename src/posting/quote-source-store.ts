import { type Kysely, sql } from 'kysely';
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
 * first those that hold the whole run, then those that say the words themselves, then the latest. The thread is read once,
 * however many probes there are: long words are stored compressed, and unpacking them is what costs.
 */
export async function findQuoteSources(db: Kysely<Tables>, threadId: number, probes: readonly Probe[], namedIds: readonly number[]): Promise<QuoteSource[]> {
  const foundIds = probes.length === 0 ? [] : await findHolders(db, threadId, probes);
  const ids = [...foundIds, ...namedIds];
  if (ids.length === 0) return [];
  return db
    .selectFrom('posts')
    .select(['id as postId', 'no', 'own_words as ownWords', 'quoted_words as quotedWords', 'body_html as bodyHtml'])
    .where('id', '=', sql<number>`any(${ids})`)
    .where('removed_at', 'is', null)
    .orderBy('no')
    .execute();
}

async function findHolders(db: Kysely<Tables>, threadId: number, probes: readonly Probe[]): Promise<number[]> {
  const wanted = sql<{ words: string; run: string; place: number }>`unnest(${probes.map((probe) => probe.words)}::text[], ${probes.map((probe) => probe.run)}::text[]) with ordinality`;
  const rows = await db
    .with('ranked', (qb) =>
      qb
        .selectFrom((eb) =>
          eb
            .selectFrom('posts')
            // Folded words hold no line end, so that nothing is found across it, and what stands before it is the post's own.
            .select(['id', 'no', sql<string>`own_words || chr(10) || quoted_words`.as('words')])
            .where('thread_id', '=', threadId)
            .where('removed_at', 'is', null)
            // The offsets keep the planner to this order: each post unpacked once, then every probe held against it.
            .offset(0)
            .as('post'),
        )
        .innerJoinLateral(
          (eb) =>
            eb
              .selectFrom(wanted.as<'wanted'>(sql`wanted(words, run, place)`))
              .selectAll('wanted')
              // strpos and not like: the words are no pattern.
              .where(sql<boolean>`strpos(post.words, wanted.words) > 0`)
              .offset(0)
              .as('probe'),
          (join) => join.onTrue(),
        )
        .select([
          'post.id',
          sql<number>`row_number() over (
            partition by probe.place
            order by strpos(post.words, probe.run) > 0 desc, strpos(post.words, probe.words) < strpos(post.words, chr(10)) desc, post.no desc
          )`.as('rank'),
        ]),
    )
    .selectFrom('ranked')
    .select('id')
    .where('rank', '<=', sourcesPerProbe)
    .groupBy('id')
    .orderBy((eb) => eb.fn.min('rank'))
    .limit(mostSources)
    .execute();
  return rows.map((row) => row.id);
}
