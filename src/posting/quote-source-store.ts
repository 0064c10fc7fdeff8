import { type Kysely, sql } from 'kysely';
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
  const slugs = wanted.map(({ slug }) => slug);
  const numbers = wanted.map(({ no }) => no);
  const rows = await db
    .selectFrom(sql<{ slug: string; no: number }>`unnest(${slugs}::text[], ${numbers}::bigint[])`.as<'wanted'>(sql`wanted(slug, no)`))
    .innerJoin('boards as b', 'b.slug', 'wanted.slug')
    .leftJoin('posts as here', (join) => join.onRef('here.board_id', '=', 'b.id').onRef('here.no', '=', 'wanted.no'))
    .leftJoin('post_aliases as moved', (join) => join.onRef('moved.board_id', '=', 'b.id').onRef('moved.no', '=', 'wanted.no'))
    .innerJoin('posts as p', (join) => join.on('p.id', '=', sql<number>`coalesce(here.id, moved.post_id)`))
    .innerJoin('threads as t', 't.id', 'p.thread_id')
    .select(['wanted.slug', 'wanted.no', 'p.id as postId', 'p.thread_id as threadId'])
    .where('t.removed_at', 'is', null)
    .where((eb) => eb.or([eb('p.removed_as', 'is', null), eb('p.removed_as', '=', 'staff'), eb('p.is_op', '=', true)]))
    .execute();
  return rows;
}

/** Those of these boards that exist. */
export async function findKnownSlugs(db: Kysely<Tables>, slugs: readonly string[]): Promise<string[]> {
  if (slugs.length === 0) return [];
  const rows = await db.selectFrom('boards').select('slug').where('slug', '=', sql<string>`any(${slugs})`).execute();
  return rows.map((row) => row.slug);
}

/** At most so many posts are compared for each stretch of quoted words. */
const sourcesPerProbe = 8;

/**
 * Visible posts of a thread that quoted words may come from: the named ones, and for each probe those that hold its words,
 * first those that hold the whole run, then those that say the words themselves, then the latest.
 */
export async function findQuoteSources(db: Kysely<Tables>, threadId: number, probes: readonly Probe[], namedIds: readonly number[]): Promise<QuoteSource[]> {
  if (probes.length === 0 && namedIds.length === 0) return [];
  const words = probes.map((probe) => probe.words);
  const runs = probes.map((probe) => probe.run);
  return db
    .with('found', (qb) =>
      qb
        .selectFrom(sql<{ words: string; run: string }>`unnest(${words}::text[], ${runs}::text[])`.as<'probe'>(sql`probe(words, run)`))
        .innerJoinLateral(
          (eb) =>
            eb
              .selectFrom('posts')
              .select('id')
              .where('thread_id', '=', threadId)
              .where('removed_at', 'is', null)
              // strpos and not like: the words are no pattern.
              .where(sql<boolean>`(strpos(own_words, probe.words) > 0 or strpos(quoted_words, probe.words) > 0)`)
              .orderBy(sql`strpos(own_words, probe.run) > 0 or strpos(quoted_words, probe.run) > 0`, 'desc')
              .orderBy(sql`strpos(own_words, probe.words) > 0`, 'desc')
              .orderBy('no', 'desc')
              .limit(sourcesPerProbe)
              .as('held'),
          (join) => join.onTrue(),
        )
        .select('held.id'),
    )
    .selectFrom('posts')
    .select(['id as postId', 'no', 'own_words as ownWords', 'quoted_words as quotedWords', 'body_html as bodyHtml'])
    .where('thread_id', '=', threadId)
    .where('removed_at', 'is', null)
    .where((eb) => eb.or([eb('id', 'in', eb.selectFrom('found').select('id')), eb('id', '=', sql<number>`any(${namedIds})`)]))
    .orderBy('no')
    .execute();
}
