import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import { formTokenWrong, notStaff } from '../http/errors.js';
import { toText } from '../http/sent-params.js';
import type { SessionStage } from './session-rules.js';
import type { StaffMember } from './staff-member.js';

/** The login that a request came with, however far it got. */
export interface RequestSession {
  member: StaffMember;
  idHash: Buffer;
  stage: SessionStage;
}

const sessions = new WeakMap<IncomingMessage, RequestSession>();

/** Notes whose request this is. Called by loadStaff alone. */
export function attachSession(req: IncomingMessage, session: RequestSession): void {
  sessions.set(req, session);
}

/** The login of a request, complete or not: for the pages that complete it. Everything else asks findStaff. */
export function findRequestSession(req: IncomingMessage): RequestSession | undefined {
  return sessions.get(req);
}

/** Who of the staff is asking, or undefined for visitors and for logins that are not complete. */
export function findStaff(req: IncomingMessage): StaffMember | undefined {
  const session = sessions.get(req);
  return session?.stage === 'complete' ? session.member : undefined;
}

/** Who of the staff is asking. @throws notStaff (401) */
export function getStaff(req: IncomingMessage): StaffMember {
  const member = findStaff(req);
  if (member === undefined) throw notStaff();
  return member;
}

/**
 * Holds a form of staff to its session: its field `form_token` must carry the session's token. To be called on every request of
 * staff that changes something, after its body was read.
 * @throws notStaff (401) without a session; formTokenWrong (403) when the token is missing, old or another session's
 */
export function assertFormToken(req: Request): void {
  const session = sessions.get(req);
  if (session === undefined) throw notStaff();
  const sent = Buffer.from(readField(req, 'form_token'));
  const ours = Buffer.from(session.member.session.formToken);
  if (sent.length !== ours.length || !timingSafeEqual(sent, ours)) throw formTokenWrong();
}

/** One field of a form that was read, as text; the empty string when it is missing or sent twice. */
export function readField(req: Request, name: string): string {
  const body: unknown = req.body;
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name) ? toText(Reflect.get(body, name)) : '';
}
