import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

/** A PostgreSQL of the test's own. */
export interface OwnServer {
  /** For the board: as a plain role. */
  toUrl: (database: string) => string;
  /** As the superuser. */
  query: <T extends object>(text: string, database?: string) => Promise<T[]>;
  start: () => Promise<void>;
  stop: () => Promise<void>;
  /** Makes the connections of the plain role hang, or go on, as a machine that stands still does. */
  signalConnections: (signal: 'SIGSTOP' | 'SIGCONT') => Promise<void>;
}

/**
 * Two servers made of the PostgreSQL that is installed: a primary and its streaming replica.
 * @throws Error when there is none
 */
export async function startPostgresPair() {
  const bin = await findPrograms();
  const dir = await mkdtemp(join(tmpdir(), 'quoth-pair-'));
  // The servers are those of their own user: PostgreSQL does not run as root.
  await chmod(dir, 0o777);
  const primary = await describeServer(bin, join(dir, 'primary'));
  const replica = await describeServer(bin, join(dir, 'replica'));
  await asPostgres(join(bin, 'initdb'), ['-D', primary.dir, '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--username=postgres']);
  await primary.server.start();
  await primary.server.query('create role quoth login createdb');
  await asPostgres(join(bin, 'pg_basebackup'), ['-h', '127.0.0.1', '-p', String(primary.port), '-U', 'postgres', '-D', replica.dir, '-R', '-X', 'stream', '--checkpoint=fast']);
  await replica.server.start();

  return {
    primary: primary.server,
    replica: replica.server,
    /** Resolves when the replica has all that the primary has. */
    async catchUp(): Promise<void> {
      const [at] = await primary.server.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn');
      await until(async () => {
        const [found] = await replica.server.query<{ is_there: boolean }>(`select pg_last_wal_replay_lsn() >= '${at?.lsn}'::pg_lsn as is_there`);
        return found?.is_there === true;
      });
    },
    /** From here on the replica shows what it shows now. */
    async pause(): Promise<void> {
      await this.catchUp();
      await replica.server.query('select pg_wal_replay_pause()');
      await until(async () => (await replica.server.query<{ state: string }>('select pg_get_wal_replay_pause_state() as state'))[0]?.state === 'paused');
    },
    async goOn(): Promise<void> {
      await replica.server.query('select pg_wal_replay_resume()');
      await this.catchUp();
    },
    async close(): Promise<void> {
      await replica.server.stop();
      await primary.server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const before = Date.now() + 60_000;
  while (!(await isSo())) {
    if (Date.now() > before) throw new Error('It did not come to pass within a minute.');
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

async function describeServer(bin: string, dir: string) {
  const port = await findFreePort();
  const control = (...args: string[]) => asPostgres(join(bin, 'pg_ctl'), ['-D', dir, '-w', ...args]);
  const server: OwnServer = {
    toUrl: (database) => `postgres://quoth@127.0.0.1:${port}/${database}`,
    async query<T extends object>(text: string, database = 'postgres') {
      const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database });
      await client.connect();
      try {
        return (await client.query<T>(text)).rows;
      } finally {
        await client.end();
      }
    },
    async start() {
      await control('-l', `${dir}.log`, '-o', `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories= -c shared_buffers=32MB`, 'start');
    },
    async stop() {
      await control('-m', 'immediate', 'stop').catch(() => undefined);
    },
    async signalConnections(signal) {
      if (signal === 'SIGSTOP') stopped = (await server.query<{ pid: number }>("select pid from pg_stat_activity where usename = 'quoth'")).map(({ pid }) => pid);
      for (const pid of stopped) process.kill(pid, signal);
    },
  };
  let stopped: number[] = [];
  return { dir, port, server };
}

/** The newest that is installed, where Debian puts it, or where the path leads. */
async function findPrograms(): Promise<string> {
  const root = '/usr/lib/postgresql';
  const versions = (await readdir(root).catch(() => [])).map(Number).filter((version) => version > 0);
  if (versions.length > 0) return join(root, String(Math.max(...versions)), 'bin');
  const { stdout } = await run('pg_config', ['--bindir']);
  return stdout.trim();
}

async function asPostgres(program: string, args: string[]): Promise<void> {
  const [command, ...rest] = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--', program, ...args] : [program, ...args];
  await run(command ?? program, rest, { cwd: tmpdir(), maxBuffer: 2 ** 24 });
}

async function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
