import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import request from 'supertest';
import { readConfig } from '../src/config.js';
import { callControl } from '../src/control/control-socket.js';
import { listMigrations, migrateTo } from '../src/db/migrate.js';
import { createLog } from '../src/log.js';
import { operateAnswer } from '../src/operate/backup-command.js';
import { restoreBackup } from '../src/operate/restore-backup.js';
import { createLocalMediaStorage } from '../src/uploads/media-storage.js';
import { openMediaStorage } from '../src/uploads/open-media-storage.js';
import { startS3Store } from './support/s3-store.js';
import { openTestBoard, type Posted, type TestBoard } from './support/test-board.js';
import { createTestDatabase } from './support/test-database.js';

const picture = { name: 'a.png', content: await readFile('tests/fixtures/media/metadata/png-text.png') };
const migrationsDir = join(import.meta.dirname, '../migrations');

/** A board whose pictures are in an S3 store: whoever reads or writes there notices nothing of it. */
describe('a board with its pictures in an S3 store', () => {
  let store: Awaited<ReturnType<typeof startS3Store>>;
  let board: TestBoard;
  let dir: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'quoth-media-'));
    store = await startS3Store();
    board = await openTestBoard({ settings: store.env });
    await board.makeBoard('cove');
  });
  after(async () => {
    await board.close();
    await store.close();
    await rm(dir, { recursive: true });
  });

  const findUpload = (post: Posted) =>
    board.db
      .selectFrom('uploads as u')
      .innerJoin('posts as p', 'p.id', 'u.post_id')
      .innerJoin('boards as b', 'b.id', 'p.board_id')
      .select(['u.name', 'u.thumb_name', 'u.post_id', 'u.bytes'])
      .where('b.slug', '=', post.board)
      .where('p.no', '=', post.no)
      .executeTakeFirstOrThrow();
  const getStatus = async (name: string) => (await board.get(`/media/${name}`)).status;
  const hasKey = async (key: string) => (await store.listKeys()).includes(key);
  const backUp = async (place: string) => {
    const answered = await callControl(board.dataDir, 'backup', { place });
    assert.ok(answered.isRunning);
    return operateAnswer.parse(answered.result);
  };

  it('shows a picture as it would from its own disk, whole and in parts', async () => {
    const thread = await board.startThread('cove', {}, [picture]);
    const { name, thumb_name: thumbName, bytes } = await findUpload(thread);
    assert.deepEqual((await store.listKeys()).sort(), [`media/${name}`, `media/${thumbName}`].sort());
    assert.equal((await readdir(board.dataDir)).includes('media'), false, 'nothing lies here');
    assert.deepEqual(await readdir(join(board.dataDir, 'incoming')), []);
    assert.match((await board.get(`/cove/thread/${thread.thread}`)).text, new RegExp(`src="/media/${thumbName}"`));

    const whole = await board.get(`/media/${name}`).buffer(true);
    assert.deepEqual([whole.status, whole.headers['content-type'], whole.body.length], [200, 'image/png', bytes]);
    assert.equal(whole.headers['content-security-policy'], "default-src 'none'; sandbox");
    assert.equal(whole.headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(whole.headers['content-disposition'], `inline; filename="${name}"`);
    assert.equal(whole.headers['cache-control'], 'public, max-age=31536000, s-maxage=300, immutable');
    const part = await board.get(`/media/${name}`, { Range: 'bytes=1-3' });
    assert.deepEqual([part.status, part.headers['content-range'], part.body.toString()], [206, `bytes 1-3/${bytes}`, 'PNG']);
    assert.equal((await board.get(`/media/${name}`, { 'If-None-Match': `"${name}"` })).status, 304);
    assert.equal((await board.get(`/media/${name}`, { Range: `bytes=${bytes}-` })).status, 416);
    const head = await board.agent.head(`/media/${name}`).set('Host', new URL(board.origin()).host);
    assert.deepEqual([head.status, Number(head.headers['content-length'])], [200, bytes]);
  });

  it('lets the store know what a picture is, so that it could show it itself', async () => {
    const { name } = await findUpload(await board.startThread('cove', {}, [picture]));
    const metadata: unknown = JSON.parse(await store.readMetadata(`media/${name}`));
    assert.deepEqual(metadata, { 'content-type': 'image/png', 'content-disposition': `inline; filename="${name}"`, 'cache-control': 'public, max-age=31536000, s-maxage=300, immutable' });
  });

  it('destroys the bytes of a post that its poster deletes', async () => {
    const thread = await board.startThread('cove');
    const poster = board.open();
    const reply = await poster.reply(thread, {}, [picture]);
    const { name, thumb_name: thumbName } = await findUpload(reply);
    assert.equal(await getStatus(name), 200);
    assert.equal((await poster.send(`/cove/post/${reply.no}/delete`, { what: 'post' })).status, 303);
    assert.equal(await getStatus(name), 404);
    assert.ok(await hasKey(`private/${name}`), 'for a moment they are still there');
    board.pass(60_000);
    await board.doChores();
    assert.deepEqual((await store.listKeys()).filter((key) => key.endsWith(name) || key.endsWith(thumbName)), []);
  });

  it('takes the picture of a removed post away at once, shows it to staff, and brings it back under a new name', async () => {
    const staff = await board.hireStaff('Marram', [{ boardId: null, role: 'admin' }]);
    const act = (fields: Record<string, string | number>) => staff.send('/mod/act', { reason: 'For a test', ...fields }).set('Origin', board.origin());
    const thread = await board.startThread('cove');
    const reply = await board.reply(thread, {}, [picture]);
    const { name, post_id: postId } = await findUpload(reply);
    await act({ act: 'post.remove', post: postId });
    assert.equal(await getStatus(name), 404);
    assert.deepEqual([await hasKey(`media/${name}`), await hasKey(`private/${name}`)], [false, true]);
    const shown = await staff.get(`/mod/media/${name}`);
    assert.deepEqual([shown.status, shown.headers['content-type'], shown.headers['cache-control']], [200, 'image/png', 'no-store']);

    const { id } = await board.db.selectFrom('mod_log').select('id').where('post_id', '=', postId).executeTakeFirstOrThrow();
    await staff.send('/mod/undo', { log: String(id) }).set('Origin', board.origin());
    const restored = await findUpload(reply);
    assert.notEqual(restored.name, name);
    assert.deepEqual([await getStatus(restored.name), await getStatus(name)], [200, 404]);

    await act({ act: 'post.purge', post: postId, confirm: 'on' });
    assert.deepEqual((await store.listKeys()).filter((key) => key.includes(name.slice(0, 32)) || key.includes(restored.name.slice(0, 32))), [], 'gone under both names');
  });

  it('goes on without pictures while the store is away: nothing typed is lost, and what is removed meanwhile is not shown again', async () => {
    const staff = await board.hireStaff('Thrift', [{ boardId: null, role: 'moderator' }]);
    const thread = await board.startThread('cove');
    const reply = await board.reply(thread, {}, [picture]);
    const { name, post_id: postId } = await findUpload(reply);
    await store.goAway();
    try {
      const refused = await board.sendForm(`/cove/thread/${thread.thread}/reply`, { body: 'Words about a shell' }, [picture]);
      assert.equal(refused.status, 503, refused.text);
      assert.match(refused.text, /Words about a shell/);
      assert.match(refused.text, /Files cannot be stored or shown at the moment/);
      assert.ok(Number(refused.headers['retry-after']) > 0);
      assert.equal((await board.get(`/media/${name}`)).status, 503);
      await board.reply(thread, 'Words alone');
      assert.match((await board.get(`/cove/thread/${thread.thread}`)).text, /Words alone/);
      const { status } = await staff.send('/mod/act', { reason: 'For a test', act: 'post.remove', post: postId }).set('Origin', board.origin());
      assert.equal(status, 303, 'a moderator is not kept from acting');
    } finally {
      await store.comeBack();
    }
    assert.equal(await getStatus(name), 404, 'not shown, though it still lies where it lay');
    await until(async () => (await hasKey(`private/${name}`)) && !(await hasKey(`media/${name}`)));
    const again = await board.reply(thread, 'With the shell', [picture]);
    assert.equal(await getStatus((await findUpload(again)).name), 200);
  });

  it('starts while the store is away, and not with a store that refuses', async () => {
    const log = createLog('silent');
    const open = (env: Record<string, string>, mayMakeBucket = false) => openMediaStorage(readConfig({ DATA_DIR: dir, ...store.env, ...env }), { now: board.now, log, mayMakeBucket: async () => mayMakeBucket });
    await assert.rejects(open({ S3_ACCESS_KEY_ID: 'nobody' }), /refuses S3_ACCESS_KEY_ID/);
    await assert.rejects(open({ S3_BUCKET: 'misspelt' }), /S3_BUCKET misspelt is not there/);
    await open({ S3_BUCKET: 'misspelt' }, true);
    await open({ S3_BUCKET: 'misspelt' });
    await assert.rejects(open({ S3_ENDPOINT: board.origin() }), /S3_ENDPOINT names answers 404: it may be no S3 store/);
    await store.goAway();
    try {
      await open({});
    } finally {
      await store.comeBack();
    }
  });

  it('is backed up with its pictures, and they come back into a folder', async () => {
    const thread = await board.startThread('cove', {}, [picture]);
    const { name } = await findUpload(thread);
    const file = join(dir, 'cove.tar');
    const told = await backUp(file);
    assert.ok('lines' in told && told.lines.length === 1, JSON.stringify(told));
    const bytes = (await board.get(`/media/${name}`).buffer(true)).body as Buffer;
    const migrations = await listMigrations(migrationsDir);
    const database = await createTestDatabase();
    const storage = createLocalMediaStorage({ dir: join(dir, 'back') });
    await restoreBackup({ db: database.db, storage, tempDir: dir, migrations, migrateTo: (last) => migrateTo(database, { dir: migrationsDir, name: last }) }, file);
    await database.close();
    const found = await storage.open(name, 'public');
    assert.ok(found !== undefined && found.part !== 'beyondEnd');
    assert.deepEqual(await buffer(found.part.stream), bytes);
  });
});

it('settings of a store that lack one, or have a secret from an example, stop the start with a sentence', () => {
  const whole = { S3_ENDPOINT: 'https://s3.example', S3_BUCKET: 'pictures', S3_REGION: 'us-east-1', S3_ACCESS_KEY_ID: 'quoth', S3_SECRET_ACCESS_KEY: '6f1d4c3b9a8e7d2c5b4a' };
  assert.equal(readConfig(whole).s3Bucket, 'pictures');
  for (const name of Object.keys(whole)) assert.throws(() => readConfig({ ...whole, [name]: '' }), new RegExp(`belong together: ${name} must be set too`));
  for (const secret of ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'change-me-change-me', 'minioadminminioadmin', 'my-secret-access-key', 'aaaaaaaaaaaaaaaaaaaa', 'short']) {
    assert.throws(() => readConfig({ ...whole, S3_SECRET_ACCESS_KEY: secret }), /S3_SECRET_ACCESS_KEY must be a secret/, secret);
  }
});

describe('pictures with an address of their own', () => {
  let board: TestBoard;
  before(async () => {
    board = await openTestBoard({ settings: { PUBLIC_ORIGIN: 'https://board.example', MEDIA_ORIGIN: 'https://media.board.example' }, pageTrustMs: { thread: 500, board: 1000 } });
    await board.makeBoard('cove');
  });
  after(() => board.close());
  const ask = (path: string, host: string) => request(board.server).get(path).set('Host', host);
  /** Posts under the public name, as a browser behind the proxy does. */
  async function startThread(): Promise<Posted> {
    const answer = await request(board.server).post('/cove/thread').set({ Host: 'board.example', Origin: 'https://board.example', Accept: 'application/json' }).field('subject', 'Shells').field('body', 'Look').attach('files', picture.content, picture.name);
    assert.equal(answer.status, 201, answer.text);
    return answer.body as Posted;
  }

  it('are named with it on every page, kept or made anew, and browsers are told to take pictures from there', async () => {
    const thread = await startThread();
    for (const path of [`/cove/thread/${thread.thread}`, `/cove/thread/${thread.thread}?posted=${thread.no}`, '/cove/', '/cove/catalog', `/cove/thread/${thread.thread}/updates?since=0`]) {
      for (let round = 0; round < 2; round += 1) {
        const { text, headers } = await ask(path, 'board.example');
        assert.match(text, /"https:\/\/media\.board\.example\/media\/[0-9a-f]{32}\./, path);
        assert.doesNotMatch(text, /"\/media\//, path);
        assert.match(headers['content-security-policy'] ?? '', /img-src 'self' blob: https:\/\/media\.board\.example;media-src 'self' https:\/\/media\.board\.example;/);
      }
    }
  });

  it('are there under that name, for pages of another origin, and nothing else is', async () => {
    const thread = await startThread();
    const [, path = ''] = /"https:\/\/media\.board\.example(\/media\/[^"]+)"/.exec((await ask(`/cove/thread/${thread.thread}`, 'board.example')).text) ?? [];
    const shown = await ask(path, 'media.board.example');
    assert.deepEqual([shown.status, shown.headers['cross-origin-resource-policy'], shown.headers['x-content-type-options'], shown.headers['set-cookie']], [200, 'cross-origin', 'nosniff', undefined]);
    assert.equal((await ask(path, 'board.example')).status, 200, 'pages that are open still name this one');
    for (const other of ['/', '/cove/', '/mod/login', '/about', `/cove/thread/${thread.thread}`, '/theme.css']) assert.equal((await ask(other, 'media.board.example')).status, 421, other);
    for (const host of ['media.board.example.evil.example', 'evil.example', 'media.board.example:8080']) assert.equal((await ask(path, host)).status, 421, host);
    const posted = await request(board.server).post('/cove/thread').set({ Host: 'media.board.example', Origin: 'https://media.board.example' }).field('body', 'x');
    assert.equal(posted.status, 421);
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const before = Date.now() + 60_000;
  while (!(await isSo())) {
    if (Date.now() > before) throw new Error('It did not come to pass within a minute.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
