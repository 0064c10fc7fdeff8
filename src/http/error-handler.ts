import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request, Response } from 'express';
import { isDatabaseAway } from '../db/database-errors.js';
import type { Log } from '../log.js';
import { createTranslate, type Language } from '../texts/texts.js';
import { sendOldPage } from './page-front.js';
import { malformed, tooLarge, unavailable, UserError } from './errors.js';
import { findContext } from './request.js';
import type { Views } from './views.js';

/**
 * Makes the one error handler. A UserError is answered with its sentence; a fault is written down under the request's id and
 * answered with that id alone. JSON for those who ask for it (`{ error: { code, message, field, requestId } }`), a page for all others.
 */
export function createErrorHandler(options: { views: Views; log: Log }): ErrorRequestHandler {
  const { views, log } = options;
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    // What was shown a moment ago is better than nothing.
    if (isDatabaseAway(error) && sendOldPage(req, res)) return;
    const context = findContext(req);
    const requestId = context?.id ?? '';
    const refusal = toRefusal(error);
    if (refusal === undefined) log.error('request.failed', { requestId, route: toRoute(req), error });
    else if (refusal.status >= 500) log.warn('request.refused', { requestId, route: toRoute(req), status: refusal.status, code: refusal.code });
    const lang = context?.lang ?? 'en';
    const t = createTranslate(lang);
    const message = refusal === undefined ? t('errors.internal', { requestId }) : t(refusal.code, refusal.params);
    const status = refusal?.status ?? 500;
    if (refusal?.retryAfter !== undefined) res.set('Retry-After', String(refusal.retryAfter));
    res.status(status).set({ 'Cache-Control': 'no-store', Vary: 'Accept, Accept-Language' });
    if (prefersJson(req)) {
      res.json({ error: { code: refusal?.code ?? 'errors.internal', message, field: refusal?.field ?? null, requestId } });
      return;
    }
    sendPage({ views, log }, res, lang, { status, message, backHref: findBoardPath(refusal) });
  };
}

/** Whether a request asks for JSON rather than for a page; the board's own script asks for nothing else. */
export function prefersJson(req: Request): boolean {
  return req.headers.accept === 'application/json' || req.accepts(['html', 'json']) === 'json';
}

/** A page that cannot be made must not hide the error: then its sentence goes out alone. */
function sendPage({ views, log }: { views: Views; log: Log }, res: Response, lang: Language, error: { status: number; message: string; backHref: string | null }): void {
  try {
    const title = STATUS_CODES[error.status] ?? String(error.status);
    res.type('html').send(views.page(lang, 'frame/error', { title, isUnlisted: true }, error));
  } catch (fault) {
    log.error('error page failed', { error: fault });
    res.type('text').send(error.message);
  }
}

/** The board on which something was not found, as the way on from there. */
function findBoardPath(refusal: UserError | undefined): string | null {
  const slug = refusal?.params['slug'];
  return typeof slug !== 'string' || refusal?.code === 'errors.boardNotFound' ? null : `/${slug}/`;
}

/** Errors of Express and its body parsers carry a status and a type; they come from what was sent. */
function toRefusal(error: unknown): UserError | undefined {
  if (error instanceof UserError) return error;
  if (isDatabaseAway(error)) return unavailable();
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const { status } = error;
  if (status === 413) return tooLarge('limit' in error && typeof error.limit === 'number' ? `${Math.round(error.limit / 1024)} KiB` : '');
  return status >= 400 && status < 500 ? malformed() : undefined;
}

/** The pattern of the route, never the address that was asked for. */
function toRoute(req: Request): string {
  const route: unknown = req.route;
  const path = typeof route === 'object' && route !== null && 'path' in route ? String(route.path) : 'none';
  return `${req.method} ${path}`;
}
