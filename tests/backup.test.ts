import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import request from 'supertest';
import { sql } from 'kysely';
import { readConfig } from '../src/config.js';
import { callControl } from '../src/control/control-socket.js';
import type { Database } from '../src/db/connect.js';
import { listMigrations, migrateTo } from '../src/db/migrate.js';
import { UserError } from '../src/http/errors.js';
import { createLog } from '../src/log.js';
import { operateAnswer } from '../src/operate/backup-command.js';
import { checkBackup } from '../src/operate/backup-file.js';
import { backupTables, readRows, readSequences, withSnapshot } from '../src/operate/backup-store.js';
import { restoreBackup } from '../src/operate/restore-backup.js';
import { readTar } from '../src/operate/tar-file.js';
import { startBoard } from '../src/start-board.js';
import { createLocalMediaStorage } from '../src/uploads/media-storage.js';
import { type BoardProcess, runProgram, startBoardProcess } from './support/board-process.js';
import { openTestBoard, type Posted, type TestBoard } from './support/test-board.js';
import { createTestDatabase } from './support/test-database.js';

const migrationsDir = join(import.meta.dirname, '../migrations');
const picture = await readFile(join(import.meta.dirname, 'fixtures/media/metadata/orientation-6.jpg'));
const isOnServer = (process.env['TEST_DATABASE_URL'] ?? '') !== '';

let dir: string;
let board: TestBoard;
let thread: Posted;
let banned: Posted;
let hiddenName: string;
/** Of the whole board as it was left. */
let file: string;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quoth-backup-'));
  board = await openTestBoard();
  await fillBoard();
  file = join(dir, 'whole.tar');
  await backUp(file);
});
after(async () => {
  await board.close();
  await rm(dir, { recursive: true, force: true });
});

/** Posts with everything that a backup has to bring back, and what it must not hold. */
async function fillBoard(): Promise<void> {
  const here = await board.makeBoard('shed', { title: 'Sheds' });
  thread = await board.startThread('shed', { subject: 'The old shed', name: 'Ann#secret words', body: 'Shall it stay?\n\n“Öl”, \\ and 𝛑 — and a line to be quoted later.' }, [{ name: 'shed.jpg', content: picture }]);
  await board.reply(thread, `>>${thread.no}\n> a line to be quoted later\nIt shall.`);
  const gone = await board.reply(thread, { body: 'Not for long.' }, [{ name: 'gone.jpg', content: picture }]);
  banned = await board.reply(thread, 'Advertising.');
  await board.send(`/shed/post/${banned.no}/report`, { reason: 'spam', note: 'Look at this' });
  const staff = await board.hireStaff('Teasel', [{ boardId: null, role: 'admin' }]);
  const idOf = async (no: number) => (await board.db.selectFrom('posts').select('id').where('board_id', '=', here.id).where('no', '=', no).executeTakeFirstOrThrow()).id;
  const act = (fields: Record<string, string | number>) => staff.send('/mod/act', { reason: 'Off topic', ...fields }).set('Origin', board.origin()).expect(303);
  await act({ act: 'post.remove', post: await idOf(gone.no) });
  await act({ act: 'author.ban', post: await idOf(banned.no), duration: 24, scope: 'site' });
  hiddenName = (await board.db.selectFrom('uploads').select('name').where('post_id', '=', await idOf(gone.no)).executeTakeFirstOrThrow()).name;
  // Numbers that were given and never used must not be given again.
  await sql`select next_post_no(${here.id}), nextval('posts_id_seq'), nextval('threads_id_seq')`.execute(board.db);
  await board.db.insertInto('staff_recovery_codes').values([randomBytes(32), randomBytes(32)].map((code_hash) => ({ staff_id: staff.member.id, code_hash }))).execute();
  for (const table of backupTables) {
    if (table === 'post_aliases') continue;
    assert.ok((await board.db.selectFrom(table).select(sql`1`.as('one')).execute()).length > 0, `${table} has rows`);
  }
}

/** What `npm run backup` does while the board runs. */
async function backUp(place: string, of: TestBoard = board) {
  const outcome = await callControl(of.dataDir, 'backup', { place });
  assert.ok(outcome.isRunning);
  return operateAnswer.parse(outcome.result);
}

async function restoreInto(database: Database, dataDir: string, from = file) {
  const tempDir = join(dataDir, 'incoming');
  await mkdir(tempDir, { recursive: true });
  const storage = createLocalMediaStorage({ dir: join(dataDir, 'media') });
  const migrations = await listMigrations(migrationsDir);
  return restoreBackup({ db: database.db, storage, tempDir, migrations, migrateTo: (name) => migrateTo(database, { dir: migrationsDir, name }) }, from);
}

/** Every row of every table, and the sequences, as texts. */
function readAll(database: Pick<Database, 'db'>) {
  return withSnapshot(database.db, async (trx) => {
    const found: Record<string, unknown> = { sequences: await readSequences(trx) };
    for (const table of backupTables) found[table] = await gather(readRows(trx, table));
    return found;
  });
}

/** Runs the built board for `use`, and ends it whatever happens. */
async function withBoard(settings: Record<string, string | undefined>, use: (board: BoardProcess) => Promise<void>): Promise<void> {
  const running = await startBoardProcess(settings);
  try {
    await use(running);
  } finally {
    await running.end('SIGTERM');
  }
}

async function gather(pieces: AsyncIterable<string[]>): Promise<string[]> {
  const lines: string[] = [];
  for await (const piece of pieces) lines.push(...piece);
  return lines;
}

async function listMedia(dataDir: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(join(dataDir, 'media'), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) found.set(entry.name, (await readFile(join(entry.parentPath, entry.name))).toString('base64'));
  }
  return found;
}

/** Every file of a backup as it is when unpacked. */
async function unpack(path: string): Promise<{ name: string; bytes: Buffer }[]> {
  const opened = await open(path, 'r');
  const found: { name: string; bytes: Buffer }[] = [];
  for await (const entry of readTar(opened)) {
    const bytes = await entry.readAll();
    found.push({ name: entry.name, bytes: entry.name.endsWith('.gz') ? gunzipSync(bytes) : bytes });
  }
  await opened.close();
  return found;
}

describe('a backup of a board that serves', () => {
  it('is a file of its owner alone, and says what is in it', async () => {
    const answer = await backUp(dir);
    assert.ok('lines' in answer, JSON.stringify(answer));
    const [line = ''] = answer.lines;
    const path = /^Wrote (\S+): 4 posts in 1 thread and 4 picture files, .* read again and found right\.$/.exec(line)?.[1] ?? '';
    assert.match(path, /\/quoth-\d{8}T\d{6}Z\.tar$/, line);
    assert.equal(((await stat(path)).mode & 0o777).toString(8), '600');
    assert.equal((await checkBackup(path)).tables.posts?.rowCount, 4);
  });

  it('never writes over a file that is there', async () => {
    const answer = await backUp(file);
    assert.ok('refusal' in answer && answer.refusal.includes('is there already'), JSON.stringify(answer));
    assert.deepEqual(await backUp(join(dir, 'nowhere', 'x.tar')), { refusal: `There is no directory ${join(dir, 'nowhere')}.` });
    assert.ok((await readdir(dir)).every((name) => !name.endsWith('.part')));
  });

  it('holds no key, no tag of who posted or reported, no session and no key of a form', async () => {
    const [keys, origins, forms, sessions, reports] = await Promise.all([
      readdir(join(board.dataDir, 'keys')).then((names) => Promise.all(names.map((name) => readFile(join(board.dataDir, 'keys', name))))),
      board.db.selectFrom('post_origins').select(['day_tag', 'range_tag']).execute(),
      board.db.selectFrom('form_keys').select('key').execute(),
      board.db.selectFrom('staff_sessions').selectAll().execute(),
      board.db.selectFrom('reports').select('reporter_tag').execute(),
    ]);
    const tags = [...origins.flatMap((row) => [row.day_tag, row.range_tag]), ...forms.map((row) => row.key), ...sessions.map((row) => row.id_hash), ...reports.map((row) => row.reporter_tag)];
    const secrets = [...keys, ...tags].filter((bytes) => bytes !== null);
    assert.ok(keys.length >= 6 && origins.length >= 4 && forms.length >= 4 && sessions.length === 1 && reports[0]?.reporter_tag, 'there is something to find');

    const files = await unpack(file);
    assert.ok(files.some(({ bytes }) => bytes.includes('a line to be quoted later')), 'texts would be found');
    for (const { name, bytes } of files) {
      for (const secret of secrets) {
        for (const form of [secret, secret.toString('hex'), secret.toString('base64')]) assert.ok(!bytes.includes(form), `${name} holds a secret`);
      }
      for (const canary of ['secret words', '127.0.0.1', 'token-of-Teasel', 'GPS', 'Exif']) assert.ok(!bytes.includes(canary), `${name} holds ${canary}`);
    }
  });

  it('can be unpacked and compared with the tools that every system has', async () => {
    const names = (await unpack(file)).map(({ name }) => name);
    assert.equal(names.at(-1), 'backup.json');
    const unpacked = await mkdtemp(join(dir, 'unpacked-'));
    execFileSync('tar', ['-xf', file, '-C', unpacked]);
    const said = execFileSync('sha256sum', ['--check', 'sums/000001.sha256'], { cwd: unpacked, encoding: 'utf8' });
    assert.ok(said.includes('rows/posts/000001.jsonl.gz: OK') && said.includes(`media/private/${hiddenName}: OK`), said);
    assert.equal(said.trim().split('\n').length, names.length - 2, 'all but the sums and the end');
  });

  it('is one moment of the board, however much is posted meanwhile', async () => {
    const busy = await openTestBoard();
    try {
      await busy.makeBoard('busy');
      const first = await busy.startThread('busy');
      const path = join(dir, 'busy.tar');
      const posting = Promise.all(Array.from({ length: 12 }, (_each, at) => busy.reply(first, `>>${first.no}\nReply ${at}`)));
      await backUp(path, busy);
      await posting;
      const database = await createTestDatabase();
      await restoreInto(database, await mkdtemp(join(dir, 'busy-')), path);
      const { rows } = await sql<{ replies: number; counted: number; top: number; last: number }>`
        select (select count(*) from posts where not is_op) as replies, t.reply_count as counted, t.change_no as top,
          (select max(greatest(change_no, backlinks_change_no)) from posts) as last from threads t`.execute(database.db);
      await database.close();
      const [found] = rows;
      assert.deepEqual([found?.replies, found?.last], [found?.counted, found?.top]);
    } finally {
      await busy.close();
    }
  });
});

describe('a backup that is brought back', () => {
  it('gives every row, id, number and picture back as it was, and pages that are the same byte for byte', async () => {
    const paths = ['/', '/shed/', '/shed/catalog', '/shed/archive', `/shed/thread/${thread.no}`, `/shed/thread/${thread.no}/updates?since=0`, '/log'];
    const ask = async (url: string) => {
      const answers = await Promise.all(paths.map((path) => request(url).get(path)));
      return answers.map(({ status, text, headers }) => [status, (text ?? '').replaceAll(url, ''), headers['content-type']]);
    };
    const before = { pages: await ask(board.origin()), rows: await readAll(board), media: await listMedia(board.dataDir) };
    assert.ok(before.pages.filter(([status]) => status === 200).length >= 5, JSON.stringify(before.pages.map(([status]) => status)));
    assert.ok(String(before.pages[4]?.[1]).includes('Shall it stay?'));

    const database = await createTestDatabase();
    const dataDir = await mkdtemp(join(dir, 'restored-'));
    await restoreInto(database, dataDir);
    assert.deepEqual(await readAll(database), { ...before.rows });
    assert.deepEqual(await listMedia(dataDir), before.media);
    assert.ok((await stat(join(dataDir, 'media/private', hiddenName.slice(0, 2), hiddenName.slice(2, 4), hiddenName))).isFile(), 'what was removed is not served');

    const config = readConfig({ DATA_DIR: dataDir, PORT: '0', POSTING_LIMITS: 'off' });
    const running = await startBoard({ config, log: createLog('silent'), database, now: board.now });
    const url = running.url.replace('localhost', '127.0.0.1');
    try {
      assert.deepEqual(await ask(url), before.pages);
      const last = await board.db.selectFrom('posts').select(({ fn }) => fn.max('no').as('no')).where('board_id', '=', (await board.running.boards.get('shed')).id).executeTakeFirstOrThrow();
      const answer = await request(url).post(`/shed/thread/${thread.no}/reply`).set({ Origin: url, Accept: 'application/json' }).field('body', 'And on.');
      assert.equal(answer.status, 201, answer.text);
      assert.equal((answer.body as Posted).no, last.no + 2, 'the number that was given and not used stays unused');
    } finally {
      await running.close();
      await database.close();
    }
  });

  it('is told when it is not what it was, and nothing is brought back', async () => {
    const whole = await readFile(file);
    const names = (await unpack(file)).map(({ name }) => name);
    const headerOf = (name: string) => whole.indexOf(`${name}\0`);
    const places = [headerOf('rows/posts/000001.jsonl.gz') + 600, headerOf(names.find((name) => name.startsWith('media/')) ?? '') + 700, headerOf('sums/000001.sha256') + 530, headerOf('rows/threads/000001.jsonl.gz') + 5];
    const damaged = [
      ...places.map((at) => Buffer.concat([whole.subarray(0, at), Buffer.from([(whole[at] ?? 0) ^ 1]), whole.subarray(at + 1)])),
      whole.subarray(0, Math.floor(whole.length / 2)),
      whole.subarray(0, headerOf('backup.json')),
      Buffer.alloc(0),
    ];
    const database = await createTestDatabase();
    for (const [index, bytes] of damaged.entries()) {
      const path = join(dir, `damaged-${index}.tar`);
      await writeFile(path, bytes);
      await assert.rejects(restoreInto(database, dir, path), (error) => error instanceof UserError && error.code === 'operate.backupDamaged', `damage ${index}`);
    }
    await assert.rejects(restoreInto(database, dir, join(dir, 'none.tar')), (error) => error instanceof UserError && error.code === 'operate.backupMissing');
    assert.equal((await database.db.selectFrom('board_sections').selectAll().execute()).length, 0);
    assert.ok(!(await readdir(dir)).includes('media'));
    await restoreInto(database, await mkdtemp(join(dir, 'after-')));
    await database.close();
  });

  it('keeps off a database that has rows', async () => {
    const rowCount = (await checkBackup(file)).tables.posts?.rowCount;
    await assert.rejects(restoreInto(board.running.database, dir), (error) => error instanceof UserError && error.code === 'operate.databaseNotEmpty');
    assert.equal((await board.db.selectFrom('posts').select('id').execute()).length, rowCount);
  });
});

describe('the commands', () => {
  it('lead from one embedded database to another, and to PostgreSQL where there is one, with nothing lost', async () => {
    const first = { DATA_DIR: join(dir, 'first'), POSTING_LIMITS: 'off' };
    let [page, before] = ['', ''];
    await withBoard(first, async (running) => {
      const posted = await request(running.url).post('/b/thread').set({ Origin: running.url, Accept: 'application/json' }).field('subject', 'The move').field('body', 'All of it.').attach('files', picture, 'shed.jpg');
      assert.equal(posted.status, 201, posted.text);
      page = `/b/thread/${(posted.body as Posted).no}`;
      const told = await runProgram('commands/backup.js', [join(dir, 'first.tar')], first);
      assert.equal(told.code, 0, told.err);
      assert.match(told.out, /1 post in 1 thread and 2 picture files/);
      const refused = await runProgram('commands/restore.js', [join(dir, 'first.tar')], first);
      assert.equal(refused.code, 1);
      assert.match(refused.err, /Another board/);
      before = (await request(running.url).get(page).expect(200)).text.replaceAll(running.url, '');
    });

    const still = await runProgram('commands/backup.js', [join(dir, 'still.tar')], first);
    assert.equal(still.code, 0, still.err);
    const server = isOnServer ? await createTestDatabase() : undefined;
    const places = [{ DATA_DIR: join(dir, 'second') }, ...(server === undefined ? [] : [{ DATA_DIR: join(dir, 'third'), DATABASE_URL: server.url }])];
    for (const place of places) {
      const back = await runProgram('commands/restore.js', [join(dir, 'still.tar')], place);
      assert.equal(back.code, 0, back.err);
      assert.match(back.out, /Brought back 1 post in 1 thread and 2 picture files/);
      await withBoard({ ...place, POSTING_LIMITS: 'off' }, async (again) => {
        assert.doesNotMatch(again.out(), /It made/, 'no boards besides those that were brought back');
        const { text } = await request(again.url).get(page).expect(200);
        assert.equal(text.replaceAll(again.url, ''), before);
        for (const found of text.matchAll(/"(\/media\/[^"]+)"/g)) await request(again.url).get(found[1] ?? '').expect(200);
      });
    }
    await server?.close();
  });

  it('check a backup alone, and say what is wrong in a sentence', async () => {
    const settings = { DATA_DIR: join(dir, 'untouched') };
    const checked = await runProgram('commands/restore.js', ['--check', file], settings);
    assert.equal(checked.code, 0, checked.err);
    assert.match(checked.out, /is whole: 4 posts in 1 thread/);
    assert.ok(!(await readdir(dir)).includes('untouched'), 'nothing was opened');
    const attempts: [string, string[], RegExp][] = [
      ['backup', [], /Name one place/],
      ['restore', [], /Name one place/],
      ['restore', ['--over', file], /Unknown option '--over'/],
      ['restore', [join(dir, 'none.tar')], /cannot be read/],
      ['backup', [join(dir, 'never.tar')], /this board never ran/],
    ];
    for (const [program, args, sentence] of attempts) {
      const ended = await runProgram(`commands/${program}.js`, args, settings);
      assert.equal(ended.code, 1, ended.out);
      assert.match(ended.err, sentence);
      assert.doesNotMatch(ended.err, /\n\s+at /, 'no traces of the program');
    }
  });
});

it('a backup of a newer version, and a database newer than the backup, are told apart from a damaged one', async () => {
  const database = await createTestDatabase();
  try {
    const parts = { db: database.db, storage: createLocalMediaStorage({ dir: join(dir, 'unused') }), tempDir: dir, migrateTo: () => assert.fail('no schema is made') };
    const migrations = await listMigrations(migrationsDir);
    await assert.rejects(restoreBackup({ ...parts, migrations: migrations.slice(0, -1) }, file), (error) => error instanceof UserError && error.code === 'operate.backupTooNew');
    await sql`insert into kysely_migration (name, timestamp) values ('9999-of-later', 'then')`.execute(database.db);
    await assert.rejects(restoreBackup({ ...parts, migrations }, file), (error) => error instanceof UserError && error.code === 'operate.databaseTooNew');
  } finally {
    await database.close();
  }
});
