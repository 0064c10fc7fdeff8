import type { Board } from '../boards/board.js';
import { findFormPost, type FormKey } from '../posts/form-key-store.js';
import { findPosts } from '../posts/post-store.js';
import { findKnownNames, type NewUpload } from '../posts/upload-store.js';
import type { Taken } from '../spam/posting-limits.js';
import { hashPassword } from '../staff/passwords.js';
import { hideMedia } from '../threads/settle-removal.js';
import type { PlacedThread } from '../threads/thread-store.js';
import type { ReceivedForm } from '../uploads/received-form.js';
import type { StoreReply } from './gather-replies.js';
import { type InsertedPost, insertReadyPost, type ReadyPost } from './insert-post.js';
import { insertPlainReply } from './plain-reply.js';
import type { PostDraft } from './post-form.js';
import { toPosterName } from './poster-name.js';
import type { Poster } from './poster.js';
import type { PostingParts } from './posting-parts.js';
import { findReplyRefusal } from './reply-state.js';
import { type SentFile, takeKeptFiles } from './sent-files.js';
import { destroyUploads, storeUploads } from './store-uploads.js';
import { writeBody } from './write-body.js';

/** A post that is asked for: its words are within the limits, and its author is not banned. */
export interface PostOrder {
  board: Board;
  /** Null starts a thread. */
  thread: PlacedThread | null;
  poster: Poster;
  draft: PostDraft;
  files: SentFile[];
  /** The form that the files came with. */
  form: ReceivedForm;
  formKey: FormKey;
  /** An id that was taken for the post when its thread was looked up. */
  postId: number | undefined;
  /** The secret by which the poster's browser may delete the post; asked for when the post is about to be stored. */
  getSecret: () => string;
}

/** What a post is made with: its reply is stored together with others of its thread. */
export interface CreatingParts extends PostingParts {
  storeReply: StoreReply;
}

/** Where a post stands. */
export interface PostedPost {
  boardSlug: string;
  threadNo: number;
  no: number;
}

/**
 * Makes a post: rates, state of the thread, files, text, then one transaction; afterwards open pages are told. Whatever fails leaves
 * nothing behind, and what was taken of a rate is given back. A form that has made its post already gets that one again.
 * @throws UserError for every reason that is the poster's to know
 */
export async function createPost(parts: CreatingParts, order: PostOrder): Promise<PostedPost> {
  const { board, thread, poster } = order;
  const refusal = thread === null ? undefined : findReplyRefusal(thread, board, poster.capcode !== null);
  if (refusal !== undefined) throw refusal;
  const taken = await takeRates(parts, order);
  try {
    await takeKeptFiles(order.files, order.form, parts.keptUploads);
    const uploads = await storeUploads(parts, order.files, { allowedTypes: board.allowedTypes, dropsNames: order.draft.dropsNames });
    const inserted = await insertOrder(parts, order, uploads);
    if (inserted === undefined) return await repeat(parts, order, taken);
    await afterCommit(parts, order, inserted);
    return { boardSlug: board.slug, threadNo: inserted.threadNo, no: inserted.no };
  } catch (error) {
    await giveBack(taken, order.files);
    throw error;
  }
}

/** The post that a form made before, wherever it stands now. */
export async function findRepeated(parts: Pick<PostingParts, 'db'>, formKey: FormKey): Promise<PostedPost | undefined> {
  const id = await findFormPost(parts.db, formKey);
  const [post] = id === undefined ? [] : await findPosts(parts.db, [id]);
  return post === undefined ? undefined : { boardSlug: post.board_slug, threadNo: post.thread_no, no: post.no };
}

/** What was taken of the author's rates: his turn, and the bytes of his files. */
interface TakenRates {
  turn?: Taken;
  bytes?: Taken;
}

async function takeRates({ limits }: PostingParts, { poster, thread, board, files }: PostOrder): Promise<TakenRates> {
  if (poster.tags === null) return {};
  const { dayTag } = poster.tags;
  const turn = await (thread === null ? limits.takeThread(dayTag, board.id) : limits.takeReply(dayTag));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  try {
    return bytes === 0 ? { turn } : { turn, bytes: await limits.takeUploadBytes(dayTag, bytes) };
  } catch (error) {
    await turn.giveBack();
    throw error;
  }
}

/** Decoding a file that can never be taken has cost us its price: its bytes stay counted, or it could be sent without end. */
async function giveBack(taken: TakenRates, files: SentFile[]): Promise<void> {
  await taken.turn?.giveBack();
  if (!files.some((file) => file.isFaulty)) await taken.bytes?.giveBack();
}

/** Renders and stores; the files are destroyed unless the post was committed with them. */
async function insertOrder(parts: CreatingParts, order: PostOrder, uploads: NewUpload[]): Promise<InsertedPost | undefined> {
  const { board, thread, poster, draft, formKey } = order;
  let inserted: InsertedPost | undefined;
  try {
    const written = await writeBody(parts.db, { boardId: board.id, boardSlug: board.slug, threadId: thread?.id ?? null }, draft.body);
    if (written.sanitizerChanged) parts.log.error('markup.unsafe', { board: board.slug });
    const passwordHash = draft.password === '' ? null : await hashPassword(draft.password);
    const secret = poster.tags === null ? null : order.getSecret();
    inserted = await insertReady(parts, {
      board,
      thread,
      ...toPosterName(parts.keys, draft.name),
      capcode: poster.capcode,
      subject: draft.subject,
      written,
      isSage: draft.isSage,
      uploads,
      secret,
      passwordHash,
      tags: poster.tags,
      formKey,
      postId: order.postId,
    });
    return inserted;
  } finally {
    if (inserted === undefined) await destroyUnclaimed(parts, uploads);
  }
}

async function insertReady({ db, storeReply, now }: CreatingParts, ready: ReadyPost): Promise<InsertedPost | undefined> {
  const at = now();
  const inserted = await insertPlainReply(storeReply, ready, at);
  return inserted === 'longWay' ? insertReadyPost(db, ready, at) : inserted;
}

/** When the connection broke at the commit nobody knows whether the post is there: then its files are left to the sweep of orphans. */
async function destroyUnclaimed({ db, storage }: PostingParts, uploads: NewUpload[]): Promise<void> {
  const known = await findKnownNames(db, uploads.map((upload) => upload.name)).catch(() => undefined);
  if (known !== undefined) await destroyUploads(storage, uploads.filter((upload) => !known.has(upload.name)));
}

/** Another copy of the form was faster. */
async function repeat(parts: PostingParts, order: PostOrder, taken: TakenRates): Promise<PostedPost> {
  const posted = await findRepeated(parts, order.formKey);
  if (posted === undefined) throw new Error('a form was repeated whose post is not there');
  await giveBack(taken, order.files);
  return posted;
}

/** Nothing of it may fail the post, which is there: what is left undone here is done by the sweeps. */
async function afterCommit(parts: PostingParts, order: PostOrder, inserted: InsertedPost): Promise<void> {
  const { publisher, log } = parts;
  publisher.publish(inserted.touched, order.thread === null ? 'new' : 'reply', { isBumped: inserted.isBumped, boardSlug: order.board.slug });
  for (const archived of inserted.archived) publisher.publish([archived], 'gone', { boardSlug: order.board.slug });
  log.info('post.created', {
    board: order.board.slug,
    kind: order.thread === null ? 'thread' : 'reply',
    files: order.files.length,
    archived: inserted.archived.length,
    left: inserted.leftIds.length,
  });
  if (inserted.leftIds.length === 0) return;
  await hideMedia(parts.db, parts.storage, inserted.leftIds).catch((error: unknown) => log.error('media.hide.failed', { error }));
}
