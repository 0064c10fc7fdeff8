import type { Board } from '../boards/board.js';
import { toSecretHash } from '../identity/poster-secret.js';
import { markupVersion } from '../markup/render-markup.js';
import type { PlacedThread } from '../threads/thread-store.js';
import { type InsertedPost, isBumping, type ReadyPost } from './insert-post.js';
import type { StoreReply } from './gather-replies.js';
import type { PlainReply, SeenThread } from './reply-store.js';

/**
 * Stores what is most of what is posted, a reply without files that quotes nothing outside its thread, in one statement. `longWay`:
 * it is none of these, or its thread has changed since it was looked up, and insertReadyPost has to decide under its lock. Undefined
 * when its form has made a post already.
 */
export async function insertPlainReply(storeReply: StoreReply, post: ReadyPost, now: Date): Promise<InsertedPost | 'longWay' | undefined> {
  const { thread, postId } = post;
  if (thread === null || postId === undefined || !isPlain(post, thread)) return 'longWay';
  const seen = toSeenThread(thread, post.board);
  const isBumped = isBumping(post, thread);
  const stored = await storeReply(seen, toPlainReply(post, postId, isBumped, now));
  if (stored === 'repeated') return undefined;
  if (stored === 'changed') return 'longWay';
  const { id, no, changeNo } = stored;
  return { id, no, threadNo: thread.no, touched: [{ threadId: thread.id, changeNo }], isBumped, archived: [], leftIds: [] };
}

/** Locked and full threads, in which staff alone may answer, go the long way; so do cyclical ones, which a reply may have to leave. */
function isPlain({ uploads, written, board }: ReadyPost, thread: PlacedThread): boolean {
  const isOpen = !thread.isLocked && !thread.isArchived && !thread.isCyclical && thread.removedAt === null && thread.replyCount < board.replyLimit;
  return isOpen && thread.boardId === board.id && uploads.length === 0 && written.quotedThreadIds.every((id) => id === thread.id);
}

function toSeenThread(thread: PlacedThread, { bumpLimit, replyLimit }: Board): SeenThread {
  const isOverBumpLimit = thread.replyCount >= bumpLimit;
  return {
    id: thread.id,
    boardId: thread.boardId,
    isBumplocked: thread.isBumplocked,
    countFrom: isOverBumpLimit ? bumpLimit : 0,
    countTo: isOverBumpLimit ? replyLimit : Math.min(bumpLimit, replyLimit),
  };
}

function toPlainReply(post: ReadyPost, id: number, hasBumped: boolean, now: Date): PlainReply {
  const { written } = post;
  return {
    id,
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
    hasBumped,
    secretHash: post.secret === null ? null : toSecretHash(post.secret, id),
    passwordHash: post.passwordHash,
    createdAt: now,
    tags: post.tags,
    formKey: post.formKey,
    quotes: written.quotes,
  };
}
