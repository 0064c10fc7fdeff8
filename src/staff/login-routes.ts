import express, { type Request, type Response, type Router } from 'express';
import type { Kysely } from 'kysely';
import type { BoardList } from '../boards/board-list.js';
import type { Tables } from '../db/tables.js';
import type { UserError } from '../http/errors.js';
import { getContext } from '../http/request.js';
import type { Views } from '../http/views.js';
import type { Keys } from '../identity/keys.js';
import { createAccountRouter } from './account-routes.js';
import { createEnrolmentRouter } from './enrolment-routes.js';
import { rememberBrowser } from './known-browser.js';
import { completeLogin, logIn, type LoginParts } from './log-in.js';
import { createLoginThrottle, type LoginThrottle } from './login-throttle.js';
import type { StaffSessions } from './sessions.js';
import { readForm, sendStaffPage, tryOrRefuse } from './staff-pages.js';
import { accountPath, enrolmentPath, loginPath, secondFactorPath, toReturnPath, withReturnPath } from './staff-path.js';
import { assertFormToken, findRequestSession, findStaff, readField } from './staff-request.js';
import { toNameKey } from './staff-name.js';

/**
 * The doors of staff: logging in and out, and one's own account. Mounted at the root, after `sessions.loadStaff` for /mod and the
 * same-site check; the first form has no session yet whose token it could carry.
 */
export function createLoginRouter(deps: {
  db: Kysely<Tables>;
  now: () => Date;
  views: Views;
  keys: Keys;
  sessions: StaffSessions;
  boards: Pick<BoardList, 'findById'>;
  /** Where failed logins are remembered; in this process when left out. */
  throttle?: LoginThrottle;
}): Router {
  const parts: LoginParts = { ...deps, throttle: deps.throttle ?? createLoginThrottle({ now: deps.now }) };
  const router = express.Router({ caseSensitive: true });
  addPasswordStep(router, parts, deps.views);
  addCodeStep(router, parts, deps.views);

  router.post('/mod/logout', readForm, async (req, res) => {
    if (findRequestSession(req) !== undefined) assertFormToken(req);
    await deps.sessions.close(req, res);
    res.redirect(303, loginPath);
  });

  router.use(createEnrolmentRouter({ ...parts, views: deps.views }));
  router.use(createAccountRouter({ ...parts, views: deps.views, boards: deps.boards }));
  return router;
}

function addPasswordStep(router: Router, parts: LoginParts, views: Views): void {
  const show = (req: Request, res: Response, locals: { name: string; to: string }, refusal?: UserError) =>
    sendStaffPage(views, req, res, { view: 'login', title: 'staff.loginTitle', locals, refusal });

  router.get(loginPath, (req, res) => {
    const to = toReturnPath(req.query.to);
    if (findStaff(req) !== undefined) return res.redirect(303, to);
    show(req, res, { name: '', to });
  });

  router.post(loginPath, readForm, async (req, res) => {
    const to = toReturnPath(readField(req, 'to'));
    const name = readField(req, 'name');
    const { done, refusal } = await tryOrRefuse(() => logIn(parts, req, { name, password: readField(req, 'password') }));
    if (done === undefined) return show(req, res, { name, to }, refusal);
    parts.sessions.setCookie(res, done.sessionId);
    if (done.stage === 'second-factor') return res.redirect(303, withReturnPath(secondFactorPath, to));
    if (done.stage === 'enrolment') return res.redirect(303, withReturnPath(enrolmentPath, to));
    rememberBrowser(res, parts.keys.forms, done.nameKey, getContext(req).isSecure);
    res.redirect(303, to);
  });
}

function addCodeStep(router: Router, parts: LoginParts, views: Views): void {
  const findWaiting = (req: Request) => {
    const session = findRequestSession(req);
    return session?.stage === 'second-factor' ? session : undefined;
  };
  const show = (req: Request, res: Response, locals: { formToken: string; to: string }, refusal?: UserError) =>
    sendStaffPage(views, req, res, { view: 'second-factor', title: 'staff.codeTitle', locals, refusal });

  router.get(secondFactorPath, (req, res) => {
    const to = toReturnPath(req.query.to);
    const session = findWaiting(req);
    if (session === undefined) return res.redirect(303, withReturnPath(loginPath, to));
    show(req, res, { formToken: session.member.session.formToken, to });
  });

  router.post(secondFactorPath, readForm, async (req, res) => {
    assertFormToken(req);
    const to = toReturnPath(readField(req, 'to'));
    const session = findWaiting(req);
    if (session === undefined) return res.redirect(303, withReturnPath(loginPath, to));
    const { done, refusal } = await tryOrRefuse(() => completeLogin(parts, req, session, readField(req, 'code')));
    if (done === undefined) return show(req, res, { formToken: session.member.session.formToken, to }, refusal);
    parts.sessions.setCookie(res, done.sessionId);
    rememberBrowser(res, parts.keys.forms, toNameKey(session.member.name), getContext(req).isSecure);
    res.redirect(303, done.isRecovery ? `${accountPath}?done=recovery` : to);
  });
}
