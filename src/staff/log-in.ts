import type { Request } from 'express';
import type { Kysely, Transaction } from 'kysely';
import { inTransaction } from '../db/in-transaction.js';
import type { Tables } from '../db/tables.js';
import { notStaff } from '../http/errors.js';
import { getContext } from '../http/request.js';
import { toAuthorTags } from '../identity/author-tags.js';
import type { Keys } from '../identity/keys.js';
import { isKnownBrowser } from './known-browser.js';
import type { LoginAttempt, LoginThrottle } from './login-throttle.js';
import { burnPasswordTime, isPassword } from './passwords.js';
import { hashRecoveryCode, isRecoveryCode } from './recovery-codes.js';
import { findCodeStep, unsealSecret } from './second-factor.js';
import { findStage, type SessionStage } from './session-rules.js';
import { findSession } from './session-store.js';
import type { StaffSessions } from './sessions.js';
import { codeWrong, currentPasswordWrong, loginWrong, tooManyAttempts } from './staff-errors.js';
import { findStaffName, toNameKey } from './staff-name.js';
import type { RequestSession } from './staff-request.js';
import { findStaff, findStaffByName, lockStaff, type StaffAccount, takeCodeStep, takeRecoveryCode } from './staff-store.js';

/** What logging in needs. */
export interface LoginParts {
  db: Kysely<Tables>;
  now: () => Date;
  keys: Keys;
  sessions: StaffSessions;
  throttle: LoginThrottle;
}

/**
 * First step: name and password. Opens a session and says what it still lacks. An account that does not exist, is shut out or has
 * another password is refused in the same words after the same time.
 * @throws tooManyAttempts (429), loginWrong (401), busy (503)
 */
export async function logIn(parts: LoginParts, req: Request, typed: { name: string; password: string }): Promise<{ sessionId: string; stage: SessionStage; nameKey: string }> {
  const nameKey = toNameKey(typed.name).slice(0, 64);
  const context = getContext(req);
  const attempt = {
    account: `name ${nameKey}`,
    client: toAuthorTags(parts.keys, context.address).dayTag.toString('hex'),
    isKnown: isKnownBrowser(req, parts.keys.forms, nameKey, context.isSecure),
  };
  await assertMayTry(parts.throttle, attempt);
  const account = await findByPassword(parts.db, typed);
  if (account === undefined) throw loginWrong();
  const isComplete = findStage({ isComplete: true }, account) === 'complete' && !account.hasSecondFactor;
  const sessionId = await inTransaction(parts.db, async (trx) => {
    await assertUnchanged(trx, account);
    return parts.sessions.open(trx, req, { staffId: account.id, isComplete });
  });
  await parts.throttle.succeed(attempt);
  return { sessionId, stage: findStage({ isComplete }, account) ?? 'complete', nameKey };
}

/**
 * Second step: a code of the second factor, or a recovery code. Opens the complete session in place of the first one.
 * @throws tooManyAttempts (429), codeWrong (401), notStaff (401) when the account was shut out or changed meanwhile
 */
export async function completeLogin(parts: LoginParts, req: Request, session: RequestSession, typed: string): Promise<{ sessionId: string; isRecovery: boolean }> {
  const { id } = session.member;
  // Who gets here knows the password, so all clients count as one: guessing from many of them gains nothing.
  const attempt = { account: `code ${id}`, client: `member ${id}` };
  await assertMayTry(parts.throttle, attempt);
  const sessionId = await inTransaction(parts.db, async (trx) => {
    const account = await lockStaff(trx, id);
    if (account === undefined || account.disabledAt !== null) throw notStaff();
    await assertSessionStands(trx, session);
    if (!(await takeCode(trx, parts, account, typed))) throw codeWrong();
    return parts.sessions.open(trx, req, { staffId: id, isComplete: true });
  });
  await parts.throttle.succeed(attempt);
  return { sessionId, isRecovery: isRecoveryCode(typed) };
}

/**
 * Asks a member who is logged in for the password once more, before something that a stolen session must not do.
 * @throws tooManyAttempts (429), currentPasswordWrong (403), notStaff (401), busy (503)
 */
export async function confirmPassword(parts: LoginParts, staffId: number, typed: string): Promise<StaffAccount> {
  const attempt = { account: `password ${staffId}`, client: `member ${staffId}` };
  await assertMayTry(parts.throttle, attempt);
  const account = await findStaff(parts.db, staffId);
  if (account === undefined) throw notStaff();
  if (!(await isPassword(account.passwordHash, typed))) throw currentPasswordWrong();
  await parts.throttle.succeed(attempt);
  return account;
}

/** Locks the account and holds it to what was found before the password was checked: hashing takes time. @throws loginWrong */
export async function assertUnchanged(trx: Transaction<Tables>, account: StaffAccount): Promise<void> {
  const current = await lockStaff(trx, account.id);
  const isSame = current !== undefined && current.disabledAt === null && current.passwordHash === account.passwordHash;
  if (!isSame || current.hasSecondFactor !== account.hasSecondFactor) throw loginWrong();
}

/**
 * Holds a later step to the session that it began with, once the account is locked: whoever changes an account ends its sessions, and
 * that must also stop the step which is on its way at that moment. @throws notStaff
 */
export async function assertSessionStands(trx: Transaction<Tables>, session: RequestSession): Promise<void> {
  if ((await findSession(trx, session.idHash)) === undefined) throw notStaff();
}

async function assertMayTry(throttle: LoginThrottle, attempt: LoginAttempt): Promise<void> {
  const seconds = await throttle.begin(attempt);
  if (seconds > 0) throw tooManyAttempts(seconds);
}

async function findByPassword(db: Kysely<Tables>, typed: { name: string; password: string }): Promise<StaffAccount | undefined> {
  const name = findStaffName(typed.name);
  const account = name === undefined ? undefined : await findStaffByName(db, toNameKey(name));
  if (account === undefined) {
    await burnPasswordTime(typed.password);
    return undefined;
  }
  const isRight = await isPassword(account.passwordHash, typed.password);
  return isRight && account.disabledAt === null ? account : undefined;
}

/** Takes what was typed, once: a refused code leaves no trace, an accepted one cannot be used again. */
async function takeCode(trx: Transaction<Tables>, parts: LoginParts, account: StaffAccount, typed: string): Promise<boolean> {
  if (account.totpSealed === null) return false;
  if (isRecoveryCode(typed)) return takeRecoveryCode(trx, account.id, hashRecoveryCode(typed), parts.now());
  const step = findCodeStep(unsealSecret(parts.keys.sealing, account.id, account.totpSealed), typed, parts.now());
  return step !== null && takeCodeStep(trx, account.id, step);
}
