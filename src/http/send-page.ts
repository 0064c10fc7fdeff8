import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { getContext } from './request.js';
import type { PageFrame, Views } from './views.js';

/** A page by its template, the frame around it, and what the template shows. */
export interface Page {
  view: string;
  frame: PageFrame;
  locals: object;
}

/** Pages change with every post, so whoever keeps one asks whether it is still so before showing it. */
const askEveryTime = 'public, max-age=0, must-revalidate';

/**
 * Sends a page that is the same for every reader of its language. Its ETag is made of its bytes; whoever holds the same bytes
 * already is answered with 304 and none.
 */
export function sendPage(views: Views, req: Request, res: Response, page: Page): void {
  const html = views.page(getContext(req).lang, page.view, page.frame, page.locals);
  const hash = createHash('sha256').update(html).digest('base64url').slice(0, 22);
  res.vary('Accept-Language');
  res.set({ 'Cache-Control': askEveryTime, ETag: `"${hash}"` }).type('html').send(html);
}

/** Sends a page that is meant for this one moment, such as the thread right after one's own post: nobody keeps it. */
export function sendPageOnce(views: Views, req: Request, res: Response, page: Page): void {
  res.set('Cache-Control', 'no-store').type('html').send(views.page(getContext(req).lang, page.view, page.frame, page.locals));
}

/** Leads from another way of writing an address to the one way that is used. The query, if any, goes along. */
export function redirectToClean(req: Request, res: Response, path: string): void {
  const at = req.originalUrl.indexOf('?');
  res.set('Cache-Control', 'public, max-age=3600').redirect(301, at === -1 ? path : path + req.originalUrl.slice(at));
}
