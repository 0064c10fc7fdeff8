import express, { type Request, type Response, type Router } from 'express';
import { inTransaction } from '../db/in-transaction.js';
import { notStaff, type UserError } from '../http/errors.js';
import { getContext } from '../http/request.js';
import type { Views } from '../http/views.js';
import { createTranslate } from '../texts/texts.js';
import { rememberBrowser } from './known-browser.js';
import { assertSessionStands, assertUnchanged, confirmPassword, type LoginParts } from './log-in.js';
import { createRecoveryCodes, hashRecoveryCode } from './recovery-codes.js';
import { createSecondFactorSecret, findCodeStep, findEnrolmentSecret, sealSecret, toEnrolmentField, toEnrolmentPicture } from './second-factor.js';
import { deleteSessionsOf } from './session-store.js';
import { enrolmentExpired, newCodeWrong } from './staff-errors.js';
import { insertStaffDeed } from './staff-log-store.js';
import { toActor } from './staff-member.js';
import { toNameKey } from './staff-name.js';
import { readForm, sendStaffPage, tryOrRefuse } from './staff-pages.js';
import { enrolmentPath, loginPath, secondFactorPath, toReturnPath, withReturnPath } from './staff-path.js';
import { assertFormToken, findRequestSession, readField, type RequestSession } from './staff-request.js';
import { findStaff, replaceSecondFactor, type StaffAccount } from './staff-store.js';

type EnrolmentParts = LoginParts & { views: Views };

/**
 * Setting up a second factor: for members who want one or replace theirs, who must type their password again, and as the step that
 * an admin without one cannot pass by, who has typed it just now.
 */
export function createEnrolmentRouter(parts: EnrolmentParts): Router {
  const router = express.Router({ caseSensitive: true });

  router.get(enrolmentPath, async (req, res) => {
    const to = toReturnPath(req.query.to);
    const session = findRequestSession(req);
    if (session === undefined) return res.redirect(303, withReturnPath(loginPath, to));
    if (session.stage === 'second-factor') return res.redirect(303, withReturnPath(secondFactorPath, to));
    await showEnrolment(parts, req, res, { session, to, secret: createSecondFactorSecret() });
  });

  router.post(enrolmentPath, readForm, async (req, res) => {
    assertFormToken(req);
    const session = findRequestSession(req);
    if (session === undefined || session.stage === 'second-factor') throw notStaff();
    const to = toReturnPath(readField(req, 'to'));
    const { keys, now } = parts;
    const secret = findEnrolmentSecret(keys.sealing, session.member.session.formToken, readField(req, 'enrolment'), now());
    if (secret === undefined) {
      return showEnrolment(parts, req, res, { session, to, secret: createSecondFactorSecret(), refusal: enrolmentExpired() });
    }
    const { done, refusal } = await tryOrRefuse(() => enrol(parts, req, session, secret));
    if (done === undefined) return showEnrolment(parts, req, res, { session, to, secret, refusal });
    parts.sessions.setCookie(res, done.sessionId);
    rememberBrowser(res, keys.forms, toNameKey(session.member.name), getContext(req).isSecure);
    sendStaffPage(parts.views, req, res, { view: 'recovery-codes', title: 'staff.recoveryTitle', locals: { codes: done.codes, to } });
  });

  return router;
}

/** Puts the proved secret in force, ends every session of the account and opens a new one. */
async function enrol(parts: EnrolmentParts, req: Request, session: RequestSession, secret: string): Promise<{ sessionId: string; codes: string[] }> {
  const { member } = session;
  const account = await findEnrolling(parts, req, session);
  const at = parts.now();
  const usedStep = findCodeStep(secret, readField(req, 'code'), at);
  if (usedStep === null) throw newCodeWrong();
  const codes = createRecoveryCodes();
  const sessionId = await inTransaction(parts.db, async (trx) => {
    await assertUnchanged(trx, account);
    await assertSessionStands(trx, session);
    const sealed = sealSecret(parts.keys.sealing, member.id, secret);
    await replaceSecondFactor(trx, member.id, { sealed, usedStep, recoveryHashes: codes.map(hashRecoveryCode) }, at);
    await deleteSessionsOf(trx, member.id);
    await insertStaffDeed(trx, { actor: toActor(member), deed: 'setSecondFactor', staffId: member.id }, at);
    return parts.sessions.open(trx, req, { staffId: member.id, isComplete: true });
  });
  return { sessionId, codes };
}

async function findEnrolling(parts: EnrolmentParts, req: Request, session: RequestSession): Promise<StaffAccount> {
  if (session.stage === 'complete') return confirmPassword(parts, session.member.id, readField(req, 'current'));
  const account = await findStaff(parts.db, session.member.id);
  if (account === undefined) throw notStaff();
  return account;
}

async function showEnrolment(
  parts: EnrolmentParts,
  req: Request,
  res: Response,
  page: { session: RequestSession; to: string; secret: string; refusal?: UserError },
): Promise<void> {
  const { member, stage } = page.session;
  const { formToken } = member.session;
  const site = createTranslate(getContext(req).lang)('frame.siteName');
  const locals = {
    formToken,
    to: page.to,
    picture: await toEnrolmentPicture(page.secret, { name: member.name, site }),
    secret: page.secret.match(/.{1,4}/g)?.join(' ') ?? '',
    enrolment: toEnrolmentField(parts.keys.sealing, formToken, page.secret, parts.now()),
    isRequired: stage === 'enrolment',
    isReplacing: member.hasSecondFactor,
  };
  sendStaffPage(parts.views, req, res, { view: 'enrolment', title: 'staff.enrolTitle', locals, refusal: page.refusal });
}
