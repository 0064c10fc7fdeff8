import type { Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';
import type { StaffMember } from '../staff/staff-member.js';
import { changeFiles, type FileChange, setSanction } from '../threads/file-store.js';
import { hidePosts, type TouchedThread } from '../threads/removal-store.js';
import { destroyMedia } from '../threads/settle-removal.js';
import { moveThread, setThread } from '../threads/thread-state-store.js';
import { lockThreads } from '../threads/thread-store.js';
import type { BoardChange } from '../threads/thread.js';
import type { MediaStorage } from '../uploads/media-storage.js';
import { type ActRequest, type AuthorRemovalName, type FileActName, type Sanction, threadSettings, type ThreadSettingName } from './acts.js';
import { isActive, longestExcerpt, warningHours } from './ban.js';
import { clearBanExcerpts, findBansOfPost, insertBan } from './ban-store.js';
import type { ActDetails } from './mod-log-store.js';
import { alreadySanctioned, authorUnknown, nothingToDo } from './moderation-errors.js';
import { type AuthorReach, findAuthorPosts, findOrigin } from './origin-store.js';
import { emptyPost } from './purge-store.js';
import { clearReportNotes, resolveReports } from './report-store.js';
import type { ActTarget } from './target-store.js';

const HOUR = 3_600_000;
/** "Everything by this author" ends at so many posts, the newest first. */
const authorPostLimit = 1000;

/** Where and by whom an act is done. `role` is what the log and the poster are told. */
export interface ActContext {
  trx: Transaction<Tables>;
  storage: MediaStorage;
  member: StaffMember;
  role: 'janitor' | 'moderator' | 'admin';
  now: Date;
}

/** What an act changed: for the log, for undoing it, and for what has to follow the commit. */
export interface Applied {
  details: ActDetails;
  touched: TouchedThread[];
  /** What the board's index is told. */
  kind: BoardChange['kind'];
  movedFrom?: { boardSlug: string; no: number };
  /** Files to take out of public reach after the commit: all of these posts, or only the named ones. */
  hidden?: { postIds: number[]; uploadIds?: number[] };
  /** Posts whose open reports are settled by this. */
  settles: number[];
}

/**
 * Does an act inside a transaction. Whether the member may, and the log, are the caller's.
 * @throws nothingToDo when all was so already; authorUnknown, alreadySanctioned
 */
export function applyAct(context: ActContext, request: ActRequest, target: ActTarget): Promise<Applied> {
  switch (request.act) {
    case 'post.remove':
      return removePosts(context, [target.postId], request.reason, [target.postId]);
    case 'post.purge':
      return purgePost(context, target, request.reason);
    case 'report.dismiss':
      return dismissReports(context, target);
    case 'file.remove':
    case 'file.spoiler':
    case 'file.unspoiler':
      return changePostFiles(context, target, request.act, request.uploadId);
    case 'author.removeThread':
    case 'author.removeBoard':
    case 'author.removeSite':
      return removeByAuthor(context, target, request.act, request.reason);
    case 'author.ban':
      return sanctionAuthor(context, target, request, { kind: 'ban', hours: request.hours, scope: request.scope });
    case 'author.warn':
      return sanctionAuthor(context, target, request, { kind: 'warning', hours: warningHours });
    case 'thread.move':
      return moveToBoard(context, target, request.toBoardId, request.casePostId);
    default:
      return changeThread(context, target, request.act, request.casePostId);
  }
}

async function removePosts({ trx, now }: ActContext, postIds: number[], reason: string, settles: number[]): Promise<Applied> {
  const removed = await hidePosts(trx, postIds, 'staff', reason, now);
  if (removed.postIds.length === 0) throw nothingToDo();
  return {
    details: { postIds: removed.postIds },
    touched: removed.touched,
    kind: 'state',
    hidden: { postIds: removed.postIds },
    settles: [...new Set([...settles, ...removed.postIds])],
  };
}

async function removeByAuthor(context: ActContext, target: ActTarget, act: AuthorRemovalName, reason: string): Promise<Applied> {
  const origin = await findOrigin(context.trx, target.postId);
  if (origin === undefined) throw authorUnknown();
  const reaches: Record<AuthorRemovalName, AuthorReach> = {
    'author.removeThread': { threadId: target.threadId },
    'author.removeBoard': { boardIds: [target.boardId] },
    'author.removeSite': {},
  };
  const posts = await findAuthorPosts(context.trx, origin, reaches[act], authorPostLimit);
  if (posts.length === 0) throw nothingToDo();
  return removePosts(context, posts.map((post) => post.id), reason, [target.postId]);
}

/** Bytes go first: if anything fails after that, the act is asked for again, and nothing illegal is left in between. */
async function purgePost({ trx, storage, now }: ActContext, target: ActTarget, reason: string): Promise<Applied> {
  if (target.isDestroyed) throw nothingToDo();
  const removed = await hidePosts(trx, [target.postId], 'staff', reason, now);
  await destroyMedia(trx, storage, [target.postId]);
  await clearReportNotes(trx, target.postId);
  await clearBanExcerpts(trx, target.postId);
  const touched = await emptyPost(trx, { id: target.postId, threadId: target.threadId }, reason, now);
  // The pictures of a purged OP's replies go out of sight with their thread.
  return { details: {}, touched: [...removed.touched, touched], kind: 'state', hidden: { postIds: [target.postId] }, settles: [target.postId] };
}

async function dismissReports({ trx, member, now }: ActContext, target: ActTarget): Promise<Applied> {
  // Whoever acts on the post settles its reports under its thread's lock.
  await lockThreads(trx, [target.threadId]);
  const reportIds = await resolveReports(trx, [target.postId], { as: 'dismissed', by: member.id }, now);
  if (reportIds.length === 0) throw nothingToDo();
  return { details: { reportIds }, touched: [], kind: 'state', settles: [] };
}

async function changePostFiles({ trx, now }: ActContext, target: ActTarget, act: FileActName, uploadId?: number): Promise<Applied> {
  const changes: Record<FileActName, FileChange> = {
    'file.remove': { kind: 'hide', as: 'staff', at: now },
    'file.spoiler': { kind: 'spoiler', isSpoiler: true },
    'file.unspoiler': { kind: 'spoiler', isSpoiler: false },
  };
  const changed = await changeFiles(trx, target.postId, changes[act], uploadId === undefined ? undefined : [uploadId]);
  if (changed === undefined) throw nothingToDo();
  return {
    details: { uploadIds: changed.uploadIds },
    touched: [changed.touched],
    kind: 'state',
    hidden: act === 'file.remove' ? { postIds: [target.postId], uploadIds: changed.uploadIds } : undefined,
    settles: [target.postId],
  };
}

async function sanctionAuthor(
  context: ActContext,
  target: ActTarget,
  sanction: Sanction,
  { kind, hours, scope }: { kind: 'ban' | 'warning'; hours: number; scope?: 'board' | 'site' },
): Promise<Applied> {
  const { trx, now } = context;
  const origin = await findOrigin(trx, target.postId);
  if (origin === undefined) throw authorUnknown();
  // The thread comes first, too, when its post stays: a ban refers to the post, and whoever moves the thread would wait for that.
  const isRemoving = sanction.isPostRemoved && target.removedAs === null;
  const removed = isRemoving ? await removePosts(context, [target.postId], sanction.reason, [target.postId]) : undefined;
  await lockThreads(trx, [target.threadId]);
  const boardId = kind === 'ban' && scope === 'site' ? null : target.boardId;
  const standing = await findBansOfPost(trx, target.postId);
  if (standing.some((ban) => ban.kind === kind && ban.boardId === boardId && isActive(ban, now))) throw alreadySanctioned();
  const banId = await insertBan(
    trx,
    {
      kind,
      boardId,
      tag: origin.banTag,
      keyId: origin.banKeyId,
      reason: sanction.reason,
      post: { id: target.postId, boardSlug: target.boardSlug, no: target.no, excerpt: target.body.slice(0, longestExcerpt) },
      role: context.role,
      staffId: context.member.id,
      expiresAt: new Date(now.getTime() + hours * HOUR),
    },
    now,
  );
  const details: ActDetails = { banId, note: sanction.note, ...(kind === 'ban' ? { hours, scope } : {}) };
  const applied: Applied = { touched: [], kind: 'state', settles: [target.postId], ...removed, details: { ...details, ...removed?.details } };
  if (!sanction.isShown) return applied;
  const shown = await setSanction(trx, target.postId, kind === 'ban' ? 'banned' : 'warned');
  if (shown !== undefined) applied.touched.push(shown);
  applied.details.sanctionBefore = target.sanction;
  return applied;
}

async function changeThread({ trx, now }: ActContext, target: ActTarget, act: ThreadSettingName, casePostId?: number): Promise<Applied> {
  const settings = threadSettings[act];
  const changed = await setThread(trx, target.threadId, settings, now);
  if (changed === undefined || isSame(settings, changed.before)) throw nothingToDo();
  const kind = act === 'thread.archive' ? 'gone' : act === 'thread.unarchive' ? 'new' : 'state';
  return { details: {}, touched: [changed.touched], kind, settles: casePostId === undefined ? [] : [casePostId] };
}

const isSame = (wanted: object, before: object) => JSON.stringify(wanted) === JSON.stringify(before);

async function moveToBoard({ trx }: ActContext, target: ActTarget, toBoardId: number, casePostId?: number): Promise<Applied> {
  if (toBoardId === target.boardId) throw nothingToDo();
  const moved = await moveThread(trx, target.threadId, toBoardId);
  return {
    details: { fromBoardId: target.boardId, fromSlug: target.boardSlug },
    touched: moved.touched,
    kind: 'new',
    movedFrom: { boardSlug: target.boardSlug, no: moved.oldNo },
    settles: casePostId === undefined ? [] : [casePostId],
  };
}
