import { findReferences, toReferenceKey } from '../markup/find-references.js';
import { matchQuotes, type QuoteSource } from '../markup/match-quotes.js';
import { parseMarkup } from '../markup/parse-markup.js';
import { renderMarkup, type RenderedMarkup } from '../markup/render-markup.js';

/** What bodies may refer to outside their thread. */
export interface Surroundings {
  slugs: ReadonlySet<string>;
  /** Ids of posts in other threads by how they are referred to, as `toReferenceKey` writes it. */
  postIds: ReadonlyMap<string, number>;
}

/**
 * Renders the bodies of one thread one after the other, each with all earlier posts at hand: what `writeBody` does with queries
 * is done in memory here, by the same rules.
 */
export function createThreadRenderer(around: Surroundings): (post: { id: number; no: number; body: string }) => RenderedMarkup {
  const sources: QuoteSource[] = [];
  const idByKey = new Map(around.postIds);
  return ({ id, no, body }) => {
    const parsed = parseMarkup(body);
    const { posts, runs } = findReferences(parsed);
    const own = new Set(sources.map((source) => source.postId));
    const named = new Map(posts.flatMap((reference) => {
      const key = toReferenceKey(reference);
      const postId = idByKey.get(key);
      return postId === undefined ? [] : [[key, postId] as const];
    }));
    const matches = runs.length === 0 ? [] : matchQuotes(runs, sources, new Set([...named.values()].filter((postId) => own.has(postId))));
    const rendered = renderMarkup(parsed, { posts: named, boards: around.slugs, matches });
    sources.push({ postId: id, no, ownWords: rendered.ownWords, quotedWords: rendered.quotedWords, bodyHtml: rendered.html });
    idByKey.set(toReferenceKey({ slug: null, no }), id);
    return rendered;
  };
}
