import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type Child, findFreePort, findUser, isRoot, startChild } from './child.js';
import { findProgram, initdb, postgres } from './programs.js';

/** A PostgreSQL of the bench's own, with its default durability: a commit is on the disk before it is answered. */
export interface Postgres extends Child {
  /** Of the board's database, as the plain role that owns it. */
  url: string;
  /** Of the same database, as who may do everything. */
  adminUrl: string;
  /** What the server writes about its work. */
  logPath: string;
  version: string;
}

/** Magic number of file systems in memory (statfs(2)). */
const tmpfs = 0x0102_1994;

/** @throws Error when the folder lies in memory, where nothing is durable */
export async function startPostgres(dir: string): Promise<Postgres> {
  if (statfsSync(dir).type === tmpfs) throw new Error(`${dir} lies in memory, where a commit costs nothing. Set TMPDIR to a folder on a disk.`);
  const home = join(dir, 'postgres');
  mkdirSync(home, { mode: 0o700 });
  // PostgreSQL refuses to run as root.
  const user = isRoot() ? findUser('postgres') : undefined;
  if (user !== undefined) chownSync(home, user.uid, user.gid);
  execFileSync(findProgram(initdb), ['-D', home, '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--username=postgres'], { stdio: 'ignore', uid: user?.uid, gid: user?.gid, cwd: '/' });

  const port = await findFreePort();
  const adminUrl = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const settings = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', max_connections: '200', logging_collector: 'on', log_directory: 'log', log_filename: 'server.log', log_rotation_size: '0' };
  const child = await startChild({
    command: findProgram(postgres),
    args: ['-D', home, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    // Ends without waiting for its clients.
    signal: 'SIGINT',
    as: user,
    isReady: async () => (await queryOnce(adminUrl, 'select 1')).length === 1,
  });
  try {
    await queryOnce(adminUrl, 'create role quoth login');
    await queryOnce(adminUrl, 'create database quoth owner quoth');
    const [row] = await queryOnce(adminUrl, 'show server_version');
    const toUrl = (role: string) => `postgres://${role}@127.0.0.1:${port}/quoth`;
    return { ...child, url: toUrl('quoth'), adminUrl: toUrl('postgres'), logPath: join(home, 'log', 'server.log'), version: String(row?.['server_version']) };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** Lets PostgreSQL look at what the tables hold, as it does by itself on a board that has run for some minutes. */
export async function gatherStatistics(postgres: Postgres): Promise<void> {
  await queryOnce(postgres.url, 'analyze');
}

/** Asks one thing over a connection of its own. */
export async function queryOnce(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows;
  } finally {
    await client.end();
  }
}
