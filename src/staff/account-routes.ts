import express, { type Request, type Response, type Router } from 'express';
import { inTransaction } from '../db/in-transaction.js';
import type { BoardList } from '../boards/board-list.js';
import type { UserError } from '../http/errors.js';
import { toText } from '../http/sent-params.js';
import type { Views } from '../http/views.js';
import { assertUnchanged, confirmPassword, type LoginParts } from './log-in.js';
import { assertPasswordAcceptable, hashPassword, leastPasswordLength } from './passwords.js';
import { hasEnded } from './session-rules.js';
import { deleteOwnSession, deleteSessionsOf, listSessions } from './session-store.js';
import { passwordsDiffer } from './staff-errors.js';
import { insertStaffDeed } from './staff-log-store.js';
import { type StaffMember, type StaffRole, toActor } from './staff-member.js';
import { toStaffNav } from './staff-nav.js';
import { readForm, sendStaffPage, toMinute, tryOrRefuse } from './staff-pages.js';
import { accountPath, enrolmentPath } from './staff-path.js';
import { assertFormToken, findRequestSession, getStaff, readField } from './staff-request.js';
import { countRecoveryCodes, updatePassword } from './staff-store.js';

type AccountParts = LoginParts & { views: Views; boards: Pick<BoardList, 'findById'> };

/** One's own account: what one may do, the password, the second factor, where one is logged in. */
export function createAccountRouter(parts: AccountParts): Router {
  const { db, sessions } = parts;
  const router = express.Router({ caseSensitive: true });
  const requireStaff = sessions.requireStaff();

  router.get(accountPath, requireStaff, (req, res) => showAccount(parts, req, res));

  router.post(`${accountPath}/password`, requireStaff, readForm, async (req, res) => {
    assertFormToken(req);
    const { done, refusal } = await tryOrRefuse(() => changePassword(parts, req, getStaff(req)));
    if (done === undefined) return showAccount(parts, req, res, refusal);
    sessions.setCookie(res, done.sessionId);
    res.redirect(303, `${accountPath}?done=password`);
  });

  router.post(`${accountPath}/sessions`, requireStaff, readForm, async (req, res) => {
    assertFormToken(req);
    const member = getStaff(req);
    const asked = readField(req, 'session');
    if (asked !== 'others') {
      await deleteOwnSession(db, member.id, Buffer.from(asked, 'base64url'));
      return res.redirect(303, `${accountPath}?done=session`);
    }
    const own = findRequestSession(req)?.idHash;
    for (const session of await listSessions(db, member.id)) {
      if (own === undefined || !session.idHash.equals(own)) await deleteOwnSession(db, member.id, session.idHash);
    }
    res.redirect(303, `${accountPath}?done=sessions`);
  });

  return router;
}

/** Ends every session with the old password, this one too: it goes on under a new id. */
async function changePassword(parts: AccountParts, req: Request, member: StaffMember): Promise<{ sessionId: string }> {
  const password = readField(req, 'password');
  assertPasswordAcceptable(member.name, password);
  if (password !== readField(req, 'again')) throw passwordsDiffer();
  const account = await confirmPassword(parts, member.id, readField(req, 'current'));
  const passwordHash = await hashPassword(password);
  const sessionId = await inTransaction(parts.db, async (trx) => {
    await assertUnchanged(trx, account);
    await updatePassword(trx, member.id, passwordHash);
    await deleteSessionsOf(trx, member.id);
    await insertStaffDeed(trx, { actor: toActor(member), deed: 'changePassword', staffId: member.id }, parts.now());
    return parts.sessions.open(trx, req, { staffId: member.id, isComplete: true });
  });
  return { sessionId };
}

async function showAccount(parts: AccountParts, req: Request, res: Response, refusal?: UserError): Promise<void> {
  const member = getStaff(req);
  const own = findRequestSession(req)?.idHash;
  const living = (await listSessions(parts.db, member.id)).filter((session) => !hasEnded(session, member.roles, parts.now()));
  const done = toText(req.query.done);
  const locals = {
    nav: toStaffNav(member, 'account'),
    member,
    roles: await toRoleLines(member.roles, parts.boards),
    recoveryCount: await countRecoveryCodes(parts.db, member.id),
    sessions: living.map((session) => ({
      key: session.idHash.toString('base64url'),
      since: toMinute(session.createdAt),
      seen: toMinute(session.lastSeenAt),
      isThis: own !== undefined && session.idHash.equals(own),
    })),
    leastPasswordLength,
    enrolmentPath,
    done: ['password', 'session', 'sessions', 'recovery'].includes(done) ? done : null,
  };
  sendStaffPage(parts.views, req, res, { view: 'account', title: 'staff.accountTitle', locals, refusal });
}

/** Roles with the slug of their board: null everywhere, the empty string when the board is gone. */
export function toRoleLines(roles: readonly StaffRole[], boards: Pick<BoardList, 'findById'>): Promise<{ role: string; slug: string | null }[]> {
  return Promise.all(
    roles.map(async ({ boardId, role }) => ({ role, slug: boardId === null ? null : ((await boards.findById(boardId))?.slug ?? '') })),
  );
}
