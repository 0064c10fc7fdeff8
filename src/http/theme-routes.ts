import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Request, type Router } from 'express';
import { malformed } from './errors.js';
import { getContext, readCookie } from './request.js';

const themes = ['auto', 'light', 'dark', 'classic', 'contrast'] as const;
type Theme = (typeof themes)[number];

const ONE_YEAR = 365 * 86_400_000;

/**
 * The visitor's theme. Pages are the same for everyone, so the choice lives in a cookie and comes in by a stylesheet of its own.
 * `dir` holds the built `theme-<name>.css`; they are read once. `auto` is no cookie and an empty sheet.
 * @throws Error when a sheet is missing
 */
export function createThemeRoutes(options: { dir: string }): Router {
  const sheets = new Map(themes.map((theme) => [theme, readSheet(options.dir, theme)]));
  const router = express.Router({ caseSensitive: true, strict: true });

  router.get('/theme.css', (req, res) => {
    const sheet = sheets.get(findTheme(readCookie(req, toCookieName(req))) ?? 'auto');
    res.set({ 'Cache-Control': 'private, no-cache', Vary: 'Cookie', ETag: sheet?.etag }).type('css').send(sheet?.css ?? '');
  });

  router.post('/theme', express.urlencoded({ extended: false, limit: 1024, parameterLimit: 8 }), (req, res) => {
    const sent: unknown = req.body?.theme;
    const theme = findTheme(sent);
    if (theme === undefined) throw malformed();
    const cookie = { path: '/', sameSite: 'lax', secure: getContext(req).isSecure } as const;
    if (theme === 'auto') res.clearCookie(toCookieName(req), cookie);
    else res.cookie(toCookieName(req), theme, { ...cookie, maxAge: ONE_YEAR });
    res.set('Cache-Control', 'no-store').redirect(303, toReturnPath(req));
  });

  return router;
}

function readSheet(dir: string, theme: Theme): { css: string; etag: string } {
  const css = theme === 'auto' ? '' : readFileSync(join(dir, `theme-${theme}.css`), 'utf8');
  return { css, etag: `"${createHash('sha256').update(css).digest('base64url').slice(0, 22)}"` };
}

function findTheme(name: unknown): Theme | undefined {
  return themes.find((theme) => theme === name);
}

function toCookieName(req: Request): string {
  return getContext(req).isSecure ? '__Host-theme' : 'theme';
}

/** The page the form stood on, when it is one of ours. `//elsewhere` is a path of ours too, but would lead away as a Location. */
function toReturnPath(req: Request): string {
  const { referer } = req.headers;
  if (referer === undefined || !URL.canParse(referer)) return '/';
  const { origin, pathname, search } = new URL(referer);
  return origin === getContext(req).origin && !pathname.startsWith('//') ? pathname + search : '/';
}
