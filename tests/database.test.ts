import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { toFaultLines } from '../src/commands/fault-lines.js';
import { connectDatabase, type Database } from '../src/db/connect.js';
import { openEmbedded } from '../src/db/embedded-database.js';
import { migrateToLatest } from '../src/db/migrate.js';
import { createTestDatabase } from './support/test-database.js';

describe('the database', () => {
  let database: Database;

  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.close());

  it('has exactly the tables and columns that the types say', async () => {
    const { rows } = await sql<{ table_name: string; column_name: string; is_nullable: string }>`
      select table_name, column_name, is_nullable from information_schema.columns
      where table_schema = 'public' and table_name not like 'kysely_%'`.execute(database.db);
    const found = rows.map((row) => `${row.table_name}.${row.column_name}${row.is_nullable === 'YES' ? '?' : ''}`).sort();
    assert.ok(found.length > 100);
    assert.deepEqual(found, readTypes());
  });

  it('gives each board numbers of its own', async () => {
    const at = new Date();
    const section = await database.db.insertInto('board_sections').values({ title: 'A section' }).returning('id').executeTakeFirstOrThrow();
    const ids: number[] = [];
    for (const slug of ['one', 'two']) {
      ids.push((await database.db.insertInto('boards').values({ section_id: section.id, slug, title: slug, created_at: at }).returning('id').executeTakeFirstOrThrow()).id);
    }
    const next = async (board: number | undefined) => (await sql<{ no: number }>`select next_post_no(${board}) as no`.execute(database.db)).rows[0]?.no;
    assert.deepEqual([await next(ids[0]), await next(ids[0]), await next(ids[1])], [1, 2, 1]);
  });

  it('is migrated once: a second time there is nothing to do', async () => {
    assert.deepEqual(await migrateToLatest(database, { dir: join(import.meta.dirname, '../migrations') }), []);
  });

  it('keeps numbers as numbers and bytes as bytes', async () => {
    const { rows } = await sql`select 9007199254740991::bigint as most, '\\x00ff'::bytea as bytes, count(*) as count from boards`.execute(database.db);
    const [row] = rows as { most: number; bytes: Buffer; count: number }[];
    assert.equal(row?.most, Number.MAX_SAFE_INTEGER);
    assert.deepEqual(row?.bytes, Buffer.from([0, 255]));
    assert.equal(typeof row?.count, 'number');
  });
});

it('a server with a role that may do everything, or without fsync, is refused by name', async () => {
  // The embedded database is such a server when it is reached like one.
  const dir = await mkdtemp(join(tmpdir(), 'quoth-unsafe-'));
  const embedded = await openEmbedded(join(dir, 'database'));
  const databaseUrl = `postgres://postgres@localhost/postgres?host=${encodeURIComponent(embedded.socketDir)}`;
  try {
    await assert.rejects(connectDatabase({ databaseUrl, dataDir: dir }), (error) => {
      const lines = toFaultLines(error).join('\n');
      return /DATABASE_URL/.test(lines) && /role is a superuser: give the board a plain role/.test(lines) && /fsync is off/.test(lines);
    });
  } finally {
    await embedded.close();
    await rm(dir, { recursive: true, force: true });
  }
});

/** The schema's two pages as `table.column`, with a question mark where null is allowed. */
function readTypes(): string[] {
  const text = ['tables.ts', 'shared-tables.ts'].map((name) => readFileSync(join(import.meta.dirname, '../src/db', name), 'utf8')).join('\n');
  const interfaces = new Map([...text.matchAll(/^export interface (\w+)(?: extends \w+)? \{\n([^}]*)\}/gm)].map((found) => [found[1] ?? '', found[2] ?? '']));
  const tables = ['Tables', 'SharedTables'].flatMap((name) => [...(interfaces.get(name) ?? '').matchAll(/^ {2}(\w+): (\w+);/gm)]);
  return tables
    .flatMap(([, table, type]) => [...(interfaces.get(type ?? '') ?? '').matchAll(/^ {2}(\w+): (.*);/gm)].map(([, column, is]) => `${table}.${column}${is?.includes('| null') ? '?' : ''}`))
    .sort();
}
