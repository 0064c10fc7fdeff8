import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { findFreePort, findUser, isRoot } from '../../bench/rig/child.js';
import { findProgram, initdb, postgres } from '../../bench/rig/programs.js';
import { findChildren, signalQuietly } from './child-processes.js';

/** A PostgreSQL of a drill's own, to which anything may be done. Its durability is the usual one. */
export interface OwnPostgres {
  /** Makes a database that a plain role owns, and answers with its address. */
  createDatabase: (name: string) => Promise<string>;
  start: () => Promise<void>;
  /** Every process of it, at once and without a word. */
  kill: () => Promise<void>;
  /** Makes every process of it stand still: connections stay, and nobody answers. */
  pause: () => void;
  resume: () => void;
  close: () => Promise<void>;
}

const patienceMs = 60_000;

/** Makes a server in `dir`, of which `walDir` may be elsewhere, and starts it. */
export async function openOwnPostgres(dir: string, options: { walDir?: string } = {}): Promise<OwnPostgres> {
  const home = join(dir, 'postgres');
  const user = isRoot() ? findUser('postgres') : undefined;
  for (const made of [home, options.walDir]) {
    if (made === undefined) continue;
    mkdirSync(made, { mode: 0o700, recursive: true });
    // PostgreSQL refuses to run as root.
    if (user !== undefined) chownSync(made, user.uid, user.gid);
  }
  const run = { stdio: 'ignore', uid: user?.uid, gid: user?.gid, cwd: '/' } as const;
  const wal = options.walDir === undefined ? [] : [`--waldir=${options.walDir}`];
  execFileSync(findProgram(initdb), ['-D', home, '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--username=postgres', ...wal], run);
  const port = await findFreePort();
  const adminUrl = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const settings = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', max_connections: '100', max_wal_size: '200MB' };
  const args = ['-D', home, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  let running: ReturnType<typeof spawn> | undefined;

  const signalAll = (signal: NodeJS.Signals) => {
    const pid = running?.pid;
    if (pid === undefined) return;
    // The first is stopped first, so that it starts no others meanwhile.
    if (signal !== 'SIGCONT') signalQuietly(pid, signal === 'SIGKILL' ? 'SIGSTOP' : signal);
    for (const child of findChildren(pid)) signalQuietly(child, signal);
    signalQuietly(pid, signal);
  };
  const start = async () => {
    for (const end = Date.now() + patienceMs; ; ) {
      const child = spawn(findProgram(postgres), args, { ...run, stdio: 'ignore' });
      if (await isAnswering(child, adminUrl, end)) {
        running = child;
        return;
      }
      if (Date.now() > end) throw new Error('The PostgreSQL of the drill does not start.');
    }
  };
  const killAtExit = () => signalAll('SIGKILL');
  const kill = async () => {
    const ended = running === undefined || running.exitCode !== null || running.signalCode !== null ? undefined : once(running, 'exit');
    signalAll('SIGKILL');
    await ended;
    running = undefined;
  };
  process.once('exit', killAtExit);
  await start();
  await query(adminUrl, 'create role quoth login');
  return {
    async createDatabase(name) {
      await query(adminUrl, `create database ${name} owner quoth`);
      return `postgres://quoth@127.0.0.1:${port}/${name}`;
    },
    start,
    kill,
    pause: () => signalAll('SIGSTOP'),
    resume: () => signalAll('SIGCONT'),
    async close() {
      process.off('exit', killAtExit);
      await kill();
    },
  };
}

/** Whether the server answers before it ends; it does not start while processes of the one before it still hold its memory. */
async function isAnswering(child: ReturnType<typeof spawn>, url: string, end: number): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null && Date.now() < end) {
    const answer = await query(url, 'select 1').catch(() => undefined);
    if (answer !== undefined) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  return false;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
