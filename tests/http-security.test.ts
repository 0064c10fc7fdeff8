import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import express, { type NextFunction, type Request, type Response } from 'express';
import { notFound, UserError } from '../src/http/errors.js';
import { createHostCheck } from '../src/http/host-check.js';
import { createRequestContext, getContext, readCookie } from '../src/http/request.js';
import { checkSameSite } from '../src/http/same-site.js';
import { createSecurity, toSecurityHeaders } from '../src/http/security.js';
import { createHttpServer } from '../src/http/server-limits.js';
import { createThemeRoutes } from '../src/http/theme-routes.js';
import { createAddressReader, createPeerReader } from '../src/identity/client-address.js';
import { createLog } from '../src/log.js';

const themeDir = mkdtempSync(join(tmpdir(), 'quoth-themes-'));
for (const name of ['light', 'dark', 'classic', 'contrast']) writeFileSync(join(themeDir, `theme-${name}.css`), `:root{--theme:${name}}`);
const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close().closeAllConnections();
  rmSync(themeDir, { recursive: true, force: true });
});

/** A small app behind the real edge: it counts what was changed, and shows what the edge says of a request. */
function makeApp(options: { publicOrigin?: string; trusted?: string[] } = {}) {
  const { publicOrigin, trusted = [] } = options;
  const lines: string[] = [];
  const changes = { count: 0 };
  const app = express();
  app.use(createSecurity({ publicOrigin }));
  app.use(createRequestContext({ readAddress: createAddressReader(trusted), publicOrigin }));
  app.use(createHostCheck({ publicOrigin, log: createLog('info', (line) => lines.push(line)) }));
  app.use(checkSameSite);
  app.use(createThemeRoutes({ dir: themeDir }));
  app.get('/context', (req, res) => {
    const { id, lang, isSecure, origin, address } = getContext(req);
    res.json({ id, lang, isSecure, origin, address, cookie: readCookie(req, 'b') });
  });
  app.get('/broken', () => {
    throw new Error('broken');
  });
  app.post('/post', (_req, res) => {
    changes.count += 1;
    res.redirect(303, '/');
  });
  app.delete('/post', (_req, res) => {
    changes.count += 1;
    res.sendStatus(204);
  });
  app.use(() => {
    throw notFound();
  });
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    res.status(error instanceof UserError ? error.status : 500).send(`${getContext(req).lang} ${error instanceof UserError ? error.code : 'broken'}`);
  });
  return { app, changes, lines };
}

async function listen(handler: RequestListener, publicOrigin?: string): Promise<number> {
  const server = createHttpServer(handler, {
    maxConnections: 1000, connectionsPerAddress: 1000, isLoopbackExempt: false, readPeer: createPeerReader([]), headers: toSecurityHeaders(publicOrigin),
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

interface Answer { status: number; headers: IncomingHttpHeaders; body: string }

function send(port: number, method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  return new Promise((done, fail) => {
    const req = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (part: string) => (text += part)).on('end', () => done({ status: res.statusCode ?? 0, headers: res.headers, body: text }));
    });
    req.on('error', fail).end(body);
  });
}

const board = 'https://board.example';

test('only a form of the board itself changes anything', async () => {
  const { app, changes } = makeApp({ publicOrigin: board });
  const port = await listen(app, board);
  const shapes: [name: string, headers: Record<string, string>, isTaken: boolean][] = [
    ['a browser of today', { 'Sec-Fetch-Site': 'same-origin', Origin: board }, true],
    ['a browser that hides the referrer', { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' }, true],
    ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: board }, false],
    ['a neighbouring host', { 'Sec-Fetch-Site': 'same-site', Origin: 'https://www.board.example' }, false],
    ['no site', { 'Sec-Fetch-Site': 'none' }, false],
    ['two sites', { 'Sec-Fetch-Site': 'same-origin, cross-site' }, false],
    ['same-origin, but a foreign Origin', { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://evil.example' }, false],
    ['no evidence at all', {}, false],
    ['Origin: null', { Origin: 'null' }, false],
    ['an empty Origin', { Origin: '' }, false],
    ['another port', { Origin: `${board}:444` }, false],
    ['another scheme', { Origin: 'http://board.example' }, false],
    ['a longer host', { Origin: `${board}.evil.example` }, false],
    ['a host that ends alike', { Origin: 'https://evilboard.example' }, false],
    ['a host in the path', { Origin: `https://evil.example/${board}` }, false],
    ['a simple content type', { Origin: 'https://evil.example', 'Content-Type': 'text/plain' }, false],
    ['an overridden method', { Origin: 'https://evil.example', 'X-HTTP-Method-Override': 'GET' }, false],
    ['a forwarded host', { Origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example' }, false],
    ['an older browser', { Origin: board }, true],
    ['a text browser', { Referer: `${board}/b/` }, true],
    ['a foreign Referer', { Referer: `https://evil.example/?${board}/` }, false],
    ['a Referer that begins alike', { Referer: `${board}.evil.example/` }, false],
    ['a foreign Origin with our Referer', { Origin: 'https://evil.example', Referer: `${board}/` }, false],
  ];
  let cells = 0;
  for (const [name, headers, isTaken] of shapes) {
    for (const [method, path] of [['POST', '/post'], ['DELETE', '/post'], ['POST', '/theme']] as const) {
      const before = changes.count;
      const { status, body } = await send(port, method, path, { Host: 'board.example', 'Content-Type': 'application/x-www-form-urlencoded', ...headers }, 'theme=dark');
      if (isTaken) assert.ok(status === 303 || status === 204, `${name} ${method} ${path}: ${status}`);
      else assert.deepEqual([status, body], [403, 'en errors.crossSite'], `${name} ${method} ${path}`);
      assert.equal(changes.count - before, isTaken && path === '/post' ? 1 : 0, `${name} ${method} ${path}`);
      cells += 1;
    }
  }
  assert.equal(cells, shapes.length * 3);
  const before = changes.count;
  for (const method of ['GET', 'HEAD']) assert.equal((await send(port, method, '/post', { Host: 'board.example', Origin: board })).status, 404, method);
  for (const method of ['OPTIONS', 'TRACE', 'PROPFIND']) assert.equal((await send(port, method, '/post', { Host: 'board.example', Origin: board })).status, 405, method);
  assert.equal(changes.count, before);
});

test('every answer carries the security headers, whatever went wrong', async () => {
  const { app } = makeApp({ publicOrigin: board });
  const port = await listen(app, board);
  const own = { Host: 'board.example' };
  const answers = [
    await send(port, 'GET', '/context', own),
    await send(port, 'GET', '/theme.css', own),
    await send(port, 'GET', '/nothing', own),
    await send(port, 'GET', '/broken', own),
    await send(port, 'POST', '/post', own),
    await send(port, 'TRACE', '/post', own),
    await send(port, 'GET', '/context', { Host: 'evil.example' }),
    await send(port, 'GET', '/context', { ...own, X: 'a'.repeat(9000) }),
    await send(port, 'GET', '/context', { ...own, ...Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`H${index}`, 'v'])) }),
  ];
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 404, 500, 403, 405, 421, 431, 431]);
  for (const { status, headers } of answers) {
    assert.equal(
      headers['content-security-policy'],
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self' blob:;media-src 'self';connect-src 'self' wss://board.example;form-action 'self';frame-ancestors 'none';base-uri 'none';object-src 'none';require-trusted-types-for 'script';trusted-types quoth",
      String(status),
    );
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'same-origin');
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(headers['strict-transport-security'], 'max-age=31536000');
    assert.match(String(headers['permissions-policy']), /camera=\(\), .*geolocation=\(\).*microphone=\(\)/);
    assert.equal(headers['x-powered-by'], undefined);
    assert.equal(headers.server, undefined);
  }
});

test('on plain http nothing asks the browser for https', () => {
  const headers = toSecurityHeaders(undefined);
  assert.equal(headers['Strict-Transport-Security'], undefined);
  assert.ok(!Object.values(headers).join().includes('upgrade-insecure-requests'));
  assert.match(headers['Content-Security-Policy'] ?? '', /connect-src 'self';/);
  assert.equal(toSecurityHeaders('http://nas:3000')['Strict-Transport-Security'], undefined);
});

test('a board with a public address answers under no other name', async () => {
  const { app } = makeApp({ publicOrigin: board });
  const port = await listen(app);
  for (const host of ['board.example', 'BOARD.example', 'board.example:443']) assert.equal((await send(port, 'GET', '/context', { Host: host })).status, 200, host);
  for (const host of ['evil.example', 'board.example.evil.example', 'board.example:444', 'localhost', '127.0.0.1']) {
    assert.deepEqual([(await send(port, 'GET', '/context', { Host: host })).status, host], [421, host]);
  }
  for (const host of ['evil@board.example', 'board.example/', 'board.example:port', 'a,b']) {
    assert.deepEqual([(await send(port, 'GET', '/context', { Host: host })).status, host], [400, host]);
  }
  assert.equal((await send(port, 'GET', 'https://board.example/context', { Host: 'board.example' })).status, 400);
});

test('a board without one answers local names and addresses, and says so once in the log', async () => {
  const { app, lines } = makeApp();
  const port = await listen(app);
  for (const host of [`127.0.0.1:${port}`, 'localhost:3000', 'nas', 'board.local', '192.168.1.5:3000', '[fd00::5]:3000', '[::1]']) {
    const { status, body } = await send(port, 'GET', '/context', { Host: host });
    assert.equal(status, 200, host);
    assert.equal(JSON.parse(body).origin, `http://${host}`);
  }
  for (const host of ['evil.example', 'nas.evil.example', '8.8.8.8', '[2001:db8::1]', 'local']) {
    assert.equal((await send(port, 'GET', '/context', { Host: host })).status, host === 'local' ? 200 : 421, host);
  }
  assert.deepEqual(lines.map((line) => JSON.parse(line).event), ['host.unset', 'host.refused']);
});

test('a request knows its own context, and the address in it stays hidden', async () => {
  const { app } = makeApp();
  const port = await listen(app);
  const answer = await send(port, 'GET', '/context', { Cookie: 'a=1; b=2=3; bb=4', 'Accept-Language': 'tlh' });
  const context: object = JSON.parse(answer.body);
  assert.match('id' in context ? String(context.id) : '', /^[0-9a-f]{16}$/);
  assert.deepEqual({ ...context, id: '' }, { id: '', lang: 'en', isSecure: false, origin: `http://127.0.0.1:${port}`, address: '[address]', cookie: '2=3' });
});

test('a request that a trusted proxy sends without a client is refused with a page', async () => {
  const { app } = makeApp({ trusted: ['127.0.0.1'] });
  const port = await listen(app);
  const refused = await send(port, 'GET', '/context');
  assert.deepEqual([refused.status, refused.body], [400, 'en errors.malformed']);
  assert.equal((await send(port, 'GET', '/context', { 'X-Forwarded-For': '198.51.100.7' })).status, 200);
});

test('the theme comes as a stylesheet of its own, from a cookie', async () => {
  const { app } = makeApp();
  const port = await listen(app);
  const origin = `http://127.0.0.1:${port}`;
  const without = await send(port, 'GET', '/theme.css');
  assert.deepEqual([without.status, without.body, without.headers['content-type']], [200, '', 'text/css; charset=utf-8']);
  const dark = await send(port, 'GET', '/theme.css', { Cookie: 'theme=dark' });
  assert.equal(dark.body, ':root{--theme:dark}');
  assert.equal(dark.headers.vary, 'Cookie');
  assert.equal(dark.headers['cache-control'], 'private, no-cache');
  assert.notEqual(dark.headers.etag, without.headers.etag);
  assert.equal((await send(port, 'GET', '/theme.css', { Cookie: 'theme=dark', 'If-None-Match': String(dark.headers.etag) })).status, 304);
  assert.equal((await send(port, 'GET', '/theme.css', { Cookie: 'theme=../../package' })).body, '');

  const choose = (theme: string, referer?: string) =>
    send(port, 'POST', '/theme', { Origin: origin, 'Content-Type': 'application/x-www-form-urlencoded', ...(referer === undefined ? {} : { Referer: referer }) }, theme);
  const chosen = await choose('theme=contrast', `${origin}/b/catalog?sort=new`);
  assert.deepEqual([chosen.status, chosen.headers.location], [303, '/b/catalog?sort=new']);
  assert.match(String(chosen.headers['set-cookie']), /^theme=contrast; Max-Age=31536000; Path=\/; Expires=[^;]+; SameSite=Lax$/);
  assert.match(String((await choose('theme=auto')).headers['set-cookie']), /^theme=; Path=\/; Expires=Thu, 01 Jan 1970/);
  for (const theme of ['theme=pink', 'theme=', '', 'theme=dark&theme=light', 'theme[]=dark']) assert.equal((await choose(theme)).status, 400, theme);
  for (const referer of ['https://evil.example/b/', `${origin}//evil.example/`, `${origin}/\\evil.example/`, 'nonsense', `${origin}@evil.example/`]) {
    assert.equal((await choose('theme=dark', referer)).headers.location, '/', referer);
  }
});

test('on https the theme’s cookie is bound to the host', async () => {
  const { app } = makeApp({ publicOrigin: board });
  const port = await listen(app);
  const chosen = await send(port, 'POST', '/theme', { Host: 'board.example', Origin: board, 'Content-Type': 'application/x-www-form-urlencoded' }, 'theme=dark');
  assert.match(String(chosen.headers['set-cookie']), /^__Host-theme=dark; .*Path=\/;.* Secure; SameSite=Lax$/);
  assert.equal((await send(port, 'GET', '/theme.css', { Host: 'board.example', Cookie: '__Host-theme=dark' })).body, ':root{--theme:dark}');
});
