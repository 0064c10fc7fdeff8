import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { createLog } from '../src/log.js';
import { createKeptUploads } from '../src/uploads/keep-upload.js';
import {
  type ByteRange,
  createLocalMediaStorage,
  isMediaName,
  type MediaPlace,
  type MediaStorage,
  newMediaName,
  toThumbName,
} from '../src/uploads/media-storage.js';
import { createS3Bucket } from '../src/uploads/s3-bucket.js';
import { createS3Client } from '../src/uploads/s3-client.js';
import { createS3MediaStorage } from '../src/uploads/s3-media.js';
import { sweepOrphans } from '../src/uploads/sweep-media.js';
import { makeForm, readFixture, startUploadApp } from './fixtures/media/start-upload-app.js';
import type { UploadApp } from './fixtures/media/start-upload-app.js';
import { startS3Store } from './support/s3-store.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function makeRoom() {
  const root = await mkdtemp(join(tmpdir(), 'quoth-storage-'));
  const tempDir = join(root, 'incoming');
  await mkdir(tempDir);
  let at = Date.now();
  const now = () => new Date(at);
  const pass = (ms: number) => void (at += ms);
  async function saveTemp(content: string | Buffer = 'picture') {
    const path = join(tempDir, `temp-${Math.random()}`);
    await writeFile(path, content);
    return path;
  }
  const closers: (() => Promise<void>)[] = [];
  async function close(): Promise<void> {
    for (const closeOne of closers) await closeOne();
    await rm(root, { recursive: true });
  }
  return { root, tempDir, mediaDir: join(root, 'media'), now, pass, saveTemp, closers, close };
}

type Room = Awaited<ReturnType<typeof makeRoom>>;

describe('where media live', () => {
  it('names are random, strict, and a thumbnail is named after its picture', () => {
    const name = newMediaName('jpg');
    assert.match(name, /^[0-9a-f]{32}\.jpg$/);
    assert.notEqual(name, newMediaName('jpg'));
    assert.equal(toThumbName(name), `${name.slice(0, 32)}.t.webp`);
    for (const good of [name, toThumbName(name), newMediaName('gif')]) assert.ok(isMediaName(good), good);
    const hex = name.slice(0, 32);
    for (const bad of ['', hex, `${hex}.svg`, `${hex}.jpg.html`, `${hex.toUpperCase()}G.jpg`, `../${name}`, `${name}\n`, `${hex}.t.jpg`, `.${name}`, `${hex.slice(1)}.jpg`]) {
      assert.equal(isMediaName(bad), false, JSON.stringify(bad));
    }
    assert.throws(() => newMediaName('html'));
  });
});

/** Both kinds of storage are held to the same promises. */
const kinds = {
  'a folder': async (room: Room) => createLocalMediaStorage({ dir: room.mediaDir, now: room.now }),
  'an S3 store': async (room: Room) => {
    const store = await startS3Store();
    room.closers.push(store.close);
    const client = createS3Client(store.settings);
    assert.equal((await client.ask({ method: 'PUT' })).status, 200);
    return createS3MediaStorage({ bucket: createS3Bucket(client, { pageLength: 3 }), log: createLog('silent') });
  },
} satisfies Record<string, (room: Room) => Promise<MediaStorage>>;

for (const [kind, openStorage] of Object.entries(kinds)) {
  describe(`media in ${kind}`, () => {
    async function open() {
      const room = await makeRoom();
      const storage = await openStorage(room);
      /** Stores a picture with its thumbnail, of so many bytes. */
      async function store(bytes: Buffer = randomBytes(100)): Promise<string> {
        const name = newMediaName('png');
        await storage.put(await room.saveTemp(bytes), name);
        await storage.put(await room.saveTemp('thumbnail'), toThumbName(name));
        return name;
      }
      const isThere = async (name: string, place: MediaPlace) => (await storage.find(name, place)) !== undefined;
      async function read(name: string, place: MediaPlace, range?: ByteRange): Promise<Buffer | undefined> {
        const found = await storage.open(name, place, range);
        if (found === undefined || found.part === 'beyondEnd') return undefined;
        const bytes = await buffer(found.part.stream);
        assert.equal(bytes.length, found.part.last - found.part.first + 1);
        return bytes;
      }
      return { ...room, storage, store, isThere, read };
    }

    it('a picture is put in, hidden, made public under a new name, and destroyed', async () => {
      const { storage, saveTemp, isThere, read, close } = await open();
      const [name, newName] = [newMediaName('png'), newMediaName('png')];
      const temp = await saveTemp('picture');
      await storage.put(temp, name);
      assert.equal(existsSync(temp), false);
      assert.deepEqual(await storage.find(name, 'public'), { bytes: 7 });
      assert.equal((await read(name, 'public'))?.toString(), 'picture');

      await storage.hide(name);
      await storage.hide(name);
      assert.equal(await isThere(name, 'public'), false);
      assert.equal(await read(name, 'public'), undefined);
      assert.equal((await read(name, 'private'))?.toString(), 'picture');

      assert.equal(await storage.restore(name, newName), true);
      assert.equal(await storage.restore(name, newName), true);
      assert.equal((await read(newName, 'public'))?.toString(), 'picture');
      assert.equal(await isThere(name, 'public'), false);
      assert.ok(await isThere(name, 'private'), 'a rolled-back undo still finds its file');

      await storage.destroy(newName);
      await storage.destroy(newName);
      assert.equal(await isThere(newName, 'public'), false);
      assert.equal(await isThere(name, 'private'), false, 'the bytes are gone under their old name too');
      await storage.hide(newMediaName('gif'));
      assert.equal(await storage.restore(name, newMediaName('png')), false);
      await close();
    });

    it('what was brought back and hidden again is destroyed under every name it had, from whichever of them', async () => {
      const { storage, store, isThere, close } = await open();
      for (const from of [0, 1, 2]) {
        const names = [await store(), newMediaName('png'), newMediaName('png')];
        const [first = '', second = '', third = ''] = names;
        await storage.hide(first);
        await storage.restore(first, second);
        await storage.hide(second);
        await storage.restore(second, third);
        const other = await store();
        await storage.destroy(names[from] ?? '');
        for (const name of names) for (const place of ['public', 'private'] as const) assert.equal(await isThere(name, place), false);
        assert.ok(await isThere(other, 'public'), 'and nothing else');
      }
      await close();
    });

    it('a picture can be read in parts', async () => {
      const { storage, store, read, close } = await open();
      const bytes = randomBytes(300_000);
      const name = await store(bytes);
      assert.deepEqual(await read(name, 'public'), bytes);
      assert.deepEqual(await read(name, 'public', { first: 10, last: 19 }), bytes.subarray(10, 20));
      assert.deepEqual(await read(name, 'public', { first: 299_990 }), bytes.subarray(299_990));
      assert.deepEqual(await read(name, 'public', { first: 299_990, last: 999_999 }), bytes.subarray(299_990));
      assert.deepEqual(await read(name, 'public', { suffix: 5 }), bytes.subarray(-5));
      assert.deepEqual(await storage.open(name, 'public', { first: 300_000 }), { bytes: 300_000, part: 'beyondEnd' });
      await close();
    });

    it('nothing outside of it can be named', async () => {
      const { storage, saveTemp, root, close } = await open();
      const temp = await saveTemp();
      for (const name of ['../escape.png', 'ab', '', '/etc/passwd', `${'a'.repeat(32)}.html`]) {
        assert.equal(await storage.find(name, 'public'), undefined);
        assert.equal(await storage.open(name, 'public'), undefined);
        await assert.rejects(storage.put(temp, name));
        await assert.rejects(storage.destroy(name));
        await assert.rejects(storage.hide(name));
      }
      assert.deepEqual((await readdir(root)).sort(), ['incoming']);
      assert.ok((await storage.freeBytes()) > 0);
      await close();
    });

    it('the sweep removes what no post knows after an hour, and nothing else', async () => {
      const { storage, store, isThere, tempDir, saveTemp, now, pass, close } = await open();
      const [known, removed, ...orphans] = [await store(), await store(), await store(), await store()];
      assert.ok(known !== undefined && removed !== undefined);
      await storage.hide(removed);
      await storage.hide(toThumbName(removed));
      const stale = await saveTemp();
      await utimes(stale, now(), now());

      const rows = new Set([known, removed]);
      const isKnownName = async (names: string[]) => new Set(names.filter((name) => rows.has(name)));
      const sweep = () => sweepOrphans({ storage, tempDir, isKnownName, now });
      assert.deepEqual(await sweep(), { removedCount: 0 }, 'their posts may be about to be committed');
      pass(HOUR + MINUTE);
      const fresh = await saveTemp();
      await utimes(fresh, now(), now());
      assert.deepEqual(await sweep(), { removedCount: 5 });
      for (const name of [known, toThumbName(known)]) assert.ok(await isThere(name, 'public'), name);
      for (const name of [removed, toThumbName(removed)]) assert.ok(await isThere(name, 'private'), name);
      for (const name of orphans) for (const each of [name, toThumbName(name)]) assert.equal(await isThere(each, 'public'), false);
      assert.deepEqual([existsSync(stale), existsSync(fresh)], [false, true]);
      await close();
    });

    it('the old name of a restored picture is swept without touching the picture', async () => {
      const { storage, store, isThere, tempDir, now, pass, close } = await open();
      const [name, newName] = [await store(), newMediaName('png')];
      await storage.forget(toThumbName(name));
      await storage.hide(name);
      await storage.restore(name, newName);
      const isKnownName = async (names: string[]) => new Set(names.filter((candidate) => candidate === newName));
      const sweep = () => sweepOrphans({ storage, tempDir, isKnownName, now });
      assert.deepEqual(await sweep(), { removedCount: 0 });
      pass(2 * HOUR);
      assert.deepEqual(await sweep(), { removedCount: 1 });
      assert.equal(await isThere(name, 'private'), false);
      assert.ok(await isThere(newName, 'public'));
      await storage.destroy(newName);
      assert.equal(await isThere(newName, 'public'), false);
      await close();
    });
  });
}

describe('media over HTTP', () => {
  let app: UploadApp;
  let name: string;
  before(async () => {
    app = await startUploadApp();
    const { answer } = await app.post(makeForm({}, [{ name: 'a.png', content: readFixture('metadata/png-text.png') }]));
    name = answer.media[0]?.name ?? '';
  });
  after(() => app.close());

  it('a picture is served with headers that keep it a picture', async () => {
    for (const [file, type] of [[name, 'image/png'], [toThumbName(name), 'image/webp']]) {
      for (const method of ['GET', 'HEAD']) {
        const response = await fetch(`${app.url}/media/${file}`, { method });
        assert.equal(response.status, 200);
        const { headers } = response;
        assert.equal(headers.get('content-type'), type);
        assert.equal(headers.get('x-content-type-options'), 'nosniff');
        assert.equal(headers.get('content-security-policy'), "default-src 'none'; sandbox");
        assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
        assert.equal(headers.get('content-disposition'), `inline; filename="${file}"`);
        assert.equal(headers.get('cache-control'), 'public, max-age=31536000, s-maxage=300, immutable');
        assert.equal(headers.get('set-cookie'), null);
        assert.equal((await response.arrayBuffer()).byteLength > 0, method === 'GET');
      }
    }
  });

  it('validators and single ranges work', async () => {
    const whole = await fetch(`${app.url}/media/${name}`);
    const bytes = Buffer.from(await whole.arrayBuffer());
    const etag = whole.headers.get('etag') ?? '';
    assert.ok(etag.startsWith('"'));
    assert.equal(await getStatus(`${app.url}/media/${name}`, { 'if-none-match': etag }), 304);
    assert.equal(await getStatus(`${app.url}/media/${name}`, { 'if-none-match': '"other"' }), 200);
    const part = await fetch(`${app.url}/media/${name}`, { headers: { range: 'bytes=2-9' } });
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 2-9/${bytes.length}`]);
    assert.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(2, 10)));
    const many = await fetch(`${app.url}/media/${name}`, { headers: { range: 'bytes=0-1,4-5' } });
    assert.deepEqual([many.status, (await many.arrayBuffer()).byteLength], [200, bytes.length]);
    const beyond = await fetch(`${app.url}/media/${name}`, { headers: { range: `bytes=${bytes.length}-` } });
    assert.deepEqual([beyond.status, beyond.headers.get('cache-control')], [416, null]);
  });

  it('other names, other places and other methods lead nowhere', async () => {
    const hidden = newMediaName('png');
    await app.storage.put(await copyOf(app), hidden);
    await app.storage.hide(hidden);
    for (const path of [newMediaName('png'), hidden, `${name}/`, `${name}.html`, '..%2f..%2fpackage.json', '%2e%2e/app.ts', '', `${name.slice(0, 2)}`, `private%2f${name}`, `${name}%00.png`]) {
      const response = await fetch(`${app.url}/media/${path}`);
      assert.equal(response.status, 404, path);
      assert.doesNotMatch(response.headers.get('cache-control') ?? '', /immutable/);
    }
    assert.equal((await fetch(`${app.url}/media/${name}`, { method: 'POST' })).status, 404);
    await app.storage.hide(name);
    assert.equal((await fetch(`${app.url}/media/${name}`)).status, 404);
  });
});

/** `fetch` asks caches for a new copy when it sends a validator itself; a plain request does not. */
function getStatus(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (response) => resolve(response.resume().statusCode)).on('error', reject);
  });
}

async function copyOf(app: UploadApp): Promise<string> {
  const path = join(app.tempDir, 'copy');
  await writeFile(path, 'x');
  return path;
}

describe('files of refused forms', () => {
  async function makeKept(maxBytes?: number) {
    const room = await makeRoom();
    const options = { dir: join(room.root, 'kept-uploads'), secret: Buffer.alloc(32, 3), now: room.now, maxBytes };
    const receive = async (text: string, position = 0) => ({ path: await room.saveTemp(text), originalName: 'früh.png', bytes: text.length, position, fieldName: 'files' });
    return { ...room, options, kept: createKeptUploads(options), receive };
  }

  it('come back once, as they were, after a restart too', async () => {
    const { kept, options, receive, close } = await makeKept();
    const file = await receive('the picture', 2);
    const held = await kept.keep(file);
    assert.ok(held);
    assert.deepEqual([held.originalName, held.bytes, existsSync(file.path)], ['früh.png', 11, false]);
    const restarted = createKeptUploads(options);
    assert.deepEqual(await restarted.describe(held.token), held);
    const takers = await Promise.all([kept.take(held.token), restarted.take(held.token), kept.take(held.token)]);
    const [taken, ...others] = takers.filter((one) => one !== undefined);
    assert.deepEqual(others, []);
    assert.deepEqual([taken?.originalName, taken?.bytes, taken?.position, taken?.fieldName], ['früh.png', 11, 2, 'files']);
    assert.equal((await stat(taken?.path ?? '')).size, 11);
    assert.equal(await kept.describe(held.token), undefined);
    await close();
  });

  it('fill no more than an eighth of the room for one client, who gets it back when they are taken or expire', async () => {
    const { options, receive, pass, close } = await makeKept();
    const kept = createKeptUploads({ ...options, maxBytes: 80 });
    const [one, other] = [Buffer.from('one client'), Buffer.from('other one')];
    const keep = async (words: string, client: Buffer) => kept.keep(await receive(words), client);
    const first = await keep('6 byte', one);
    assert.ok(first && (await keep('4 by', one)));
    assert.equal(await keep('x', one), undefined, 'its share is full');
    assert.ok(await keep('6 byte', other), 'the others have theirs');
    assert.ok(await kept.take(first.token));
    assert.ok(await keep('6 byte', one), 'what was taken makes room');
    assert.equal(await keep('x', one), undefined);
    pass(16 * MINUTE);
    assert.ok(await keep('10 bytes !', one), 'and what has expired');
    await close();
  });

  it('are gone after fifteen minutes', async () => {
    const { kept, options, receive, pass, close } = await makeKept();
    const [first, second] = [await kept.keep(await receive('one')), await kept.keep(await receive('two'))];
    assert.ok(first && second);
    pass(14 * MINUTE);
    assert.equal(await kept.sweep(), 0);
    assert.ok(await kept.take(first.token));
    pass(2 * MINUTE);
    assert.equal(await kept.describe(second.token), undefined);
    assert.equal(await kept.take(second.token), undefined);
    assert.equal(await kept.sweep(), 1);
    assert.deepEqual(await readdir(join(options.dir, 'kept')), []);
    assert.equal((await readdir(join(options.dir, 'taken'))).length, 1);
    pass(HOUR);
    assert.equal(await kept.sweep(), 1);
    await close();
  });

  it('are given to nobody with a forged or changed token', async () => {
    const { kept, options, receive, close } = await makeKept();
    const held = await kept.keep(await receive('mine'));
    assert.ok(held);
    const [text = '', signature = ''] = held.token.split('.');
    const changed = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(text, 'base64url').toString()), expiresAt: Date.now() + 9e9 })).toString('base64url');
    const stranger = createKeptUploads({ ...options, secret: Buffer.alloc(32, 4) });
    for (const token of ['', '.', 'x.y', text, `${text}.`, `${changed}.${signature}`, `${held.token}.x`, `${held.token}x`, '../../etc/passwd.x']) {
      assert.equal(await kept.take(token), undefined, token);
      assert.equal(await kept.describe(token), undefined, token);
    }
    assert.equal(await stranger.take(held.token), undefined);
    assert.ok(await kept.take(held.token));
    await close();
  });

  it('are bounded in bytes, also over a restart, and make room again', async () => {
    const { kept, options, receive, tempDir, close } = await makeKept(10);
    const first = await kept.keep(await receive('12345678'));
    assert.ok(first);
    assert.equal(await kept.keep(await receive('123')), undefined);
    assert.equal(await createKeptUploads(options).keep(await receive('123')), undefined);
    assert.equal((await readdir(tempDir)).length, 2, 'what was not kept is left to its form');
    assert.ok(await kept.take(first.token));
    assert.ok(await kept.keep(await receive('123')));
    await close();
  });
});
