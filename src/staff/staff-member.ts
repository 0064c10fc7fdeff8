import type { Role } from '../db/tables.js';

/** A role on one board, or everywhere when `boardId` is null. */
export interface StaffRole {
  boardId: number | null;
  role: Role;
}

/** Somebody of the staff who is logged in completely. */
export interface StaffMember {
  id: number;
  name: string;
  roles: StaffRole[];
  hasSecondFactor: boolean;
  /** What every form of this session must carry in the field `form_token`. */
  session: { formToken: string };
}

/** The roles from the least to the most. */
export const roles: readonly Role[] = ['janitor', 'moderator', 'admin'];

/** The highest role that `member` has on the board `boardId`, everywhere-roles included; with null, the role everywhere alone. */
export function toHighestRole(member: Pick<StaffMember, 'roles'>, boardId: number | null): Role | null {
  const held = member.roles.filter((role) => role.boardId === null || role.boardId === boardId).map(({ role }) => roles.indexOf(role));
  return roles[Math.max(-1, ...held)] ?? null;
}

/** Whether these roles are usable with a second factor only: every admin needs one, on however few boards. */
export function needsSecondFactor(held: readonly StaffRole[]): boolean {
  return held.some(({ role }) => role === 'admin');
}

/** Who `member` is in a row of the log: the highest role held anywhere. */
export function toActor(member: Pick<StaffMember, 'id' | 'roles'>): { staffId: number; role: Role } {
  const held = member.roles.map(({ role }) => roles.indexOf(role));
  return { staffId: member.id, role: roles[Math.max(0, ...held)] ?? 'janitor' };
}
