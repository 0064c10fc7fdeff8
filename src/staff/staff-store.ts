import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';
import type { StaffRole } from './staff-member.js';

/** An account as it is stored, with its roles. */
export interface StaffAccount {
  id: number;
  name: string;
  passwordHash: string;
  totpSealed: Buffer | null;
  hasSecondFactor: boolean;
  createdAt: Date;
  disabledAt: Date | null;
  roles: StaffRole[];
}

export async function findStaffByName(db: Kysely<Tables>, nameKey: string): Promise<StaffAccount | undefined> {
  const row = await db.selectFrom('staff').select('id').where('name_key', '=', nameKey).executeTakeFirst();
  return row === undefined ? undefined : findStaff(db, row.id);
}

export async function findStaff(db: Kysely<Tables>, id: number): Promise<StaffAccount | undefined> {
  const [account] = await listAccounts(db, id);
  return account;
}

/** All accounts, disabled ones too, by name. */
export function listStaff(db: Kysely<Tables>): Promise<StaffAccount[]> {
  return listAccounts(db);
}

/** Whether anybody can manage the whole board: an admin everywhere whose account is not shut out. */
export async function hasAdmin(db: Kysely<Tables>): Promise<boolean> {
  const row = await db
    .selectFrom('staff')
    .innerJoin('staff_roles', 'staff_roles.staff_id', 'staff.id')
    .select('staff.id')
    .where('staff.disabled_at', 'is', null)
    .where('staff_roles.board_id', 'is', null)
    .where('staff_roles.role', '=', 'admin')
    .executeTakeFirst();
  return row !== undefined;
}

/** Locks the account until the end of the transaction and reads it: whoever changes it or opens a session for it does this first. */
export async function lockStaff(trx: Transaction<Tables>, id: number): Promise<StaffAccount | undefined> {
  await trx.selectFrom('staff').select('id').where('id', '=', id).forUpdate().execute();
  return findStaff(trx, id);
}

/** Adds an account without roles; undefined when the name is taken. */
export async function insertStaff(
  trx: Transaction<Tables>,
  account: { name: string; nameKey: string; passwordHash: string },
  now: Date,
): Promise<number | undefined> {
  const row = await trx
    .insertInto('staff')
    .values({ name: account.name, name_key: account.nameKey, password_hash: account.passwordHash, created_at: now })
    .onConflict((conflict) => conflict.column('name_key').doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/** Makes `roles` all the roles that the account has. */
export async function replaceRoles(trx: Transaction<Tables>, staffId: number, roles: readonly StaffRole[]): Promise<void> {
  await trx.deleteFrom('staff_roles').where('staff_id', '=', staffId).execute();
  if (roles.length === 0) return;
  await trx
    .insertInto('staff_roles')
    .values(roles.map(({ boardId, role }) => ({ staff_id: staffId, board_id: boardId, role })))
    .execute();
}

export async function updatePassword(trx: Transaction<Tables>, staffId: number, passwordHash: string): Promise<void> {
  await trx.updateTable('staff').set({ password_hash: passwordHash }).where('id', '=', staffId).execute();
}

export async function updateDisabledAt(trx: Transaction<Tables>, staffId: number, disabledAt: Date | null): Promise<void> {
  await trx.updateTable('staff').set({ disabled_at: disabledAt }).where('id', '=', staffId).execute();
}

/** Sets the second factor with the step whose code proved it, and new recovery codes in place of all older ones. */
export async function replaceSecondFactor(
  trx: Transaction<Tables>,
  staffId: number,
  factor: { sealed: Buffer; usedStep: number; recoveryHashes: readonly Buffer[] },
  now: Date,
): Promise<void> {
  await clearSecondFactor(trx, staffId);
  await trx
    .updateTable('staff')
    .set({ totp_sealed: factor.sealed, totp_enabled_at: now, totp_last_step: factor.usedStep })
    .where('id', '=', staffId)
    .execute();
  await trx
    .insertInto('staff_recovery_codes')
    .values(factor.recoveryHashes.map((hash) => ({ staff_id: staffId, code_hash: hash })))
    .execute();
}

export async function clearSecondFactor(trx: Transaction<Tables>, staffId: number): Promise<void> {
  await trx.deleteFrom('staff_recovery_codes').where('staff_id', '=', staffId).execute();
  await trx
    .updateTable('staff')
    .set({ totp_sealed: null, totp_enabled_at: null, totp_last_step: null })
    .where('id', '=', staffId)
    .execute();
}

/** Takes a time step, once: false when it, or a later one, was used before. */
export async function takeCodeStep(trx: Transaction<Tables>, staffId: number, step: number): Promise<boolean> {
  const taken = await trx
    .updateTable('staff')
    .set({ totp_last_step: step })
    .where('id', '=', staffId)
    .where((is) => is.or([is('totp_last_step', 'is', null), is('totp_last_step', '<', step)]))
    .returning('id')
    .executeTakeFirst();
  return taken !== undefined;
}

/** Takes a recovery code, once: false when there is none like it or it was used before. */
export async function takeRecoveryCode(trx: Transaction<Tables>, staffId: number, codeHash: Buffer, now: Date): Promise<boolean> {
  const taken = await trx
    .updateTable('staff_recovery_codes')
    .set({ used_at: now })
    .where('staff_id', '=', staffId)
    .where('code_hash', '=', codeHash)
    .where('used_at', 'is', null)
    .returning('staff_id')
    .executeTakeFirst();
  return taken !== undefined;
}

export async function countRecoveryCodes(db: Kysely<Tables>, staffId: number): Promise<number> {
  const row = await db
    .selectFrom('staff_recovery_codes')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('staff_id', '=', staffId)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow();
  return row.count;
}

async function listAccounts(db: Kysely<Tables>, id?: number): Promise<StaffAccount[]> {
  const rows = await db
    .selectFrom('staff')
    .selectAll()
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? 0))
    .orderBy('name_key')
    .execute();
  if (rows.length === 0) return [];
  const held = await db
    .selectFrom('staff_roles')
    .select(['staff_id', 'board_id', 'role'])
    .where('staff_id', 'in', rows.map((row) => row.id))
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    passwordHash: row.password_hash,
    totpSealed: row.totp_sealed,
    hasSecondFactor: row.totp_enabled_at !== null,
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
    roles: held.filter((role) => role.staff_id === row.id).map((role) => ({ boardId: role.board_id, role: role.role })),
  }));
}
