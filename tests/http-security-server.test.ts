import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type RequestListener, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import express, { type NextFunction, type Request, type Response } from 'express';
import { notFound, UserError } from '../src/http/errors.js';
import { createHostCheck } from '../src/http/host-check.js';
import { createRequestContext } from '../src/http/request.js';
import { createRequestClasses } from '../src/http/request-classes.js';
import { checkSameSite } from '../src/http/same-site.js';
import { createSecurity, toSecurityHeaders } from '../src/http/security.js';
import { createHttpServer, type ServerLimits } from '../src/http/server-limits.js';
import { createAddressReader, createPeerReader } from '../src/identity/client-address.js';
import { createLog } from '../src/log.js';

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close().closeAllConnections();
});

async function listen(handler: RequestListener, limits: Partial<ServerLimits> = {}) {
  const server = createHttpServer(handler, {
    maxConnections: 1000, connectionsPerAddress: 1000, isLoopbackExempt: false, readPeer: createPeerReader([]), headers: toSecurityHeaders(undefined), ...limits,
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, port: (server.address() as AddressInfo).port };
}

/** A bare connection: what came back so far, and how long it lived. */
function open(port: number, bytes = '') {
  const startedAt = performance.now();
  const socket: Socket = connect(port, '127.0.0.1');
  const seen = { text: '', error: '', socket, closed: Promise.resolve(0) };
  seen.closed = new Promise((done) => socket.once('close', () => done(performance.now() - startedAt)));
  socket.setEncoding('latin1').on('data', (part: string) => (seen.text += part)).on('error', (error) => (seen.error = error.message));
  if (bytes !== '') socket.write(bytes, 'latin1');
  return seen;
}

const toStatus = (text: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);

/** The edge in its order, before one page and a form that takes 1 KB. */
function makeApp(): RequestListener {
  const app = express();
  app.use(createSecurity({ publicOrigin: undefined }));
  app.use(createRequestContext({ readAddress: createAddressReader([]), publicOrigin: undefined }));
  app.use(createHostCheck({ publicOrigin: undefined, log: createLog('silent') }));
  app.get('/', (_req, res) => res.send('home'));
  app.post('/open', express.urlencoded({ extended: false, limit: 1024 }), (_req, res) => res.send('taken'));
  app.post('/halfway', (req, res) => {
    req.once('data', () => {
      req.pause();
      res.status(413).send('enough');
    });
  });
  app.use(checkSameSite);
  app.use(() => {
    throw notFound();
  });
  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    const status = error instanceof UserError ? error.status : error instanceof Error && 'status' in error ? Number(error.status) : 500;
    res.status(status).send(`refused ${status}`);
  });
  return app;
}

const PIECE = Buffer.alloc(65_536, 'a');
const PIECES = 128;

/** Sends 8 MiB piece by piece, heeding back pressure, and gives the status of the answer. */
function sendPieces(port: number, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((done, fail) => {
    const req = request({ port, host: '127.0.0.1', path, method: 'POST', agent: false, headers });
    let status = 0;
    req.once('response', (res) => {
      status = res.statusCode ?? 0;
      res.resume();
    });
    req.once('error', fail);
    req.once('close', () => done(status));
    let sent = 0;
    const write = () => {
      while (sent < PIECES) {
        sent += 1;
        if (!req.write(PIECE)) return void req.once('drain', write);
      }
      req.end();
    };
    write();
  });
}

async function isWell(port: number): Promise<boolean> {
  const startedAt = performance.now();
  const seen = open(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await seen.closed;
  return toStatus(seen.text) === 200 && performance.now() - startedAt < 1000;
}

test('no malformed request gets more than its refusal, and the next good one is answered within a second', async () => {
  interface RawVector { name: string; raw?: string; build?: string; want: (number | 'close')[] }
  const { cases } = JSON.parse(readFileSync(new URL('./fixtures/vectors/raw-http.json', import.meta.url), 'utf8')) as { cases: RawVector[] };
  const bare = cases.filter(({ raw }) => raw !== undefined);
  assert.equal(bare.length, 25, 'the others are forms, which the upload tests build');
  const { port } = await listen(makeApp());
  bare.push({ name: 'empty Host', raw: 'GET / HTTP/1.1\r\nHost: \r\n\r\n', want: [400] });
  for (const { name, raw = '', want } of bare) {
    const bytes = raw.replace(/\{([^{}]*)\*(\d+)\}/gs, (_all, text: string, times: string) => text.repeat(Number(times)));
    const seen = open(port, bytes);
    for (let step = 0; step < 100 && seen.text === '' && !seen.socket.closed; step += 1) await wait(20);
    const status = toStatus(seen.text);
    assert.ok(status === 0 ? seen.socket.closed : want.includes(status), `${name}: ${status || 'still open'} instead of ${want.join(' or ')}`);
    if (status >= 400) assert.match(seen.text, /content-security-policy: default-src 'none'/i, name);
    seen.socket.destroy();
    assert.ok(await isWell(port), `after ${name}`);
  }
});

test('slow headers, no headers at all and slow bodies are cut off in time', async () => {
  const { port } = await listen(makeApp(), { patience: { headers: 400, body: 500, request: 1200, check: 50, farewell: 100 } });
  const dribble = (seen: { socket: Socket }, text = 'a') => {
    const timer = setInterval(() => seen.socket.write(text), 50);
    seen.socket.once('close', () => clearInterval(timer));
  };
  const silent = open(port);
  const headers = open(port, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  const body = open(port, 'POST /open HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n\r\n');
  const refused = open(port, 'POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n');
  const chunked = open(port, 'POST /open HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n');
  const multipart = (path: string) => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 90000\r\n\r\n`;
  const slowUpload = open(port, multipart('/open'));
  const upload = open(port, multipart('/nowhere'));
  for (const seen of [headers, body, refused, slowUpload]) dribble(seen);
  dribble(upload, 'a'.repeat(500));
  const limits = [[silent, 400, 408], [headers, 400, 408], [body, 500, 408], [chunked, 500, 408], [refused, 500, 403], [slowUpload, 500, 200], [upload, 1200, 403]] as const;
  for (const [seen, most, status] of limits) {
    const lived = await seen.closed;
    assert.ok(lived >= most - 60 && lived < most + 600, `closed after ${lived} instead of ${most}`);
    assert.equal(toStatus(seen.text), status);
  }
  assert.ok(await isWell(port));
});

test('who sends a body that is refused gets to read why, even while still sending', async () => {
  const { port } = await listen(makeApp());
  const paths = [['/open', 413], ['/halfway', 413], ['/nowhere', 403]] as const;
  for (const [path, wanted] of paths) {
    for (const [framing, value] of [['Content-Length', String(PIECES * PIECE.length)], ['Transfer-Encoding', 'chunked']] as const) {
      for (const connection of ['close', 'keep-alive']) {
        const headers = { [framing]: value, Connection: connection, 'Content-Type': 'application/x-www-form-urlencoded' };
        assert.equal(await sendPieces(port, path, headers), wanted, `${path} ${JSON.stringify(headers)}`);
      }
    }
  }
  const small = open(port, 'POST /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b');
  await small.closed;
  assert.equal(toStatus(small.text), 200);
});

test('a refused sender is not read without end', async () => {
  const { port } = await listen(makeApp());
  const seen = open(port, 'POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000\r\n\r\n');
  const piece = 'a'.repeat(2 ** 20);
  const pump = () => {
    while (!seen.socket.destroyed && seen.socket.write(piece));
  };
  seen.socket.on('drain', pump);
  pump();
  await seen.closed;
  assert.equal(toStatus(seen.text), 403);
  assert.ok(seen.socket.bytesWritten > 64 * 2 ** 20 && seen.socket.bytesWritten < 4 * 2 ** 30, String(seen.socket.bytesWritten));
});

test('one address has so many connections; more are told so, many more are dropped, and closed ones make room', async () => {
  const { port } = await listen(makeApp(), { connectionsPerAddress: 3, patience: { farewell: 200 } });
  const held = [open(port), open(port), open(port)];
  await Promise.all(held.map(({ socket }) => new Promise((done) => socket.once('connect', done))));
  const fourth = open(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await fourth.closed;
  assert.equal(toStatus(fourth.text), 503);
  assert.match(fourth.text, /Retry-After: 5/);
  const silent = [open(port), open(port), open(port)];
  await wait(50);
  const seventh = open(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.ok((await seventh.closed) < 150, 'dropped at once');
  assert.equal(seventh.text, '');
  for (const seen of silent) assert.ok((await seen.closed) < 600, 'a surplus connection is not held');
  assert.equal(await isWell(port), false);
  held[0]?.socket.destroy();
  await wait(50);
  assert.ok(await isWell(port));
  for (const { socket } of held) socket.destroy();
});

test('trusted proxies are not counted, and loopback is not when limits are off', async () => {
  for (const limits of [{ readPeer: createPeerReader(['127.0.0.1']) }, { isLoopbackExempt: true }]) {
    const { port } = await listen(makeApp(), { connectionsPerAddress: 1, ...limits });
    const held = [open(port), open(port), open(port)];
    await Promise.all(held.map(({ socket }) => new Promise((done) => socket.once('connect', done))));
    assert.ok(await isWell(port));
    for (const { socket } of held) socket.destroy();
  }
});

test('the server’s usual limits are those of the settings', async () => {
  const { server } = await listen(makeApp(), { maxConnections: 12_000 });
  const { headersTimeout, requestTimeout, keepAliveTimeout, maxRequestsPerSocket, maxConnections, timeout } = server;
  assert.deepEqual(
    { headersTimeout, requestTimeout, keepAliveTimeout, maxRequestsPerSocket, maxConnections, timeout },
    { headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 5_000, maxRequestsPerSocket: 1000, maxConnections: 12_000, timeout: 120_000 },
  );
});

test('one connection serves request after request, and a pause ends it', async () => {
  const { port } = await listen(makeApp(), { patience: { keepAlive: 300 } });
  const seen = open(port);
  for (let time = 1; time <= 5; time += 1) {
    seen.socket.write('POST /open HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b');
    for (let step = 0; step < 100 && seen.text.split('taken').length <= time; step += 1) await wait(10);
    assert.equal(seen.text.split('taken').length, time + 1);
  }
  const lived = await seen.closed;
  assert.ok(lived < 3000, String(lived));
  assert.equal(seen.error, '');
});

test('requests and answers are those of the app from birth, so that Express need not change what V8 knows of them', async () => {
  const app = express();
  app.get('/', (req, res) => res.send(`${req.path} ${res.statusCode}`));
  const classes = createRequestClasses();
  classes.giveTo(app);
  const born: boolean[] = [];
  const { port } = await listen(
    (req, res) => {
      born.push(Object.getPrototypeOf(req) === app.request, Object.getPrototypeOf(res) === app.response);
      app(req, res);
    },
    { classes },
  );
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/?a=1`)).text(), '/ 200');
  assert.deepEqual(born, [true, true]);
});
