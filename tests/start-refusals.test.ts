import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { readConfig } from '../src/config.js';
import { openEmbedded } from '../src/db/embedded-database.js';
import { runProgram } from './support/board-process.js';
import { createTestDatabase } from './support/test-database.js';

/*
 * What a board does not start with, because it would keep none of its promises. Each is tried with the program itself, and says what to do.
 * Wrong settings are in start.test.ts.
 */

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quoth-refusals-'));
});
after(() => rm(dir, { recursive: true, force: true }));

async function assertRefused(settings: Record<string, string | undefined>, sentence: RegExp): Promise<void> {
  const ended = await runProgram('main.js', [], { HOST: '127.0.0.1', PORT: '0', DATA_DIR: join(dir, 'data'), LOG_LEVEL: 'silent', ...settings });
  assert.equal(ended.code, 1, ended.out + ended.err);
  assert.match(ended.err, /^\nThe board did not start\.\n/);
  assert.match(ended.err, sentence);
  assert.doesNotMatch(ended.out, /ready/);
  assert.doesNotMatch(ended.err, /\n\s+at /, 'no traces of the program');
}

it('passwords out of examples', async () => {
  for (const password of ['change-me', 'postgres', 'Password1', 'aaaa']) {
    assert.throws(() => readConfig({ DATABASE_URL: `postgres://quoth:${password}@127.0.0.1/quoth` }), /password in DATABASE_URL is one that stands in examples/, password);
  }
  for (const password of ['', '3f9a-postgres-8c1e']) assert.ok(readConfig({ DATABASE_URL: `postgres://quoth:${password}@127.0.0.1/quoth` }));
  await assertRefused({ DATABASE_URL: 'postgres://quoth@127.0.0.1:1/quoth', PGPASSWORD: 'changeme' }, /password in PGPASSWORD is one that stands in examples.*openssl rand/);
});

it('proxies that are half the world', async () => {
  await assertRefused({ TRUSTED_PROXIES: '127.0.0.1,0.0.0.0/1' }, /TRUSTED_PROXIES: .* would believe everybody\. Name your proxies/);
});

it('keys that others may read', async () => {
  const dataDir = join(dir, 'readable');
  await mkdir(join(dataDir, 'keys'), { recursive: true });
  const path = join(dataDir, 'keys/trip.key');
  await writeFile(path, Buffer.from(Array.from({ length: 32 }, (_each, at) => at * 7)), { mode: 0o600 });
  await chmod(path, 0o640);
  const database = (process.env['TEST_DATABASE_URL'] ?? '') === '' ? undefined : await createTestDatabase();
  await assertRefused({ DATA_DIR: dataDir, DATABASE_URL: database?.url }, /trip\.key can be read by others than its owner.*chmod 600/);
  await database?.close();
});

it('a server whose role may do everything, and that writes nothing for good by itself', async () => {
  // The embedded database is such a server when it is reached like one.
  const embedded = await openEmbedded(join(dir, 'server/database'));
  const url = `postgres://postgres@localhost/postgres?host=${encodeURIComponent(embedded.socketDir)}`;
  try {
    await assertRefused({ DATABASE_URL: url }, /role is a superuser: give the board a plain role[^]*fsync is off/);
  } finally {
    await embedded.close();
  }
});
