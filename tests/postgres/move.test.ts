import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import request from 'supertest';
import { connectDatabase, type Database } from '../../src/db/connect.js';
import { allTables, type BackupTable, readRows, readSequences, withSnapshot } from '../../src/operate/backup-store.js';
import { runProgram, startBoardProcess, startProgram } from '../support/board-process.js';
import { makeEmptyDatabase } from '../support/test-database.js';

const picture = readFileSync(join(import.meta.dirname, '../fixtures/media/metadata/orientation-6.jpg'));

/** Every row of every table, origins and sessions among them. */
function readAll(database: Database) {
  return withSnapshot(database.db, async (trx) => {
    const found: Partial<Record<BackupTable | 'sequences', unknown>> = { sequences: await readSequences(trx) };
    for (const table of allTables) {
      const lines: string[] = [];
      for await (const piece of readRows(trx, table, true)) lines.push(...piece);
      found[table] = lines;
    }
    return found;
  });
}

async function readAt(place: { dataDir: string; databaseUrl?: string }) {
  const database = await connectDatabase({ dataDir: place.dataDir, databaseUrl: place.databaseUrl });
  try {
    return await readAll(database);
  } finally {
    await database.close();
  }
}

it('a board moves from the embedded database to a PostgreSQL with one command, and nothing is lost', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'quoth-move-'));
  const dataDir = join(dir, 'data');
  const target = await makeEmptyDatabase();
  assert.ok(target.url !== undefined, 'set TEST_DATABASE_URL to a PostgreSQL');
  const settings = { DATA_DIR: dataDir, POSTING_LIMITS: 'off' };
  const move = (...args: string[]) => runProgram('commands/move-to-postgres.js', args, settings);
  try {
    const embedded = await startBoardProcess(settings);
    const agent = request.agent(embedded.url);
    const send = (path: string, fields: Record<string, string>) => Object.entries(fields).reduce((form, [name, value]) => form.field(name, value), agent.post(path).set({ Origin: embedded.url, Accept: 'application/json' }).field('form_id', randomUUID()));
    const { body, status, text } = await send('/b/thread', { subject: 'The move', body: 'All of it.\nA line to be quoted.' }).attach('files', picture, 'shed.jpg');
    assert.equal(status, 201, text);
    const page = `/b/thread/${(body as { thread: number }).thread}`;
    for (let count = 1; count <= 5; count += 1) await send(`${page}/reply`, { body: `> A line to be quoted.\nReply ${count}` }).expect(201);
    const made = await runProgram('commands/admin.js', ['create', 'ann', '--password-stdin'], settings, 'a lasting evening\n');
    assert.equal(made.code, 0, made.err);
    await agent.post('/mod/login').set('Origin', embedded.url).type('form').send({ name: 'ann', password: 'a lasting evening', to: '' }).expect(303);
    const refused = await move(target.url);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /Another board/, 'not while it runs');
    const before = (await request(embedded.url).get(page).expect(200)).text.replaceAll(embedded.url, '');
    await embedded.end('SIGTERM');

    const rows = await readAt({ dataDir });
    for (const table of ['posts', 'quotes', 'uploads', 'post_origins', 'form_keys', 'staff_sessions'] as const) assert.ok((rows[table] as string[]).length > 0, `${table} has rows`);
    const moved = await move(target.url);
    assert.equal(moved.code, 0, moved.err);
    assert.match(moved.out, /Moved 6 posts in 1 thread, \d+ rows in all\. Every row was read again/);
    assert.deepEqual(await readAt({ dataDir: dir, databaseUrl: target.url }), rows);
    assert.ok(!(await readdir(dataDir)).includes('database'));

    const again = await startBoardProcess({ ...settings, DATABASE_URL: target.url });
    const shown = (await request(again.url).get(page).expect(200)).text;
    assert.equal(shown.replaceAll(again.url, ''), before);
    for (const found of shown.matchAll(/"(\/media\/[^"]+)"/g)) await request(again.url).get(found[1] ?? '').expect(200);
    await again.end('SIGTERM');

    const without = await runProgram('main.js', [], { ...settings, PORT: '0' });
    assert.equal(without.code, 1, 'it does not begin anew beside the moved database');
    assert.match(without.err, /moved to a PostgreSQL: set DATABASE_URL/);

    await rename(join(dataDir, 'database-moved'), join(dataDir, 'database'));
    await target.db.updateTable('posts').set({ name: 'Somebody later' }).where('id', '=', 1).execute();
    const [there, kept] = [await readAll(target), await readAt({ dataDir })];
    assert.deepEqual([kept.posts, kept.post_origins, kept.staff_sessions], [rows.posts, [], []], 'what expires did not stay behind');
    const second = await move(target.url);
    assert.equal(second.code, 1);
    assert.match(second.err, /has rows already/, 'it keeps off a database that has other rows');
    assert.deepEqual([await readAll(target), await readAt({ dataDir })], [there, kept]);
    for (const [args, sentence] of [[[], /Name the PostgreSQL/], [['mysql://x/y'], /DATABASE_URL must begin with/]] as const) {
      const ended = await move(...args);
      assert.equal(ended.code, 1);
      assert.match(ended.err, sentence);
    }
  } finally {
    await target.close();
    await rm(dir, { recursive: true, force: true });
  }
});

it('a move that is killed when its rows have just arrived is ended by running it again', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'quoth-move-'));
  const dataDir = join(dir, 'data');
  const target = await makeEmptyDatabase();
  assert.ok(target.url !== undefined, 'set TEST_DATABASE_URL to a PostgreSQL');
  const settings = { DATA_DIR: dataDir, POSTING_LIMITS: 'off' };
  const hasPosts = () => target.db.selectFrom('posts').select('id').limit(1).execute().then((rows) => rows.length > 0, () => false);
  try {
    const embedded = await startBoardProcess(settings);
    const agent = request.agent(embedded.url);
    await agent.post('/b/thread').set({ Origin: embedded.url, Accept: 'application/json' }).field('form_id', randomUUID()).field('subject', 'The move').field('body', 'All of it.').expect(201);
    await embedded.end('SIGTERM');
    const rows = await readAt({ dataDir });

    const killed = startProgram('commands/move-to-postgres.js', [target.url], settings);
    const ended = killed.ended.then(() => true);
    while (!(await Promise.race([ended, hasPosts()])));
    killed.kill();
    const { code, out } = await killed.ended;
    assert.deepEqual([code, out], [null, ''], 'it was killed before it said anything');
    assert.ok((await readdir(dataDir)).includes('database'), 'and before the old database was put aside');
    assert.deepEqual(await readAll(target), rows, 'everything has arrived');

    const again = await runProgram('commands/move-to-postgres.js', [target.url], settings);
    assert.equal(again.code, 0, again.err);
    assert.match(again.out, /Moved 1 post in 1 thread/);
    assert.deepEqual(await readAll(target), rows, 'nothing is lost, and nothing is there twice');
    assert.deepEqual((await readdir(dataDir)).filter((name) => name.startsWith('database')), ['database-moved']);
  } finally {
    await target.close();
    await rm(dir, { recursive: true, force: true });
  }
});
