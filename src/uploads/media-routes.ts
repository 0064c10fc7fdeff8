import { basename, dirname } from 'node:path';
import express from 'express';
import type { NextFunction, Request, Response, Router } from 'express';
import { isMediaName } from './media-storage.js';
import type { MediaStorage } from './media-storage.js';

const TYPES: Record<string, string> = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp', gif: 'image/gif' };
const ONE_YEAR = 'public, max-age=31536000, immutable';

/**
 * GET and HEAD `/media/<name>`: public pictures and thumbnails, with validators and single ranges. The type comes from our own
 * name alone, and nothing in a file can run as a page. Whatever else is asked for goes on to the 404 page.
 */
export function createMediaRouter(options: { storage: MediaStorage }): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  router.get('/media/:name', async (req, res, next) => {
    const { name } = req.params;
    const found = isMediaName(name) ? await options.storage.open(name, 'public') : undefined;
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)];
    if (found === undefined || type === undefined) return next();
    res.set({
      'Content-Type': type,
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Content-Disposition': `inline; filename="${name}"`,
      'Cache-Control': ONE_YEAR,
      ETag: `"${name}"`,
    });
    sendMedia(found.path, req, res, next);
  });
  return router;
}

/** A file that went away since it was found is a 404 that nobody may remember for a year; a range beyond its end is a 416. */
function sendMedia(path: string, req: Request, res: Response, next: NextFunction): void {
  const options = { root: dirname(path), cacheControl: false, lastModified: false };
  res.sendFile(basename(path), options, (error?: Error) => {
    if (error === undefined || req.destroyed || res.headersSent) return;
    const status = 'status' in error ? error.status : undefined;
    res.removeHeader('Cache-Control');
    res.removeHeader('Content-Type');
    if (status === 416) {
      res.status(416).end();
      return;
    }
    for (const header of ['ETag', 'Content-Disposition', 'Content-Security-Policy']) res.removeHeader(header);
    next(status === 404 ? undefined : error);
  });
}
