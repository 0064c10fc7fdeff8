import type { Kysely, Transaction } from 'kysely';
import { inTransaction } from '../db/in-transaction.js';
import type { Tables } from '../db/tables.js';
import { notAllowed } from '../http/errors.js';
import { assertAllowed } from '../staff/permissions.js';
import { type StaffMember, toHighestRole } from '../staff/staff-member.js';
import { hideMedia } from '../threads/settle-removal.js';
import type { ThreadPublisher } from '../threads/thread-publisher.js';
import type { TouchedThread } from '../threads/removal-store.js';
import type { MediaStorage } from '../uploads/media-storage.js';
import { type ActRequest, acts, toPermission } from './acts.js';
import { applyAct, type Applied } from './apply-act.js';
import { updateBanEntry } from './ban-store.js';
import { insertLogEntry, lockLogEntry, updateUndoneAt } from './mod-log-store.js';
import { targetGone, undoOvertaken } from './moderation-errors.js';
import { reopenReports, resolveReports } from './report-store.js';
import { revertAct } from './revert-act.js';
import { type ActTarget, findTarget, findThreadTarget } from './target-store.js';
import { assertCanUndo, toUndoPermission } from './undo-rules.js';

/** The doing and undoing of everything in the table of acts. */
export interface Acts {
  /**
   * Does an act: the change, its row in the log and the settling of reports in one transaction; then every open page is told and
   * files are moved. Answers with the log entry by which it can be undone.
   * @throws notAllowed; targetGone; nothingToDo when all was so already; authorUnknown, alreadySanctioned
   */
  perform: (member: StaffMember, request: ActRequest) => Promise<{ logId: number }>;
  /**
   * Takes back what entry `logId` did, exactly that, and writes this down as an entry of its own.
   * @throws notAllowed, decidedHigher; targetGone; alreadyUndone; cannotUndo; undoOvertaken when nothing of it stands any more
   */
  undo: (member: StaffMember, logId: number) => Promise<{ logId: number }>;
}

export interface ActsParts {
  db: Kysely<Tables>;
  storage: MediaStorage;
  publisher: Pick<ThreadPublisher, 'publish'>;
  /** Tells open queue pages that something changed. Returns at once. */
  announceQueue: () => void;
  now: () => Date;
}

export function createActs(parts: ActsParts): Acts {
  const { db, storage } = parts;
  return {
    async perform(member, request) {
      const now = parts.now();
      const { applied, logId } = await inTransaction(db, (trx) => performIn(trx, storage, member, request, now));
      publishAll(parts.publisher, applied);
      parts.announceQueue();
      if (applied.hidden !== undefined) await hideMedia(db, storage, applied.hidden.postIds, applied.hidden.uploadIds);
      return { logId };
    },
    async undo(member, logId) {
      const now = parts.now();
      const { reverted, undoId } = await inTransaction(db, (trx) => undoIn(trx, storage, member, logId, now));
      publishAll(parts.publisher, reverted);
      parts.announceQueue();
      return { logId: undoId };
    },
  };
}

async function performIn(trx: Transaction<Tables>, storage: MediaStorage, member: StaffMember, request: ActRequest, now: Date) {
  const target = await getTarget(trx, request);
  assertAllowed(member, getPermission(request), target.boardId);
  const applied = await applyAct({ trx, storage, member, role: getRole(member, request, target), now }, await withOwnCase(trx, request), target);
  // Read again now that its thread is locked: it could have been moved to a board where this member may not, or is being moved there.
  const after = await getTarget(trx, request);
  assertAllowed(member, getPermission(request), after.boardId);
  const settled = await resolveReports(trx, applied.settles, { as: 'acted', by: member.id }, now);
  const logId = await insertLogEntry(
    trx,
    {
      staffId: member.id,
      role: getRole(member, request, after),
      action: request.act,
      boardId: after.boardId,
      threadId: after.threadId,
      postId: after.postId,
      postNo: after.no,
      reason: request.reason,
      isPublic: acts[request.act].isPrivate !== true,
      details: { reportIds: settled, ...applied.details },
    },
    now,
  );
  if (applied.details.banId !== undefined) await updateBanEntry(trx, applied.details.banId, logId);
  return { applied, logId };
}

async function undoIn(trx: Transaction<Tables>, storage: MediaStorage, member: StaffMember, id: number, now: Date) {
  const entry = await lockLogEntry(trx, id);
  if (entry === undefined) throw targetGone();
  assertCanUndo(member, entry);
  const reverted = await revertAct({ trx, storage, now }, entry);
  if (!reverted.hasChanged) throw undoOvertaken();
  for (const boardId of reverted.boardIds) assertAllowed(member, toUndoPermission(entry), boardId);
  await reopenReports(trx, entry.details.reportIds ?? []);
  await updateUndoneAt(trx, id, now);
  const target = entry.postId === null ? undefined : await findTarget(trx, entry.postId);
  const undoId = await insertLogEntry(
    trx,
    {
      staffId: member.id,
      role: toHighestRole(member, entry.details.scope === 'site' ? null : entry.boardId) ?? entryRole(member),
      action: 'undo',
      boardId: target?.boardId ?? entry.boardId,
      threadId: entry.threadId,
      postId: entry.postId,
      postNo: target?.no ?? entry.postNo,
      reason: '',
      isPublic: entry.isPublic,
      details: {},
      undoesId: id,
    },
    now,
  );
  return { reverted, undoId };
}

async function getTarget(trx: Transaction<Tables>, request: ActRequest): Promise<ActTarget> {
  const target = 'postId' in request ? await findTarget(trx, request.postId) : await findThreadTarget(trx, request.threadId);
  if (target === undefined) throw targetGone();
  return target;
}

/** A reported post settles with its own thread, never with another. */
async function withOwnCase(trx: Transaction<Tables>, request: ActRequest): Promise<ActRequest> {
  if (!('threadId' in request) || request.casePostId === undefined) return request;
  const found = await findTarget(trx, request.casePostId);
  return found?.threadId === request.threadId ? request : { ...request, casePostId: undefined };
}

const getPermission = (request: ActRequest) => toPermission(request.act, request.act === 'author.ban' ? request.scope : undefined);

/** The role in which somebody acts: the one that made it possible. */
function getRole(member: StaffMember, request: ActRequest, target: ActTarget) {
  const isSiteWide = request.act === 'author.removeSite' || (request.act === 'author.ban' && request.scope === 'site');
  const role = toHighestRole(member, isSiteWide ? null : target.boardId);
  if (role === null) throw notAllowed();
  return role;
}

function entryRole(member: StaffMember) {
  const role = member.roles[0]?.role;
  if (role === undefined) throw notAllowed();
  return role;
}

/** Each thread by itself: the publisher tells the board of the first one it is given. */
function publishAll(publisher: ActsParts['publisher'], change: Pick<Applied, 'touched' | 'kind' | 'movedFrom'>): void {
  for (const [index, touched] of toLatest(change.touched).entries()) {
    publisher.publish([touched], index === 0 ? change.kind : 'state', { movedFrom: index === 0 ? change.movedFrom : undefined });
  }
}

/** One entry a thread, with its last change number. */
function toLatest(touched: readonly TouchedThread[]): TouchedThread[] {
  const latest = new Map<number, number>();
  for (const { threadId, changeNo } of touched) latest.set(threadId, Math.max(changeNo, latest.get(threadId) ?? 0));
  return [...latest].map(([threadId, changeNo]) => ({ threadId, changeNo }));
}
