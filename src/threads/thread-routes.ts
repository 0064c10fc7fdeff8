import type { Request, Response, Router } from 'express';
import type { Kysely } from 'kysely';
import { createBoardAddressRouter } from '../boards/board-address.js';
import type { BoardList } from '../boards/board-list.js';
import type { Board } from '../boards/board.js';
import type { Tables } from '../db/tables.js';
import { malformed, threadGone, threadNotFound } from '../http/errors.js';
import type { PageReads } from '../http/page-reads.js';
import { getContext } from '../http/request.js';
import { redirectToClean, sendJson, sendPage, sendPageOnce } from '../http/send-page.js';
import { toNumberParam, toText } from '../http/sent-params.js';
import type { Views } from '../http/views.js';
import { toEmptyForm } from '../posts/form-view.js';
import type { PostHtml } from '../posts/post-html.js';
import { findPostByNo, findThreadHeads } from '../posts/post-store.js';
import { toPostPath, toThreadPath } from '../posts/post.js';
import { createTranslate, type Language } from '../texts/texts.js';
import { findChanges, toMovedChanges } from './find-changes.js';
import { findThread, findThreadById, type PlacedThread } from './thread-store.js';
import { type ThreadChanges, toReplyState } from './thread.js';

export interface ThreadRouteParts {
  db: Kysely<Tables>;
  pageReads: Pick<PageReads, 'readThread'>;
  views: Views;
  boards: Pick<BoardList, 'get'>;
  postHtml: PostHtml;
}

/**
 * GET `/b/thread/123`: a thread. `?posted=456` comes after posting: that page is read from the database that was written to, for this
 * reader, and kept by nobody. GET `/b/thread/123/updates?since=7`: everything after change number 7, as JSON; with `&upto=456` only what
 * became of posts up to that number, for the index.
 */
export function createThreadRouter(parts: ThreadRouteParts): Router {
  const { db, boards, postHtml } = parts;
  const router = createBoardAddressRouter();

  router.get('/:slug/thread/:no', async (req, res) => {
    const board = await boards.get(req.params.slug);
    const no = toNumberParam(req.params.no);
    const { lang } = getContext(req);
    const find = (from: Kysely<Tables>) => findThreadPage({ db: from, postHtml }, board, no, lang);
    const found = await (req.query['posted'] === undefined ? parts.pageReads.readThread(find) : find(db));
    if (found === undefined) return leadToPost(parts, req, res, board, no);
    await sendThread(parts, req, res, board, found);
  });

  router.get('/:slug/thread/:no/', async (req, res) => {
    const { slug } = await boards.get(req.params.slug);
    redirectToClean(req, res, toThreadPath(slug, toNumberParam(req.params.no)));
  });

  router.get('/:slug/thread/:no/updates', async (req, res) => {
    // Whoever asks here reads JSON: refusals are JSON too, whatever the client says of itself.
    req.headers.accept = 'application/json';
    res.set('Cache-Control', 'no-store');
    const board = await boards.get(req.params.slug);
    const no = toNumberParam(req.params.no);
    const since = toSince(req.query['since']);
    const upTo = req.query['upto'] === undefined ? undefined : toSince(req.query['upto']);
    const thread = await findThread(db, board.id, no);
    if (thread === undefined) return void res.json(await findMovedChanges(db, board, no, since));
    assertShown(thread);
    await sendJson(req, res, await findChanges(db, postHtml, thread, since, getContext(req).lang, upTo), { threadId: thread.id, changeNo: thread.changeNo });
  });

  return router;
}

/** @throws threadGone */
function assertShown(thread: PlacedThread): void {
  if (thread.removedAt === null) return;
  throw threadGone(thread.boardSlug, thread.no, thread.removalReason);
}

/** What the page of a thread shows. @throws threadGone */
async function findThreadPage({ db, postHtml }: Pick<ThreadRouteParts, 'db' | 'postHtml'>, board: Board, no: number, lang: Language) {
  const thread = await findThread(db, board.id, no);
  if (thread === undefined) return undefined;
  assertShown(thread);
  const heads = await findThreadHeads(db, thread.id);
  const posts = await postHtml.renderWithBacklinks(db, heads, lang);
  return { thread, heads, pieces: heads.flatMap(({ id }) => posts.get(id) ?? []) };
}

type ThreadPage = NonNullable<Awaited<ReturnType<typeof findThreadPage>>>;

async function sendThread(parts: ThreadRouteParts, req: Request, res: Response, board: Board, { thread, heads, pieces }: ThreadPage): Promise<void> {
  const { lang } = getContext(req);
  const { posted } = req.query;
  const postedNo = heads.find((head) => String(head.no) === posted)?.no ?? null;
  if (posted !== undefined && postedNo === null) {
    return res.set('Cache-Control', 'no-store').redirect(302, toThreadPath(board.slug, thread.no));
  }
  const page = {
    view: 'threads/thread',
    frame: { title: toTitle(thread, lang), boardSlug: board.slug },
    locals: {
      board,
      thread,
      replyState: toReplyState(thread, board),
      form: toEmptyForm(board, thread.no),
      posted: postedNo,
    },
    pieces,
  };
  if (postedNo === null) await sendPage(parts.views, req, res, page, { threadId: thread.id, changeNo: thread.changeNo });
  else sendPageOnce(parts.views, req, res, page);
}

function toTitle(thread: PlacedThread, lang: Language): string {
  const t = createTranslate(lang);
  const title = thread.subject === '' ? t('threads.untitled', { no: String(thread.no) }) : thread.subject;
  return t('threads.threadTitle', { title, slug: thread.boardSlug });
}

/**
 * No thread has this number here: it may be a reply's, or a post's that has moved to another board with its thread. Then the
 * reader is led there, with `posted` under its new number. @throws threadNotFound
 */
async function leadToPost({ db }: ThreadRouteParts, req: Request, res: Response, board: Board, no: number): Promise<void> {
  const post = await findPostByNo(db, board.id, no);
  if (post === undefined) throw threadNotFound(board.slug, no);
  res.set('Cache-Control', 'public, max-age=0, must-revalidate');
  const posted = toText(req.query['posted']);
  const postedPost = /^\d{1,15}$/.test(posted) ? await findPostByNo(db, board.id, Number(posted)) : undefined;
  if (postedPost?.thread_id === post.thread_id) {
    return res.redirect(301, `${toThreadPath(post.board_slug, post.thread_no)}?posted=${postedPost.no}#p${postedPost.no}`);
  }
  res.redirect(301, post.is_op ? toThreadPath(post.board_slug, post.thread_no) : toPostPath(post.board_slug, post.thread_no, post.no));
}

/** Tells a page that still shows a thread under its old address where the thread is now. @throws threadNotFound and as assertShown */
async function findMovedChanges(db: Kysely<Tables>, board: Board, no: number, since: number): Promise<ThreadChanges> {
  const op = await findPostByNo(db, board.id, no);
  const thread = op?.is_op ? await findThreadById(db, op.thread_id) : undefined;
  if (thread === undefined) throw threadNotFound(board.slug, no);
  assertShown(thread);
  return toMovedChanges(thread, { boardSlug: board.slug, no }, since);
}

/** A change number, or a post's: 0 asks for everything. @throws malformed */
function toSince(since: unknown): number {
  const text = toText(since);
  if (!/^\d{1,15}$/.test(text)) throw malformed();
  return Number(text);
}
