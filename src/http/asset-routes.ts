import { readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import express, { type Router } from 'express';
import { type Encoding, pickEncoding } from './ready-page.js';

/** The built assets: their addresses by source name (`quoth.css` to `/assets/quoth-<hash>.css`). @throws Error when there is no build in `dir` */
export function readAssets(dir: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
  } catch (error) {
    throw new Error('The files for browsers are not built yet. Run: npm run build', { cause: error });
  }
}

const endings = { br: '.br', gzip: '.gz', identity: '' } as const;
const types: Record<string, string> = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', svg: 'image/svg+xml' };

/**
 * GET `/assets/<name>`: from memory, compressed by the build, kept for ever since a name changes with its content; `/favicon.ico` and
 * `/robots.txt`. Whatever else is asked for goes on to the 404 page. @throws Error when a file of the manifest is missing
 */
export function createAssetRouter(options: { dir: string; assets: Record<string, string> }): Router {
  const files = new Map(Object.values(options.assets).map((path) => [basename(path), readForms(options.dir, basename(path))]));
  const router = express.Router({ caseSensitive: true, strict: true });
  router.get('/assets/:name', (req, res, next) => {
    const file = files.get(req.params.name);
    if (file === undefined) return next();
    const encoding = pickEncoding(req.headers['accept-encoding']);
    if (encoding !== 'identity') res.set('Content-Encoding', encoding);
    res.set({ 'Cache-Control': 'public, max-age=31536000, immutable', Vary: 'Accept-Encoding', 'Content-Type': file.type });
    res.send(file.forms[encoding]);
  });
  router.get('/favicon.ico', (_req, res) => {
    res.set('Cache-Control', 'public, max-age=86400').redirect(301, options.assets['icon.svg'] ?? '/');
  });
  router.get('/robots.txt', (_req, res) => {
    res.set('Cache-Control', 'public, max-age=86400').type('text').send('User-agent: *\nDisallow: /mod\nDisallow: /*/new\nDisallow: /*/post/\nDisallow: /*/reply\n');
  });
  return router;
}

function readForms(dir: string, name: string): { type: string; forms: Record<Encoding, Buffer> } {
  const read = (encoding: Encoding) => readFileSync(join(dir, `${name}${endings[encoding]}`));
  return { type: types[extname(name).slice(1)] ?? 'application/octet-stream', forms: { br: read('br'), gzip: read('gzip'), identity: read('identity') } };
}
