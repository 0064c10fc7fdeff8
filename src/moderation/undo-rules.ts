import { notAllowed } from '../http/errors.js';
import { type Act, isAllowed } from '../staff/permissions.js';
import { roles, type StaffMember, toHighestRole } from '../staff/staff-member.js';
import { acts, isActName, toPermission } from './acts.js';
import type { LogEntry } from './mod-log-store.js';
import { alreadyUndone, cannotUndo, decidedHigher } from './moderation-errors.js';

const appealActions = ['appeal.refuse', 'appeal.shorten', 'appeal.lift'];

/** Whoever may do an act may take it back. */
export function toUndoPermission(entry: Pick<LogEntry, 'action' | 'details'>): Act {
  if (appealActions.includes(entry.action)) return 'appeal.answer';
  if (!isActName(entry.action)) throw cannotUndo();
  return toPermission(entry.action, entry.details.scope);
}

/**
 * Whether `member` may take this entry back: what a higher role decided stays with that role. Whether there is still something to
 * take back shows when it is tried.
 * @throws alreadyUndone, cannotUndo, notAllowed, decidedHigher
 */
export function assertCanUndo(member: StaffMember, entry: LogEntry): void {
  if (entry.undoneAt !== null) throw alreadyUndone();
  if (!isUndoable(entry.action)) throw cannotUndo();
  const boardId = entry.details.scope === 'site' ? null : entry.boardId;
  if (!isAllowed(member, toUndoPermission(entry), boardId)) throw notAllowed();
  if (isHigher(member, entry, boardId)) throw decidedHigher();
}

export function canUndo(member: StaffMember, entry: LogEntry): boolean {
  const boardId = entry.details.scope === 'site' ? null : entry.boardId;
  return entry.undoneAt === null && isUndoable(entry.action) && isAllowed(member, toUndoPermission(entry), boardId) && !isHigher(member, entry, boardId);
}

const isUndoable = (action: string) => appealActions.includes(action) || (isActName(action) && acts[action].isFinal !== true);

function isHigher(member: StaffMember, entry: LogEntry, boardId: number | null): boolean {
  if (entry.staffId === member.id || entry.role === 'automatic') return false;
  const own = toHighestRole(member, boardId);
  return own === null || roles.indexOf(own) < roles.indexOf(entry.role);
}
