import type { Request, Response } from 'express';
import type { Language } from '../texts/texts.js';
import type { PageSource } from './page-cache.js';
import { keepPage } from './page-front.js';
import { createReadyPage, sendReady } from './ready-page.js';
import { getContext } from './request.js';
import type { SafeHtml } from './safe-html.js';
import type { PageFrame, Views } from './views.js';

/** A page by its template, the frame around it, and what the template shows. */
export interface Page {
  view: string;
  frame: PageFrame;
  locals: object;
  /** Finished pieces that the template prints as `p.pieces`. */
  pieces?: readonly SafeHtml[];
}

/**
 * Sends a page that is the same for every reader of its language, and keeps it for the others. Its ETag is made of its bytes; whoever
 * holds the same bytes already is answered with 304 and none. `source` says what the page was made from, when that can be asked for.
 */
export async function sendPage(views: Views, req: Request, res: Response, page: Page, source: PageSource = null): Promise<void> {
  const { lang } = getContext(req);
  const ready = createReadyPage(renderPage(views, lang, page));
  keepPage(req, lang, ready, source);
  await sendReady(req, res, ready);
}

/** Sends what open pages ask for as JSON; kept like a page, as long as it is exactly right. */
export async function sendJson(req: Request, res: Response, json: object, source: Exclude<PageSource, null>): Promise<void> {
  const ready = createReadyPage(JSON.stringify(json), 'json');
  keepPage(req, getContext(req).lang, ready, { ...source, isExact: true });
  await sendReady(req, res, ready);
}

/** Sends a page that is meant for this one moment, such as the thread right after one's own post: nobody keeps it. */
export function sendPageOnce(views: Views, req: Request, res: Response, page: Page): void {
  res.set('Cache-Control', 'no-store').type('html').send(renderPage(views, getContext(req).lang, page));
}

function renderPage(views: Views, lang: Language, { view, frame, locals, pieces }: Page): string | Buffer {
  return pieces === undefined ? views.page(lang, view, frame, locals) : views.pageAround(lang, view, frame, locals, pieces);
}

/** Leads from another way of writing an address to the one way that is used. The query, if any, goes along. */
export function redirectToClean(req: Request, res: Response, path: string): void {
  const at = req.originalUrl.indexOf('?');
  res.set('Cache-Control', 'public, max-age=3600').redirect(301, at === -1 ? path : path + req.originalUrl.slice(at));
}
