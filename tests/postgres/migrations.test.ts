import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { sql } from 'kysely';
import { connectDatabase } from '../../src/db/connect.js';
import { listMigrations, migrateToLatest } from '../../src/db/migrate.js';
import { makeEmptyDatabase } from '../support/test-database.js';

const ownMigrations = join(import.meta.dirname, '../../migrations');

it('of several processes that start at once one migrates, however long it takes, and the others wait for it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'quoth-update-'));
  await cp(ownMigrations, dir, { recursive: true });
  // Longer than any statement, lock or idle transaction of the board's may take otherwise.
  await writeFile(join(dir, '9000-slow.sql'), 'create table slow (id int primary key); select pg_sleep(6);');
  const place = await makeEmptyDatabase();
  assert.ok(place.url !== undefined, 'these tests are for a server');
  const others = await Promise.all([1, 2, 3].map(() => connectDatabase({ databaseUrl: place.url, dataDir: dir })));
  const order: string[] = [];
  try {
    const runs = await Promise.all(
      others.map(async (database, index) => {
        const ran = await migrateToLatest(database, { dir, prepare: async () => void order.push(`backup of ${index}`) });
        order.push(`end of ${index}`);
        return ran.length;
      }),
    );
    const all = (await listMigrations(dir)).length;
    assert.deepEqual([...runs].sort(), [0, 0, all], 'one of them did it all');
    const first = runs.indexOf(all);
    assert.deepEqual(order.slice(0, 2), [`backup of ${first}`, `end of ${first}`], 'and was the only one to prepare it');
    const { rows } = await sql<{ limits: string }>`select current_setting('statement_timeout') as limits`.execute(place.db);
    assert.notEqual(rows[0]?.limits, '0', 'afterwards statements have their limits again');
  } finally {
    for (const database of others) await database.close();
    await place.close();
    await rm(dir, { recursive: true, force: true });
  }
});
