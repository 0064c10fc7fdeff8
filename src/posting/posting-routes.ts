import type { Request, Response, Router } from 'express';
import { type Board, toBoardPath } from '../boards/board.js';
import { createBoardAddressRouter } from '../boards/board-address.js';
import { isDatabaseAway } from '../db/database-errors.js';
import { threadNotFound, unavailable, UserError } from '../http/errors.js';
import { getContext } from '../http/request.js';
import { sendPage } from '../http/send-page.js';
import { toNumberParam } from '../http/sent-params.js';
import { ensurePosterSecret } from '../identity/poster-secret.js';
import { toEmptyForm } from '../posts/form-view.js';
import { findPostByNo, type PlacedPost, toHead } from '../posts/post-store.js';
import { toReplyPath, toThreadPath } from '../posts/post.js';
import { createTranslate, type Language } from '../texts/texts.js';
import { type RefusedAttempt, sendBarred, sendPosted, sendRefused } from './answer-post.js';
import { addPostActionRoutes } from './post-action-routes.js';
import { readTypedPost } from './post-form.js';
import { gatherReplies } from './gather-replies.js';
import { findPoster } from './poster.js';
import { postingFailed } from './posting-errors.js';
import type { PostingParts } from './posting-parts.js';
import { findReplyRefusal } from './reply-state.js';
import { createFindStanding } from './standing-store.js';
import { type Attempt, createSubmit, findPlacing, type Outcome } from './submit-post.js';

export type { PostingParts } from './posting-parts.js';

/**
 * The doors through which posts come in, and what can be done with a post afterwards. Read on in post-form.ts (what was typed),
 * poster-name.ts, submit-post.ts (what is checked, in order) and create-post.ts (what is done).
 */
export function createPostingRouter(parts: PostingParts): Router {
  const router = createBoardAddressRouter();
  const submit = createSubmit({ ...parts, findStanding: createFindStanding(parts.db), storeReply: gatherReplies(parts.db) });

  router.get('/:slug/new', async (req, res) => {
    const board = await parts.boards.get(req.params.slug);
    const form = toEmptyForm(board, null, { isStandalone: true });
    const title = createTranslate(getContext(req).lang)('form.threadLabel', { slug: board.slug });
    await sendPage(parts.views, req, res, { view: 'posting/new', frame: { title, boardSlug: board.slug }, locals: { board, form } });
  });

  // Where a refused form stood: whoever opens its address anew wants the form.
  router.get('/:slug/thread', async (req, res) => {
    const board = await parts.boards.get(req.params.slug);
    res.redirect(302, `${toBoardPath(board.slug)}new`);
  });

  router.post('/:slug/thread', async (req, res) => {
    const board = await parts.boards.get(req.params.slug);
    await takePost(parts, submit, req, res, board, null);
  });

  router.get('/:slug/thread/:no/reply', (req, res) => sendReplyForm(parts, req, res));

  router.post('/:slug/thread/:no/reply', async (req, res) => {
    const board = await parts.boards.get(req.params.slug);
    await takePost(parts, submit, req, res, board, toNumberParam(req.params.no));
  });

  addPostActionRoutes(router, parts);
  return router;
}

/** Receives a form, submits it and answers. The text is always read, so that it can be given back whatever happens. */
async function takePost(
  parts: PostingParts,
  submit: (attempt: Attempt) => Promise<Outcome>,
  req: Request,
  res: Response,
  board: Board,
  threadNo: number | null,
): Promise<void> {
  const form = await parts.receiver.receive(req, res);
  const attempt: RefusedAttempt = {
    placing: { kind: threadNo === null ? 'thread' : 'reply', board, threadNo, thread: null },
    typed: readTypedPost(form.fields),
    form,
    files: undefined,
  };
  try {
    const outcome = await submitForm(parts, submit, req, res, attempt);
    if (outcome.kind === 'posted') sendPosted(req, res, outcome.post);
    else if (outcome.kind === 'barred') await sendBarred(parts, req, res, outcome.ban, attempt.typed);
    else await sendRefused(parts, req, res, attempt, outcome.faults);
  } finally {
    await form.discard();
  }
}

/** Whatever goes wrong, a fault of ours too, ends as a refusal with which everything that was typed is given back. */
async function submitForm(
  parts: PostingParts,
  submit: (attempt: Attempt) => Promise<Outcome>,
  req: Request,
  res: Response,
  attempt: RefusedAttempt,
): Promise<Exclude<Outcome, { kind: 'moved' }>> {
  const context = getContext(req);
  try {
    for (;;) {
      const poster = await findPoster(parts, req, attempt.form.fields, attempt.placing.board.id);
      const outcome = await submit(Object.assign(attempt, { poster, res, getSecret: () => ensurePosterSecret(req, res, context) }));
      if (outcome.kind !== 'moved') return outcome;
      attempt.placing = outcome.placing;
    }
  } catch (error) {
    if (error instanceof UserError) return { kind: 'refused', faults: [error] };
    if (isDatabaseAway(error)) return { kind: 'refused', faults: [unavailable()] };
    parts.log.error('post.failed', { requestId: context.id, error });
    return { kind: 'refused', faults: [postingFailed(context.id)] };
  }
}

/** The page for writing a reply without script, with the post that it quotes. */
async function sendReplyForm(parts: PostingParts, req: Request<{ slug: string; no: string }>, res: Response): Promise<void> {
  const asked = await parts.boards.get(req.params.slug);
  const placing = await findPlacing(parts, asked, toNumberParam(req.params.no));
  const { board, thread } = placing;
  const quotedNo = readQuotedNo(req.query['quote']);
  if (placing.refusal !== undefined || thread === null) throw placing.refusal ?? threadNotFound(board.slug, toNumberParam(req.params.no));
  const quoted = quotedNo === undefined ? undefined : await findPostByNo(parts.db, asked.id, quotedNo);
  const isHere = quoted?.thread_id === thread.id;
  if (board.slug !== asked.slug || (isHere && quoted.isAlias)) return res.redirect(302, toReplyPath(board.slug, thread.no, isHere ? quoted.no : undefined));
  if (findReplyRefusal(thread, board, false) !== undefined) return res.redirect(303, toThreadPath(board.slug, thread.no));
  const { lang } = getContext(req);
  const title = createTranslate(lang)('form.replyHeading', { no: String(thread.no) });
  const form = toEmptyForm(board, thread.no, { isStandalone: true, body: isHere ? `>>${quoted.no}\n` : '' });
  const shown = isHere ? await showQuoted(parts, quoted, lang) : null;
  const frame = { title, isUnlisted: true, boardSlug: board.slug };
  await sendPage(parts.views, req, res, { view: 'posting/reply', frame, locals: { board, thread, form, quoted: shown } });
}

async function showQuoted({ db, postHtml }: PostingParts, post: PlacedPost, lang: Language) {
  const head = toHead(post);
  return (await postHtml.renderPosts(db, [head], lang)).get(post.id) ?? null;
}

function readQuotedNo(sent: unknown): number | undefined {
  return typeof sent === 'string' && /^[1-9]\d{0,14}$/.test(sent) ? Number(sent) : undefined;
}
