import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { insertBoard, insertSection } from '../../src/boards/board-store.js';
import type { Database } from '../../src/db/connect.js';
import { whileAlone } from '../../src/db/while-alone.js';
import { createMemoryLimitStore } from '../../src/spam/limit-store.js';
import { createSharedLimitStore, deleteFullRates } from '../../src/spam/shared-limit-store.js';
import { createSharedLoginThrottle } from '../../src/staff/shared-login-throttle.js';
import { type BoardProcess, runProgram, startBoardProcess } from '../support/board-process.js';
import { follow, mustPost, nextAddress, post, type Posted, reply, waitFor } from '../support/far-reader.js';
import { hireStaff } from '../support/hire-staff.js';
import { createTestDatabase } from '../support/test-database.js';

describe('a board of several processes on two machines', () => {
  let database: Database & { url: string | undefined };
  let dir: string;
  let first: BoardProcess;
  let second: BoardProcess;
  const readers: { close: () => void }[] = [];

  before(async () => {
    database = await createTestDatabase();
    await database.db.transaction().execute(async (trx) => {
      await insertBoard(trx, await insertSection(trx, 'Several', 1), { slug: 'pier', title: 'Pier', isSubjectRequired: false }, new Date());
    });
    dir = await mkdtemp(join(tmpdir(), 'quoth-several-'));
    const settings = { DATABASE_URL: database.url, KEYS_DIR: join(dir, 'keys'), TRUSTED_PROXIES: '127.0.0.1/32' };
    [first, second] = await Promise.all([
      startBoardProcess({ ...settings, DATA_DIR: join(dir, 'first'), WEB_CONCURRENCY: '2', METRICS_PORT: '0', LOG_LEVEL: 'info' }),
      startBoardProcess({ ...settings, DATA_DIR: join(dir, 'second'), SEVERAL_MACHINES: 'on' }),
    ]);
  });
  after(async () => {
    for (const reader of readers) reader.close();
    await Promise.all([first?.end('SIGTERM'), second?.end('SIGTERM')]);
    await database.close();
    await rm(dir, { recursive: true, force: true });
  });

  const startThread = (url: string) => mustPost(url, '/pier/thread', { subject: 'Fish', body: 'What bites?' });
  async function open(url: string, thread: Posted) {
    const reader = await follow(url, thread);
    readers.push(reader);
    return reader;
  }

  it('shows its readers every reply once and in order, wherever it was posted', async () => {
    const thread = await startThread(first.url);
    const all = await Promise.all([first.url, first.url, first.url, second.url].map((url) => open(url, thread)));
    const nos: number[] = [];
    for (let count = 0; count < 10; count += 1) nos.push((await reply(count % 2 === 0 ? first.url : second.url, thread, `Reply ${count}`)).no);
    for (const { seen, pushes } of all) {
      await waitFor(() => nos.every((no) => seen.includes(no)), 'a reader has everything');
      assert.deepEqual(seen.filter((no) => nos.includes(no)), nos);
      const pushed = pushes.flatMap(({ posts }) => posts.map(({ no }) => no));
      assert.equal(new Set(pushed).size, pushed.length, 'no post was pushed twice');
    }
    await waitFor(() => all.every(({ readers: count }) => count() === 4), 'everybody is told of all four');
  });

  it('counts a limit over both', async () => {
    const thread = await startThread(first.url);
    const from = nextAddress();
    const path = `/pier/thread/${thread.thread}/reply`;
    const statuses: number[] = [];
    for (const url of [first.url, second.url, first.url, second.url, first.url]) statuses.push((await post(url, path, { body: `From ${url} ${statuses.length}` }, from)).status);
    assert.deepEqual(statuses, [201, 201, 201, 429, 429]);
  });

  it('lets staff be logged in on both, and out of both at once', async () => {
    const { cookie, member } = await hireStaff(database.db, createServer(), new Date(), 'pilot', [{ boardId: null, role: 'moderator' }]);
    const look = (url: string) => fetch(`${url}/mod/queue`, { headers: { Cookie: cookie, 'X-Forwarded-For': nextAddress() }, redirect: 'manual' }).then(({ status }) => status);
    assert.deepEqual([await look(first.url), await look(second.url)], [200, 200]);
    const out = await fetch(`${first.url}/mod/logout`, { method: 'POST', redirect: 'manual', headers: { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin', 'X-Forwarded-For': nextAddress() }, body: new URLSearchParams({ form_token: member.session.formToken }) });
    assert.equal(out.status, 303);
    assert.deepEqual([await look(first.url), await look(second.url)], [303, 303]);
  });

  it('replaces processes that were killed, and their readers catch up', async () => {
    const thread = await startThread(second.url);
    const all = await Promise.all([first.url, first.url].map((url) => open(url, thread)));
    const findWorkers = () => readFileSync(`/proc/${first.pid}/task/${first.pid}/children`, 'utf8').trim().split(' ').map(Number).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('main.js'));
    const killed = findWorkers();
    assert.equal(killed.length, 2);
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    const { no } = await reply(second.url, thread, 'While they were gone.');
    for (const { seen, joins } of all) await waitFor(() => joins() > 1 && seen.includes(no), 'a reader is back and has what it missed');
    await waitFor(() => findWorkers().filter((pid) => !killed.includes(pid)).length === 2, 'both were replaced');
    const later = await reply(second.url, thread, 'And live again.');
    for (const { seen } of all) await waitFor(() => seen.includes(later.no), 'a reader is told');
  });

  it('misses nothing when the connections that listen are cut', async () => {
    const thread = await startThread(first.url);
    const all = await Promise.all([first.url, second.url].map((url) => open(url, thread)));
    const cut = await sql<{ is_cut: boolean }>`
      select pg_terminate_backend(pid) as is_cut from pg_stat_activity where datname = current_database() and application_name = 'quoth-news' and query ilike 'listen%'`.execute(database.db);
    assert.ok(cut.rows.length >= 3, 'every process listens');
    const nos = [(await reply(first.url, thread, 'Into the silence.')).no, (await reply(second.url, thread, 'Back.')).no];
    for (const { seen } of all) await waitFor(() => nos.every((no) => seen.includes(no)), 'a reader has both');
    for (const { seen } of all) assert.deepEqual(seen.filter((no) => nos.includes(no)), nos);
  });

  it('sums up the metrics of all processes of a machine', async () => {
    const url = /"url":"(http[^"]+\/metrics)"/.exec(first.out())?.[1] ?? '';
    const text = await (await fetch(url)).text();
    assert.match(text, /^quoth_sockets [1-9]/m);
    assert.match(text, /^quoth_request_seconds_count\{.*route="\/:slug\/thread".*\} [1-9]/m);
  });

  it('keeps off a machine that has other keys', async () => {
    const ended = await runProgram('main.js', [], { HOST: '127.0.0.1', PORT: '0', DATABASE_URL: database.url, DATA_DIR: join(dir, 'third'), SEVERAL_MACHINES: 'on' });
    assert.equal(ended.code, 1, ended.out);
    assert.match(ended.err, /The keys in .* are not those of the other machines on this database .*KEYS_DIR/);
  });
});

describe('what processes share in the database', () => {
  let database: Database;
  const secret = Buffer.alloc(32, 7);
  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.close());

  it('are limits that answer as those in memory do, and are forgotten when they are full', async () => {
    let at = Date.now();
    const now = () => new Date(at);
    const memory = createMemoryLimitStore(now);
    const inDatabase = createSharedLimitStore({ db: database.db, secret, now });
    const limit = { burst: 3, seconds: 45 };
    for (let step = 0; step < 120; step += 1) {
      at += step % 17 === 0 ? -5_000 : (step * 7919) % 9_000;
      const [key, amount] = [`key ${step % 3}`, 1 + (step % 5 === 0 ? 1 : 0)];
      if (step % 7 === 0) {
        for (const store of [memory, inDatabase]) await store.giveBack(key, limit, amount);
        continue;
      }
      const [inMemory, shared] = [await memory.take(key, limit, amount), await inDatabase.take(key, limit, amount)];
      assert.ok(Math.abs(inMemory - shared) < 1, `step ${step}: ${inMemory} and ${shared} ms`);
    }
    const waits = await Promise.all(Array.from({ length: 20 }, () => inDatabase.take('many at once', limit, 1)));
    assert.equal(waits.filter((wait) => wait === 0).length, 3);
    at += 46_000;
    assert.equal(await deleteFullRates(database.db, now()), 4);
  });

  it('are failed logins, whichever process they were tried at', async () => {
    let at = Date.now();
    const [one, other] = [0, 1].map(() => createSharedLoginThrottle({ db: database.db, secret, now: () => new Date(at) }));
    const attempt = { account: 'name ann', client: 'x' };
    for (let failure = 0; failure < 5; failure += 1) assert.equal(await (failure % 2 === 0 ? one : other)?.begin(attempt), 0);
    assert.equal(await one?.begin(attempt), 1);
    assert.equal(await other?.begin(attempt), 1);
    at += 1_000;
    assert.equal(await other?.begin(attempt), 0);
    assert.equal(await one?.begin(attempt), 2);
    at += 2_000;
    assert.equal(await one?.begin(attempt), 0);
    await one?.succeed(attempt);
    assert.equal(await other?.begin(attempt), 0);
  });

  it('is the right to do a chore, which one has at a time and loses with its connection', async () => {
    let running = 0;
    let most = 0;
    const act = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 300));
      running -= 1;
    };
    const done = await Promise.all(Array.from({ length: 5 }, () => whileAlone(database.db, 'sweep', act)));
    assert.equal(most, 1);
    assert.ok(done.includes(true) && done.includes(false));
    assert.equal(await whileAlone(database.db, 'sweep', act), true, 'it was given back');
    await assert.rejects(whileAlone(database.db, 'sweep', () => Promise.reject(new Error('broken off'))), /broken off/);
    assert.equal(await whileAlone(database.db, 'sweep', act), true, 'after a fault too');
  });
});
