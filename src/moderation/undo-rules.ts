import type { Role } from '../db/tables.js';
import { notAllowed } from '../http/errors.js';
import { type Act, assertAllowed, isAllowed } from '../staff/permissions.js';
import { roles, type StaffMember, toHighestRole } from '../staff/staff-member.js';
import { acts, isActName, toPermission } from './acts.js';
import type { LogEntry } from './mod-log-store.js';
import type { Ban } from './ban.js';
import { alreadyUndone, banSetHigher, cannotUndo, decidedHigher } from './moderation-errors.js';

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
  return entry.role !== 'automatic' && isAbove(member, { staffId: entry.staffId, role: entry.role, boardId });
}

/** Whether somebody else decided this, in a higher role than `member` has there. */
function isAbove(member: StaffMember, decided: { staffId: number | null; role: Role; boardId: number | null }): boolean {
  if (decided.staffId === member.id) return false;
  const own = toHighestRole(member, decided.boardId);
  return own === null || roles.indexOf(own) < roles.indexOf(decided.role);
}

/** What is appealed against a ban is answered in the role that set it, or a higher one. @throws notAllowed, banSetHigher */
export function assertCanAnswer(member: StaffMember, ban: Pick<Ban, 'boardId' | 'staffId' | 'role'>): void {
  assertAllowed(member, 'appeal.answer', ban.boardId);
  if (isAbove(member, ban)) throw banSetHigher();
}

export function canAnswer(member: StaffMember, ban: Pick<Ban, 'boardId' | 'staffId' | 'role'>): boolean {
  return isAllowed(member, 'appeal.answer', ban.boardId) && !isAbove(member, ban);
}
