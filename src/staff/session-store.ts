import type { Kysely, Selectable, Transaction } from 'kysely';
import type { StaffSessionsTable, Tables } from '../db/tables.js';

/** A login. Its id is known to the browser alone; what is stored is the id's SHA-256. */
export interface StoredSession {
  idHash: Buffer;
  staffId: number;
  formToken: string;
  /** False between the password and the second factor. */
  isComplete: boolean;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
}

export async function insertSession(trx: Transaction<Tables>, session: StoredSession): Promise<void> {
  await trx
    .insertInto('staff_sessions')
    .values({
      id_hash: session.idHash,
      staff_id: session.staffId,
      form_token: session.formToken,
      is_complete: session.isComplete,
      created_at: session.createdAt,
      last_seen_at: session.lastSeenAt,
      expires_at: session.expiresAt,
    })
    .execute();
}

export async function findSession(db: Kysely<Tables>, idHash: Buffer): Promise<StoredSession | undefined> {
  const row = await db.selectFrom('staff_sessions').selectAll().where('id_hash', '=', idHash).executeTakeFirst();
  return row === undefined ? undefined : toSession(row);
}

/** The account's sessions that began completely, the one used last first. */
export async function listSessions(db: Kysely<Tables>, staffId: number): Promise<StoredSession[]> {
  const rows = await db
    .selectFrom('staff_sessions')
    .selectAll()
    .where('staff_id', '=', staffId)
    .where('is_complete', '=', true)
    .orderBy('last_seen_at', 'desc')
    .execute();
  return rows.map(toSession);
}

export async function updateLastSeenAt(db: Kysely<Tables>, idHash: Buffer, now: Date): Promise<void> {
  await db.updateTable('staff_sessions').set({ last_seen_at: now }).where('id_hash', '=', idHash).execute();
}

export async function deleteSession(db: Kysely<Tables>, idHash: Buffer): Promise<void> {
  await db.deleteFrom('staff_sessions').where('id_hash', '=', idHash).execute();
}

/** Ends one session of this account, and no other account's. */
export async function deleteOwnSession(db: Kysely<Tables>, staffId: number, idHash: Buffer): Promise<void> {
  await db.deleteFrom('staff_sessions').where('staff_id', '=', staffId).where('id_hash', '=', idHash).execute();
}

/** Ends every session of an account. */
export async function deleteSessionsOf(db: Kysely<Tables>, staffId: number): Promise<void> {
  await db.deleteFrom('staff_sessions').where('staff_id', '=', staffId).execute();
}

/** Clears away what can never be used again. */
export async function deleteEndedSessions(db: Kysely<Tables>, now: Date, idleSince: Date): Promise<void> {
  await db
    .deleteFrom('staff_sessions')
    .where((is) => is.or([is('expires_at', '<=', now), is('last_seen_at', '<', idleSince)]))
    .execute();
}

function toSession(row: Selectable<StaffSessionsTable>): StoredSession {
  return {
    idHash: row.id_hash,
    staffId: row.staff_id,
    formToken: row.form_token,
    isComplete: row.is_complete,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
  };
}
