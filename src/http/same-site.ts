import type { NextFunction, Request, Response } from 'express';
import { crossSite, methodNotAllowed } from './errors.js';
import { getContext } from './request.js';

/**
 * Middleware for every route: a request that changes something must come from a page of this board. Otherwise any site could make
 * its visitors post here, from their own addresses. GET and HEAD pass, and must never change anything; of the other methods POST,
 * PUT, PATCH and DELETE are looked at, all others are refused.
 *
 * The evidence are headers that a page cannot set by script. `Sec-Fetch-Site` must be `same-origin` (`none`, a typed address, is no
 * way to send a form). Without it `Origin` must be the board's own; without both `Referer` must lie on it, which is what text
 * browsers send. A request with none of the three is refused: programs send `Origin` with the board's address. An `Origin` that
 * names another site is refused whatever else is sent.
 * @throws crossSite (403), methodNotAllowed (405)
 */
export function checkSameSite(req: Request, _res: Response, next: NextFunction): void {
  if (req.method === 'GET' || req.method === 'HEAD') return next();
  if (!['POST', 'PUT', 'PATCH', 'DELETE'].includes(req.method)) throw methodNotAllowed();
  if (!isFromOwnPage(req, getContext(req).origin)) throw crossSite();
  next();
}

function isFromOwnPage(req: Request, ownOrigin: string): boolean {
  const { origin, referer } = req.headers;
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' && (origin === undefined || origin === 'null' || origin === ownOrigin);
  if (origin !== undefined) return origin === ownOrigin;
  return referer !== undefined && URL.canParse(referer) && new URL(referer).origin === ownOrigin;
}
