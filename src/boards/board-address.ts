import express, { type Router } from 'express';
import { isBoardSlug, reservedSlugs } from './board.js';

/**
 * Makes a router for addresses that begin with `/:slug`. It answers for boards alone: first path parts that the site uses
 * itself, or that no board can have, are left to the routers behind it. A `:page` that is no number is left to them too.
 */
export function createBoardAddressRouter(): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  router.param('slug', (_req, _res, next, slug: string) => next(isBoardSlug(slug) && !reservedSlugs.has(slug) ? undefined : 'route'));
  router.param('page', (_req, _res, next, page: string) => next(/^\d+$/.test(page) ? undefined : 'route'));
  return router;
}
