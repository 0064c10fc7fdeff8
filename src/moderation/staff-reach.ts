import { type Act, isAllowed } from '../staff/permissions.js';
import type { StaffMember } from '../staff/staff-member.js';
import { type ActName, acts, toPermission } from './acts.js';

/** The boards on which `member` may do `act`; null means all of them. */
export function toBoardReach(member: StaffMember, act: Act): number[] | null {
  if (isAllowed(member, act, null)) return null;
  const boardIds = member.roles.flatMap(({ boardId }) => (boardId !== null && isAllowed(member, act, boardId) ? [boardId] : []));
  return [...new Set(boardIds)];
}

/** What `member` may do on one board: what forms offer. `banSite` is a ban from everywhere. */
export type Offer = Record<ActName | 'banSite' | 'capcode', boolean>;

export function toOffer(member: StaffMember, boardId: number): Offer {
  const names = Object.keys(acts) as ActName[];
  const offer = Object.fromEntries(names.map((name) => [name, isAllowed(member, toPermission(name), boardId)])) as Record<ActName, boolean>;
  return { ...offer, banSite: isAllowed(member, 'author.banSite', null), capcode: isAllowed(member, 'post.capcode', boardId) };
}
