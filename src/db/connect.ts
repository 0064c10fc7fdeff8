import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from 'kysely';
import pg from 'pg';
import { openEmbedded } from './embedded-database.js';
import { nameStatements } from './named-statements.js';
import type { Tables } from './tables.js';

/** An open database: a PostgreSQL server's, or the embedded one that needs nothing installed. Queries are the same for both. */
export interface Database {
  db: Kysely<Tables>;
  kind: 'embedded' | 'postgres';
  /** How the pool stands just now. */
  connections: () => { openCount: number; idleCount: number; waitingCount: number };
  close: () => Promise<void>;
}

/** What one process opens to a server at most. */
const usualConnections = 20;

/** How long somebody waits for a connection before it counts as a fault. The embedded database has one, and a queue is usual there. */
const acquireMs = { postgres: 2_000, embedded: 10_000 };

/** Limits for each connection, in milliseconds: no query, lock or forgotten transaction may hold up the others for long. */
const serverLimits = { statement_timeout: 3_000, lock_timeout: 2_000, idle_in_transaction_session_timeout: 10_000 };

/**
 * All that a board asks is found by an index within milliseconds. Where tables are large the planner takes some of it for work that is
 * worth compiling or dividing among processes, and that alone takes ten times as long.
 */
const planning = '-c jit=off -c max_parallel_workers_per_gather=0';

/**
 * Connects to the PostgreSQL that `databaseUrl` names, or opens the embedded database in `dataDir`. The caller holds the lock of
 * the data directory: two owners of one embedded database would lose data without a word.
 * @throws Error with a sentence when the server cannot be reached, does not let us in, or is no safe place for a board
 */
export async function connectDatabase(options: { databaseUrl: string | undefined; dataDir: string; maxConnections?: number }): Promise<Database> {
  const { databaseUrl, dataDir, maxConnections = usualConnections } = options;
  const database = databaseUrl === undefined ? await connectEmbedded(join(dataDir, 'database')) : connectServer(databaseUrl, maxConnections);
  try {
    await database.db.selectNoFrom((eb) => eb.lit(1).as('one')).execute();
    if (database.kind === 'postgres') await assertSafeServer(database.db);
  } catch (cause) {
    await database.close();
    if (databaseUrl === undefined) throw cause;
    throw new Error('The PostgreSQL that DATABASE_URL names cannot be used.', { cause });
  }
  return database;
}

/**
 * A role that may do everything would make of one hole in the board a hole in the server, and without fsync a loss of power takes
 * posts along that were answered. The embedded database says at the start what it does not promise.
 */
async function assertSafeServer(db: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ superuser: string; fsync: string; commit: string }>`
    select current_setting('is_superuser') as superuser, current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`.execute(db);
  const [found] = rows;
  const faults = [
    ...(found?.superuser === 'on' ? ['Its role is a superuser: give the board a plain role that owns one database, as docker/make-database.sql makes it.'] : []),
    ...(found?.fsync === 'off' ? ['Its setting fsync is off, so that a loss of power would take posts along: switch it on.'] : []),
    ...(found?.commit === 'off' ? ['Its setting synchronous_commit is off, so that a crash of the server would take posts along that were answered: switch it on.'] : []),
  ];
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

function connectServer(url: string, max: number): Database {
  // All connections of a process have one name, by which processes tell each other apart (while-alone.ts).
  const pool = new pg.Pool({ connectionString: url, max, application_name: `quoth ${randomBytes(6).toString('hex')}`, connectionTimeoutMillis: acquireMs.postgres, types: numberTypes, options: planning, ...serverLimits });
  endQuietly(pool);
  return toDatabase(pool, nameStatements(pool), 'postgres', () => Promise.resolve());
}

/**
 * Connections for what processes tell each other (realtime/between-processes.ts): one that listens, and another now and then. It is not
 * bounded by a small number because a listener that is cut never comes back to the pool; what is told follows commits, and is gathered.
 */
export function openListeningPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 10_000, application_name: 'quoth-news', connectionTimeoutMillis: acquireMs.postgres, keepAlive: true, ...serverLimits });
  endQuietly(pool);
  return pool;
}

/** Connects to a replica, for reading; whether it is there is seen when it is asked. */
export function connectReplica(url: string, maxConnections = usualConnections): Database {
  return connectServer(url, maxConnections);
}

async function connectEmbedded(dir: string): Promise<Database> {
  const embedded = await openEmbedded(dir);
  // One connection: everything that talks to the embedded database shares one session (see CONTRIBUTING.md).
  const pool = new pg.Pool({ host: embedded.socketDir, user: 'postgres', database: 'postgres', max: 1, idleTimeoutMillis: 0, types: numberTypes });
  endQuietly(pool);
  return toDatabase(pool, nameHolder(pool), 'embedded', embedded.close);
}

/**
 * A connection that dies is replaced, and whoever asked over it is told; without listeners its error would end the process: the pool
 * listens while it is idle, and nobody while it is lent.
 */
function endQuietly(pool: pg.Pool): void {
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
}

function toDatabase(counted: pg.Pool, pool: PostgresPool, kind: Database['kind'], closeServer: () => Promise<void>): Database {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    kind,
    connections: () => ({ openCount: counted.totalCount, idleCount: counted.idleCount, waitingCount: counted.waitingCount }),
    async close() {
      await db.destroy();
      await closeServer();
    },
  };
}

/**
 * A pool of one connection that tells who holds it when somebody waits too long: nearly always code that asks `db` while it is
 * inside a transaction, and so waits for itself.
 */
function nameHolder(pool: pg.Pool): PostgresPool {
  let holder: Error | undefined;
  return {
    async connect() {
      const asking = new Error('asked for the connection');
      const late = new Promise<never>((_resolve, reject) => {
        const timer = setTimeout(() => reject(toHeldError(holder)), acquireMs.embedded);
        timer.unref();
        asking.cause = timer;
      });
      const connecting = pool.connect();
      const client = await Promise.race([connecting, late]).catch((error: unknown) => {
        // It comes after all, to nobody: back with it.
        connecting.then((unused) => unused.release(), () => undefined);
        throw error;
      });
      clearTimeout(asking.cause as NodeJS.Timeout);
      holder = asking;
      return toNamedClient(client, () => {
        if (holder === asking) holder = undefined;
      });
    },
    end: () => pool.end(),
  };
}

function toHeldError(holder: Error | undefined): Error {
  const frames = (holder?.stack ?? '').split('\n').slice(2, 8).map((line) => line.trim()).join(' | ');
  return new Error(`The only connection of the embedded database was held for ${acquireMs.embedded / 1000} s by: ${frames || 'nobody known'}`);
}

function toNamedClient(client: pg.PoolClient, onRelease: () => void): PostgresPoolClient {
  return {
    query: client.query.bind(client),
    release() {
      onRelease();
      client.release();
    },
  };
}

/** Ids and counts are int8 and stay under 2^53, so they come back as numbers. */
const numberTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => (oid === 20 ? Number : pg.types.getTypeParser(oid, format)),
};
