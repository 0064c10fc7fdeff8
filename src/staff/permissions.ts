import type { Role } from '../db/tables.js';
import { notAllowed } from '../http/errors.js';
import { roles, type StaffMember, toHighestRole } from './staff-member.js';

/** Everything that only staff may do. */
export type Act =
  | 'queue.read'
  | 'report.dismiss'
  | 'post.remove'
  | 'file.remove'
  | 'file.spoiler'
  | 'author.removeThread'
  | 'author.removeBoard'
  | 'author.removeSite'
  | 'author.ban'
  | 'author.banSite'
  | 'author.warn'
  | 'thread.sticky'
  | 'thread.lock'
  | 'thread.bumplock'
  | 'thread.cyclical'
  | 'thread.archive'
  | 'thread.move'
  | 'appeal.answer'
  | 'log.readPrivate'
  | 'post.purge'
  | 'staff.manage'
  | 'post.capcode';

interface Rule {
  /** The lowest role that may. */
  from: Role;
  /** On the site: reaches beyond one board, so a role on a board is not enough. */
  isSiteWide?: true;
}

/** The whole policy. An act that does not stand here is nobody's. */
export const policy: Readonly<Record<Act, Rule>> = {
  'queue.read': { from: 'janitor' },
  'report.dismiss': { from: 'janitor' },
  'post.remove': { from: 'janitor' },
  'file.remove': { from: 'janitor' },
  'file.spoiler': { from: 'janitor' },
  'author.removeThread': { from: 'janitor' },
  'author.warn': { from: 'moderator' },
  'author.ban': { from: 'moderator' },
  'author.removeBoard': { from: 'moderator' },
  'thread.sticky': { from: 'moderator' },
  'thread.lock': { from: 'moderator' },
  'thread.bumplock': { from: 'moderator' },
  'thread.cyclical': { from: 'moderator' },
  'thread.archive': { from: 'moderator' },
  'thread.move': { from: 'moderator' },
  'appeal.answer': { from: 'moderator' },
  'post.capcode': { from: 'moderator' },
  'author.removeSite': { from: 'moderator', isSiteWide: true },
  'author.banSite': { from: 'moderator', isSiteWide: true },
  'post.purge': { from: 'admin' },
  'log.readPrivate': { from: 'admin' },
  'staff.manage': { from: 'admin', isSiteWide: true },
};

/** Whether `member` may do `act` on the board `boardId`; with null, everywhere. */
export function isAllowed(member: StaffMember, act: Act, boardId: number | null): boolean {
  const rule: Rule | undefined = Object.hasOwn(policy, act) ? policy[act] : undefined;
  if (rule === undefined) return false;
  const held = toHighestRole(member, rule.isSiteWide ? null : boardId);
  return held !== null && roles.indexOf(held) >= roles.indexOf(rule.from);
}

/** @throws notAllowed (403) unless `member` may do `act` there */
export function assertAllowed(member: StaffMember, act: Act, boardId: number | null): void {
  if (!isAllowed(member, act, boardId)) throw notAllowed();
}

/** Whether there is any place where `member` may do `act`: decides who sees a page about several boards. */
export function isAllowedSomewhere(member: StaffMember, act: Act): boolean {
  return isAllowed(member, act, null) || member.roles.some(({ boardId }) => isAllowed(member, act, boardId));
}
