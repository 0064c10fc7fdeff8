import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import { joinHtml } from '../http/safe-html.js';
import type { PostHtml } from '../posts/post-html.js';
import { findChangedHeads } from '../posts/post-store.js';
import { languages } from '../texts/texts.js';
import type { CardHtml } from './card-html.js';
import type { PlacedThread } from './thread-store.js';
import type { BoardAnew } from './thread.js';

/** An index shows the last replies of a thread: of more than so many posts that change at once, the older ones are not told of. */
const mostPosts = 20;

/**
 * What open pages of a board show otherwise since change number `changeNo` of a thread: posts that look otherwise, as when a file was
 * removed or veiled, and its card. Posts in `removed` are shown no more and need nothing.
 */
export async function findAnew(
  parts: { db: Kysely<Tables>; postHtml: PostHtml; cardHtml: CardHtml },
  thread: PlacedThread,
  changeNo: number,
  removed: readonly number[],
): Promise<BoardAnew[]> {
  const { db, postHtml, cardHtml } = parts;
  const changed = await findChangedHeads(db, thread.id, { since: changeNo - 1, until: changeNo });
  const shown = changed.filter((head) => !head.isHidden && !removed.includes(head.no));
  const heads = [...shown.filter((head) => head.isOp), ...shown.filter((head) => !head.isOp).slice(-mostPosts)];
  const anew: BoardAnew[] = [];
  for (const lang of languages) {
    const pieces = await postHtml.renderPosts(db, heads, lang);
    anew.push({
      lang,
      posts: heads.flatMap(({ id, no }) => {
        const html = pieces.get(id)?.html;
        return html === undefined ? [] : [{ no, html }];
      }),
      card: joinHtml(await cardHtml.renderCards(db, [thread], lang)).html,
    });
  }
  return anew;
}
