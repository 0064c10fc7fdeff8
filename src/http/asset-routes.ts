import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Router } from 'express';

const ONE_YEAR_MS = 365 * 86_400_000;

/** The built assets: their addresses by source name (`quoth.css` to `/assets/quoth-<hash>.css`). @throws Error when there is no build in `dir` */
export function readAssets(dir: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
  } catch (error) {
    throw new Error('The files for browsers are not built yet. Run: npm run build', { cause: error });
  }
}

/** GET `/assets/*`, kept for ever since a name changes with its content; `/favicon.ico` and `/robots.txt`. */
export function createAssetRouter(options: { dir: string; assets: Record<string, string> }): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  router.use('/assets', express.static(options.dir, { immutable: true, maxAge: ONE_YEAR_MS, index: false, redirect: false, fallthrough: true }));
  router.get('/favicon.ico', (_req, res) => {
    res.set('Cache-Control', 'public, max-age=86400').redirect(301, options.assets['icon.svg'] ?? '/');
  });
  router.get('/robots.txt', (_req, res) => {
    res.set('Cache-Control', 'public, max-age=86400').type('text').send('User-agent: *\nDisallow: /mod\nDisallow: /*/new\nDisallow: /*/post/\nDisallow: /*/reply\n');
  });
  return router;
}
