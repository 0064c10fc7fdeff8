import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { after } from 'node:test';
import { Server } from 'socket.io';
import { atLeast, atMost, countChecks, notMeasured } from '../../bench/checks.js';
import { createBoardClient } from '../../bench/load/board-client.js';
import { doAtPace } from '../../bench/load/mix.js';
import { openReaders, readClock } from '../../bench/load/open-readers.js';
import { toPageReads } from '../../bench/load/read-pages.js';
import { weighPage } from '../../bench/load/weigh-page.js';
import { createRandom, writeWords } from '../../bench/load/words.js';
import { assertAllThere, makeMark, startThread, writeReplies } from '../../bench/load/write-replies.js';
import { quantile } from '../../bench/measure/quantiles.js';
import { medianRatio, takeRounds } from '../../bench/measure/rounds.js';
import { assertInstalled } from '../../bench/rig/programs.js';

const closers: (() => unknown)[] = [];
after(() => Promise.all(closers.map((close) => close())));

async function serve(listener?: RequestListener): Promise<{ origin: string; server: HttpServer }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** A board of one thread that acknowledges every post and may then get the twentieth wrong. */
async function serveBoard(fault: 'none' | 'loses' | 'doubles' | 'refuses') {
  const posts: string[] = [];
  let count = 0;
  const { origin } = await serve((req, res) => {
    if (req.method === 'GET') return void res.end(posts.map((post) => `<p>${post}</p>`).join(''));
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      count += 1;
      const isWrong = fault !== 'none' && count === 20;
      const body = /name="body"\r\n\r\n([\s\S]*?)\r\n--/.exec(Buffer.concat(chunks).toString())?.[1] ?? '';
      if (!isWrong || fault === 'doubles') posts.push(body);
      if (isWrong && fault === 'doubles') posts.push(body);
      res.writeHead(isWrong && fault === 'refuses' ? 503 : 201).end(JSON.stringify({ no: count }));
    });
  });
  return origin;
}

async function loadBoard(fault: Parameters<typeof serveBoard>[0]): Promise<number> {
  const client = createBoardClient(await serveBoard(fault), 4);
  closers.push(client.close);
  const thread = await startThread(client, 'b', 'The first words');
  const orders = Array.from({ length: 30 }, () => ({ thread, mark: makeMark(), body: 'Some words' }));
  const { count, latencies } = await writeReplies(client, orders, 4);
  await assertAllThere(client, orders);
  assert.equal(latencies.length, count);
  return count;
}

test('replies that are all there are counted', async () => {
  assert.equal(await loadBoard('none'), 30);
});

test('a lost, a doubled and a refused reply each end the measurement', async () => {
  await assert.rejects(loadBoard('loses'), /stands 0 times/);
  await assert.rejects(loadBoard('doubles'), /stands 2 times/);
  await assert.rejects(loadBoard('refuses'), /answered with 503/);
});

const printedByWrk = (lines: string) => `Running 3s test @ http://127.0.0.1:8080/page
  1 threads and 16 connections
  Latency Distribution
     50%    1.25ms
     75%    1.30ms
     90%    1.80ms
     99%  980.00us
  1000 requests in 3.00s, 97.66MB read
${lines}Requests/sec:    333.33
Transfer/sec:     32.55MB
`;

test('reads are counted when each brought the whole page', () => {
  assert.deepEqual(toPageReads(printedByWrk(''), 102_000, 'a page'), { count: 1000, perSecond: 333.33, p50: 1.25, p99: 0.98 });
});

test('failed answers, and answers that are not the page, end the measurement', () => {
  assert.throws(() => toPageReads(printedByWrk('  Non-2xx or 3xx responses: 3\n'), 102_000, 'a page'), /a page: Non-2xx or 3xx responses: 3/);
  assert.throws(() => toPageReads(printedByWrk('  Socket errors: connect 0, read 2, write 0, timeout 0\n'), 102_000, 'a page'), /Socket errors/);
  assert.throws(() => toPageReads(printedByWrk(''), 400_000, 'a page'), /an answer has 102404 bytes, and the page 400000/);
  assert.throws(() => toPageReads(printedByWrk(''), 4_000, 'a page'), /and the page 4000/);
  assert.throws(() => toPageReads('Running 3s test', 4_000, 'a page'), /NaN/);
});

/** A bare live server that may leave out one of its readers. */
async function serveLive(options: { leavesOut: boolean }) {
  const { origin, server } = await serve();
  const io = new Server(server, { transports: ['websocket'], serveClient: false, perMessageDeflate: false });
  let joinedCount = 0;
  closers.push(() => io.close());
  io.on('connection', (socket) => {
    socket.on('join', (join: { room: string }, answer: (said: object) => void) => {
      if (join.room === 'closed') return answer({ ok: false });
      joinedCount += 1;
      if (!(options.leavesOut && joinedCount === 1)) void socket.join('room');
      answer({ ok: true });
    });
  });
  return { origin, push: (html: string) => io.to('room').emit('thread:changes', { html }) };
}

test('the arrival of pushes of every length is noticed at every reader, once', async () => {
  const { origin, push } = await serveLive({ leavesOut: false });
  const readers = await openReaders({ origin, join: { room: 'open' }, count: 20 });
  closers.push(readers.close);
  const marks = [1, 100, 3_000, 200_000].map((length) => {
    const mark = makeMark();
    push(`${mark}${'.'.repeat(length)}${mark}`);
    return mark;
  });
  const { times, lastText } = await readers.collect(marks);
  assert.deepEqual(times.map((arrivals) => arrivals.length), [20, 20, 20, 20]);
  assert.ok(times.flat().every((at) => Math.abs(readClock() - at) < 60_000), 'on the same clock');
  assert.match(lastText, /^42\["thread:changes",\{"html":"z/);
});

test('a push that misses one reader, and a reader who may not join, end the measurement', async () => {
  const { origin, push } = await serveLive({ leavesOut: true });
  const readers = await openReaders({ origin, join: { room: 'open' }, count: 20, patienceMs: 500 });
  closers.push(readers.close);
  const mark = makeMark();
  push(mark);
  await assert.rejects(readers.collect([mark]), /reached 19 of 20 readers/);
  await assert.rejects(openReaders({ origin, join: { room: 'closed' }, count: 1 }), /may not join/);
});

test('readers who all come back at once are told what they missed, and one who is not ends the measurement', async () => {
  const { origin, server } = await serve();
  const io = new Server(server, { transports: ['websocket'], serveClient: false });
  closers.push(() => io.close());
  io.on('connection', (socket) => void socket.on('join', (_join: unknown, answer: (said: object) => void) => answer({ ok: true })));
  const mark = makeMark();
  let askedCount = 0;
  server.prependListener('request', (req, res) => {
    if (req.url !== '/missed') return;
    askedCount += 1;
    res.end(JSON.stringify({ posts: [askedCount > 20 ? 'nothing' : mark] }));
  });
  const readers = await openReaders({ origin, join: {}, count: 20, patienceMs: 500 });
  closers.push(readers.close);
  await readers.leave();
  await readers.comeBack('/missed');
  assert.equal((await readers.collect([mark])).times[0]?.length, 20);
  await readers.leave();
  await assert.rejects(readers.comeBack('/elsewhere/'.repeat(2_000)), /was answered with 431/);
});

test('what is done at a pace is done as often as it was due, and what fails is counted', async () => {
  const { latencies, failures, leftOut } = await doAtPace({ perSecond: 200, seconds: 0.5, act: (index) => (index % 10 === 3 ? Promise.reject(new Error('refused')) : Promise.resolve()) });
  assert.deepEqual([latencies.length, failures.length, failures[0], leftOut], [90, 10, 'refused', 0]);
});

test('a page weighs what it is and what it names, and what blocks is told from what waits', async () => {
  const parts: Record<string, string> = {
    '/': '<link rel="stylesheet" href="/a.css"><link rel="alternate stylesheet" href="/b.css"><link rel="icon" href="/i.svg"><script src="/a.js"></script><script type="module" src="/b.js"></script>',
    '/a.css': 'a{}'.repeat(500), '/b.css': 'b{}', '/a.js': 'one()', '/b.js': 'two()',
  };
  const { origin } = await serve((req, res) => void res.writeHead(parts[req.url ?? ''] === undefined ? 404 : 200).end(parts[req.url ?? '']));
  const client = createBoardClient(origin, 2);
  closers.push(client.close);
  const weight = await weighPage(client, '/');
  assert.deepEqual([weight.requests, weight.blockingScripts, weight.htmlBytes], [5, 1, Buffer.byteLength(parts['/'] ?? '')]);
  assert.ok(weight.styleGzip < 200 && weight.blockingGzip > weight.htmlGzip && weight.blockingGzip < weight.htmlGzip + weight.styleGzip + weight.scriptGzip);
  parts['/'] += '<script src="/gone.js"></script>';
  await assert.rejects(weighPage(client, '/'), /gone\.js was answered with 404/);
});

test('a goal holds at its bound, does not beyond it, and never without a figure', () => {
  const checks = [atMost('R1', 'cost', 30, 30, 'µs'), atMost('R1', 'cost', 31, 30), atLeast('R1', 'rate', 0.3, 0.3), atLeast('R1', 'rate', NaN, 0.3), notMeasured('W6', 'loss', 'elsewhere')];
  assert.deepEqual(checks.map(({ verdict }) => verdict), ['holds', 'does not hold', 'holds', 'does not hold', 'not measured here']);
  assert.deepEqual([checks[0]?.asked, checks[0]?.figure, checks[3]?.figure], ['≤ 30 µs', '30 µs', '–']);
  assert.equal(countChecks(checks), '2 hold, 2 do not, 1 were not measured here.');
});

test('nothing but this machine is put under load', () => {
  for (const origin of ['http://example.org', 'http://127.example.org', 'http://192.0.2.1:80', 'http://localhost:3000']) {
    assert.throws(() => createBoardClient(origin, 1), /is not on this machine/, origin);
  }
});

test('a program that is missing is named with the package that brings it', () => {
  assert.throws(() => assertInstalled([{ name: 'no-such-program', debianPackage: 'its-package' }]), /needs no-such-program.*apt-get install .* its-package/);
  assertInstalled([{ name: 'sh', debianPackage: 'dash' }]);
});

test('contestants take turns, and what they burn is charged to them', { skip: process.platform !== 'linux' && 'processor time is read from /proc' }, async () => {
  const order: string[] = [];
  const contestant = (name: string, milliseconds: number) => ({
    name,
    processes: { own: process.pid },
    run: async () => {
      order.push(name);
      const before = process.cpuUsage();
      for (let used = 0; used < milliseconds * 1000; ) {
        const { user, system } = process.cpuUsage(before);
        used = user + system;
      }
    },
  });
  const rounds = await takeRounds([contestant('idle', 0), contestant('busy', 200)], { rounds: 2 });
  assert.ok(order.length >= 6 && order.every((name, index) => name === (index % 2 === 0 ? 'idle' : 'busy')));
  for (const { seconds } of rounds.byName['busy'] ?? []) assert.ok((seconds['own'] ?? 0) > 0.15, String(seconds['own']));
  for (const { seconds } of rounds.byName['idle'] ?? []) assert.ok((seconds['own'] ?? 1) < 0.15, String(seconds['own']));
});

test('a ratio is the median of the ratios of the rounds', () => {
  const toRounds = (results: number[]) => results.map((result) => ({ result, seconds: {} }));
  const rounds = { byName: { base: toRounds([100, 50, 10]), other: toRounds([10, 20, 9]) }, repeatedCount: 0, disturbedCount: 0 };
  assert.equal(medianRatio(rounds, 'other', 'base', ({ result }) => result), 0.4);
});

test('a quantile is one of the values', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.deepEqual([quantile(values, 0), quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)], [1, 50, 99, 100]);
});

test('posts of the bench have about 200 characters, as those have from which the goals come', () => {
  const random = createRandom(1);
  const lengths = Array.from({ length: 20_000 }, () => writeWords(random).length);
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  assert.ok(mean > 195 && mean < 210, String(mean));
  assert.ok(Math.max(...lengths) > 1_000, 'and some have many more');
});
