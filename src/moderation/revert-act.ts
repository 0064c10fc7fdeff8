import type { Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';
import { changeFiles, type FileChange, setSanction } from '../threads/file-store.js';
import { type TouchedThread, unhidePosts } from '../threads/removal-store.js';
import { restoreMedia } from '../threads/settle-removal.js';
import { moveThread, setThread, type ThreadSettings } from '../threads/thread-state-store.js';
import { lockThreads } from '../threads/thread-store.js';
import type { BoardChange } from '../threads/thread.js';
import type { MediaStorage } from '../uploads/media-storage.js';
import { type ActName, acts, isThreadSettingName, threadSettings, type ThreadSettingName } from './acts.js';
import { lockBan, updateBan } from './ban-store.js';
import { hasLaterAct, type LogEntry } from './mod-log-store.js';
import { cannotUndo, undoOvertaken } from './moderation-errors.js';
import { reopenReports } from './report-store.js';
import { findRestorable, findRestored, findTarget, findThreadTarget } from './target-store.js';

/** What taking an act back changed. */
export interface Reverted {
  /** False when nothing of the act stood any more. */
  hasChanged: boolean;
  touched: TouchedThread[];
  kind: BoardChange['kind'];
  movedFrom?: { boardSlug: string; no: number };
  /** The boards of everything that was touched: the member must be allowed on each. */
  boardIds: number[];
}

type RevertContext = { trx: Transaction<Tables>; storage: MediaStorage; now: Date };

const unchanged: Reverted = { hasChanged: false, touched: [], kind: 'state', boardIds: [] };

/**
 * Takes back what an entry of the log did: exactly the posts that it hid, the files that it changed, the ban that it made; what
 * has been overtaken since stays as it is. Reports are opened again by the caller.
 * @throws undoOvertaken when the thread's state was changed again since; cannotUndo
 */
export function revertAct(context: RevertContext, entry: LogEntry): Promise<Reverted> {
  if (isThreadSettingName(entry.action)) return revertThread(context, entry, entry.action);
  switch (entry.action) {
    case 'post.remove':
    case 'author.removeThread':
    case 'author.removeBoard':
    case 'author.removeSite':
      return restorePosts(context, entry.details.postIds ?? []);
    case 'file.remove':
      return restoreFiles(context, entry);
    case 'file.spoiler':
    case 'file.unspoiler':
      return changeBack(context, entry, { kind: 'spoiler', isSpoiler: entry.action === 'file.unspoiler' });
    case 'report.dismiss':
      return reopen(context, entry);
    case 'author.ban':
    case 'author.warn':
      return revertSanction(context, entry);
    case 'thread.move':
      return moveBack(context, entry);
    case 'appeal.refuse':
    case 'appeal.shorten':
    case 'appeal.lift':
      return revertAnswer(context, entry, entry.action);
    default:
      throw cannotUndo();
  }
}

async function restorePosts({ trx, storage }: RevertContext, postIds: number[]): Promise<Reverted> {
  const restored = await unhidePosts(trx, await findRestorable(trx, postIds));
  if (restored.postIds.length === 0) return unchanged;
  const { boardIds, hasOp, isAnyDestroyed } = await findRestored(trx, restored.postIds);
  // Purged between the search and the lock.
  if (isAnyDestroyed) throw undoOvertaken();
  await restoreMedia(trx, storage, restored.postIds);
  return { hasChanged: true, touched: restored.touched, kind: hasOp ? 'new' : 'state', boardIds };
}

/** Files of a post that is itself removed meanwhile come back with it, not before. */
async function restoreFiles(context: RevertContext, entry: LogEntry): Promise<Reverted> {
  const reverted = await changeBack(context, entry, { kind: 'unhide' });
  if (reverted.hasChanged && entry.postId !== null) await restoreMedia(context.trx, context.storage, [entry.postId], entry.details.uploadIds);
  return reverted;
}

async function changeBack({ trx }: RevertContext, entry: LogEntry, change: FileChange): Promise<Reverted> {
  if (entry.postId === null) return unchanged;
  const changed = await changeFiles(trx, entry.postId, change, entry.details.uploadIds ?? []);
  const post = await findTarget(trx, entry.postId);
  if (changed === undefined || post === undefined) return unchanged;
  return { hasChanged: true, touched: [changed.touched], kind: 'state', boardIds: [post.boardId] };
}

async function reopen({ trx }: RevertContext, entry: LogEntry): Promise<Reverted> {
  const count = await reopenReports(trx, entry.details.reportIds ?? []);
  return { ...unchanged, hasChanged: count > 0 };
}

async function revertSanction(context: RevertContext, entry: LogEntry): Promise<Reverted> {
  const { trx, now } = context;
  const { banId, postIds, sanctionBefore } = entry.details;
  // The threads come first: a poster who takes the post back meanwhile holds its thread, and wants the ban for what it quotes.
  const restored = postIds === undefined ? unchanged : await restorePosts(context, postIds);
  if (entry.threadId !== null) await lockThreads(trx, [entry.threadId]);
  const ban = banId === undefined ? undefined : await lockBan(trx, banId);
  const isStanding = ban !== undefined && ban.liftedAt === null && ban.expiresAt > now;
  const reverted = { ...restored, touched: [...restored.touched], hasChanged: isStanding || restored.hasChanged };
  if (isStanding) await updateBan(trx, ban.id, { lifted_at: now });
  if (reverted.hasChanged && sanctionBefore !== undefined && entry.postId !== null) {
    const shown = await setSanction(trx, entry.postId, sanctionBefore);
    if (shown !== undefined) reverted.touched.push(shown);
  }
  return reverted;
}

async function revertThread({ trx, now }: RevertContext, entry: LogEntry, action: ThreadSettingName): Promise<Reverted> {
  const { threadId } = entry;
  const set = threadSettings[action];
  const changed = threadId === null ? undefined : await setThread(trx, threadId, toOpposite(set), now);
  if (threadId === null || changed === undefined) return unchanged;
  const family = toNames((name) => acts[name].permission === acts[action].permission);
  if (JSON.stringify(changed.before) !== JSON.stringify(set) || (await hasLaterAct(trx, threadId, entry.id, family))) throw undoOvertaken();
  const target = await findThreadTarget(trx, threadId);
  const kind = action === 'thread.archive' ? 'new' : action === 'thread.unarchive' ? 'gone' : 'state';
  return { hasChanged: true, touched: [changed.touched], kind, boardIds: target === undefined ? [] : [target.boardId] };
}

const toOpposite = (settings: ThreadSettings): ThreadSettings => Object.fromEntries(Object.entries(settings).map(([name, isSet]) => [name, !isSet]));
const toNames = (isWanted: (name: ActName) => boolean) => (Object.keys(acts) as ActName[]).filter(isWanted);

async function moveBack({ trx }: RevertContext, entry: LogEntry): Promise<Reverted> {
  const { threadId, boardId } = entry;
  const { fromBoardId } = entry.details;
  const target = threadId === null ? undefined : await findThreadTarget(trx, threadId);
  if (threadId === null || boardId === null || fromBoardId === undefined || target === undefined) return unchanged;
  if (target.boardId !== boardId || (await hasLaterAct(trx, threadId, entry.id, ['thread.move']))) throw undoOvertaken();
  const moved = await moveThread(trx, threadId, fromBoardId);
  return { hasChanged: true, touched: moved.touched, kind: 'new', movedFrom: { boardSlug: target.boardSlug, no: moved.oldNo }, boardIds: [boardId, fromBoardId] };
}

/** The appeal stands open again, and the ban as it was before the answer. */
async function revertAnswer({ trx, now }: RevertContext, entry: LogEntry, action: 'appeal.refuse' | 'appeal.shorten' | 'appeal.lift'): Promise<Reverted> {
  const outcomes = { 'appeal.refuse': 'refused', 'appeal.shorten': 'shortened', 'appeal.lift': 'lifted' } as const;
  const { banId, expiresBefore } = entry.details;
  const ban = banId === undefined ? undefined : await lockBan(trx, banId);
  if (ban === undefined || ban.answer?.outcome !== outcomes[action] || expiresBefore === undefined) return unchanged;
  const expiresAt = new Date(expiresBefore);
  if (expiresAt <= now || (action !== 'appeal.lift' && ban.liftedAt !== null)) return unchanged;
  const open = { appeal_answer: null, appeal_outcome: null, appeal_answered_at: null };
  await updateBan(trx, ban.id, { ...open, expires_at: expiresAt, lifted_at: null });
  return { ...unchanged, hasChanged: true };
}
