import type { Response } from 'express';
import type { Board } from '../boards/board.js';
import { threadGone, threadNotFound, UserError } from '../http/errors.js';
import type { Ban } from '../moderation/ban.js';
import { findBar } from '../moderation/ban-store.js';
import type { FormKey } from '../posts/form-key-store.js';
import { findMovedThread, findThread, type PlacedThread } from '../threads/thread-store.js';
import type { ReceivedForm } from '../uploads/received-form.js';
import { type CreatingParts, createPost, findRepeated, type PostedPost } from './create-post.js';
import { toFormKey } from './form-key.js';
import { toDraft, type TypedPost } from './post-form.js';
import type { Poster } from './poster.js';
import type { PostingParts } from './posting-parts.js';
import { findSentFiles, type SentFile } from './sent-files.js';
import type { FindStanding, ReplyStanding } from './standing-store.js';

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
  /** The board and the number that the form names; submitting it finds the thread. */
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
  | { kind: 'refused'; faults: UserError[] }
  /** The thread stands on another board now, and the form has to be submitted there. */
  | { kind: 'moved'; placing: PostPlacing };

/** What submitting needs besides what creating does. */
export interface SubmittingParts extends CreatingParts {
  findStanding: FindStanding;
}

/**
 * Makes the function that submits attempts. Copies of one form that arrive while the first is still worked on wait for it and have
 * its outcome; copies that come later find its post by the form's key.
 */
export function createSubmit(parts: SubmittingParts): (attempt: Attempt) => Promise<Outcome> {
  const underWay = new Map<string, { outcome: Promise<Outcome>; attempt: Attempt }>();
  return async (attempt) => {
    const { placing, poster, typed, form } = attempt;
    const place = `${placing.board.slug}/${placing.threadNo ?? 'new'}`;
    const formKey = await toFormKey({ keys: parts.keys, now: parts.now(), place, author: poster.mark }, typed, form);
    const name = formKey.key.toString('hex');
    const first = underWay.get(name);
    if (first !== undefined) {
      const outcome = await first.outcome;
      attempt.placing = first.attempt.placing;
      if (outcome.kind === 'posted' && !formKey.isById) handOnCookie(first.attempt.res, attempt.res);
      return outcome;
    }
    const outcome = submit(parts, attempt, formKey).finally(() => underWay.delete(name));
    underWay.set(name, { outcome, attempt });
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
async function submit(parts: SubmittingParts, attempt: Attempt, formKey: FormKey): Promise<Outcome> {
  const { poster, form } = attempt;
  const standing = await findStanding(parts, attempt, formKey);
  const { placing } = standing;
  if (placing.board.id !== attempt.placing.board.id) return { kind: 'moved', placing };
  attempt.placing = placing;
  const repeated = standing.hasPosted ? await findRepeated(parts, formKey) : undefined;
  if (repeated !== undefined) return { kind: 'posted', post: repeated };
  // Staff under their role are not looked up.
  const ban = poster.tags === null || !standing.isTagBanned ? undefined : await findBar(parts.db, poster.tags.allBanTags, placing.board.id, parts.now());
  if (ban !== undefined) return { kind: 'barred', ban };
  if (placing.refusal !== undefined) return { kind: 'refused', faults: [placing.refusal] };
  const { draft, faults, files } = await check(parts, attempt);
  if (faults.length > 0) return { kind: 'refused', faults };
  const { board, thread } = placing;
  try {
    const post = await createPost(parts, { board, thread, poster, draft, files, form, formKey, postId: standing.postId, getSecret: attempt.getSecret });
    return { kind: 'posted', post };
  } catch (error) {
    if (error instanceof UserError) return { kind: 'refused', faults: [error] };
    throw error;
  }
}

/** Where the post is to stand and what else has to be known; where one question did not answer it all, the rest is asked later. */
async function findStanding(
  { db, boards, findStanding: find }: SubmittingParts,
  { placing: { board, threadNo }, poster }: Attempt,
  formKey: FormKey,
): Promise<Pick<ReplyStanding, 'hasPosted' | 'isTagBanned'> & { placing: PostPlacing; postId?: number }> {
  const standing = threadNo === null ? undefined : await find({ boardId: board.id, threadNo, formKey, tags: poster.tags });
  if (threadNo === null || standing === undefined) return { placing: await findPlacing({ db, boards }, board, threadNo), hasPosted: true, isTagBanned: true };
  return { ...standing, placing: toPlacing(board, threadNo, standing.thread) };
}

/** Where a form's post is to stand. A thread that moved is answered where it is now, under that board's limits. */
export async function findPlacing(parts: Pick<PostingParts, 'db' | 'boards'>, board: Board, threadNo: number | null): Promise<PostPlacing> {
  if (threadNo === null) return { kind: 'thread', board, threadNo, thread: null };
  const thread = await findThread(parts.db, board.id, threadNo);
  if (thread === undefined) {
    const moved = await findMovedThread(parts.db, board.id, threadNo);
    if (moved !== undefined && moved.no === moved.threadNo) return findPlacing(parts, await parts.boards.get(moved.boardSlug), moved.threadNo);
  }
  return toPlacing(board, threadNo, thread);
}

function toPlacing(board: Board, threadNo: number, thread: PlacedThread | undefined): PostPlacing {
  const refusal = thread === undefined ? threadNotFound(board.slug, threadNo) : thread.removedAt === null ? undefined : threadGone(board.slug, threadNo, thread.removalReason);
  return { kind: 'reply', board, threadNo, thread: thread ?? null, refusal };
}

async function check(parts: PostingParts, attempt: Attempt) {
  const { placing, typed, form } = attempt;
  const sent = await findSentFiles(form, placing.board, parts.keptUploads);
  attempt.files = sent.files;
  const { draft, faults } = toDraft(typed, placing, sent.files, sent.files.length + sent.faults.length > 0);
  return { draft, faults: [...faults, ...sent.faults], files: sent.files };
}
