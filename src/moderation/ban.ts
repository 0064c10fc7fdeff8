import type { Role } from '../db/tables.js';

/** A ban, or a warning, as its poster and moderators see it. Whose it is stays in the database, as a keyed tag. */
export interface Ban {
  id: number;
  kind: 'ban' | 'warning';
  /** Null for the whole site. */
  boardId: number | null;
  boardSlug: string | null;
  reason: string;
  /** Words for the poster alone; empty when there are none. */
  note: string;
  /** What the post was when it was banned, kept even when the post is gone. */
  post: { id: number | null; boardSlug: string; no: number; excerpt: string };
  role: Role;
  staffId: number | null;
  createdAt: Date;
  expiresAt: Date;
  liftedAt: Date | null;
  seenAt: Date | null;
  appeal: { text: string; at: Date } | null;
  answer: { text: string; outcome: 'refused' | 'lifted' | 'shortened'; at: Date } | null;
}

/** A tag under the key that it was made with. */
export interface KeyedTag {
  keyId: string;
  tag: Buffer;
}

/** Whether a ban still keeps its poster from posting, or a warning still waits to be read. */
export function isActive(ban: Pick<Ban, 'kind' | 'liftedAt' | 'expiresAt' | 'seenAt'>, now: Date): boolean {
  if (ban.liftedAt !== null || ban.expiresAt <= now) return false;
  return ban.kind === 'ban' || ban.seenAt === null;
}

/** Of several bans the one that lasts longest is the one that counts; of equally long ones, the one that reaches further. */
export function toStrictest(bans: readonly Ban[]): Ban | undefined {
  return [...bans].sort(
    (one, other) => other.expiresAt.getTime() - one.expiresAt.getTime() || Number(one.boardId !== null) - Number(other.boardId !== null) || one.id - other.id,
  )[0];
}

/** A warning that is not read within so many hours is dropped. */
export const warningHours = 30 * 24;
/** An appeal, and its answer, may have so many UTF-16 units. */
export const longestAppeal = 1000;
/** So much of a post is kept with its ban. */
export const longestExcerpt = 500;

export const toBanPath = (id: number) => `/bans/${id}`;
