import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createKeptUploads } from '../src/uploads/keep-upload.js';
import { createLocalMediaStorage, isMediaName, newMediaName, toThumbName } from '../src/uploads/media-storage.js';
import { sweepOrphans } from '../src/uploads/sweep-media.js';
import { makeForm, readFixture, startUploadApp } from './fixtures/media/start-upload-app.js';
import type { UploadApp } from './fixtures/media/start-upload-app.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function makeRoom() {
  const root = await mkdtemp(join(tmpdir(), 'quoth-storage-'));
  const tempDir = join(root, 'incoming');
  await mkdir(tempDir);
  let at = Date.now();
  const now = () => new Date(at);
  const pass = (ms: number) => void (at += ms);
  async function saveTemp(text = 'picture') {
    const path = join(tempDir, `temp-${Math.random()}`);
    await writeFile(path, text);
    return path;
  }
  return { root, tempDir, mediaDir: join(root, 'media'), now, pass, saveTemp, close: () => rm(root, { recursive: true }) };
}

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

  it('a picture is put in, hidden, made public under a new name, and destroyed', async () => {
    const room = await makeRoom();
    const storage = createLocalMediaStorage({ dir: room.mediaDir, now: room.now });
    const [name, newName] = [newMediaName('png'), newMediaName('png')];
    const temp = await room.saveTemp();
    await storage.put(temp, name);
    assert.equal(existsSync(temp), false);
    assert.equal((await storage.open(name, 'public'))?.path, join(room.mediaDir, 'public', name.slice(0, 2), name.slice(2, 4), name));

    await storage.hide(name);
    await storage.hide(name);
    assert.equal(await storage.open(name, 'public'), undefined);
    assert.ok(await storage.open(name, 'private'));

    assert.equal(await storage.restore(name, newName), true);
    assert.equal(await storage.restore(name, newName), true);
    assert.ok(await storage.open(newName, 'public'));
    assert.equal(await storage.open(name, 'public'), undefined);
    assert.ok(await storage.open(name, 'private'), 'a rolled-back undo still finds its file');

    await storage.destroy(newName);
    await storage.destroy(newName);
    assert.equal(await storage.open(newName, 'public'), undefined);
    assert.equal(await storage.open(name, 'private'), undefined, 'the bytes are gone under their old name too');
    await storage.hide(newMediaName('gif'));
    assert.equal(await storage.restore(name, newMediaName('png')), false);
    await room.close();
  });

  it('nothing outside its folder can be named', async () => {
    const room = await makeRoom();
    const storage = createLocalMediaStorage({ dir: room.mediaDir });
    const temp = await room.saveTemp();
    for (const name of ['../escape.png', 'ab', '', '/etc/passwd', `${'a'.repeat(32)}.html`]) {
      assert.equal(await storage.open(name, 'public'), undefined);
      await assert.rejects(storage.put(temp, name));
      await assert.rejects(storage.destroy(name));
      await assert.rejects(storage.hide(name));
    }
    assert.deepEqual((await readdir(room.root)).sort(), ['incoming']);
    assert.ok((await storage.freeBytes()) > 0);
    await room.close();
  });

  it('the sweep removes what no post knows after an hour, and nothing else', async () => {
    const room = await makeRoom();
    const storage = createLocalMediaStorage({ dir: room.mediaDir, now: room.now });
    const [known, removed, orphan, young] = [newMediaName('jpg'), newMediaName('gif'), newMediaName('jpg'), newMediaName('jpg')];
    const put = async (name: string) => {
      await storage.put(await room.saveTemp(), name);
      await storage.put(await room.saveTemp(), toThumbName(name));
    };
    for (const name of [known, removed, orphan]) await put(name);
    await storage.hide(removed);
    await storage.hide(toThumbName(removed));
    const stale = await room.saveTemp();
    await utimes(stale, room.now(), room.now());
    room.pass(HOUR + MINUTE);
    await put(young);
    const fresh = await room.saveTemp();
    await utimes(fresh, room.now(), room.now());

    const rows = new Set([known, removed]);
    const asked: number[] = [];
    const isKnownName = async (names: string[]) => {
      asked.push(names.length);
      return new Set(names.filter((name) => rows.has(name)));
    };
    const sweep = () => sweepOrphans({ storage, tempDir: room.tempDir, isKnownName, now: room.now });
    assert.deepEqual(await sweep(), { removedCount: 3 });
    assert.ok(asked.length > 0);
    for (const name of [known, toThumbName(known), young, toThumbName(young)]) assert.ok(await storage.open(name, 'public'), name);
    for (const name of [removed, toThumbName(removed)]) assert.ok(await storage.open(name, 'private'), name);
    for (const name of [orphan, toThumbName(orphan)]) assert.equal(await storage.open(name, 'public'), undefined);
    assert.deepEqual([existsSync(stale), existsSync(fresh)], [false, true]);
    await room.close();
  });

  it('the old name of a restored picture is swept without touching the picture', async () => {
    const room = await makeRoom();
    const storage = createLocalMediaStorage({ dir: room.mediaDir, now: room.now });
    const [name, newName] = [newMediaName('png'), newMediaName('png')];
    await storage.put(await room.saveTemp(), name);
    await storage.hide(name);
    room.pass(24 * HOUR);
    await storage.restore(name, newName);
    const isKnownName = async (names: string[]) => new Set(names.filter((candidate) => candidate === newName));
    const sweep = () => sweepOrphans({ storage, tempDir: room.tempDir, isKnownName, now: room.now });
    assert.deepEqual(await sweep(), { removedCount: 0 });
    room.pass(2 * HOUR);
    assert.deepEqual(await sweep(), { removedCount: 1 });
    assert.equal(await storage.open(name, 'private'), undefined);
    assert.ok(await storage.open(newName, 'public'));
    await room.close();
  });
});

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
        assert.equal(headers.get('cache-control'), 'public, max-age=31536000, immutable');
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
