import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request as openRequest } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import request from 'supertest';
import { settingNames } from '../src/config.js';
import { takeDataLock } from '../src/control/data-lock.js';
import { type BoardProcess, runProgram, startBoardProcess } from './support/board-process.js';
import { createTestDatabase } from './support/test-database.js';

const picture = readFileSync(join(import.meta.dirname, 'fixtures/media/metadata/orientation-6.jpg'));
const isOnServer = (process.env['TEST_DATABASE_URL'] ?? '') !== '';

/** A place for tests: a data directory that does not exist yet, and a database of its own when tests run on a server. */
async function makePlace(...below: string[]) {
  const dir = await mkdtemp(join(tmpdir(), 'quoth-start-'));
  const database = isOnServer ? await createTestDatabase() : undefined;
  const dataDir = join(dir, ...below, 'data');
  return {
    dataDir,
    settings: { DATA_DIR: dataDir, DATABASE_URL: database?.url },
    async remove() {
      await database?.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Posts as script does. Answers with what the board says of the new post. */
async function post(url: string, path: string, fields: Record<string, string>, file?: Buffer) {
  let form = request(url).post(path).set({ Origin: url, Accept: 'application/json' }).field('form_id', randomUUID());
  for (const [name, value] of Object.entries(fields)) form = form.field(name, value);
  const answer = await (file === undefined ? form : form.attach('files', file, 'shed.jpg'));
  return { status: answer.status, text: answer.text, ...(answer.body as { thread?: number; no?: number }) };
}

const readThread = async (url: string, no: number | undefined) => (await request(url).get(`/b/thread/${no}`).expect(200)).text;
const listFiles = async (dir: string) => (await readdir(dir)).sort();
/** What says that a board owns the directory. */
const findHeld = async (dir: string) => (await readdir(dir)).filter((name) => name.startsWith('board.lock') || name === 'control.sock');
const toMode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
const admin = (args: string[], settings: Record<string, string | undefined>, input?: string) => runProgram('commands/admin.js', args, settings, input);

describe('a fresh start', () => {
  let place: Awaited<ReturnType<typeof makePlace>>;
  let board: BoardProcess;

  before(async () => {
    place = await makePlace('a-long-name'.repeat(8), 'below-another-one');
    board = await startBoardProcess(place.settings);
  });
  after(async () => {
    await board.end('SIGKILL');
    await place.remove();
  });

  it('makes its secrets, in files that nobody else can read', async () => {
    const keys = await listFiles(join(place.dataDir, 'keys'));
    for (const kind of [/^trip/, /^forms/, /^secrets/, /^sealing/, /^day-/, /^ban-/]) assert.ok(keys.some((name) => kind.test(name)), String(kind));
    for (const name of keys) {
      assert.equal(await toMode(join(place.dataDir, 'keys', name)), '600', name);
      assert.equal((await readFile(join(place.dataDir, 'keys', name))).length, 32, name);
    }
    assert.equal(await toMode(place.dataDir), '700');
    assert.equal(await toMode(join(place.dataDir, 'keys')), '700');
    assert.equal(await toMode(join(place.dataDir, 'control.sock')), '600');
    assert.equal(await toMode(join(place.dataDir, 'board.lock')), '600');
  });

  it('works in a directory whose address is too long for a socket', async () => {
    assert.ok(Buffer.byteLength(place.dataDir) > 108);
    const listed = await admin(['list'], place.settings);
    assert.equal(listed.code, 0, listed.err);
  });

  it('makes boards in two sections, and each of them answers', async () => {
    const { text } = await request(board.url).get('/').expect(200);
    assert.equal(text.match(/<h2 id="section-\d+">/g)?.length, 2);
    const slugs = new Set([...text.matchAll(/href="\/([a-z0-9]{1,16})\/"/g)].map((found) => found[1]));
    assert.ok(slugs.size >= 4, [...slugs].join());
    for (const slug of slugs) await request(board.url).get(`/${slug}/`).expect(200);
  });

  it('prints the address, what it made, and how to make the first admin', () => {
    assert.match(board.out(), new RegExp(`Quoth is ready: http://localhost:${new URL(board.url).port}\n`));
    assert.match(board.out(), /It made 7 boards/);
    assert.match(board.out(), /npm run admin -- create <name>/);
  });

  it('says plainly what the embedded database does not promise, and only of that one', () => {
    assert.equal(/not a loss of power: for a public board set DATABASE_URL/.test(board.out()), !isOnServer);
  });

  it('limits posting, and says nothing about it', () => {
    assert.doesNotMatch(board.out(), /POSTING_LIMITS/);
  });

  it('keeps a second board off its directory, and serves on', async () => {
    const second = await runProgram('main.js', [], { ...place.settings, PORT: '0' });
    assert.equal(second.code, 1, second.err);
    assert.match(second.err, new RegExp(`Another board \\(process ${board.pid}\\) already runs on .*Stop it, or set DATA_DIR`, 's'));
    await request(board.url).get('/readyz').expect(200);
  });
});

/** For tests to which it is all the same what is there. */
let place: Awaited<ReturnType<typeof makePlace>>;
before(async () => {
  place = await makePlace();
});
after(() => place.remove());

describe('a board that is stopped and started', () => {
  let settings: Record<string, string | undefined>;
  let board: BoardProcess;

  before(async () => {
    settings = { ...place.settings, POSTING_LIMITS: 'off' };
    board = await startBoardProcess(settings);
  });
  after(() => board.end('SIGTERM'));

  it('says loudly that posting limits are off', () => {
    assert.match(board.out(), /\*\*\* POSTING_LIMITS=off: .*load tests only! \*\*\*/);
  });

  it('still has its posts, their pictures and its secrets', async () => {
    const started = await post(board.url, '/b/thread', { subject: 'The old shed', body: 'Shall it stay?' }, picture);
    assert.equal(started.status, 201, started.text);
    const media = [...(await readThread(board.url, started.thread)).matchAll(/"(\/media\/[^"]+)"/g)].map((found) => found[1] ?? '');
    assert.ok(media.length >= 2, 'a picture and its thumbnail');
    const secret = await readFile(join(place.dataDir, 'keys/trip.key'));

    const { code } = await board.end('SIGTERM');
    assert.equal(code, 0);
    board = await startBoardProcess(settings);
    assert.doesNotMatch(board.out(), /It made/);
    assert.match(await readThread(board.url, started.thread), /Shall it stay\?/);
    for (const path of new Set(media)) await request(board.url).get(path).expect(200);
    assert.deepEqual(await readFile(join(place.dataDir, 'keys/trip.key')), secret);
  });

  it('lost no post that was answered, when it was killed in the midst of many', async () => {
    const { thread } = await post(board.url, '/b/thread', { subject: 'Count with me', body: 'From one.' });
    const acknowledged = new Map<number, string>();
    let sent = 0;
    const write = async (): Promise<void> => {
      sent += 1;
      const body = `Sentence ${sent} of the count, to be found again.`;
      const answer = await post(board.url, `/b/thread/${thread}/reply`, { body }).catch(() => undefined);
      if (answer?.no === undefined) return;
      acknowledged.set(answer.no, body);
      if (acknowledged.size === 40) board.signal('SIGKILL');
      return write();
    };
    await Promise.all(Array.from({ length: 8 }, write));
    const { code } = await board.ended;
    assert.equal(code, null, 'it was killed');
    assert.ok(sent > acknowledged.size, 'some posts were under way');
    assert.ok((await listFiles(place.dataDir)).includes('board.lock'), 'its lock is still there');

    board = await startBoardProcess(settings);
    const page = await readThread(board.url, thread);
    const found = new Map(page.split(/(?=id=p\d+)/).map((part) => [Number(/^id=p(\d+)/.exec(part)?.[1]), part]));
    for (const [no, body] of acknowledged) assert.ok(found.get(no)?.includes(body), `post ${no}`);
    assert.equal((await post(board.url, `/b/thread/${thread}/reply`, { body: 'And on.' })).status, 201);
  });

  it('takes over the lock and the socket of a board that was killed', async () => {
    await board.end('SIGKILL');
    const listed = await admin(['list'], settings);
    assert.equal(listed.code, 0, listed.err);
    board = await startBoardProcess(settings);
    assert.equal((await readFile(join(place.dataDir, 'board.lock'), 'utf8')).split(' ')[0], String(board.pid));
    assert.equal((await admin(['list'], settings)).code, 0);
  });

  it('ends a running upload before it goes, takes no new visitors meanwhile, and exits with 0', async () => {
    const { port } = new URL(board.url);
    const boundary = 'a-boundary';
    const part = (name: string, value: string) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const head = Buffer.from(
      `${part('form_id', randomUUID())}${part('subject', 'A slow line')}${part('body', 'This picture takes its time.')}` +
        `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="shed.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`,
    );
    const whole = Buffer.concat([head, picture, Buffer.from(`\r\n--${boundary}--\r\n`)]);
    const upload = openRequest({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/b/thread',
      headers: { Origin: board.url, Accept: 'application/json', 'Content-Type': `multipart/form-data; boundary=${boundary}`, 'Content-Length': whole.length },
    });
    const answered = once(upload, 'response');
    upload.write(whole.subarray(0, head.length + 50));
    // The file is there when its first bytes are.
    await until(async () => (await readdir(join(place.dataDir, 'incoming'))).length > 0);

    board.signal('SIGTERM');
    await until(async () => (await request(board.url).get('/healthz').catch(() => undefined)) === undefined);
    upload.end(whole.subarray(head.length + 50));
    const [response] = (await answered) as [IncomingMessage];
    assert.equal(response.statusCode, 201);
    const posted = JSON.parse(Buffer.concat(await response.toArray()).toString()) as { thread: number };
    const { code } = await board.ended;
    assert.equal(code, 0);
    assert.deepEqual(await findHeld(place.dataDir), []);
    assert.deepEqual(await readdir(join(place.dataDir, 'incoming')), []);

    board = await startBoardProcess(settings);
    assert.match(await readThread(board.url, posted.thread), /This picture takes its time\./);
  });

  it('waits at SIGINT as at SIGTERM', async () => {
    assert.equal((await board.end('SIGINT')).code, 0);
    board = await startBoardProcess(settings);
  });
});

describe('the admin command', () => {
  let place: Awaited<ReturnType<typeof makePlace>>;
  let settings: Record<string, string | undefined>;
  let board: BoardProcess | undefined;

  before(async () => {
    place = await makePlace();
    settings = { ...place.settings, POSTING_LIMITS: 'off' };
  });
  after(async () => {
    await board?.end('SIGKILL');
    await place.remove();
  });

  const logIn = async (password: string) => {
    const answer = await request(board?.url ?? '').post('/mod/login').set('Origin', board?.url ?? '').type('form').send({ name: 'ann', password, to: '' });
    return answer.status;
  };

  it('makes the first admin before the board ever ran, and the account is there when it does', async () => {
    const made = await admin(['create', 'ann', '--password-stdin'], settings, 'a lasting evening\n');
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /ann/);
    assert.doesNotMatch(made.out, /a lasting evening/);
    board = await startBoardProcess(settings);
    assert.doesNotMatch(board.out(), /first admin/, 'there is one already');
    assert.equal(await logIn('a lasting evening'), 303);
    assert.notEqual(await logIn('another evening'), 303, 'not every password opens it');
  });

  it('makes accounts, lists them and resets passwords while the board runs', async () => {
    const made = await admin(['create', 'bea', '--board', 'garden'], settings);
    assert.equal(made.code, 0, made.err);
    const listed = await admin(['list'], settings);
    assert.match(listed.out, /^ann: Admin everywhere/m);
    assert.match(listed.out, /^bea: Moderator on \/garden\//m);

    const reset = await admin(['reset-password', 'ann'], settings);
    assert.equal(reset.code, 0, reset.err);
    const password = /^Password: (\S+)$/m.exec(reset.out)?.[1] ?? '';
    assert.equal(await logIn(password), 303);
    assert.notEqual(await logIn('a lasting evening'), 303);
  });

  it('names the address of the board that runs, whatever port it was itself told', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    await board?.end('SIGTERM');
    board = await startBoardProcess({ ...settings, PORT: String(port) });
    const reset = await admin(['reset-password', 'bea'], settings);
    assert.match(reset.out, new RegExp(`Log in at http://localhost:${port}/mod/login `));
  });

  it('does the same on the same accounts when the board does not run', async () => {
    await board?.end('SIGTERM');
    assert.match((await admin(['list'], settings)).out, /^bea: /m);
    assert.equal((await admin(['reset-password', 'ann', '--password-stdin'], settings, 'a third evening, longer\n')).code, 0);
    board = await startBoardProcess(settings);
    assert.equal(await logIn('a third evening, longer'), 303);
  });

  it('says what is wrong in a sentence, with exit code 1', async () => {
    const attempts: [string[], Record<string, string>, RegExp][] = [
      [['create', 'ann'], {}, /ann/],
      [['reset-password', 'nobody'], {}, /account/],
      [['promote', 'ann'], {}, /There is no command “promote”/],
      [['create'], {}, /Name the account/],
      [['create', 'cid', '--role', 'king'], {}, /--role is janitor, moderator or admin/],
      [['list'], { PORT: 'many' }, /The setting PORT must be/],
    ];
    for (const [args, over, sentence] of attempts) {
      const refused = await admin(args, { ...settings, ...over });
      assert.equal(refused.code, 1, args.join(' '));
      assert.match(refused.err, sentence);
      assert.doesNotMatch(refused.err, /\n\s+at /, 'no traces of the program');
    }
  });

  it('waits for a board that is starting, instead of opening the database beside it', async () => {
    await board?.end('SIGTERM');
    const starting = startBoardProcess(settings);
    await until(async () => (await readdir(place.dataDir)).includes('control.sock'));
    const listed = await admin(['list'], settings);
    board = await starting;
    assert.equal(listed.code, 0, listed.err);
    assert.match(listed.out, /^ann: /m);
  });

  it('is refused, and so is a board, while somebody else holds the directory', async () => {
    await board?.end('SIGTERM');
    board = undefined;
    const giveBack = await takeDataLock(place.dataDir);
    for (const program of ['main.js', 'commands/admin.js']) {
      const refused = await runProgram(program, ['list'], { ...settings, PORT: '0' });
      assert.equal(refused.code, 1);
      assert.match(refused.err, new RegExp(`process ${process.pid}\\) already runs on .*DATA_DIR`, 's'));
    }
    await giveBack();
    assert.equal((await admin(['list'], settings)).code, 0);
  });

  it('is not kept out by the lock of a process whose number somebody else has now', async () => {
    // The number is ours, the moment at which that process began is another one.
    await writeFile(join(place.dataDir, 'board.lock'), `${process.pid} another-machine:1 0000000000000000`);
    const listed = await admin(['list'], settings);
    assert.equal(listed.code, 0, listed.err);
  });
});

describe('a port that is taken', () => {
  it('stops the start with a sentence that says how to choose another, and nothing is held any longer', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const ended = await runProgram('main.js', [], { ...place.settings, PORT: String(port), LOG_LEVEL: 'silent' });
    taken.close();
    assert.equal(ended.code, 1);
    assert.match(ended.err, new RegExp(`already listens on port ${port}. Stop it, or choose another port with PORT`));
    assert.deepEqual(await findHeld(place.dataDir), []);
  });
});

describe('a wrong setting', () => {
  /** Told by their looks, all at once. */
  const misspelled: Record<string, string> = {
    PORT: '70000',
    HOST: 'a b',
    DATABASE_URL: 'mysql://127.0.0.1/quoth',
    DATABASE_READ_URL: 'mysql://127.0.0.1/quoth',
    PUBLIC_ORIGIN: 'https://board.example/',
    MEDIA_ORIGIN: 'media.board.example',
    S3_ENDPOINT: 'https://s3.example/bucket',
    S3_BUCKET: 'Pictures',
    S3_REGION: 'Europe',
    S3_ACCESS_KEY_ID: 'a b',
    S3_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    TRUSTED_PROXIES: 'my-proxy',
    POSTING_LIMITS: 'no',
    ORIGIN_HOURS: '169',
    MAX_CONNECTIONS: '9',
    MAX_SOCKETS: '-1',
    CONNECTIONS_PER_ADDRESS: '0',
    METRICS_PORT: '65536',
    METRICS_HOST: 'a b',
    WEB_CONCURRENCY: '0',
    SEVERAL_MACHINES: 'two',
    REDIS_URL: 'http://127.0.0.1:6379',
    KEYS_DIR: 'keys',
    LOG_LEVEL: 'loud',
  };
  /** Told when they are used; some of them on the embedded database alone, which takes one process. */
  const unusable: [name: string, value: string, database?: 'embedded'][] = [
    ['HOST', '203.0.113.9'],
    ['DATA_DIR', join(import.meta.dirname, 'start.test.ts')],
    ['DATABASE_URL', 'postgres://127.0.0.1:1/quoth'],
    ['TRUSTED_PROXIES', '10.0.0'],
    ['TRUSTED_PROXIES', '0.0.0.0/0'],
    ['WEB_CONCURRENCY', '2', 'embedded'],
    ['SEVERAL_MACHINES', 'on', 'embedded'],
    ['REDIS_URL', 'redis://127.0.0.1:6379', 'embedded'],
  ];

  const startWith = (over: Record<string, string>) => runProgram('main.js', [], { ...place.settings, PORT: '0', LOG_LEVEL: 'silent', ...over });
  const assertNamed = (err: string, name: string) => assert.match(err, new RegExp(`^.*\\b${name}\\b.*\\.$`, 'm'));

  it('is tried for every setting', () => {
    assert.deepEqual(new Set([...Object.keys(misspelled), ...unusable.map(([name]) => name)]), new Set(settingNames));
  });

  it('stops the start with a sentence that names it, and so does every other one', async () => {
    const ended = await startWith(misspelled);
    assert.equal(ended.code, 1, ended.err);
    assert.match(ended.err, /The board did not start\./);
    const sentences = ended.err.split('\n').filter((line) => line.startsWith('The setting '));
    assert.deepEqual(sentences.map((line) => line.split(' ')[2]).sort(), Object.keys(misspelled).sort());
    for (const name of Object.keys(misspelled)) assertNamed(ended.err, name);
    assert.match(ended.err, /README\.md lists every setting\./);
  });

  for (const [name, value, database] of unusable) {
    it(`stops the start with a sentence that names it: ${name} as ${name === 'DATA_DIR' ? 'a file' : value}`, async () => {
      const ended = await startWith({ ...(database === undefined ? {} : { DATABASE_URL: '' }), [name]: value });
      assert.equal(ended.code, 1, ended.err);
      assert.match(ended.err, /The board did not start\./);
      assertNamed(ended.err, name);
      assert.doesNotMatch(ended.out, /ready/);
      assert.doesNotMatch(ended.err, /\n\s+at /, 'no traces of the program');
    });
  }
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const before = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > before) throw new Error('It did not come to pass within 20 seconds.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
