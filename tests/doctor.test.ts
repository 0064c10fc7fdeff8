import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { readConfig, settingNames } from '../src/config.js';
import { callControl } from '../src/control/control-socket.js';
import { takeDataLock } from '../src/control/data-lock.js';
import { type BoardFacts, boardFacts, gatherFacts } from '../src/operate/board-facts.js';
import { checkAnswers } from '../src/operate/check-answers.js';
import { examine, type Patient } from '../src/operate/doctor.js';
import { createLocalMediaStorage } from '../src/uploads/media-storage.js';
import { runProgram, startBoardProcess } from './support/board-process.js';
import { openTestBoard, type TestBoard } from './support/test-board.js';

const picture = readFileSync(join(import.meta.dirname, 'fixtures/media/metadata/orientation-6.jpg'));
const ownMigrations = join(import.meta.dirname, '../migrations');

let board: TestBoard;
let healthy: Patient;

before(async () => {
  board = await openTestBoard();
  await board.makeBoard('shed');
  await board.startThread('shed', {}, [{ name: 'shed.jpg', content: picture }]);
  const answered = await callControl(board.dataDir, 'doctor', {});
  assert.ok(answered.isRunning);
  const facts = boardFacts.parse(answered.result);
  const config = readConfig({ DATA_DIR: board.dataDir });
  healthy = { nodeVersion: process.versions.node, oldestNode: '20.19.0', settingNames, environment: ['PATH', 'HOME'], settingFaults: [], config, isRunning: true, facts: { ...facts, settings: { ...facts.settings, port: 0, hasPostingLimits: true } }, now: board.now() };
});
after(() => board.close());

/** What the doctor finds wrong with the healthy board once `over` is so. */
async function findWrong(over: Partial<Patient> = {}): Promise<string[]> {
  const checks = await examine({ ...healthy, ...over });
  return checks.flatMap(({ name, findings }) => findings.filter(({ state }) => state !== 'ok').map(({ state, text }) => `${state} ${name}: ${text}`));
}

const withSettings = (settings: Partial<BoardFacts['settings']>): Partial<Patient> => (healthy.facts === undefined ? {} : { facts: { ...healthy.facts, settings: { ...healthy.facts.settings, ...settings } } });
const gather = async (over: Partial<Parameters<typeof gatherFacts>[0]> = {}): Promise<Partial<Patient>> => {
  const facts = await gatherFacts({
    config: readConfig({ DATA_DIR: board.dataDir }),
    db: board.db,
    storage: createLocalMediaStorage({ dir: join(board.dataDir, 'media') }),
    tempDir: join(board.dataDir, 'incoming'),
    migrationsDir: ownMigrations,
    now: board.now,
    ...over,
  });
  return { facts };
};

/** That what was not wrong before is found, and that the sentence says so. */
async function assertFound(over: Partial<Patient>, sentence: RegExp): Promise<void> {
  const usual = await findWrong();
  assert.ok(!usual.some((line) => sentence.test(line)), `${sentence} is not said of a healthy board`);
  const lines = await findWrong(over);
  assert.ok(lines.some((line) => sentence.test(line)), `${sentence} in ${lines.join('\n')}`);
}

describe('the doctor', () => {
  it('finds nothing worse in a new board than what its operator has still to do', async () => {
    const lines = await findWrong();
    assert.deepEqual(lines.map((line) => line.split(':')[0]), ['warning address', 'warning staff', 'warning backups']);
  });

  it('names misspelled settings and leaves those of others alone', async () => {
    const environment = ['PATH', 'HOME', 'HOSTNAME', 'PGPORT', 'DATABASE_URI', 'data_dir', 'QUOTH_PORT', 'PUBLIC_ORIGN', 'POTR'];
    const lines = await findWrong({ environment });
    assert.deepEqual(lines.filter((line) => line.includes('There is no setting')).map((line) => line.replace(/.*There is no setting (\S+)\. If it is to be (\S+),.*/, '$1 $2')), [
      'DATABASE_URI DATABASE_URL', 'data_dir DATA_DIR', 'QUOTH_PORT PORT', 'PUBLIC_ORIGN PUBLIC_ORIGIN', 'POTR PORT',
    ]);
  });

  it('finds a Node that is too old', () => assertFound({ facts: undefined, nodeVersion: '20.9.9' }, /^fault node: Node 20\.9\.9 is too old: install 20\.19\.0/));

  it('finds what is wrong between the board and its visitors', async () => {
    await assertFound(withSettings({ publicOrigin: 'http://board.example' }), /^fault address: .* is not encrypted/);
    await assertFound(withSettings({ publicOrigin: 'https://board.example' }), /^fault address: .* TRUSTED_PROXIES names none/);
    await assertFound(withSettings({ publicOrigin: 'https://board.example', trustedProxies: ['0.0.0.0/0'] }), /^fault address: .*would believe everybody/);
    await assertFound(withSettings({ hasPostingLimits: false, publicOrigin: 'https://board.example', trustedProxies: ['127.0.0.1'] }), /^fault limits: POSTING_LIMITS is off/);
    await assertFound(withSettings({ hasPostingLimits: false }), /^warning limits: POSTING_LIMITS is off/);
    await assertFound(withSettings({ metricsPort: 9464, metricsHost: '0.0.0.0' }), /^warning metrics: .*open to other machines/);
    for (const good of [{ publicOrigin: 'https://board.example', trustedProxies: ['127.0.0.1'] }, { publicOrigin: 'http://abc.onion' }, { publicOrigin: 'http://192.168.0.7:3000' }, { metricsPort: 9464, metricsHost: '127.0.0.1' }]) {
      const lines = await findWrong(withSettings(good));
      assert.deepEqual(lines.filter((line) => /^\w+ (?:address|metrics):/.test(line) && !line.includes('is not set')), [], JSON.stringify(good));
    }
  });

  it('compares how many connections the process may have with how many it takes', async () => {
    const mostFiles = healthy.facts?.process.mostFiles;
    assert.ok(process.platform !== 'linux' || mostFiles !== undefined, 'the system tells');
    await assertFound(withSettings({ maxConnections: (mostFiles ?? 0) + 1 }), /^warning open files: .*Raise it/);
  });

  it('asks the board whether it answers', async () => {
    const server = createServer((req, res) => res.writeHead(req.url === '/readyz' ? 503 : 200).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const texts = async (at: { host: string; port: number }) => (await checkAnswers(at)).map(({ state, text }) => `${state} ${text}`);
    assert.match((await texts({ host: '0.0.0.0', port })).join('|'), /^fault \/readyz at http:\/\/127\.0\.0\.1:\d+ should answer 200 and answers 503[^|]*$/);
    await new Promise((resolve) => server.close(resolve));
    assert.equal((await texts({ host: '127.0.0.1', port })).filter((text) => text.includes('answers nothing')).length, 2);
    assert.deepEqual((await texts({ host: '127.0.0.1', port: Number(new URL(board.origin()).port) })).map((text) => text.slice(0, 2)), ['ok']);
  });
});

describe('of the data directory the doctor', () => {
  let dataDir: string;
  const at = (over: Partial<Patient> = {}): Partial<Patient> => ({ config: readConfig({ DATA_DIR: dataDir }), isRunning: false, ...over });

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'quoth-doctor-'));
  });

  it('finds that it is missing, a file, or open to others', async () => {
    const file = join(dataDir, 'a-file');
    await writeFile(file, '');
    await assertFound({ config: readConfig({ DATA_DIR: join(dataDir, 'none') }) }, /^warning data directory: .* is not there yet/);
    await assertFound({ config: readConfig({ DATA_DIR: file }) }, /^fault data directory: .* names? a directory/);
    await chmod(dataDir, 0o755);
    await assertFound(at(), /^fault data directory: Others than the owner .* chmod 700/);
    await rm(dataDir, { recursive: true });
  });

  it('finds that somebody else holds its lock', async () => {
    const giveBack = await takeDataLock(dataDir);
    await assertFound(at(), /^fault data directory: Another board/);
    await giveBack();
    assert.ok(!(await findWrong(at())).some((line) => line.includes('Another board')));
    assert.deepEqual(await readdir(dataDir), [], 'and leaves no lock of its own');
    await rm(dataDir, { recursive: true });
  });

  it('finds keys that others may read, that are no keys, or that are gone', async () => {
    await mkdir(join(dataDir, 'keys'), { mode: 0o700 });
    await assertFound(at(), /^warning keys: There are no keys/);
    for (const name of ['trip', 'forms', 'secrets']) await writeFile(join(dataDir, 'keys', `${name}.key`), Buffer.alloc(32, name), { mode: 0o600 });
    await assertFound(at(), /^warning keys: .*sealing\.key is missing/);
    await chmod(join(dataDir, 'keys/trip.key'), 0o644);
    await assertFound(at(), /^fault keys: Others than its owner may read .*trip\.key.*chmod 600/);
    await writeFile(join(dataDir, 'keys/forms.key'), 'short');
    await assertFound(at(), /^fault keys: .*forms\.key holds 5 bytes/);
    await rm(dataDir, { recursive: true });
  });
});

describe('of the database and the pictures the doctor', () => {
  it('finds an admin without a second factor', async () => {
    await board.hireStaff('Teasel', [{ boardId: null, role: 'admin' }]);
    await sql`update staff set totp_enabled_at = null, totp_sealed = null`.execute(board.db);
    await assertFound(await gather(), /^warning staff: Teasel is an admin without a second factor/);
    await sql`delete from staff`.execute(board.db);
  });

  it('finds migrations that have not run, and a database that is newer than the program', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'quoth-migrations-'));
    for (const name of await readdir(ownMigrations)) await writeFile(join(dir, name), 'select 1');
    await writeFile(join(dir, '9000-later.sql'), 'select 1');
    await assertFound(await gather({ migrationsDir: dir }), /^warning schema: .*9000-later/);
    await rm(join(dir, '9000-later.sql'));
    await rm(join(dir, '0001-boards-threads-posts.sql'));
    await assertFound(await gather({ migrationsDir: dir }), /^fault schema: .*newer version of the board \(0001-boards/);
    await rm(dir, { recursive: true });
  });

  it('finds an index that was never finished', async () => {
    await sql`create table twins (name text)`.execute(board.db);
    await sql`insert into twins values ('a'), ('a')`.execute(board.db);
    await assert.rejects(sql`create unique index concurrently twins_once on twins (name)`.execute(board.db));
    await assertFound(await gather(), /^fault schema: The index twins_once was never finished/);
    await sql`drop table twins`.execute(board.db);
  });

  it('finds a server that does not keep what was answered', async () => {
    await assertFound({ facts: undefined, refusal: ['The PostgreSQL that DATABASE_URL names cannot be used.', 'connect ECONNREFUSED'] }, /^fault database: .*DATABASE_URL/);
    const { facts } = healthy;
    assert.ok(facts !== undefined);
    const on = (server: Partial<BoardFacts['server']>, settings: Partial<BoardFacts['settings']> = { isOnServer: true }): Partial<Patient> => ({ facts: { ...facts, settings: { ...facts.settings, ...settings }, server: { ...facts.server, version: 150_004, synchronousCommit: 'on', fullPageWrites: 'on', mostConnections: 100, ...server } } });
    assert.ok(!(await findWrong(on({}))).some((line) => line.includes(' database: ')));
    await assertFound(on({ version: 140_010 }), /^fault database: PostgreSQL 14 is too old/);
    await assertFound(on({ encoding: 'SQL_ASCII' }), /^fault database: .*SQL_ASCII/);
    await assertFound(on({ synchronousCommit: 'off' }), /^fault database: synchronous_commit/);
    await assertFound(on({ fullPageWrites: 'off' }), /^warning database: full_page_writes/);
    await assertFound(on({ mostConnections: 20 }), /^warning database: .*max_connections to 30/);
    await assertFound(on({ at: new Date(board.now().getTime() + 3_600_000).toISOString() }), /^warning clock: .* apart/);
    await assertFound(on({}, { isOnServer: false, publicOrigin: 'https://board.example', trustedProxies: ['127.0.0.1'] }), /^warning database: .*npm run move-to-postgres/);
    await assertFound({ facts: { ...facts, process: { ...facts.process, at: '1970-01-01T00:00:00Z' } } }, /^fault clock: .*long past/);
  });

  it('finds neighbours that are set and cannot be asked, or are not what they should be', async () => {
    const { facts } = healthy;
    assert.ok(facts !== undefined);
    const beside = (over: Partial<BoardFacts>, settings: Partial<BoardFacts['settings']> = {}): Partial<Patient> => ({ facts: { ...facts, ...over, settings: { ...facts.settings, ...settings } } });
    const set = readConfig({ DATA_DIR: board.dataDir, DATABASE_URL: 'postgres://127.0.0.1/quoth', DATABASE_READ_URL: 'postgres://127.0.0.1:1/quoth', REDIS_URL: 'redis://127.0.0.1:1' });
    await assertFound(await gather({ config: set }), /^fault neighbours: The replica cannot be asked/);
    await assertFound(await gather({ config: set }), /^fault neighbours: Redis does not answer: .*REDIS_URL/);
    await assertFound(beside({ replica: {} }), /^fault neighbours: .* no replica/);
    await assertFound(beside({ replica: { lagSeconds: 90 } }), /^warning neighbours: The replica is 90 seconds behind/);
    await assertFound(beside({}, { webConcurrency: 500 }), /^warning processes: WEB_CONCURRENCY 500 is more than/);
    await assertFound(beside({}, { publicOrigin: 'https://board.example', mediaOrigin: 'http://media.example' }), /^fault media address: MEDIA_ORIGIN/);
    await assertFound(beside({}, { s3Endpoint: 'http://s3.example' }), /^warning media address: S3_ENDPOINT/);
    const well = await findWrong(beside({ replica: { lagSeconds: 0 }, redis: {} }, { webConcurrency: 1, s3Endpoint: 'http://s3:9000' }));
    assert.deepEqual(well.filter((line) => /neighbours|processes|media address/.test(line)), []);
  });

  it('finds pictures that are gone, that belong to nobody, and a place that takes none', async () => {
    const { name } = await board.db.selectFrom('uploads').select('thumb_name as name').executeTakeFirstOrThrow();
    const folder = join(board.dataDir, 'media/public', name.slice(0, 2), name.slice(2, 4));
    await rename(join(folder, name), join(folder, 'aside'));
    await assertFound(await gather(), new RegExp(`^fault media: .*gone, ${name} among them`));
    await rename(join(folder, 'aside'), join(folder, name));

    const orphan = join(folder, `${name.slice(0, 4)}${'0'.repeat(28)}.png`);
    await writeFile(orphan, picture);
    const longAgo = new Date(board.now().getTime() - 7_200_000);
    await utimes(orphan, longAgo, longAgo);
    await assertFound(await gather(), /^warning media: 1 file belongs to no post/);
    await rm(orphan);

    const noFolder = join(board.dataDir, 'no-folder');
    await writeFile(noFolder, '');
    await assertFound(await gather({ storage: { ...createLocalMediaStorage({ dir: noFolder }), find: async () => ({ bytes: 1 }), async *list() {} } }), /^fault media: No picture can be stored/);
  });

  it('knows when the last backup was made, and whether it is still there', async () => {
    const path = join(board.dataDir, 'a-backup.tar');
    await callControl(board.dataDir, 'backup', { place: path });
    assert.ok(!(await findWrong()).some((line) => line.includes(' backups: ')));
    await assertFound({ now: new Date(board.now().getTime() + 8 * 86_400_000) }, /^warning backups: The last backup is 8 days old/);
    await rm(path);
    assert.ok((await findWrong()).some((line) => /^warning backups: .* is not at .*a-backup\.tar any more/.test(line)));
  });
});

describe('npm run doctor', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'quoth-doctor-'));
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it('changes nothing where there is nothing yet, and tells all wrong settings at once', async () => {
    const fresh = await runProgram('commands/doctor.js', [], { DATA_DIR: join(dir, 'none') });
    assert.equal(fresh.code, 0, fresh.out + fresh.err);
    assert.match(fresh.out, /No fault, \d+ warnings?\.\n$/);
    assert.deepEqual(await readdir(dir), []);
    const wrong = await runProgram('commands/doctor.js', ['--json'], { DATA_DIR: join(dir, 'none'), PORT: 'many', LOG_LEVEL: 'loud', DATABASE_ULR: 'x' });
    assert.equal(wrong.code, 1, wrong.err);
    const told = JSON.parse(wrong.out) as { faultCount: number; checks: { name: string; findings: { state: string; text: string }[] }[] };
    assert.equal(told.faultCount, 2);
    const texts = told.checks.find(({ name }) => name === 'settings')?.findings.map(({ text }) => text) ?? [];
    assert.deepEqual(texts.map((text) => /(?:The|no) setting (\w+)/.exec(text)?.[1]), ['PORT', 'LOG_LEVEL', 'DATABASE_ULR']);
  });

  it('looks at a board that runs and at one that is stopped, and ends with code 1 when it finds a fault', async () => {
    const settings = { DATA_DIR: join(dir, 'data'), POSTING_LIMITS: 'on' };
    const running = await startBoardProcess(settings);
    const meanwhile = await runProgram('commands/doctor.js', [], settings);
    await running.end('SIGTERM');
    assert.equal(meanwhile.code, 0, meanwhile.out + meanwhile.err);
    assert.match(meanwhile.out, /^ok +board +The board runs\.$/m);
    assert.match(meanwhile.out, /^ok +schema +/m);
    const stopped = await runProgram('commands/doctor.js', [], settings);
    assert.equal(stopped.code, 0, stopped.out + stopped.err);
    assert.match(stopped.out, /^ok +board +The board does not run/m);
    assert.match(stopped.out, /^ok +schema +/m);
    const unreachable = await runProgram('commands/doctor.js', [], { ...settings, DATABASE_URL: 'postgres://127.0.0.1:1/quoth' });
    assert.equal(unreachable.code, 1);
    assert.match(unreachable.out, /^fault +database +The PostgreSQL that DATABASE_URL names cannot be used/m);
    assert.doesNotMatch(unreachable.out + unreachable.err, /\n\s+at /, 'no traces of the program');
  });
});
