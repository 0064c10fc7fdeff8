import type { Kysely, Transaction } from 'kysely';
import { inTransaction } from '../db/in-transaction.js';
import type { Tables } from '../db/tables.js';
import { assertPasswordAcceptable, hashPassword } from './passwords.js';
import { deleteSessionsOf } from './session-store.js';
import { nameTaken, ownAccount, staffNotFound } from './staff-errors.js';
import { type Actor, insertStaffDeed, type StaffDeed } from './staff-log-store.js';
import type { StaffRole } from './staff-member.js';
import { toNameKey, toStaffName } from './staff-name.js';
import { clearSecondFactor, insertStaff, lockStaff, replaceRoles, type StaffAccount, updateDisabledAt, updatePassword } from './staff-store.js';

/*
 * What admins do to accounts, from the staff page and from the command line. Each deed is one transaction with its row in the log,
 * and ends every session of the account: what somebody may do never outlives the moment it was taken back.
 */

/** Where and when a deed happens. */
export interface Deed {
  db: Kysely<Tables>;
  actor: Actor;
  now: Date;
}

/**
 * Adds an account and answers with its id.
 * @throws nameInvalid, nameTaken, passwordTooShort, passwordTooLong, passwordIsName
 */
export async function createStaff(deed: Deed, account: { name: string; password: string; roles: readonly StaffRole[] }): Promise<number> {
  const name = toStaffName(account.name);
  assertPasswordAcceptable(name, account.password);
  const passwordHash = await hashPassword(account.password);
  return inTransaction(deed.db, async (trx) => {
    const staffId = await insertStaff(trx, { name, nameKey: toNameKey(name), passwordHash }, deed.now);
    if (staffId === undefined) throw nameTaken(name);
    await replaceRoles(trx, staffId, account.roles);
    await insertStaffDeed(trx, { actor: deed.actor, deed: 'create', staffId, details: { roles: account.roles } }, deed.now);
    return staffId;
  });
}

/** Makes `roles` all that the account may do. @throws staffNotFound, ownAccount */
export function setRoles(deed: Deed, staffId: number, roles: readonly StaffRole[]): Promise<void> {
  return change(deed, 'roles', staffId, async (trx, account) => {
    await replaceRoles(trx, staffId, roles);
    return { before: account.roles, after: roles };
  });
}

/** Gives the account another password. @throws staffNotFound, ownAccount, and what createStaff says of passwords */
export async function resetPassword(deed: Deed, account: { id: number; name: string }, password: string): Promise<void> {
  assertPasswordAcceptable(account.name, password);
  const passwordHash = await hashPassword(password);
  await change(deed, 'resetPassword', account.id, async (trx) => {
    await updatePassword(trx, account.id, passwordHash);
    return {};
  });
}

/** Takes the second factor and its recovery codes away; an admin has to set up a new one at the next login. @throws staffNotFound, ownAccount */
export function resetSecondFactor(deed: Deed, staffId: number): Promise<void> {
  return change(deed, 'resetSecondFactor', staffId, async (trx) => {
    await clearSecondFactor(trx, staffId);
    return {};
  });
}

/** Shuts the account out, or lets it in again. @throws staffNotFound, ownAccount */
export function setDisabled(deed: Deed, staffId: number, isDisabled: boolean): Promise<void> {
  return change(deed, isDisabled ? 'disable' : 'enable', staffId, async (trx) => {
    await updateDisabledAt(trx, staffId, isDisabled ? deed.now : null);
    return {};
  });
}

/** Nobody does this to himself: the last admin could not be brought back, and a stolen session must not take the account over. */
async function change(
  deed: Deed,
  name: StaffDeed,
  staffId: number,
  apply: (trx: Transaction<Tables>, account: StaffAccount) => Promise<Record<string, unknown>>,
): Promise<void> {
  if (deed.actor.staffId === staffId) throw ownAccount();
  await inTransaction(deed.db, async (trx) => {
    const account = await lockStaff(trx, staffId);
    if (account === undefined) throw staffNotFound();
    const details = await apply(trx, account);
    await deleteSessionsOf(trx, staffId);
    await insertStaffDeed(trx, { actor: deed.actor, deed: name, staffId, details }, deed.now);
  });
}
