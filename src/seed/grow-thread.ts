import { setImmediate } from 'node:timers/promises';
import type { Keys } from '../identity/keys.js';
import { markupVersion, type RenderedMarkup } from '../markup/render-markup.js';
import { toPosterName } from '../posting/poster-name.js';
import type { NewQuote } from '../posts/new-post-store.js';
import type { NewUpload } from '../posts/upload-store.js';
import type { NumberedThread } from './number-posts.js';
import { createThreadRenderer, type Surroundings } from './render-thread.js';
import type { GrownPost, GrownThread } from './seed-store.js';
import type { SpokenPost } from './talk.js';

/** A whole thread as rows, apart from the id of its own row. */
export interface GrownRows {
  thread: GrownThread;
  posts: Omit<GrownPost, 'threadId'>[];
  quotes: (NewQuote & { postId: number })[];
  /** Posts of other threads that it quotes. */
  quotedElsewhere: number[];
  isUnsafe: boolean;
}

/** The event loop gets its turn after so many posts: a board may be serving meanwhile. */
const restEvery = 8;

/** Renders what was said and counts what each post changed, as posting them one by one would have. */
export async function growThread(
  planned: NumberedThread,
  spoken: readonly SpokenPost[],
  uploads: ReadonlyMap<number, NewUpload[]>,
  parts: { keys: Keys; around: Surroundings },
): Promise<GrownRows> {
  const { board, ids, nos, times } = planned;
  const render = createThreadRenderer(parts.around);
  const rows: GrownRows = { thread: startThread(planned), posts: [], quotes: [], quotedElsewhere: [], isUnsafe: false };
  const byId = new Map<number, GrownRows['posts'][number]>();
  for (const [at, said] of spoken.entries()) {
    const [id, no, createdAt] = [ids[at], nos[at], times[at]];
    if (id === undefined || no === undefined || createdAt === undefined) throw new Error('a post has no number');
    const rendered = render({ id, no, body: said.body });
    const isBumping = at > 0 && !said.isSage && rows.thread.replyCount < board.bumpLimit;
    if (at > 0) countReply(rows.thread, { no, createdAt, isBumping });
    rows.thread.fileCount += uploads.get(at)?.length ?? 0;
    const post = { ...toPost(said, rendered, parts.keys), id, no, boardId: board.id, isOp: at === 0, hasBumped: isBumping, changeNo: rows.thread.changeNo, createdAt };
    rows.posts.push(post);
    byId.set(id, post);
    noteQuotes(rows, byId, id, rendered);
    if (at % restEvery === 0) await setImmediate();
  }
  // Falling into the archive is a change of the thread too.
  if (planned.archivedAt !== null) rows.thread.changeNo += 1;
  return rows;
}

function startThread({ board, nos, times, archivedAt }: NumberedThread): GrownThread {
  const [no, createdAt] = [nos[0], times[0]];
  if (no === undefined || createdAt === undefined) throw new Error('a thread has no first post');
  return { boardId: board.id, no, changeNo: 1, bumpNo: no, replyCount: 0, fileCount: 0, archivedAt, createdAt, lastPostAt: createdAt };
}

function countReply(thread: GrownThread, reply: { no: number; createdAt: Date; isBumping: boolean }): void {
  thread.replyCount += 1;
  thread.changeNo += 1;
  thread.lastPostAt = reply.createdAt;
  if (reply.isBumping) thread.bumpNo = reply.no;
}

function toPost(said: SpokenPost, rendered: RenderedMarkup, keys: Keys) {
  const { name, secret } = said.speaker;
  return {
    ...toPosterName(keys, { name, secret, length: name.length }),
    capcode: null,
    subject: said.subject,
    body: said.body,
    bodyHtml: rendered.html,
    markupVersion,
    ownWords: rendered.ownWords,
    quotedWords: rendered.quotedWords,
    isSage: said.isSage,
    // Nobody's browser holds a secret for it, and nobody typed a password.
    secretHash: null,
    passwordHash: null,
    backlinksChangeNo: 0,
  };
}

function noteQuotes(rows: GrownRows, byId: ReadonlyMap<number, GrownRows['posts'][number]>, postId: number, rendered: RenderedMarkup): void {
  rows.isUnsafe ||= rendered.sanitizerChanged;
  for (const quote of rendered.quotes) {
    rows.quotes.push({ ...quote, postId });
    const quoted = byId.get(quote.quotedPostId);
    if (quoted === undefined) rows.quotedElsewhere.push(quote.quotedPostId);
    else quoted.backlinksChangeNo = rows.thread.changeNo;
  }
}
