import express from 'express';
import type { Router } from 'express';
import { isMediaName } from './media-storage.js';
import type { MediaStorage } from './media-storage.js';
import { MEDIA_LIFE, sendMedia, toMediaHeaders } from './send-media.js';

/**
 * GET and HEAD `/media/<name>`: public pictures and thumbnails, with validators and single ranges. Whatever else is asked for goes on
 * to the 404 page. `isShared` lets pages of another origin show them: they have an address of their own.
 */
export function createMediaRouter(options: { storage: Pick<MediaStorage, 'find' | 'open'>; isShared?: boolean }): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  router.get('/media/:name', async (req, res, next) => {
    const { name } = req.params;
    if (!isMediaName(name)) return next();
    const headers = {
      ...toMediaHeaders(name),
      'Cross-Origin-Resource-Policy': options.isShared === true ? 'cross-origin' : 'same-origin',
      'Cache-Control': MEDIA_LIFE,
      ETag: `"${name}"`,
    };
    if (!(await sendMedia(options.storage, 'public', name, headers, { req, res }))) next();
  });
  return router;
}
