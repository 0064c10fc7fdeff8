import { timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import type { Role } from '../db/tables.js';
import { formTokenWrong, notStaff } from '../http/errors.js';
import { getContext } from '../http/request.js';
import { type AuthorTags, toAuthorTags } from '../identity/author-tags.js';
import { isAllowed } from '../staff/permissions.js';
import { roles, toHighestRole } from '../staff/staff-member.js';
import { cannotUseCapcode } from './posting-errors.js';
import type { PostingParts } from './posting-parts.js';

/** Who posts: a visitor, known by expiring tags, or a member of staff under his role. */
export interface Poster {
  /** Null for staff: where somebody posts from under a role would tie what he posts without it to him. */
  tags: AuthorTags | null;
  capcode: Role | null;
  /** The same for every copy of one form. */
  mark: Buffer;
}

/**
 * Finds out who posts. A form with the field `capcode` is of staff: it must carry the session's `form_token`, and its role may be no
 * higher than the one held on the board.
 * @throws notStaff, formTokenWrong, cannotUseCapcode
 */
export async function findPoster(parts: Pick<PostingParts, 'keys' | 'sessions'>, req: Request, fields: Record<string, string>, boardId: number): Promise<Poster> {
  const asked = fields['capcode'] ?? '';
  if (asked === '') {
    const tags = toAuthorTags(parts.keys, getContext(req).address);
    return { tags, capcode: null, mark: tags.dayTag };
  }
  const member = await parts.sessions.verifySession(req.headers.cookie);
  if (member === undefined) throw notStaff();
  if (!isSame(fields['form_token'] ?? '', member.session.formToken)) throw formTokenWrong();
  const capcode = roles.find((role) => role === asked);
  const held = toHighestRole(member, boardId);
  if (capcode === undefined || held === null || !isAllowed(member, 'post.capcode', boardId)) throw cannotUseCapcode();
  if (roles.indexOf(capcode) > roles.indexOf(held)) throw cannotUseCapcode();
  return { tags: null, capcode, mark: Buffer.from(`staff ${member.id}`) };
}

function isSame(sent: string, ours: string): boolean {
  const [one, other] = [Buffer.from(sent), Buffer.from(ours)];
  return one.length === other.length && timingSafeEqual(one, other);
}
