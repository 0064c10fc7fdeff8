import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type RawBuilder, sql } from 'kysely';
import { toFaultLines } from '../src/commands/fault-lines.js';
import { readConfig } from '../src/config.js';
import type { Database } from '../src/db/connect.js';
import { listDone, listMigrations, migrateTo, migrateToLatest } from '../src/db/migrate.js';
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

/** Rows as each version of the board left them in the tables that its migration brought, one in each; a new migration has its line here. */
const oldRows: Readonly<Record<string, readonly RawBuilder<unknown>[]>> = {
  '0001-boards-threads-posts': [
    sql`insert into board_sections (title) values ('Old boards')`,
    sql`insert into boards (section_id, slug, title, created_at) select id, 'old', 'Old', now() from board_sections`,
    sql`insert into threads (board_id, no, bump_no, created_at, last_post_at) select id, next_post_no(id), 1, now(), now() from boards`,
    sql`insert into posts (thread_id, board_id, no, is_op, body, body_html, markup_version, change_no, created_at)
      select t.id, t.board_id, t.no, true, 'From before the update.', '<p>From before the update.</p>', 1, 1, now() from threads t`,
    sql`insert into uploads (post_id, position, name, thumb_name, type, bytes, width, height, thumb_width, thumb_height, original_name)
      select id, 0, 'a.png', 'as.webp', 'png', 7, 3, 2, 3, 2, 'old.png' from posts`,
    sql`insert into quotes (post_id, position, quoted_post_id, kind) select id, 0, id, 'number' from posts`,
    sql`insert into post_aliases (board_id, no, post_id) select board_id, 99, id from posts`,
    sql`insert into form_keys (key, post_id, created_at) select 'key', id, now() from posts`,
    sql`insert into post_origins (post_id, day_tag, ban_tag, range_tag, ban_key_id, created_at) select id, 'day', 'ban', 'range', 'key', now() from posts`,
  ],
  '0002-moderation': [
    sql`insert into staff (name, name_key, password_hash, created_at) values ('Ada', 'ada', 'hash', now())`,
    sql`insert into staff_roles (staff_id, board_id, role) select s.id, b.id, 'moderator' from staff s, boards b`,
    sql`insert into staff_recovery_codes (staff_id, code_hash) select id, 'code' from staff`,
    sql`insert into staff_sessions (id_hash, staff_id, form_token, created_at, last_seen_at, expires_at) select 'id', id, 'token', now(), now(), now() from staff`,
    sql`insert into reports (post_id, reason, note, reporter_tag, created_at) select id, 'spam', 'Look', 'tag', now() from posts`,
    sql`insert into mod_log (created_at, staff_id, role, action, board_id, thread_id, post_id, post_no, details)
      select now(), s.id, 'moderator', 'author.ban', p.board_id, p.thread_id, p.id, p.no, '{"hours":6}' from staff s, posts p`,
    sql`insert into bans (kind, board_id, tag, key_id, reason, post_id, post_board_slug, post_no, role, staff_id, log_id, created_at, expires_at)
      select 'ban', board_id, 'ban', 'key', 'Spam', post_id, 'old', post_no, role, staff_id, id, now(), now() from mod_log`,
  ],
  '0003-several-processes': [
    sql`insert into key_marks (name, mark) values ('poster', 'mark')`,
    sql`insert into socket_io_attachments (payload) values ('long')`,
  ],
};

/** Tables that a crash may empty. */
const unlogged = ['login_tries', 'rates'];

/** A database as the version of the board with this migration as its last left it, with a thread in it and a row in whatever else was new. */
async function fillOld(database: Pick<Database, 'db' | 'kind'>, upTo: string): Promise<void> {
  for (const name of await migrateTo(database, { dir: ownMigrations, name: upTo })) {
    const rows = oldRows[name];
    assert.ok(rows !== undefined, `rows for the tables of ${name}`);
    for (const row of rows) await row.execute(database.db);
  }
}

/** Every row of every table, column by column, without the list of migrations. */
async function readRows({ db }: Pick<Database, 'db'>): Promise<Map<string, Record<string, unknown>[]>> {
  const tables = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like 'kysely%' order by 1`.execute(db);
  const found = new Map<string, Record<string, unknown>[]>();
  for (const { name } of tables.rows) {
    const { rows } = await sql<{ row: Record<string, unknown> }>`select to_jsonb(t) as row from ${sql.table(name)} t order by 1`.execute(db);
    found.set(name, rows.map(({ row }) => row));
  }
  return found;
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

  it('that is killed leaves nothing of it behind, and goes through the next time, whichever version the rows are from', async () => {
    const place = await makeEmptyDatabase();
    const update = await makeUpdate(endless);
    let database: Pick<Database, 'db' | 'kind'> = place;
    let before = await readRows(database);
    for (const [index, version] of (await listMigrations(ownMigrations)).entries()) {
      await fillOld(database, version);
      const filled = await readRows(database);
      assertKept(before, filled);
      const empty = [...filled].filter(([, rows]) => rows.length === 0).map(([table]) => table);
      assert.deepEqual(empty, version >= '0003' ? unlogged : [], 'a row in each table');
      await place.release();
      const { child, prepared } = spawnMigration(place, update.migrationsDir);
      await prepared;
      // The moment is not to be seen from outside; whatever it is, nothing may be left.
      await new Promise((resolve) => setTimeout(resolve, index % 2 === 0 ? 50 : 1_500));
      assert.equal(child.exitCode, null, 'it was in the middle of it');
      child.kill('SIGKILL');
      await once(child, 'close');
      database = await place.reopen();
      before = await readRows(database);
      assert.deepEqual([before, (await listDone(database)).at(-1)], [filled, version]);
    }
    await writeFile(join(update.migrationsDir, `${update.name}.sql`), whole);
    assert.deepEqual(await migrateToLatest(database, { dir: update.migrationsDir }), [update.name]);
    before.set('posts', (before.get('posts') ?? []).map((row) => ({ ...row, subject: 'Updated' })));
    assertKept(before, await readRows(database));
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

/** Whatever was there is there, in the columns that there still are. */
function assertKept(before: Map<string, Record<string, unknown>[]>, now: Map<string, Record<string, unknown>[]>): void {
  for (const [table, rows] of before) {
    const kept = (now.get(table) ?? []).map((row) => Object.fromEntries(Object.keys(rows[0] ?? {}).map((column) => [column, row[column]])));
    assert.deepEqual(kept, rows, table);
  }
}

/** A process that migrates; `prepared` comes when it is about to begin. */
function spawnMigration(place: { url: string | undefined; dataDir: string }, migrationsDir: string): { child: ChildProcess; prepared: Promise<unknown> } {
  const child = spawn(process.execPath, ['--import', 'tsx', migrateProgram, place.dataDir, migrationsDir, place.url ?? ''], { stdio: ['ignore', 'pipe', 'inherit'] });
  const prepared = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => resolve());
    child.once('close', (code) => reject(new Error(`It ended with ${code} before it began.`)));
  });
  return { child, prepared };
}
