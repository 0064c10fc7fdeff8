import { readdir, readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join, relative } from 'node:path';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../../src/db/tables.js';
import type { Trace } from './canaries.js';
import type { TestBoard } from './test-board.js';

/** Everything that a board gives out or leaves behind, gathered to be searched. */

/**
 * Every answer that can be reached by links from `starts` as a reader does, or as whoever's cookie is given: bodies with their headers.
 * Of each thread also what its open pages ask for.
 */
export async function crawl(board: TestBoard, starts: readonly string[], cookie?: string): Promise<Trace[]> {
  const traces = new Map<string, Trace>();
  const waiting = [...starts];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (traces.has(path)) continue;
    const answer = await fetch(board.origin() + path, { redirect: 'manual', headers: { Accept: '*/*', ...(cookie === undefined ? {} : { Cookie: cookie }) } });
    const body = Buffer.from(await answer.arrayBuffer());
    const head = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    traces.set(path, { where: `GET ${path}`, content: Buffer.concat([Buffer.from(`${answer.status}\n${head}\n\n`), body]) });
    const links = answer.headers.get('content-type')?.startsWith('text/html') ? findLinks(body.toString()) : [];
    waiting.push(...links, ...(answer.headers.get('location')?.startsWith('/') ? [String(answer.headers.get('location'))] : []));
    if (/^\/[a-z0-9]+\/thread\/\d+$/.test(path)) waiting.push(`${path}/updates?since=0`);
  }
  return [...traces.values()];
}

/** Own addresses that a page names, without what only moves within it. */
function findLinks(html: string): string[] {
  const named = [...html.matchAll(/ (?:href|src|data-[a-z]+)="(\/[^"/][^"]*|\/)"/g)].map((found) => (found[1] ?? '').replaceAll('&amp;', '&'));
  return named.map((path) => path.replace(/#.*$/, ''));
}

/** Every row of every table, bytes in hexadecimal. */
export async function dumpTables(db: Kysely<Tables>): Promise<Trace[]> {
  const tables = await sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = 'public' order by 1`.execute(db);
  const traces: Trace[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await sql<{ row: string }>`select to_jsonb(t)::text as row from ${sql.table(name)} as t order by 1`.execute(db);
    traces.push({ where: `table ${name}`, content: rows.map(({ row }) => row).join('\n') });
  }
  return traces;
}

/** Every file below `dir` with its name, but for those below `except`. */
export async function readFiles(dir: string, except?: string): Promise<Trace[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && (except === undefined || !join(entry.parentPath, entry.name).startsWith(except)));
  return Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      return { where: `file ${relative(dir, path)}`, content: Buffer.concat([Buffer.from(`${relative(dir, path)}\n`), await readFile(path)]) };
    }),
  );
}

/** Somebody with a browser, at an address of his own of this machine, whose every request carries these headers. */
export function openAt(board: TestBoard, address: string, headers: Record<string, string> = {}) {
  const visitor = board.open();
  const answers: Trace[] = [];
  const agent = new Agent({ localAddress: address });
  visitor.agent.use((req: { agent: (by: Agent) => { set: (more: object) => void } }) => req.agent(agent).set(headers));
  visitor.agent.on('response', (answer: { status: number; headers: Record<string, string>; text?: string }) => {
    const { 'set-cookie': _own, ...shown } = answer.headers;
    answers.push({ where: `answer ${answers.length + 1} to the poster`, content: `${answer.status}\n${JSON.stringify(shown)}\n\n${answer.text ?? ''}` });
  });
  /** `answers` are what this visitor was answered, cookies left out. */
  return { ...visitor, answers };
}
