import type { Kysely, Transaction } from 'kysely';
import type { Board } from '../boards/board.js';
import { inTransaction } from '../db/in-transaction.js';
import type { Role, Tables, ThreadRow } from '../db/tables.js';
import { busy, threadGone, threadNotFound } from '../http/errors.js';
import type { AuthorTags } from '../identity/author-tags.js';
import { toSecretHash } from '../identity/poster-secret.js';
import { markupVersion } from '../markup/render-markup.js';
import type { FormKey } from '../posts/form-key-store.js';
import { insertPost, insertQuotes, type NewPost, takeNumbers, tellQuoted } from '../posts/new-post-store.js';
import { insertUploads, type NewUpload } from '../posts/upload-store.js';
import { addReply, archiveOldest, findFallingThreads, findLeavingReplies, findLikelyLeaving, findNeighbourThreads, insertThread, lockThreadStarts } from '../threads/growth-store.js';
import { hidePosts, type TouchedThread } from '../threads/removal-store.js';
import { lockThreads, type PlacedThread } from '../threads/thread-store.js';
import { findReplyRefusal } from './reply-state.js';
import type { WrittenBody } from './write-body.js';

/** A post with everything that was made for it, ready to be stored. */
export interface ReadyPost {
  board: Board;
  /** Null starts a thread. */
  thread: PlacedThread | null;
  name: string;
  tripcode: string | null;
  capcode: Role | null;
  subject: string;
  written: WrittenBody;
  isSage: boolean;
  uploads: NewUpload[];
  secret: string | null;
  passwordHash: string | null;
  tags: AuthorTags | null;
  formKey: FormKey;
  /** An id that was taken for it; without one it gets its id when it is stored. */
  postId: number | undefined;
}

/** What a committed post changed; all of it is told to open pages. */
export interface InsertedPost {
  id: number;
  no: number;
  threadNo: number;
  /** The post's own thread first. */
  touched: TouchedThread[];
  isBumped: boolean;
  /** Threads that a new thread pushed into the archive. */
  archived: TouchedThread[];
  /** Replies that left a cyclical thread. */
  leftIds: number[];
}

/** The form has made a post already: rolls the transaction back. */
class RepeatedForm extends Error {}

/**
 * Stores a post in one transaction, with all that belongs to it. Undefined when its form has made a post already, in which case
 * nothing was stored.
 * @throws threadNotFound, threadGone, threadLocked, threadFull, threadArchived as the thread is under its lock
 */
export async function insertReadyPost(db: Kysely<Tables>, post: ReadyPost, now: Date): Promise<InsertedPost | undefined> {
  const { thread } = post;
  try {
    return await inTransaction(db, (trx) => (thread === null ? startThread(trx, post, now) : reply(trx, post, thread, now)));
  } catch (error) {
    if (error instanceof RepeatedForm) return undefined;
    throw error;
  }
}

async function reply(trx: Transaction<Tables>, post: ReadyPost, place: PlacedThread, now: Date): Promise<InsertedPost> {
  const likelyLeaving = place.isCyclical ? await findLikelyLeaving(trx, place.id, post.board.replyLimit) : [];
  const locked = await lockThreads(trx, [place.id, ...post.written.quotedThreadIds, ...(await findNeighbourThreads(trx, likelyLeaving))]);
  const thread = getOpenThread(locked.get(place.id), post, place);
  const isBumped = isBumping(post, { isBumplocked: thread.is_bumplocked, isCyclical: thread.is_cyclical, replyCount: thread.reply_count });
  const { id, no, changeNo } = await addReply(trx, { id: thread.id, boardId: thread.board_id }, { fileCount: post.uploads.length, isBumping: isBumped, now });
  await insertWhole(trx, post, { id, no, threadId: thread.id, changeNo, isBumped }, now);
  const touched = [{ threadId: thread.id, changeNo }, ...(await tellQuoted(trx, toQuotedIds(post), { threadId: thread.id, changeNo }))];
  const excess = thread.is_cyclical ? thread.reply_count + 1 - post.board.replyLimit : 0;
  const leftIds = await findLeavingReplies(trx, thread.id, excess);
  const left = leftIds.length === 0 ? undefined : await hidePosts(trx, leftIds, 'cycled', null, now);
  return { id, no, threadNo: thread.no, touched: [...touched, ...(left?.touched ?? [])], isBumped, archived: [], leftIds: left?.postIds ?? [] };
}

/** @throws what keeps a reply out, now that nobody can change the thread any more */
function getOpenThread(thread: ThreadRow | undefined, post: ReadyPost, place: PlacedThread): ThreadRow {
  if (thread === undefined) throw threadNotFound(place.boardSlug, place.no);
  if (thread.removed_at !== null) throw threadGone(place.boardSlug, place.no, thread.removal_reason);
  // Moved to another board a moment ago: the next try finds it there, under that board's limits.
  if (thread.board_id !== post.board.id) throw busy();
  const state = {
    isArchived: thread.archived_at !== null,
    isLocked: thread.is_locked,
    isCyclical: thread.is_cyclical,
    replyCount: thread.reply_count,
  };
  const refusal = findReplyRefusal(state, post.board, post.capcode !== null);
  if (refusal !== undefined) throw refusal;
  return thread;
}

/** Whether a reply bumps its thread. A cyclical thread never fills up, so it has no bump limit either. */
export function isBumping(post: Pick<ReadyPost, 'isSage' | 'board'>, thread: Pick<PlacedThread, 'isBumplocked' | 'isCyclical' | 'replyCount'>): boolean {
  return !post.isSage && !thread.isBumplocked && (thread.isCyclical || thread.replyCount < post.board.bumpLimit);
}

async function startThread(trx: Transaction<Tables>, post: ReadyPost, now: Date): Promise<InsertedPost> {
  await lockThreadStarts(trx, post.board.id);
  const falling = await findFallingThreads(trx, post.board.id, post.board.maxThreads);
  await lockThreads(trx, [...falling.ids, ...post.written.quotedThreadIds]);
  const { id, no } = await takeNumbers(trx, post.board.id);
  const thread = await insertThread(trx, { boardId: post.board.id, no, fileCount: post.uploads.length, now });
  await insertWhole(trx, post, { id, no, threadId: thread.id, changeNo: thread.changeNo, isBumped: false }, now);
  const own = { threadId: thread.id, changeNo: thread.changeNo };
  const touched = [own, ...(await tellQuoted(trx, toQuotedIds(post), own))];
  const archived = await archiveOldest(trx, falling, now);
  return { id, no, threadNo: no, touched, isBumped: true, archived, leftIds: [] };
}

async function insertWhole(
  trx: Transaction<Tables>,
  post: ReadyPost,
  place: { id: number; no: number; threadId: number; changeNo: number; isBumped: boolean },
  now: Date,
): Promise<void> {
  const { written } = post;
  const row: NewPost = {
    id: place.id,
    no: place.no,
    threadId: place.threadId,
    boardId: post.board.id,
    isOp: post.thread === null,
    name: post.name,
    tripcode: post.tripcode,
    capcode: post.capcode,
    subject: post.subject,
    body: written.body,
    bodyHtml: written.html,
    markupVersion,
    ownWords: written.ownWords,
    quotedWords: written.quotedWords,
    isSage: post.isSage,
    hasBumped: place.isBumped,
    changeNo: place.changeNo,
    secretHash: post.secret === null ? null : toSecretHash(post.secret, place.id),
    passwordHash: post.passwordHash,
    createdAt: now,
  };
  if (!(await insertPost(trx, row, post.tags, post.formKey))) throw new RepeatedForm();
  await insertUploads(trx, place.id, post.uploads);
  await insertQuotes(trx, place.id, written.quotes);
}

const toQuotedIds = (post: ReadyPost) => [...new Set(post.written.quotes.map((quote) => quote.quotedPostId))];
