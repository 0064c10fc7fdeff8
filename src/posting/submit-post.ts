import type { Response } from 'express';
import type { Board } from '../boards/board.js';
import { UserError } from '../http/errors.js';
import type { Ban } from '../moderation/ban.js';
import { findBar } from '../moderation/ban-store.js';
import type { FormKey } from '../posts/form-key-store.js';
import type { PlacedThread } from '../threads/thread-store.js';
import type { ReceivedForm } from '../uploads/received-form.js';
import { createPost, findRepeated, type PostedPost } from './create-post.js';
import { toFormKey } from './form-key.js';
import { toDraft, type TypedPost } from './post-form.js';
import type { Poster } from './poster.js';
import type { PostingParts } from './posting-parts.js';
import { findSentFiles, type SentFile } from './sent-files.js';

/** Where a post is to stand. */
export interface PostPlacing {
  kind: 'thread' | 'reply';
  board: Board;
  /** The thread's number as the form named it; null for a new thread. */
  threadNo: number | null;
  thread: PlacedThread | null;
  /** Why nothing can be posted there at all. */
  refusal?: UserError;
}

/** One sending of a form. */
export interface Attempt {
  placing: PostPlacing;
  poster: Poster;
  typed: TypedPost;
  form: ReceivedForm;
  /** Its files, once they have been looked at. */
  files: SentFile[] | undefined;
  res: Response;
  getSecret: () => string;
}

/** What became of an attempt. */
export type Outcome =
  | { kind: 'posted'; post: PostedPost }
  /** The author is banned, or has a warning to read first. */
  | { kind: 'barred'; ban: Ban }
  | { kind: 'refused'; faults: UserError[] };

/**
 * Makes the function that submits attempts. Copies of one form that arrive while the first is still worked on wait for it and have
 * its outcome; copies that come later find its post by the form's key.
 */
export function createSubmit(parts: PostingParts): (attempt: Attempt) => Promise<Outcome> {
  const underWay = new Map<string, { outcome: Promise<Outcome>; res: Response }>();
  return async (attempt) => {
    const { placing, poster, typed, form, res } = attempt;
    const place = `${placing.board.slug}/${placing.threadNo ?? 'new'}`;
    const formKey = await toFormKey({ keys: parts.keys, now: parts.now(), place, author: poster.mark }, typed, form);
    const name = formKey.key.toString('hex');
    const first = underWay.get(name);
    if (first !== undefined) {
      const outcome = await first.outcome;
      if (outcome.kind === 'posted' && !formKey.isById) handOnCookie(first.res, res);
      return outcome;
    }
    const outcome = submit(parts, attempt, formKey).finally(() => underWay.delete(name));
    underWay.set(name, { outcome, res });
    return outcome;
  };
}

/**
 * A browser that sends a form twice without script sees the second answer alone: it must get the secret that the first one made. Same
 * words, same author, same moment: it is the same browser.
 */
function handOnCookie(from: Response, to: Response): void {
  const cookies = [from.getHeader('Set-Cookie') ?? []].flat().map(String);
  if (cookies.length > 0 && !to.headersSent) to.setHeader('Set-Cookie', cookies);
}

/** Cheap checks first; who is barred, and what is wrong with the words, costs no rate. */
async function submit(parts: PostingParts, attempt: Attempt, formKey: FormKey): Promise<Outcome> {
  const { placing, poster, form } = attempt;
  const repeated = await findRepeated(parts, formKey);
  if (repeated !== undefined) return { kind: 'posted', post: repeated };
  // Staff under their role are not looked up.
  const ban = poster.tags === null ? undefined : await findBar(parts.db, poster.tags.allBanTags, placing.board.id, parts.now());
  if (ban !== undefined) return { kind: 'barred', ban };
  if (placing.refusal !== undefined) return { kind: 'refused', faults: [placing.refusal] };
  const { draft, faults, files } = await check(parts, attempt);
  if (faults.length > 0) return { kind: 'refused', faults };
  const { board, thread } = placing;
  try {
    const post = await createPost(parts, { board, thread, poster, draft, files, form, formKey, getSecret: attempt.getSecret });
    return { kind: 'posted', post };
  } catch (error) {
    if (error instanceof UserError) return { kind: 'refused', faults: [error] };
    throw error;
  }
}

async function check(parts: PostingParts, attempt: Attempt) {
  const { placing, typed, form } = attempt;
  const sent = await findSentFiles(form, placing.board, parts.keptUploads);
  attempt.files = sent.files;
  const { draft, faults } = toDraft(typed, placing, sent.files, sent.files.length + sent.faults.length > 0);
  return { draft, faults: [...faults, ...sent.faults], files: sent.files };
}
