import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { createPageCache } from '../src/http/page-cache.js';
import { createPageFront, keepPage } from '../src/http/page-front.js';
import { createReadyPage, sendReady } from '../src/http/ready-page.js';
import { connectionLimits, createHttpServer } from '../src/http/server-limits.js';

/** Longer than what the system takes for a reader who does not read. */
const longPage = randomBytes(12_000_000).toString('hex');
const shortPage = `<p>${'words '.repeat(300)}</p>`;

describe('pages from memory, as they go over the line', () => {
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) server.close().closeAllConnections();
  });

  /** A server with its limits that keeps every page: /long/ and all others. */
  async function open(keepAlive: number = connectionLimits.keepAliveMs) {
    const seen = { asked: 0, finished: 0 };
    const pages = createPageCache({ now: () => new Date(0), findChangeNos: async () => new Map(), generation: () => 0 });
    const front = createPageFront({
      pages,
      headers: { 'X-Guard': 'on' },
      connection: connectionLimits,
      isAnswered: () => true,
      app(req, res) {
        seen.asked += 1;
        const page = createReadyPage(req.url === '/long/' ? longPage : shortPage);
        res.setHeader('X-Guard', 'on');
        setTimeout(() => {
          keepPage(req, 'en', page, null);
          void sendReady(req, res, page);
        }, 50);
      },
    });
    const server = createHttpServer(
      (req, res) => {
        res.once('finish', () => (seen.finished += 1));
        front(req, res);
      },
      { maxConnections: 100, connectionsPerAddress: 100, isLoopbackExempt: true, readPeer: () => undefined, headers: {}, patience: { keepAlive } },
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ask = (path: string, lines = '', version = '1.1') => `GET ${path} HTTP/${version}\r\nHost: x\r\n${lines}\r\n`;
    for (const path of ['/b/', '/long/']) await fetch(`http://127.0.0.1:${port}${path}`).then((answer) => answer.text());
    return { port, ask, seen };
  }

  /** A connection, and what came over it so far. */
  function connectTo(port: number) {
    const socket = connect(port, '127.0.0.1');
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part)).on('error', () => undefined);
    const isClosed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(true)));
    const text = () => Buffer.concat(parts).toString('latin1');
    const until = async (isThere: (text: string) => boolean) => {
      for (let step = 0; step < 500 && !isThere(text()); step += 1) await wait(10);
      assert.ok(isThere(text()), `${text().length} bytes came: ${text().slice(0, 300)}`);
    };
    return { socket, text, until, isClosed };
  }
  const countAnswers = (text: string) => text.split('HTTP/1.1 ').length - 1;
  const countPages = (text: string) => text.split(shortPage).length - 1;

  it('requests that come in one piece are answered in their order, each one wholly', async () => {
    const { port, ask, seen } = await open();
    const line = connectTo(port);
    const paths = ['/b/', '/b/', '/long/', '/new/', '/long/', '/b/'];
    line.socket.write(paths.map((path) => ask(path)).join(''));
    await line.until((text) => countAnswers(text) === paths.length && text.endsWith(shortPage));
    const answers = line.text().split('HTTP/1.1 200 OK').slice(1);
    for (const [index, path] of paths.entries()) assert.ok(answers[index]?.endsWith(`\r\n\r\n${path === '/long/' ? longPage : shortPage}`), `${path} as number ${index}`);
    assert.equal(seen.asked, 3, 'all but one came from memory');
    assert.equal(seen.finished, 2 + paths.length, 'and each answer is known to have come to its end');
    line.socket.destroy();
  });

  it('who has the page already is told so without a body, and his connection goes on', async () => {
    const { port, ask } = await open();
    const line = connectTo(port);
    line.socket.write(ask('/b/'));
    await line.until((text) => countPages(text) === 1);
    const etag = /ETag: (\S+)/.exec(line.text())?.[1] ?? '';
    line.socket.write(ask('/b/', `If-None-Match: ${etag}\r\n`));
    await line.until((text) => /304 Not Modified[^]*\r\n\r\n$/.test(text));
    line.socket.write(ask('/b/'));
    await line.until((text) => countPages(text) === 2);
    const [, , unchanged = ''] = line.text().split('HTTP/1.1 ');
    assert.match(unchanged, /^304 Not Modified\r\nDate: /);
    assert.ok(unchanged.includes(`ETag: ${etag}\r\n`) && unchanged.includes('X-Guard: on\r\n') && !unchanged.includes('Content-Length'));
    line.socket.destroy();
  });

  it('the date is that of the moment, whenever the page was made', async () => {
    const { port, ask } = await open();
    const line = connectTo(port);
    for (let round = 1; round <= 3; round += 1) {
      const before = Math.floor(Date.now() / 1000) * 1000;
      line.socket.write(ask('/b/'));
      await line.until((text) => countPages(text) === round);
      const date = Date.parse(/Date: ([^\r]+)/.exec(line.text().split('HTTP/1.1 ')[round] ?? '')?.[1] ?? '');
      assert.ok(date >= before && date <= Date.now(), new Date(date).toISOString());
      await wait(600);
    }
    line.socket.destroy();
  });

  it('a client of HTTP/1.0, one that will close and one that sends a body get the same page, and their connection ends as they know it', async () => {
    const { port, ask } = await open();
    for (const request of [ask('/b/', '', '1.0'), ask('/b/', 'Connection: close\r\n'), ask('/b/', 'Content-Length: 3\r\nConnection: close\r\n').concat('a=b')]) {
      const line = connectTo(port);
      line.socket.write(request);
      assert.ok(await line.isClosed);
      assert.match(line.text(), /^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n/);
      assert.ok(line.text().endsWith(`\r\n\r\n${shortPage}`), request);
    }
  });

  it('the last request that a connection may bring is told so, and nothing after it is done', async () => {
    const { port, ask, seen } = await open();
    const line = connectTo(port);
    for (let sent = 0; sent < connectionLimits.requests - 1; sent += 1) {
      line.socket.write(ask('/b/'));
      if (sent % 100 === 99) await line.until((text) => countAnswers(text) === sent + 1);
    }
    await line.until((text) => countPages(text) === connectionLimits.requests - 1);
    assert.ok(!line.text().includes('Connection: close'));
    line.socket.write(ask('/b/') + ask('/other/'));
    assert.ok(await line.isClosed);
    assert.deepEqual([countAnswers(line.text()), countPages(line.text())], [connectionLimits.requests, connectionLimits.requests]);
    assert.equal(line.text().split('Connection: close').length, 2);
    assert.equal(seen.asked, 2, 'what came behind the last was not asked for');
  });

  it('who reads slowly gets the page to its end, though he pauses for longer than a connection is kept that nothing is asked of', async () => {
    const { port, ask, seen } = await open(100);
    const line = connectTo(port);
    line.socket.write(ask('/long/'));
    await line.until((text) => text.length > 0);
    line.socket.pause();
    await wait(2_500);
    assert.equal(seen.finished, 2, 'the answer is not over before its bytes are on their way');
    line.socket.resume();
    await line.until((text) => text.endsWith(longPage));
    assert.ok(await line.isClosed, 'and then the connection ends for want of a request');
  });

  it('who goes away in the middle of a page leaves nothing behind, and others are answered', async () => {
    const { port, ask, seen } = await open();
    for (let times = 0; times < 20; times += 1) {
      const line = connectTo(port);
      line.socket.write(ask('/long/') + ask('/b/'));
      await line.until((text) => text.length > 0);
      line.socket.destroy();
    }
    const line = connectTo(port);
    line.socket.write(ask('/b/'));
    await line.until((text) => countPages(text) === 1);
    assert.equal(seen.asked, 2);
    line.socket.destroy();
  });
});
