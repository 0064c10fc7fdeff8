import type { Transaction } from 'kysely';
import type { Role, Tables } from '../db/tables.js';

/** What is done to staff accounts. Each has a text `staff.did.<name>`. */
export type StaffDeed = 'create' | 'roles' | 'resetPassword' | 'resetSecondFactor' | 'disable' | 'enable' | 'changePassword' | 'setSecondFactor';

/** Who does it: a member, or the operator at the command line, who has no account. */
export interface Actor {
  staffId: number | null;
  role: Role;
}

/** Writes down what was done to an account, in the transaction that does it. Other staff can read it, the public cannot. */
export async function insertStaffDeed(
  trx: Transaction<Tables>,
  deed: { actor: Actor; deed: StaffDeed; staffId: number; details?: Record<string, unknown> },
  now: Date,
): Promise<void> {
  await trx
    .insertInto('mod_log')
    .values({
      created_at: now,
      staff_id: deed.actor.staffId,
      role: deed.actor.role,
      action: `staff.${deed.deed}`,
      is_public: false,
      details: JSON.stringify({ staffId: deed.staffId, ...deed.details }),
    })
    .execute();
}
