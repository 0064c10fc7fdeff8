import type { Kysely } from 'kysely';
import type { Board } from '../boards/board.js';
import type { Tables } from '../db/tables.js';
import { notFound } from '../http/errors.js';
import { joinHtml } from '../http/safe-html.js';
import type { PostHtml } from '../posts/post-html.js';
import type { Language } from '../texts/texts.js';
import { countBoardThreads, findBoardStand, findBoardThreads, findPreviews, type PlacedThread, type PreviewPost } from './thread-store.js';
import type { BoardStand, ThreadPreview } from './thread.js';

/** The last replies of a thread that the index shows. A sticky thread stands there every day: one will do. */
const shownReplies = 5;
const shownRepliesOfSticky = 1;

/** One page of a board: sticky threads first, then by bump. @throws notFound behind the last page */
export async function findIndexPage(
  parts: { db: Kysely<Tables>; postHtml: PostHtml },
  board: Board,
  page: number,
  lang: Language,
): Promise<{ threads: ThreadPreview[]; page: number; pageCount: number; stand: BoardStand }> {
  const stand = await findBoardStand(parts.db, board.id);
  const count = await countBoardThreads(parts.db, board.id, 'living');
  const pageCount = Math.max(1, Math.ceil(count / board.threadsPerPage));
  if (page > pageCount) throw notFound();
  const threads = await findBoardThreads(parts.db, board.id, (page - 1) * board.threadsPerPage, board.threadsPerPage);
  return { threads: await toPreviews(parts, threads, lang), page, pageCount, stand };
}

/** Renders what is shown of these threads, all in one go. */
async function toPreviews({ db, postHtml }: { db: Kysely<Tables>; postHtml: PostHtml }, threads: PlacedThread[], lang: Language): Promise<ThreadPreview[]> {
  const found = await findPreviews(db, threads.map((thread) => thread.id), shownReplies);
  const shown = threads.map((thread) => {
    const { op, replies } = found.get(thread.id) ?? { op: undefined, replies: [] };
    return { thread, op, replies: thread.isSticky ? replies.slice(-shownRepliesOfSticky) : replies };
  });
  const heads = shown.flatMap(({ op, replies }) => (op === undefined ? replies : [op, ...replies]));
  const pieces = await postHtml.renderWithBacklinks(db, heads, lang);
  const toHtml = (post: PreviewPost | undefined) => (post === undefined ? undefined : pieces.get(post.id)) ?? joinHtml([]);
  return shown.map(({ thread, op, replies }) => ({
    thread,
    opHtml: toHtml(op),
    repliesHtml: joinHtml(replies.map(toHtml)),
    ...countOmitted(thread, op === undefined ? replies : [op, ...replies], replies.length),
  }));
}

/** A reply that arrives between the counts and the replies may be shown without being counted: never less than none. */
function countOmitted(thread: PlacedThread, shown: PreviewPost[], replyCount: number) {
  const fileCount = shown.reduce((sum, post) => sum + post.fileCount, 0);
  return { omittedReplyCount: Math.max(0, thread.replyCount - replyCount), omittedFileCount: Math.max(0, thread.fileCount - fileCount) };
}
