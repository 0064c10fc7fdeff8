import type { ThreadSettings } from '../threads/thread-state-store.js';
import type { Act } from '../staff/permissions.js';

export type FileActName = 'file.remove' | 'file.spoiler' | 'file.unspoiler';
export type AuthorRemovalName = 'author.removeThread' | 'author.removeBoard' | 'author.removeSite';
export type ThreadSettingName =
  | 'thread.sticky'
  | 'thread.unsticky'
  | 'thread.lock'
  | 'thread.unlock'
  | 'thread.bumplock'
  | 'thread.unbumplock'
  | 'thread.cyclical'
  | 'thread.uncyclical'
  | 'thread.archive'
  | 'thread.unarchive';
export type PostActName = 'post.remove' | 'post.purge' | 'report.dismiss' | 'author.ban' | 'author.warn' | FileActName | AuthorRemovalName;
export type ThreadActName = ThreadSettingName | 'thread.move';

/** Everything moderators do to posts, their authors and threads. Each has the texts `moderation.act.*` and `moderation.did.*`. */
export type ActName = PostActName | ThreadActName;

/** An act that somebody asks for. The reason is public; a note is for the poster alone. */
export type ActRequest =
  | { act: 'post.remove' | 'post.purge' | 'report.dismiss' | AuthorRemovalName; postId: number; reason: string }
  /** All files of the post when none is named. */
  | { act: FileActName; postId: number; reason: string; uploadId?: number }
  | ({ act: 'author.ban'; hours: number; scope: BanScope } & Sanction)
  | ({ act: 'author.warn' } & Sanction)
  /** `casePostId` is the reported post that led to it. */
  | { act: ThreadSettingName; threadId: number; reason: string; casePostId?: number }
  | { act: 'thread.move'; threadId: number; reason: string; toBoardId: number; casePostId?: number };

export type BanScope = 'board' | 'site';

export interface Sanction {
  postId: number;
  reason: string;
  note: string;
  /** Removes the post too. */
  isPostRemoved: boolean;
  /** Says below the post what it led to. */
  isShown: boolean;
}

/** What holds for an act wherever it is done. */
export interface ActRule {
  permission: Act;
  needsReason: boolean;
  /** Needs to know who wrote the post, which is forgotten after some days. */
  needsAuthor?: true;
  /** Left out of the public log: reports are nobody's business but the staff's. */
  isPrivate?: true;
  isFinal?: true;
  /** How the log shows it: an icon and a class of its action. */
  icon: string;
  tone: '' | 'bad' | 'mild' | 'good';
}

/** The acts, as one table. */
export const acts: Readonly<Record<ActName, ActRule>> = {
  'post.remove': { permission: 'post.remove', needsReason: true, icon: 'trash', tone: 'bad' },
  'post.purge': { permission: 'post.purge', needsReason: true, isFinal: true, icon: 'trash', tone: 'bad' },
  'report.dismiss': { permission: 'report.dismiss', needsReason: false, isPrivate: true, icon: 'check', tone: 'good' },
  'file.remove': { permission: 'file.remove', needsReason: true, icon: 'file', tone: 'bad' },
  'file.spoiler': { permission: 'file.spoiler', needsReason: false, icon: 'hide', tone: 'mild' },
  'file.unspoiler': { permission: 'file.spoiler', needsReason: false, icon: 'eye', tone: '' },
  'author.removeThread': { permission: 'author.removeThread', needsReason: true, needsAuthor: true, icon: 'trash', tone: 'bad' },
  'author.removeBoard': { permission: 'author.removeBoard', needsReason: true, needsAuthor: true, icon: 'trash', tone: 'bad' },
  'author.removeSite': { permission: 'author.removeSite', needsReason: true, needsAuthor: true, icon: 'trash', tone: 'bad' },
  'author.ban': { permission: 'author.ban', needsReason: true, needsAuthor: true, icon: 'ban', tone: 'bad' },
  'author.warn': { permission: 'author.warn', needsReason: true, needsAuthor: true, icon: 'warn', tone: 'mild' },
  'thread.sticky': { permission: 'thread.sticky', needsReason: false, icon: 'pin', tone: '' },
  'thread.unsticky': { permission: 'thread.sticky', needsReason: false, icon: 'pin', tone: '' },
  'thread.lock': { permission: 'thread.lock', needsReason: false, icon: 'lock', tone: '' },
  'thread.unlock': { permission: 'thread.lock', needsReason: false, icon: 'lock', tone: '' },
  'thread.bumplock': { permission: 'thread.bumplock', needsReason: false, icon: 'down', tone: '' },
  'thread.unbumplock': { permission: 'thread.bumplock', needsReason: false, icon: 'up', tone: '' },
  'thread.cyclical': { permission: 'thread.cyclical', needsReason: false, icon: 'undo', tone: '' },
  'thread.uncyclical': { permission: 'thread.cyclical', needsReason: false, icon: 'undo', tone: '' },
  'thread.archive': { permission: 'thread.archive', needsReason: false, icon: 'list', tone: '' },
  'thread.unarchive': { permission: 'thread.archive', needsReason: false, icon: 'list', tone: '' },
  'thread.move': { permission: 'thread.move', needsReason: false, icon: 'reply', tone: '' },
};

/** What each of the acts on a thread's state sets. */
export const threadSettings: Readonly<Record<ThreadSettingName, ThreadSettings>> = {
  'thread.sticky': { isSticky: true },
  'thread.unsticky': { isSticky: false },
  'thread.lock': { isLocked: true },
  'thread.unlock': { isLocked: false },
  'thread.bumplock': { isBumplocked: true },
  'thread.unbumplock': { isBumplocked: false },
  'thread.cyclical': { isCyclical: true },
  'thread.uncyclical': { isCyclical: false },
  'thread.archive': { isArchived: true },
  'thread.unarchive': { isArchived: false },
};

export const authorRemovals: readonly AuthorRemovalName[] = ['author.removeThread', 'author.removeBoard', 'author.removeSite'];

/** How long a ban can last, in hours: from one hour to one year, which is as long as its key can live. */
export const banHours: readonly number[] = [1, 6, 24, 72, 168, 720, 2160, 8760];

export const isActName = (text: string): text is ActName => Object.hasOwn(acts, text);
export const isThreadSettingName = (text: string): text is ThreadSettingName => Object.hasOwn(threadSettings, text);

/** The permission that an act needs: a ban from the whole site needs another than one from a board. */
export function toPermission(act: ActName, scope?: BanScope): Act {
  return act === 'author.ban' && scope === 'site' ? 'author.banSite' : acts[act].permission;
}
