import type { Server } from 'node:http';
import type { Express } from 'express';
import type { Kysely } from 'kysely';
import request from 'supertest';
import type { Role, Tables } from '../../src/db/tables.js';
import { createSessionId, hashSessionId } from '../../src/staff/session-cookie.js';
import { insertSession } from '../../src/staff/session-store.js';
import type { StaffMember } from '../../src/staff/staff-member.js';

const HOUR = 3_600_000;

/** Somebody of the staff, logged in. */
export async function hireStaff(db: Kysely<Tables>, app: Express | Server, now: Date, name: string, roles: { boardId: number | null; role: Role }[]) {
  const account = { name, name_key: name.toLowerCase(), password_hash: 'none', totp_enabled_at: now, created_at: now };
  const { id } = await db.insertInto('staff').values(account).returning('id').executeTakeFirstOrThrow();
  await db.insertInto('staff_roles').values(roles.map((role) => ({ staff_id: id, board_id: role.boardId, role: role.role }))).execute();
  const sessionId = createSessionId();
  const formToken = `token-of-${name}`;
  const times = { createdAt: now, lastSeenAt: now, expiresAt: new Date(now.getTime() + 12 * HOUR) };
  await db.transaction().execute((trx) => insertSession(trx, { idHash: hashSessionId(sessionId), staffId: id, formToken, isComplete: true, ...times }));
  const member: StaffMember = { id, name, roles, hasSecondFactor: true, session: { formToken } };
  return {
    member,
    cookie: `staff=${sessionId}`,
    get: (path: string) => request(app).get(path).set('Cookie', `staff=${sessionId}`),
    /** Sends a form with this member's token, as his own pages would. */
    send: (path: string, fields: Record<string, string | number>) =>
      request(app)
        .post(path)
        .set({ Cookie: `staff=${sessionId}`, 'Sec-Fetch-Site': 'same-origin' })
        .type('form')
        .send({ form_token: formToken, ...fields }),
  };
}
