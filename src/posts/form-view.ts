import type { Board } from '../boards/board.js';
import { toBoardPath } from '../boards/board.js';
import type { Role } from '../db/tables.js';
import { toReplyPath } from './post.js';

/** What the templates of the posting form get (views/posting/form.ejs): a fresh form, or a refused one with all that was typed. */
export interface FormView {
  /** Where the form is sent. */
  action: string;
  kind: 'thread' | 'reply';
  board: Board;
  /** The thread a reply is for; null in the form of a new thread. */
  threadNo: number | null;
  values: { name: string; subject: string; body: string; sage: boolean; password: string };
  /** Sentences for the visitor, each at its field; null is the form as a whole. */
  errors: { field: string | null; message: string }[];
  /** Files of a refused try that wait, undecoded, to be sent with the next one. */
  kept: { token: string; originalName: string; bytes: number; alt: string; isSpoiler: boolean }[];
  /** A tripcode's secret was typed and is not sent back. */
  lostSecret: boolean;
  /** A refused form of staff: what makes it one of theirs goes along, or it would be sent again as a visitor's. */
  staff?: { capcode: Role; formToken: string };
  /** The form has a page of its own, and so labels and room; beside a thread it is small. */
  isStandalone: boolean;
}

/** An empty form: for a new thread, or for a reply to the thread numbered `threadNo`. */
export function toEmptyForm(board: Board, threadNo: number | null, options: { isStandalone?: boolean; body?: string } = {}): FormView {
  return {
    action: threadNo === null ? toNewThreadPath(board.slug) : toReplyPath(board.slug, threadNo),
    kind: threadNo === null ? 'thread' : 'reply',
    board,
    threadNo,
    values: { name: '', subject: '', body: options.body ?? '', sage: false, password: '' },
    errors: [],
    kept: [],
    lostSecret: false,
    isStandalone: options.isStandalone ?? false,
  };
}

/** Where the form of a new thread is sent. */
export const toNewThreadPath = (slug: string) => `${toBoardPath(slug)}thread`;
