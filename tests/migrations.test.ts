import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import { toFaultLines } from '../src/commands/fault-lines.js';
import { readConfig } from '../src/config.js';
import type { Database } from '../src/db/connect.js';
import { listDone, migrateTo, migrateToLatest } from '../src/db/migrate.js';
import { createLog } from '../src/log.js';
import { checkBackup } from '../src/operate/backup-file.js';
import { restoreBackup } from '../src/operate/restore-backup.js';
import { startBoard } from '../src/start-board.js';
import { makeEmptyDatabase } from './support/test-database.js';

const ownMigrations = join(import.meta.dirname, '../migrations');
const migrateProgram = join(import.meta.dirname, 'support/migrate-program.ts');

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quoth-migrations-'));
});
after(() => rm(dir, { recursive: true, force: true }));

/** The board's own migrations and one more, as an update brings it. */
async function makeUpdate(text: string): Promise<{ migrationsDir: string; name: string }> {
  const migrationsDir = await mkdtemp(join(dir, 'update-'));
  await cp(ownMigrations, migrationsDir, { recursive: true });
  await writeFile(join(migrationsDir, '9000-of-an-update.sql'), text);
  return { migrationsDir, name: '9000-of-an-update' };
}

/** A database as the first version of the board left it, with a thread in it. */
async function fillOld(database: Database, upTo: string): Promise<void> {
  await migrateTo(database, { dir: ownMigrations, name: upTo });
  await sql`insert into board_sections (title) values ('Old boards')`.execute(database.db);
  await sql`insert into boards (section_id, slug, title, created_at) select id, 'old', 'Old', now() from board_sections`.execute(database.db);
  await sql`insert into threads (board_id, no, bump_no, created_at, last_post_at) select id, next_post_no(id), 1, now(), now() from boards`.execute(database.db);
  await sql`insert into posts (thread_id, board_id, no, is_op, body, body_html, markup_version, change_no, created_at)
    select t.id, t.board_id, t.no, true, 'From before the update.', '<p>From before the update.</p>', 1, 1, now() from threads t`.execute(database.db);
}

const readBodies = async ({ db }: Database) => (await db.selectFrom('posts').select('body').execute()).map(({ body }) => body);
const hasTable = async ({ db }: Database, name: string) => (await sql<{ is_there: boolean }>`select to_regclass(${name}) is not null as is_there`.execute(db)).rows[0]?.is_there;

describe('before the schema of a board with posts is changed', () => {
  let database: Awaited<ReturnType<typeof makeEmptyDatabase>>;
  let dataDir: string;

  before(async () => {
    database = await makeEmptyDatabase();
    await fillOld(database, '0001-boards-threads-posts');
  });
  beforeEach(async () => {
    dataDir = await mkdtemp(join(dir, 'data-'));
  });
  after(() => database.close());

  const start = (migrationsDir: string, over: { now?: () => Date; isBackupSkipped?: boolean } = {}) =>
    startBoard({ config: readConfig({ DATA_DIR: dataDir, PORT: '0' }), log: createLog('silent'), database, migrationsDir, ...over });

  it('the start stops with a sentence when no backup can be written, and changes nothing', async () => {
    await writeFile(join(dataDir, 'before-migration'), 'a file where the directory should be');
    const update = await makeUpdate('create table of_an_update (id int primary key)');
    await assert.rejects(start(update.migrationsDir), (error) => {
      const [sentence = ''] = toFaultLines(error);
      return sentence.includes(join(dataDir, 'before-migration')) && sentence.includes('Nothing was changed') && sentence.includes('--without-backup');
    });
    assert.deepEqual(await listDone(database), ['0001-boards-threads-posts']);
    assert.deepEqual(await readdir(dataDir).then((names) => names.filter((name) => name === 'board.lock')), [], 'and it gives the directory back');
  });

  it('a backup of the old rows is written, for its owner alone, from which the old schema comes back', async () => {
    const running = await start(ownMigrations);
    await running.close();
    const kept = join(dataDir, 'before-migration');
    assert.equal(((await stat(kept)).mode & 0o777).toString(8), '700');
    const [name = '', ...others] = await readdir(kept);
    assert.deepEqual(others, []);
    assert.equal(((await stat(join(kept, name))).mode & 0o777).toString(8), '600');
    const end = await checkBackup(join(kept, name));
    assert.deepEqual([end.migration, end.tables.posts?.rowCount, end.tables.staff, end.hasMedia], ['0001-boards-threads-posts', 1, undefined, false]);

    const again = await makeEmptyDatabase();
    const storage = { put: () => assert.fail('there are no pictures in it'), hide: () => assert.fail() };
    await restoreBackup({ db: again.db, storage, tempDir: dir, migrations: await listDone(database), migrateTo: (to) => migrateTo(again, { dir: ownMigrations, name: to }) }, join(kept, name));
    assert.deepEqual([await readBodies(again), await listDone(again)], [['From before the update.'], ['0001-boards-threads-posts']]);
    await again.close();
  });

  it('the last three are kept, none is written when there is nothing to be done, and one start may go without', async () => {
    let hours = 0;
    const now = () => new Date(Date.parse('2026-11-24T12:00:00Z') + hours * 3_600_000);
    const listKept = async () => (await readdir(join(dataDir, 'before-migration')).catch(() => [])).sort();
    const skipped = await makeUpdate('select 1');
    await (await start(skipped.migrationsDir, { isBackupSkipped: true })).close();
    assert.deepEqual([await listKept(), (await listDone(database)).at(-1)], [[], skipped.name]);
    for (hours = 1; hours <= 5; hours += 1) {
      await sql`delete from kysely_migration where name = ${skipped.name}`.execute(database.db);
      await (await start(skipped.migrationsDir, { now })).close();
      await (await start(skipped.migrationsDir, { now })).close();
    }
    assert.deepEqual(await listKept(), ['15', '16', '17'].map((hour) => `quoth-20261124T${hour}0000Z.tar`));
  });
});

describe('a migration', () => {
  const endless = 'create table of_an_update (id int primary key); update posts set body = body || body; do $$ begin loop end loop; end $$;';
  const whole = "create table of_an_update (id int primary key); update posts set subject = 'Updated';";

  it('that is killed leaves nothing of it behind, and goes through the next time', async () => {
    const place = await makeEmptyDatabase();
    await fillOld(place, '0001-boards-threads-posts');
    await place.release();
    const update = await makeUpdate(endless);
    // The moment is not to be seen from outside; whatever it is, nothing may be left.
    for (const laterMs of [50, 1_500]) {
      const { child, prepared } = spawnMigration(place, update.migrationsDir);
      await prepared;
      await new Promise((resolve) => setTimeout(resolve, laterMs));
      assert.equal(child.exitCode, null, 'it was in the middle of it');
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    const database = await place.reopen();
    assert.deepEqual([await hasTable(database, 'of_an_update'), await hasTable(database, 'staff')], [false, false]);
    assert.deepEqual([await readBodies(database), await listDone(database)], [['From before the update.'], ['0001-boards-threads-posts']]);
    await writeFile(join(update.migrationsDir, `${update.name}.sql`), whole);
    const ran = await migrateToLatest(database, { dir: update.migrationsDir });
    assert.deepEqual([ran[0], ran.at(-1)], ['0002-moderation', update.name]);
    const { rows } = await sql`select body, subject from posts`.execute(database.db);
    assert.deepEqual(rows, [{ body: 'From before the update.', subject: 'Updated' }]);
    await place.close();
  });

  it('that is wrong, or that this version does not know, is named, and nothing is changed', async () => {
    const database = await makeEmptyDatabase();
    const update = await makeUpdate('create table of_an_update (id int primary key); select no_such_thing();');
    await assert.rejects(migrateToLatest(database, { dir: update.migrationsDir }), (error) => error instanceof Error && error.message.includes(update.name));
    assert.deepEqual([await hasTable(database, 'boards'), await listDone(database)], [false, []], 'those before it are not kept either');
    await writeFile(join(update.migrationsDir, `${update.name}.sql`), whole);
    await migrateToLatest(database, { dir: update.migrationsDir });
    await assert.rejects(migrateToLatest(database, { dir: ownMigrations }), /newer version of the board \(migration 9000-of-an-update\)/);
    await database.close();
  });
});

/** A process that migrates; `prepared` comes when it is about to begin. */
function spawnMigration(place: { url: string | undefined; dataDir: string }, migrationsDir: string): { child: ChildProcess; prepared: Promise<unknown> } {
  const child = spawn(process.execPath, ['--import', 'tsx', migrateProgram, place.dataDir, migrationsDir, place.url ?? ''], { stdio: ['ignore', 'pipe', 'inherit'] });
  const prepared = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => resolve());
    child.once('close', (code) => reject(new Error(`It ended with ${code} before it began.`)));
  });
  return { child, prepared };
}
