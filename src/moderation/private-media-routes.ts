import type { Router } from 'express';
import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import { assertAllowed } from '../staff/permissions.js';
import type { StaffSessions } from '../staff/sessions.js';
import { getStaff } from '../staff/staff-request.js';
import { isMediaName, type MediaStorage } from '../uploads/media-storage.js';
import { sendMedia, toMediaHeaders } from '../uploads/send-media.js';
import { findMediaBoard } from './target-store.js';

/** GET `/mod/media/<name>`: pictures of removed posts, for staff of their board. Nothing in them can run, and nothing keeps them. */
export function addPrivateMedia(router: Router, parts: { db: Kysely<Tables>; storage: MediaStorage; sessions: Pick<StaffSessions, 'requireStaff'> }): void {
  const { db, storage, sessions } = parts;
  router.get('/mod/media/:name', sessions.requireStaff('queue.read'), async (req, res, next) => {
    const name = String(req.params.name);
    const boardId = isMediaName(name) ? await findMediaBoard(db, name) : undefined;
    if (boardId === undefined) return next();
    assertAllowed(getStaff(req), 'queue.read', boardId);
    const headers = { ...toMediaHeaders(name), 'Cache-Control': 'no-store' };
    // Between a removal and the moving of its files they are still in the public place.
    for (const place of ['private', 'public'] as const) if (await sendMedia(storage, place, name, headers, { req, res })) return;
    next();
  });
}
