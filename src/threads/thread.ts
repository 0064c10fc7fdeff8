import type { Board } from '../boards/board.js';
import type { SafeHtml } from '../http/safe-html.js';
import type { Language } from '../texts/texts.js';

/** A thread's row as pages and pushes show it. */
export interface Thread {
  id: number;
  boardId: number;
  no: number;
  changeNo: number;
  subject: string;
  /** The number of the post that bumped it last. */
  bumpNo: number;
  replyCount: number;
  fileCount: number;
  isSticky: boolean;
  isLocked: boolean;
  isBumplocked: boolean;
  isCyclical: boolean;
  isArchived: boolean;
  createdAt: Date;
  lastPostAt: Date;
}

/** A thread on the board index: its OP, its last replies, and how much is left out between them. */
export interface ThreadPreview {
  thread: Thread;
  opHtml: SafeHtml;
  repliesHtml: SafeHtml;
  omittedReplyCount: number;
  omittedFileCount: number;
}

/** A thread in the catalog. */
export interface CatalogCard {
  thread: Thread;
  title: string;
  excerpt: string;
  thumb: { url: string; width: number; height: number } | null;
  isSpoiler: boolean;
}

/**
 * What happened to a thread after change number `from` up to `to`: the answer to `updates?since=` and the push of the same
 * name. Applied in order by three verbs: put `posts`, drop `removed`, replace `backlinks`. A push whose `from` is above the
 * reader's cursor means that something was missed: ask for it.
 */
export interface ThreadChanges {
  board: string;
  thread: number;
  from: number;
  to: number;
  posts: { no: number; html: string }[];
  removed: number[];
  backlinks: { no: number; html: string }[];
  state: ThreadState;
}

/** The push of changes. It goes to every reader, so what is empty is left out. */
export interface ThreadPush extends Omit<ThreadChanges, 'removed' | 'backlinks' | 'state'>, Partial<Pick<ThreadChanges, 'removed' | 'backlinks'>> {
  state: Omit<ThreadState, 'fileCount'> & Partial<Pick<ThreadState, 'fileCount'>>;
}

/** The changeable facts of a thread, for the browser to show. What is not so is left out: each push carries them to every reader. */
export interface ThreadState {
  replyCount: number;
  fileCount: number;
  isSticky?: true;
  isLocked?: true;
  isCyclical?: true;
  isArchived?: true;
  /** The thread is gone from here: removed, or moved to the address in `movedTo`. */
  isRemoved?: true;
  movedTo?: string;
}

/** What the board index and catalog are told. */
export interface BoardChange {
  board: string;
  thread: number;
  kind: 'new' | 'reply' | 'state' | 'gone';
  isBumped: boolean;
  replyCount: number;
  fileCount: number;
  /** Replies that are not shown any more from this change on. */
  removed: number[];
  /** What looks otherwise from this change on, in every language; left out when that is nothing. */
  anew?: BoardAnew[];
}

/** Pieces of board pages that a change made anew: posts of the index, and the thread's card in the catalog. */
export interface BoardAnew {
  lang: Language;
  posts: { no: number; html: string }[];
  card: string;
}

/**
 * Where a board stood when a page was made: the highest number of a thread, gone ones too, and of a living thread's last bump. A thread
 * above the one is new to that page, and one whose last bump is above the other has been answered.
 */
export interface BoardStand {
  newestNo: number;
  topNo: number;
}

/** Whether a visitor may reply, and if not, why. */
export type ReplyState = 'open' | 'locked' | 'full' | 'archived';

/** The reply state of a thread under its board's limits. A cyclical thread never fills up. */
export function toReplyState(thread: Pick<Thread, 'isArchived' | 'isLocked' | 'isCyclical' | 'replyCount'>, board: Pick<Board, 'replyLimit'>): ReplyState {
  if (thread.isArchived) return 'archived';
  if (thread.isLocked) return 'locked';
  if (!thread.isCyclical && thread.replyCount >= board.replyLimit) return 'full';
  return 'open';
}
