import type { Board } from '../boards/board.js';
import type { UserError } from '../http/errors.js';
import { type Thread, toReplyState } from '../threads/thread.js';
import { threadArchived, threadFull, threadLocked } from './posting-errors.js';

/** Why a thread takes no reply, or undefined. Staff under their role may still answer in locked and full threads. */
export function findReplyRefusal(
  thread: Pick<Thread, 'isArchived' | 'isLocked' | 'isCyclical' | 'replyCount'>,
  board: Pick<Board, 'replyLimit'>,
  isStaff: boolean,
): UserError | undefined {
  const state = toReplyState(thread, board);
  if (state === 'archived') return threadArchived();
  if (isStaff) return undefined;
  if (state === 'locked') return threadLocked();
  return state === 'full' ? threadFull(board.replyLimit) : undefined;
}
