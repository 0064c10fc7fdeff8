import { createHmac } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import type { Board } from '../boards/board.js';
import { toBoardPath } from '../boards/board.js';
import { prefersJson } from '../http/error-handler.js';
import { postNotFound, threadGone, UserError } from '../http/errors.js';
import { getContext } from '../http/request.js';
import { sendPage, sendPageOnce } from '../http/send-page.js';
import { toNumberParam, toText } from '../http/sent-params.js';
import { type AuthorTags, toAuthorTags } from '../identity/author-tags.js';
import { readPosterSecret } from '../identity/poster-secret.js';
import { reportPost, reportReasons } from '../moderation/report-post.js';
import { findPostByNo, type PlacedPost, toHead } from '../posts/post-store.js';
import { toPostActionsPath, toPostPath, toThreadPath } from '../posts/post.js';
import { createTranslate } from '../texts/texts.js';
import { findThreadById, type PlacedThread } from '../threads/thread-store.js';
import { assertMayDelete, deleteFiles, deletePost } from './delete-post.js';
import { postGone } from './posting-errors.js';
import type { PostingParts } from './posting-parts.js';

/** Room for a report's note, ten times over. */
const readActionForm = express.urlencoded({ extended: false, limit: 16 * 1024, parameterLimit: 16 });

interface ActionPlace {
  board: Board;
  thread: PlacedThread;
  post: PlacedPost;
}

/** GET `/:slug/post/:no`, POST `/:slug/post/:no/report` and `/:slug/post/:no/delete`: what any reader and the poster can do with a post. */
export function addPostActionRoutes(router: Router, parts: PostingParts): void {
  router.get('/:slug/post/:no', async (req, res) => {
    const place = await getPlace(parts, req);
    if (place.post.board_slug !== req.params.slug) return res.redirect(302, toPostActionsPath(place.post.board_slug, place.post.no));
    await sendActions(parts, req, res, place, { status: 200 });
  });

  // Where a refused report or deletion was answered. The board is looked up: whatever else stands there (`%2Fevil.example`) could lead away.
  router.get(['/:slug/post/:no/report', '/:slug/post/:no/delete'], async (req, res) => {
    const { slug } = await parts.boards.get(String(req.params['slug']));
    res.redirect(302, toPostActionsPath(slug, toNumberParam(req.params['no'])));
  });

  router.post('/:slug/post/:no/report', readActionForm, async (req, res) => {
    const place = await getPlace(parts, req);
    const values = { reason: toText(req.body?.reason), note: toText(req.body?.note) };
    await answer(parts, req, res, place, values, async () => {
      const result = await report(parts, req, place, values);
      if (prefersJson(req)) return void res.json({ isNew: result === 'created' });
      const notice = createTranslate(getContext(req).lang)(result === 'created' ? 'posting.reported' : 'posting.reportedBefore');
      await sendActions(parts, req, res, place, { status: 200, notice });
    });
  });

  router.post('/:slug/post/:no/delete', readActionForm, async (req, res) => {
    // What staff took away with its thread its poster may still destroy.
    const place = await findPlacedPost(parts, req);
    const what = toText(req.body?.what) === 'files' ? 'files' : 'post';
    await answer(parts, req, res, place, { what }, async () => {
      await remove(parts, req, place, what);
      const location = await findWayBack(parts, place, what);
      if (prefersJson(req)) res.json({ board: place.post.board_slug, thread: place.thread.no, no: place.post.no, location });
      else res.redirect(303, location);
    });
  });
}

/** Does something with a post; why it could not be done is said on the post's page, with what was typed. */
async function answer(parts: PostingParts, req: Request, res: Response, place: ActionPlace, values: object, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof UserError) || prefersJson(req) || place.thread.removedAt !== null) throw error;
    if (error.retryAfter !== undefined) res.set('Retry-After', String(error.retryAfter));
    const message = createTranslate(getContext(req).lang)(error.code, error.params);
    await sendActions(parts, req, res, place, { status: error.status, error: { field: error.field ?? null, message }, values });
  }
}

/** Counts one report for each reporter of a post. A second one is thanked for, and costs nothing. */
async function report(parts: PostingParts, req: Request, { post }: ActionPlace, values: { reason: string; note: string }): Promise<'created' | 'already'> {
  if (post.removed_at !== null) throw postGone();
  const tags = toAuthorTags(parts.keys, getContext(req).address);
  const taken = await parts.limits.takeReport(tags.dayTag);
  try {
    const reporterTag = toReporterTag(parts, tags, post.id);
    const result = await reportPost(parts.db, { postId: post.id, ...values, reporterTag, now: parts.now() });
    if (result === 'already') await taken.giveBack();
    else parts.announceQueue();
    parts.log.info('post.reported', { board: post.board_slug, isNew: result === 'created' });
    return result;
  } catch (error) {
    await taken.giveBack();
    throw error;
  }
}

/** One tag for each reporter of each post, so that the table of reports ties neither to other reports nor to posts of his own. */
function toReporterTag({ keys }: PostingParts, tags: AuthorTags, postId: number): Buffer {
  return createHmac('sha256', keys.secrets).update(`report:${postId}:`).update(tags.banTag).digest().subarray(0, 16);
}

/** A guess at the password is counted, whether it was right or not. */
async function remove(parts: PostingParts, req: Request, { post }: ActionPlace, what: 'post' | 'files'): Promise<void> {
  const { address, isSecure } = getContext(req);
  await parts.limits.takeDeletion(toAuthorTags(parts.keys, address).dayTag);
  if (post.removed_as === 'poster') throw postGone();
  await assertMayDelete(post, { secret: readPosterSecret(req, { isSecure }), password: toText(req.body?.password).slice(0, 200) });
  await (what === 'files' ? deleteFiles(parts, post) : deletePost(parts, post));
}

/** To the thread, or to the board when the thread went with its only post. */
async function findWayBack(parts: PostingParts, { post, thread }: ActionPlace, what: 'post' | 'files'): Promise<string> {
  if (what === 'files') return toPostPath(post.board_slug, thread.no, post.no);
  const left = await findThreadById(parts.db, thread.id);
  return left === undefined || left.removedAt !== null ? toBoardPath(post.board_slug) : toThreadPath(left.boardSlug, left.no);
}

/** @throws boardNotFound, postNotFound, threadGone */
async function getPlace(parts: PostingParts, req: Request): Promise<ActionPlace> {
  const place = await findPlacedPost(parts, req);
  if (place.thread.removedAt !== null) throw threadGone(place.thread.boardSlug, place.thread.no, place.thread.removalReason);
  return place;
}

/** The post that an address names, in a removed thread too. @throws boardNotFound, postNotFound */
async function findPlacedPost(parts: PostingParts, req: Request): Promise<ActionPlace> {
  const asked = await parts.boards.get(String(req.params['slug']));
  const no = toNumberParam(req.params['no']);
  const post = await findPostByNo(parts.db, asked.id, no);
  const thread = post === undefined ? undefined : await findThreadById(parts.db, post.thread_id);
  if (post === undefined || thread === undefined) throw postNotFound(asked.slug, no);
  return { board: await parts.boards.get(post.board_slug), thread, post };
}

interface ActionsAnswer {
  status: number;
  notice?: string;
  error?: { field: string | null; message: string };
  values?: object;
}

async function sendActions(parts: PostingParts, req: Request, res: Response, { board, thread, post }: ActionPlace, said: ActionsAnswer): Promise<void> {
  const { lang } = getContext(req);
  const head = toHead(post);
  const postHtml = (await parts.postHtml.renderWithBacklinks(parts.db, [head], lang)).get(post.id);
  const view = await parts.postHtml.findView(parts.db, post.id, lang);
  if (view === undefined || postHtml === undefined) throw postNotFound(board.slug, post.no);
  const title = createTranslate(lang)('posts.actionsHeading', { no: String(post.no) });
  const locals = { board, thread, post: view, postHtml, reportReasons, notice: said.notice ?? null, error: said.error ?? null, values: said.values ?? {} };
  const page = { view: 'posts/actions', frame: { title, isUnlisted: true, boardSlug: board.slug }, locals };
  if (req.method === 'GET' || req.method === 'HEAD') await sendPage(parts.views, req, res, page);
  else sendPageOnce(parts.views, req, res.status(said.status), page);
}
