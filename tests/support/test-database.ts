import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { connectDatabase, type Database } from '../../src/db/connect.js';
import { migrateToLatest } from '../../src/db/migrate.js';

const migrationsDir = join(import.meta.dirname, '../../migrations');

/**
 * A fresh, migrated database for one test file: on the server that TEST_DATABASE_URL names, or embedded. Either way it is a copy of a
 * template that is made once for each state of the migrations.
 */
export function createTestDatabase(): Promise<Database & { url: string | undefined }> {
  const serverUrl = process.env['TEST_DATABASE_URL'];
  return serverUrl === undefined || serverUrl === '' ? createEmbedded() : createOnServer(serverUrl);
}

/**
 * A database without any schema, on the server or embedded. Its place outlives the connection: `release` lets others have it (the
 * embedded database has one owner), `reopen` takes it again.
 */
export async function makeEmptyDatabase() {
  const serverUrl = process.env['TEST_DATABASE_URL'];
  const isOnServer = serverUrl !== undefined && serverUrl !== '';
  const dataDir = await mkdtemp(join(tmpdir(), 'quoth-test-'));
  const name = toNewName();
  if (isOnServer) await asAdmin(serverUrl, (client) => client.query(`create database ${name}`));
  const url = isOnServer ? withDatabase(serverUrl, name) : undefined;
  const open = () => connectDatabase({ databaseUrl: url, dataDir });
  let database: Database | undefined = await open();
  const release = async () => {
    await database?.close();
    database = undefined;
  };
  return {
    ...database,
    url,
    dataDir,
    release,
    async reopen(): Promise<Database> {
      database = await open();
      return database;
    },
    async close() {
      await release();
      if (isOnServer) await asAdmin(serverUrl, (client) => dropDatabase(client, name));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function createEmbedded() {
  const template = join(tmpdir(), `quoth-test-template-${process.getuid?.() ?? 0}-${await hashMigrations()}`);
  if (!(await stat(template).catch(() => undefined))) await makeEmbeddedTemplate(template);
  const dir = await mkdtemp(join(tmpdir(), 'quoth-test-'));
  await cp(template, dir, { recursive: true });
  const database = await connectDatabase({ databaseUrl: undefined, dataDir: dir });
  return {
    ...database,
    url: undefined,
    async close() {
      await database.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Appears whole or not at all; of two files that make it at once, one's copy stays. */
async function makeEmbeddedTemplate(template: string): Promise<void> {
  const draft = await mkdtemp(`${template}-draft-`);
  const database = await connectDatabase({ databaseUrl: undefined, dataDir: draft });
  await migrateToLatest(database, { dir: migrationsDir });
  await database.close();
  await rename(draft, template).catch(() => rm(draft, { recursive: true, force: true }));
}

let count = 0;

function toNewName(): string {
  count += 1;
  return `quoth_test_${process.pid}_${Date.now().toString(36)}_${count}`;
}

async function createOnServer(serverUrl: string) {
  const template = `quoth_template_${await hashMigrations()}`;
  await asAdmin(serverUrl, (client) => ensureServerTemplate(client, serverUrl, template));
  const name = toNewName();
  await asAdmin(serverUrl, (client) => client.query(`create database ${name} template ${template}`));
  const url = withDatabase(serverUrl, name);
  const database = await connectDatabase({ databaseUrl: url, dataDir: tmpdir() });
  return {
    ...database,
    url,
    async close() {
      await database.close();
      await asAdmin(serverUrl, (client) => dropDatabase(client, name));
    },
  };
}

/** Many test files start at once: a lock on the server lets one of them make the template. */
async function ensureServerTemplate(client: pg.Client, serverUrl: string, template: string): Promise<void> {
  await client.query('select pg_advisory_lock(7013)');
  const found = await client.query('select 1 from pg_database where datname = $1', [template]);
  if (found.rowCount === 0) {
    const draft = `${template}_draft`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await client.query(`create database ${draft}`);
    const database = await connectDatabase({ databaseUrl: withDatabase(serverUrl, draft), dataDir: tmpdir() });
    await migrateToLatest(database, { dir: migrationsDir });
    await database.close();
    await client.query(`alter database ${draft} rename to ${template}`);
  }
  await client.query('select pg_advisory_unlock(7013)');
}

/** The server's own autovacuum may be in it for a moment, and a plain role cannot send that away. */
async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(`drop database if exists ${name} with (force)`);
      return;
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

async function asAdmin(url: string, act: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}

function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function hashMigrations(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(migrationsDir)).sort()) hash.update(await readFile(join(migrationsDir, name)));
  return hash.digest('hex').slice(0, 12);
}
