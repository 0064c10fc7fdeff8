import { basename, dirname, extname } from 'node:path';
import type { Response, Router } from 'express';
import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import { assertAllowed } from '../staff/permissions.js';
import type { StaffSessions } from '../staff/sessions.js';
import { getStaff } from '../staff/staff-request.js';
import { isMediaName, type MediaStorage } from '../uploads/media-storage.js';
import { findMediaBoard } from './target-store.js';

const types: Record<string, string> = { '.jpg': 'image/jpeg', '.png': 'image/png', '.webp': 'image/webp', '.gif': 'image/gif' };

/** GET `/mod/media/<name>`: pictures of removed posts, for staff of their board. Nothing in them can run, and nothing keeps them. */
export function addPrivateMedia(router: Router, parts: { db: Kysely<Tables>; storage: MediaStorage; sessions: Pick<StaffSessions, 'requireStaff'> }): void {
  const { db, storage, sessions } = parts;
  router.get('/mod/media/:name', sessions.requireStaff('queue.read'), async (req, res, next) => {
    const name = String(req.params.name);
    const boardId = isMediaName(name) ? await findMediaBoard(db, name) : undefined;
    const type = types[extname(name)];
    if (boardId === undefined || type === undefined) return next();
    assertAllowed(getStaff(req), 'queue.read', boardId);
    // Between a removal and the moving of its files they are still in the public place.
    const found = (await storage.open(name, 'private')) ?? (await storage.open(name, 'public'));
    if (found === undefined) return next();
    res.set({
      'Content-Type': type,
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Content-Disposition': `inline; filename="${name}"`,
      'Cache-Control': 'no-store',
    });
    sendPicture(found.path, res, next);
  });
}

function sendPicture(path: string, res: Response, next: (error?: unknown) => void): void {
  res.sendFile(basename(path), { root: dirname(path), cacheControl: false, lastModified: false, etag: false, acceptRanges: false }, (error?: Error) => {
    if (error === undefined || res.headersSent || res.req.destroyed) return;
    res.removeHeader('Content-Type');
    next('code' in error && error.code === 'ENOENT' ? undefined : error);
  });
}
