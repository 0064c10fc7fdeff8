import type { Request, Response } from 'express';
import { prefersJson } from '../http/error-handler.js';
import type { UserError } from '../http/errors.js';
import { getContext } from '../http/request.js';
import { sendPageOnce } from '../http/send-page.js';
import { toAuthorTags } from '../identity/author-tags.js';
import { type Ban, toBanPath } from '../moderation/ban.js';
import { renderBanPage } from '../moderation/ban-page.js';
import { posterBanned, posterWarned } from '../moderation/moderation-errors.js';
import { toMoment } from '../moderation/say-when.js';
import { type FormView, toEmptyForm } from '../posts/form-view.js';
import { toPostedPath } from '../posts/post.js';
import { createTranslate } from '../texts/texts.js';
import type { ReceivedForm } from '../uploads/received-form.js';
import type { PostedPost } from './create-post.js';
import type { TypedPost } from './post-form.js';
import type { Poster } from './poster.js';
import type { PostingParts } from './posting-parts.js';
import { findSentFiles, keepSentFiles, type SentFile } from './sent-files.js';
import type { PostPlacing } from './submit-post.js';

/** As much of an attempt as is given back when it is refused. */
export interface RefusedAttempt {
  placing: PostPlacing;
  typed: TypedPost;
  form: ReceivedForm;
  files: SentFile[] | undefined;
  /** Who posts, once that is known. */
  poster?: Poster;
}

/** The post is there: its thread is shown, or its place is told to script. */
export function sendPosted(req: Request, res: Response, post: PostedPost): void {
  const { boardSlug, threadNo, no } = post;
  const location = toPostedPath(boardSlug, threadNo, no);
  res.setHeader('Cache-Control', 'no-store');
  if (!prefersJson(req)) return res.redirect(303, location);
  const text = JSON.stringify({ board: boardSlug, thread: threadNo, no, location });
  // Express would ask whether the browser has this answer already, and more that is the same for every post.
  res.writeHead(201, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) }).end(text);
}

/**
 * Says why nothing was posted, with the form filled in and its files kept for the next try. Script has both still, so it gets the
 * first sentence alone.
 * @throws the first fault, for whoever asks for JSON
 */
export async function sendRefused(parts: PostingParts, req: Request, res: Response, attempt: RefusedAttempt, faults: UserError[]): Promise<void> {
  const [first] = faults;
  if (first === undefined) throw new Error('a refusal needs a reason');
  parts.log.info('post.refused', { board: attempt.placing.board.slug, code: first.code, status: first.status });
  if (prefersJson(req)) throw first;
  const files = attempt.files ?? (await findSentFiles(attempt.form, attempt.placing.board, parts.keptUploads)).files;
  const kept = await keepSentFiles(files, parts.keptUploads, toAuthorTags(parts.keys, getContext(req).address).dayTag);
  const t = createTranslate(getContext(req).lang);
  const title = t('form.refusedTitle');
  const form = toRefusedForm(attempt, kept.shown);
  form.errors = [...faults, ...kept.faults].map((fault) => ({ field: fault.field ?? null, message: t(fault.code, fault.params) }));
  const { slug } = attempt.placing.board;
  if (first.retryAfter !== undefined) res.set('Retry-After', String(first.retryAfter));
  sendPageOnce(parts.views, req, res.status(first.status), { view: 'posting/refused', frame: { title, isUnlisted: true, boardSlug: slug }, locals: { title, form } });
}

/** The form with all that was typed, apart from the tripcode's secret and the password. */
function toRefusedForm({ placing, typed, form, poster }: RefusedAttempt, kept: FormView['kept']): FormView {
  return {
    ...toEmptyForm(placing.board, placing.threadNo, { isStandalone: true }),
    values: { name: typed.name.name, subject: typed.subject, body: typed.body, sage: typed.isSage, password: '' },
    kept,
    lostSecret: typed.name.secret !== null,
    staff: poster === undefined || poster.capcode === null ? undefined : { capcode: poster.capcode, formToken: form.fields['form_token'] ?? '' },
  };
}

/**
 * Shows a banned or warned poster why, with the typed words to be copied.
 * @throws posterBanned, posterWarned, for whoever asks for JSON
 */
export async function sendBarred(parts: PostingParts, req: Request, res: Response, ban: Ban, typed: TypedPost): Promise<void> {
  parts.log.info('post.barred', { kind: ban.kind });
  const path = toBanPath(ban.id);
  if (prefersJson(req)) {
    throw ban.kind === 'ban' ? posterBanned({ reason: ban.reason, until: toMoment(ban.expiresAt).text, path }) : posterWarned({ reason: ban.reason, path });
  }
  const page = await renderBanPage(parts, getContext(req).lang, ban, { typed: { subject: typed.subject, body: typed.body } });
  res.status(403).set('Cache-Control', 'no-store').type('html').send(page);
}
