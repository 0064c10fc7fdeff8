import assert from 'node:assert/strict';
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { toAuthorTags } from '../../src/identity/author-tags.js';
import { findClientAddress } from '../../src/identity/client-address.js';
import { openKeys } from '../../src/identity/keys.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** The first day of a ban key's 30 days, an hour after midnight. */
const START = 690 * 30 * DAY + HOUR;
const none: ReadonlySet<string> = new Set();

const root = mkdtempSync(join(tmpdir(), 'quoth-keys-'));
after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const makeDir = () => join(root, `keys-${(count += 1)}`, 'keys');

function createClock(at = START) {
  return { at, now() { return new Date(this.at); } };
}

async function openAt(dir: string, at = START) {
  const clock = createClock(at);
  return { clock, keys: await openKeys({ dir, now: () => clock.now() }) };
}

test('the first start makes every key, readable by the owner alone, and the next start finds the same', async () => {
  const dir = makeDir();
  const { keys } = await openAt(dir);
  const names = readdirSync(dir).sort();
  assert.deepEqual(names, ['ban-2026-09-04.key', 'day-2026-09-04.key', 'forms.key', 'sealing.key', 'secrets.key', 'trip.key']);
  for (const name of names) {
    assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
    assert.equal(statSync(join(dir, name)).size, 32, name);
  }
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  const all = [keys.trip, keys.forms, keys.secrets, keys.sealing, keys.dayKey().key, ...keys.banKeys().map(({ key }) => key)];
  assert.equal(new Set(all.map((key) => key.toString('hex'))).size, 6, 'no two keys are the same');
  const { keys: again } = await openAt(dir);
  assert.deepEqual(again.trip, keys.trip);
  assert.deepEqual(again.dayKey(), keys.dayKey());
  assert.deepEqual(again.banKeys(), keys.banKeys());
});

test('two processes that start at once get the same keys', async () => {
  const dir = makeDir();
  const opened = await Promise.all(Array.from({ length: 8 }, () => openAt(dir)));
  for (const part of ['trip', 'forms', 'secrets', 'sealing'] as const) {
    assert.equal(new Set(opened.map(({ keys }) => keys[part].toString('hex'))).size, 1, part);
  }
  assert.equal(new Set(opened.map(({ keys }) => keys.banKeys()[0]?.key.toString('hex'))).size, 1);
  assert.equal(readdirSync(dir).length, 6, 'no drafts are left');
});

test('a start is refused when a key file can be read by others, is too short or is not random', async () => {
  const spoilers: [string, (file: string) => void, RegExp][] = [
    ['forms.key', (file) => chmodSync(file, 0o640), /forms\.key can be read by others/],
    ['trip.key', (file) => chmodSync(file, 0o604), /trip\.key can be read by others/],
    ['sealing.key', (file) => writeFileSync(file, Buffer.from('changeme')), /sealing\.key holds 8 bytes instead of 32 \(256 bits\)/],
    ['secrets.key', (file) => writeFileSync(file, Buffer.alloc(32)), /secrets\.key does not hold a random key/],
    ['day-2026-09-04.key', (file) => chmodSync(file, 0o644), /day-2026-09-04\.key can be read by others/],
    ['ban-2026-09-04.key', (file) => writeFileSync(file, ''), /ban-2026-09-04\.key holds 0 bytes/],
  ];
  for (const [name, spoil, sentence] of spoilers) {
    const dir = makeDir();
    await openAt(dir);
    spoil(join(dir, name));
    await assert.rejects(openAt(dir), (error) => error instanceof Error && error.name === 'KeyFileError' && sentence.test(error.message), name);
  }
});

test('a directory that others could look into is closed', async () => {
  const dir = makeDir();
  await openAt(dir);
  chmodSync(dir, 0o755);
  await openAt(dir);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
});

test('the day key changes at midnight, by itself, and is destroyed when no tag under it is kept', async () => {
  const dir = makeDir();
  const { clock, keys } = await openAt(dir);
  const first = keys.dayKey();
  const copy = Buffer.from(first.key);
  clock.at = START + 22.5 * HOUR;
  await keys.rotate(none);
  assert.equal(keys.dayKey().id, first.id, 'the next key is made ahead, but not used');
  clock.at = START + 23 * HOUR;
  assert.equal(keys.dayKey().id, '2026-09-05', 'without another rotation');
  assert.notDeepEqual(keys.dayKey().key, copy);

  const file = join(dir, 'day-2026-09-04.key');
  clock.at = START - HOUR + 4 * DAY - 1;
  await keys.rotate(none);
  assert.ok(existsSync(file), 'tags of its last minute are still kept');
  clock.at += 1;
  await keys.rotate(none);
  assert.ok(!existsSync(file));
  assert.deepEqual(first.key, Buffer.alloc(32), 'its bytes are gone from memory too');
  assert.ok(!readdirSync(dir).some((name) => readFileSync(join(dir, name)).equals(copy)));
});

test('a key file is overwritten before it is removed', async () => {
  const dir = makeDir();
  const { clock, keys } = await openAt(dir);
  const file = join(dir, 'day-2026-09-04.key');
  const before = readFileSync(file);
  const held = openSync(file, 'r');
  clock.at = START + 5 * DAY;
  await keys.rotate(none);
  assert.ok(!existsSync(file));
  const now = Buffer.alloc(32);
  assert.equal(readSync(held, now, 0, 32, 0), 32);
  closeSync(held);
  assert.notDeepEqual(now, before);
});

test('a ban key lives while a ban needs it, and never longer than the longest ban', async () => {
  const { clock, keys } = await openAt(makeDir());
  const first = keys.banKeys()[0];
  assert.ok(first !== undefined);
  const neighbour = findClientAddress('198.51.100.7');
  assert.ok(neighbour !== undefined);
  const banned = toAuthorTags(keys, neighbour).banTag;

  clock.at = START + 30 * DAY;
  await keys.rotate(none);
  assert.deepEqual(keys.banKeys().map(({ id }) => id), ['2026-10-04', '2026-09-04'], 'the current one first; a reported post of yesterday can still become a ban');
  const needed = new Set([first.id]);
  clock.at = START + 364 * DAY;
  await keys.rotate(needed);
  assert.ok(keys.banKeys().some(({ id }) => id === first.id));
  assert.ok(toAuthorTags(keys, neighbour).allBanTags.some(({ keyId, tag }) => keyId === first.id && tag.equals(banned)), 'the ban still finds its author');
  clock.at = START - HOUR + (30 + 7 + 365) * DAY;
  await keys.rotate(needed);
  assert.ok(!keys.banKeys().some(({ id }) => id === first.id));
});

test('a ban key that no ban needs goes when its posts can no longer become bans', async () => {
  const dir = makeDir();
  const { clock, keys } = await openAt(dir);
  clock.at = START - HOUR + 37 * DAY - 1;
  await keys.rotate(none);
  assert.ok(existsSync(join(dir, 'ban-2026-09-04.key')));
  clock.at += 1;
  await keys.rotate(none);
  assert.ok(!existsSync(join(dir, 'ban-2026-09-04.key')));
  assert.deepEqual(keys.banKeys().map(({ id }) => id), ['2026-10-04']);
});

test('keys that were destroyed while the board was off are gone at its next rotation, and a clock set back hides no ban key', async () => {
  const dir = makeDir();
  await openAt(dir);
  const { clock, keys } = await openAt(dir, START + 60 * DAY);
  await keys.rotate(none);
  assert.deepEqual(readdirSync(dir).filter((name) => /^(day|ban)/.test(name)), ['ban-2026-11-03.key', 'day-2026-11-03.key']);
  clock.at = START + 59.9 * DAY;
  await keys.rotate(none);
  assert.deepEqual(keys.banKeys().map(({ id }) => id), ['2026-10-04', '2026-11-03']);
});

test('two rotations at once do not disturb each other', async () => {
  const { clock, keys } = await openAt(makeDir());
  clock.at = START + 40 * DAY;
  await Promise.all([keys.rotate(none), keys.rotate(none), keys.rotate(none)]);
  assert.equal(keys.dayKey().id, '2026-10-14');
  assert.equal(keys.banKeys().length, 1);
});
