import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import { findReferences, type References, toReferenceKey } from '../markup/find-references.js';
import { matchQuotes, toProbes } from '../markup/match-quotes.js';
import { parseMarkup } from '../markup/parse-markup.js';
import { renderMarkup, type RenderedMarkup } from '../markup/render-markup.js';
import { findKnownSlugs, findNamedPosts, findQuoteSources, type NamedPost } from './quote-source-store.js';

/** Where a body is being written. A new thread has no id yet, and no earlier posts. */
export interface WritingPlace {
  boardId: number;
  boardSlug: string;
  threadId: number | null;
}

/** Everything that is stored of a body. */
export interface WrittenBody extends RenderedMarkup {
  body: string;
  /** The threads of the quoted posts, its own among them when it quotes there: to be locked, their backlinks change. */
  quotedThreadIds: number[];
}

/**
 * Turns a normalised body into what is stored: parses it, looks up the posts it names and the sources of the words it quotes
 * (one query each), and renders it. It reads only what is committed, and belongs before the transaction that inserts the post.
 */
export async function writeBody(db: Kysely<Tables>, place: WritingPlace, body: string): Promise<WrittenBody> {
  const parsed = parseMarkup(body);
  const references = findReferences(parsed);
  const named = await findNamedPosts(db, references.posts.map(({ slug, no }) => ({ slug: slug ?? place.boardSlug, no })));
  const boards = await findKnownSlugs(db, references.boards);
  const matches = await findMatches(db, place.threadId, references, named);
  const rendered = renderMarkup(parsed, { posts: toPostIds(references, named, place.boardSlug), boards: new Set(boards), matches });
  return { body, ...rendered, quotedThreadIds: toThreadIds(rendered, named, place.threadId) };
}

async function findMatches(db: Kysely<Tables>, threadId: number | null, { runs }: References, named: NamedPost[]) {
  if (threadId === null || runs.length === 0) return [];
  const namedIds = named.filter((post) => post.threadId === threadId).map((post) => post.postId);
  const sources = await findQuoteSources(db, threadId, toProbes(runs), namedIds);
  return matchQuotes(runs, sources, new Set(namedIds));
}

function toPostIds({ posts }: References, named: NamedPost[], ownSlug: string): Map<string, number> {
  const idByPlace = new Map(named.map(({ slug, no, postId }) => [`${slug}/${no}`, postId]));
  return new Map(
    posts.flatMap((reference) => {
      const postId = idByPlace.get(`${reference.slug ?? ownSlug}/${reference.no}`);
      return postId === undefined ? [] : [[toReferenceKey(reference), postId] as const];
    }),
  );
}

function toThreadIds({ quotes }: RenderedMarkup, named: NamedPost[], ownThreadId: number | null): number[] {
  const threadIds = new Set(named.filter(({ postId }) => quotes.some((quote) => quote.quotedPostId === postId)).map(({ threadId }) => threadId));
  if (ownThreadId !== null && quotes.some((quote) => quote.kind === 'text')) threadIds.add(ownThreadId);
  return [...threadIds];
}
