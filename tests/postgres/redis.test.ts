import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { insertBoard, insertSection } from '../../src/boards/board-store.js';
import { connectRedis, type Redis } from '../../src/db/redis-client.js';
import type { Database } from '../../src/db/connect.js';
import { createLog } from '../../src/log.js';
import { createMemoryLimitStore } from '../../src/spam/limit-store.js';
import { createRedisLimitStore } from '../../src/spam/redis-limits.js';
import { type BoardProcess, startBoardProcess } from '../support/board-process.js';
import { follow, mustPost, reply, waitFor } from '../support/far-reader.js';
import { createTestDatabase } from '../support/test-database.js';

/** Two machines that tell each other by a Redis of the test's own, which goes away at last. */
describe('a board with Redis', () => {
  let database: Database & { url: string | undefined };
  let dir: string;
  let server: ChildProcess;
  let redis: Redis;
  const boards: BoardProcess[] = [];
  const readers: { close: () => void }[] = [];

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'quoth-redis-'));
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const address = free.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    free.close();
    server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir], { stdio: 'ignore' });
    await once(server, 'spawn');
    const url = `redis://127.0.0.1:${port}`;
    redis = await waitFor(() => connectRedis(url).catch(() => undefined), 'Redis answers');
    database = await createTestDatabase();
    await database.db.transaction().execute(async (trx) => {
      await insertBoard(trx, await insertSection(trx, 'Several', 1), { slug: 'pier', title: 'Pier', isSubjectRequired: false }, new Date());
    });
    const settings = { DATABASE_URL: database.url, REDIS_URL: url, KEYS_DIR: join(dir, 'keys'), TRUSTED_PROXIES: '127.0.0.1/32' };
    boards.push(...(await Promise.all(['first', 'second'].map((name) => startBoardProcess({ ...settings, DATA_DIR: join(dir, name) })))));
  });
  after(async () => {
    for (const reader of readers) reader.close();
    await Promise.all(boards.map((board) => board.end('SIGTERM')));
    await redis?.close();
    server?.kill('SIGKILL');
    await database?.close();
    await rm(dir, { recursive: true, force: true });
  });

  it('counts limits there as in memory', async () => {
    let at = Date.now();
    const now = () => new Date(at);
    const memory = createMemoryLimitStore(now);
    const shared = createRedisLimitStore({ redis, secret: Buffer.alloc(32, 7), prefix: 'test', now, meanwhile: createMemoryLimitStore(now), log: createLog('silent') });
    const limit = { burst: 3, seconds: 45 };
    for (let step = 0; step < 60; step += 1) {
      at += (step * 7919) % 9_000;
      const waits = [await memory.take('key', limit, 1), await shared.take('key', limit, 1)];
      assert.ok(Math.abs((waits[0] ?? 0) - (waits[1] ?? 0)) < 1, `step ${step}: ${waits.join(' and ')} ms`);
    }
  });

  it('tells the readers of each machine what was posted at the other, also when Redis goes away', async () => {
    const [first = '', second = ''] = boards.map(({ url }) => url);
    const thread = await mustPost(first, '/pier/thread', { subject: 'Fish', body: 'What bites?' });
    const all = await Promise.all([first, second].map((url) => follow(url, thread)));
    readers.push(...all);
    const nos: number[] = [];
    for (let count = 0; count < 6; count += 1) nos.push((await reply(count % 2 === 0 ? first : second, thread, `Reply ${count}`)).no);
    for (const { seen } of all) {
      await waitFor(() => nos.every((no) => seen.includes(no)), 'a reader has everything');
      assert.deepEqual(seen.filter((no) => nos.includes(no)), nos);
    }
    server.kill('SIGKILL');
    await once(server, 'exit');
    const alone = [(await reply(first, thread, 'Without Redis.')).no, (await reply(second, thread, 'Nor here.')).no];
    for (const { seen } of all) await waitFor(() => alone.every((no) => seen.includes(no)), 'what was not told is found');
  });
});
