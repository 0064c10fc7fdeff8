import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';
import { notAllowed, notStaff } from '../http/errors.js';
import { type Act, isAllowedSomewhere } from './permissions.js';
import { clearSessionCookie, createSessionId, findSessionId, hashSessionId, setSessionCookie } from './session-cookie.js';
import { absoluteLimit, findStage, hasEnded, loginLimit, longestIdleLimit, seenEvery } from './session-rules.js';
import { deleteEndedSessions, deleteSession, findSession, insertSession, updateLastSeenAt } from './session-store.js';
import { enrolmentPath, loginPath, secondFactorPath, toReturnPath, withReturnPath } from './staff-path.js';
import type { StaffMember } from './staff-member.js';
import { attachSession, findRequestSession, findStaff, type RequestSession } from './staff-request.js';
import { findStaff as findAccount } from './staff-store.js';

export interface StaffSessions {
  /** Middleware for everything below /mod: finds out who is asking, and forbids keeping what is answered. */
  loadStaff: RequestHandler;
  /**
   * Middleware that lets staff through who may do `act` somewhere; which board it is about is the route's to check. Without an act
   * any complete login passes. A visitor's GET is led to the login and back.
   * @throws notStaff (401) for other requests of visitors, notAllowed (403)
   */
  requireStaff: (act?: Act) => RequestHandler;
  /** Who a Cookie header belongs to at this moment: for sockets, again and again. It does not keep the session alive. */
  verifySession: (cookieHeader: string | undefined) => Promise<StaffMember | undefined>;
  /** Opens a session in the transaction that settled the login, in place of the one that the request came with. Answers with its id. */
  open: (trx: Transaction<Tables>, req: Request, login: { staffId: number; isComplete: boolean }) => Promise<string>;
  /** Gives the browser the id of an opened session, after the commit. */
  setCookie: (res: Response, id: string) => void;
  /** Ends the session of a request and takes the cookie back. */
  close: (req: Request, res: Response) => Promise<void>;
}

/** Makes the sessions of staff. `isSecure`: visitors reach the board by https. */
export function createStaffSessions(options: { db: Kysely<Tables>; now: () => Date; isSecure: boolean }): StaffSessions {
  const { db, now, isSecure } = options;

  return {
    async loadStaff(req, res, next) {
      res.set('Cache-Control', 'no-store');
      const found = await findLogin(db, req.headers.cookie, isSecure, now());
      if (found !== undefined) {
        attachSession(req, found.session);
        if (now().getTime() - found.lastSeenAt.getTime() >= seenEvery) await updateLastSeenAt(db, found.session.idHash, now());
      }
      next();
    },
    requireStaff: (act) => (req, res, next) => {
      const member = findStaff(req);
      if (member === undefined) return leadToLogin(req, res);
      if (act !== undefined && !isAllowedSomewhere(member, act)) throw notAllowed();
      next();
    },
    async verifySession(cookieHeader) {
      const found = await findLogin(db, cookieHeader, isSecure, now());
      return found?.session.stage === 'complete' ? found.session.member : undefined;
    },
    async open(trx, req, login) {
      const id = createSessionId();
      const at = now();
      const old = findSessionId(req.headers.cookie, isSecure);
      if (old !== undefined) await deleteSession(trx, hashSessionId(old));
      await deleteEndedSessions(trx, at, new Date(at.getTime() - longestIdleLimit));
      await insertSession(trx, {
        idHash: hashSessionId(id),
        staffId: login.staffId,
        formToken: randomBytes(32).toString('base64url'),
        isComplete: login.isComplete,
        createdAt: at,
        lastSeenAt: at,
        expiresAt: new Date(at.getTime() + (login.isComplete ? absoluteLimit : loginLimit)),
      });
      return id;
    },
    setCookie: (res, id) => setSessionCookie(res, id, isSecure),
    async close(req, res) {
      const session = findRequestSession(req);
      if (session !== undefined) await deleteSession(db, session.idHash);
      clearSessionCookie(res, isSecure);
    },
  };
}

/** The living login behind a Cookie header. */
async function findLogin(
  db: Kysely<Tables>,
  cookies: string | undefined,
  isSecure: boolean,
  now: Date,
): Promise<{ session: RequestSession; lastSeenAt: Date } | undefined> {
  const id = findSessionId(cookies, isSecure);
  if (id === undefined) return undefined;
  const stored = await findSession(db, hashSessionId(id));
  if (stored === undefined) return undefined;
  const account = await findAccount(db, stored.staffId);
  if (account === undefined || account.disabledAt !== null || hasEnded(stored, account.roles, now)) return undefined;
  const stage = findStage(stored, account);
  if (stage === undefined) return undefined;
  const { name, roles, hasSecondFactor } = account;
  const member = { id: account.id, name, roles, hasSecondFactor, session: { formToken: stored.formToken } };
  return { session: { member, idHash: stored.idHash, stage }, lastSeenAt: stored.lastSeenAt };
}

/** To the step of the login that is still missing, remembering the page that was asked for. */
function leadToLogin(req: Request, res: Response): void {
  if (req.method !== 'GET' && req.method !== 'HEAD') throw notStaff();
  const stage = findRequestSession(req)?.stage;
  const step = stage === 'second-factor' ? secondFactorPath : stage === 'enrolment' ? enrolmentPath : loginPath;
  res.redirect(303, withReturnPath(step, toReturnPath(req.originalUrl)));
}
