import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Drill, DrillReport } from './drill.js';
import { ask, type Asking, findFirstBoard, reply, startThread, type Thread } from './support/ask.js';
import { readRssMb, sayTimes, toQuantile } from './support/measure.js';
import { findFaultLines, openOwnBoard } from './support/own-board.js';
import { createRandom, type Random } from './support/random.js';

export interface MixOutcome {
  /** How many answers had which status. */
  statuses: Map<number, number>;
  /** How long each answer took, in milliseconds. */
  took: number[];
  faults: string[];
}

type Request = [path: string, asking?: Asking];

const form = 'application/x-www-form-urlencoded';
const odd = ['%00', '%ff%fe', '%2e%2e%2f', "'%20or%201=1--", '1e999', '-1', '0', '999999999999999999999', 'constructor', '__proto__', '[]', '{}', '%F0%9F%98%80', 'a'.repeat(3000), 'NaN', '..', ''];

/** One of everything that visitors, robots and pranksters ask for. */
function toRequest(url: string, { board, thread, no }: Thread, random: Random): Request {
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)] ?? '';
  const own = { Origin: url, 'Sec-Fetch-Site': 'same-origin', 'Content-Type': form };
  const kind = random();
  if (kind < 0.45) return [pick(['/', `/${board}/`, `/${board}/catalog`, `/${board}/thread/${thread}`, `/${board}/archive`, '/about', '/log', '/privacy', '/robots.txt', '/healthz'])];
  if (kind < 0.55) return [`/${board}/thread/${thread}/updates?since=${pick(odd)}`, { headers: { Accept: 'application/json' } }];
  if (kind < 0.65) return [`/${pick(odd)}/${pick(['', 'catalog', 'thread'])}/${pick(odd)}`];
  if (kind < 0.7) return [`/${board}/catalog?q=${pick(odd)}&sort=${pick(odd)}&q[a]=1&${pick(odd)}=${pick(odd)}`];
  if (kind < 0.75) return [`/media/${pick(odd)}`, { headers: { Range: `bytes=${pick(odd).slice(0, 20).replaceAll(/[^\w-]/g, '')}-` } }];
  if (kind < 0.8) return ['/', { method: pick(['OPTIONS', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'PROPFIND']) }];
  if (kind < 0.85) return [`/${board}/thread/${thread}/reply`, { method: 'POST', headers: { Origin: 'https://evil.example', 'Content-Type': form }, body: 'body=From+elsewhere' }];
  if (kind < 0.9) return [`/${board}/post/${no}/${pick(['delete', 'report', 'nothing'])}`, { method: 'POST', headers: own, body: `what=${pick(odd)}&reason=${pick(odd)}&password=${pick(odd)}` }];
  if (kind < 0.93) return [`/${board}/thread/${thread}/reply`, { method: 'POST', headers: { ...own, 'Content-Type': 'multipart/form-data; boundary=x' }, body: `--x\r\nContent-Disposition: form-data; name="${pick(odd).slice(0, 60)}"\r\n\r\n${pick(odd)}\r\n--x--` }];
  if (kind < 0.97) return ['/mod/act', { method: 'POST', headers: { ...own, Cookie: `staff=${pick(odd).slice(0, 50).replaceAll(/[^\w-]/g, '')}` }, body: 'act=post.remove&post=1' }];
  return [`/${board}/thread/${thread}`, { headers: { 'Accept-Language': pick(odd).slice(0, 40).replaceAll(/[^\w-]/g, ''), 'Accept-Encoding': pick(['br', 'gzip', 'identity', '*;q=0', 'deflate']), 'If-None-Match': '"x"' } }];
}

/** Sends so many requests of every kind over so many connections, and counts how they are answered. */
export async function tryMixture(url: string, thread: Thread, { count, connections, seed }: { count: number; connections: number; seed: number }): Promise<MixOutcome> {
  const outcome: MixOutcome = { statuses: new Map(), took: [], faults: [] };
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const random = createRandom(seed);
  let left = count;
  await Promise.all(Array.from({ length: connections }, async () => {
    while (left > 0) {
      left -= 1;
      const [path, asking] = toRequest(url, thread, random);
      const answer = await ask(url, path, { agent, ...asking }).catch((error: Error) => error);
      if (answer instanceof Error) {
        // A connection that was idle for as long as the board keeps one may be closed just as it is used again.
        if (!/ECONNRESET|EPIPE|socket hang up/.test(answer.message)) outcome.faults.push(`${asking?.method ?? 'GET'} ${path.slice(0, 80)}: ${answer.message}`);
        continue;
      }
      outcome.took.push(answer.ms);
      outcome.statuses.set(answer.status, (outcome.statuses.get(answer.status) ?? 0) + 1);
      if (answer.status >= 500 && answer.status !== 503) outcome.faults.push(`${asking?.method ?? 'GET'} ${path.slice(0, 80)}: ${answer.status}`);
    }
  }));
  agent.destroy();
  return outcome;
}

/** Names whose hashes collide in engines without a seed, whole numbers, and names that objects are born with. */
const oddNames = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__proto__[x]', 'constructor[prototype][x]', 'a[]', 'a[0]', 'a.b', ''];

/** Requests with as many names of parameters, fields and headers as are read, while others ask for a page. */
export async function tryNames(url: string, { board, thread }: Thread, { rounds }: { rounds: number }): Promise<MixOutcome> {
  const outcome: MixOutcome = { statuses: new Map(), took: [], faults: [] };
  const path = `/${board}/thread/${thread}/reply`;
  const names = (count: number) => [...oddNames, ...Array.from({ length: count }, (_none, index) => String(index * 65_537)), ...Array.from({ length: count }, (_none, index) => `${'Aa'.repeat(index % 8)}${'BB'.repeat(8 - (index % 8))}${index}`)];
  const own = { Origin: url, 'Sec-Fetch-Site': 'same-origin' };
  const pairs = (count: number) => names(count).map((name) => `${encodeURIComponent(name)}=1`).join('&');
  const parts = (count: number) => names(count).map((name) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n1\r\n`).join('');
  const headers = Object.fromEntries(Array.from({ length: 50 }, (_none, index) => [`x-${index * 65_537}`, '1']));
  const requests: Request[] = [
    [`/?${pairs(200)}`],
    [`/${board}/catalog?${pairs(200)}`],
    ['/', { headers: { ...headers, constructor: '1', ['__proto__']: '1', toString: '1' } }],
    [path, { method: 'POST', headers: { ...own, 'Content-Type': form }, body: pairs(10_000) }],
    [path, { method: 'POST', headers: { ...own, 'Content-Type': 'multipart/form-data; boundary=x' }, body: `${parts(5000)}--x--` }],
    ['/mod/login', { method: 'POST', headers: { ...own, 'Content-Type': form }, body: pairs(10_000) }],
  ];
  const state = new AbortController();
  const watching = (async () => {
    while (!state.signal.aborted) {
      outcome.took.push((await ask(url, '/healthz')).ms);
      await wait(5);
    }
  })();
  for (let round = 0; round < rounds; round += 1) {
    for (const [asked, asking] of requests) {
      const answer = await ask(url, asked, asking).catch((error: Error) => error);
      if (answer instanceof Error) outcome.faults.push(`${asked.slice(0, 40)}: ${answer.message}`);
      else outcome.statuses.set(answer.status, (outcome.statuses.get(answer.status) ?? 0) + 1);
      if (!(answer instanceof Error) && answer.status >= 500) outcome.faults.push(`${asked.slice(0, 40)}: ${answer.status}`);
    }
  }
  state.abort();
  await watching;
  return outcome;
}

export const oddRequests: Drill = {
  name: 'odd-requests',
  group: 'network',
  what: '100,000 requests of every kind over 200 connections, and names made to be slow',
  options: { requests: 'how many', connections: 'over how many connections', seed: 'the number from which they are drawn' },
  async run(options, say): Promise<DrillReport> {
    const seed = Number(options['seed'] ?? Date.now() % 1_000_000);
    const [count, connections] = [Number(options['requests'] ?? 100_000), Number(options['connections'] ?? 200)];
    const board = await openOwnBoard({ POSTING_LIMITS: 'off' });
    try {
      say(`drawn from --seed ${seed}`);
      const thread = await startThread(board.url, await findFirstBoard(board.url));
      for (let index = 0; index < 30; index += 1) await reply(board.url, thread, `Reply ${index}.`);
      const shares: MixOutcome[] = [];
      const memory: number[] = [];
      for (let share = 0; share < 10; share += 1) {
        shares.push(await tryMixture(board.url, thread, { count: count / 10, connections, seed: seed + share }));
        memory.push(readRssMb(board.pid));
      }
      const names = await tryNames(board.url, thread, { rounds: 20 });
      return toReport(shares, memory, names, findFaultLines(board.out()));
    } finally {
      await board.close();
    }
  },
};

function toReport(shares: MixOutcome[], memory: number[], names: MixOutcome, faultLines: string[]): DrillReport {
  const statuses = new Map<number, number>();
  for (const [status, count] of shares.flatMap((share) => [...share.statuses])) statuses.set(status, (statuses.get(status) ?? 0) + count);
  const say = (counts: Map<number, number>) => [...counts].sort(([one], [other]) => one - other).map(([status, count]) => `${status} × ${count}`).join(', ');
  // The first shares warm it up.
  const grown = ((memory.at(-1) ?? 0) / (memory[4] ?? 1) - 1) * 100;
  const p99 = toQuantile(names.took, 0.99);
  return {
    figures: [
      `mixture: ${say(statuses)}; ${sayTimes(shares.flatMap((share) => share.took))}`,
      `memory after each tenth: ${memory.map((mb) => mb.toFixed(0)).join(', ')} MB; over the second half ${grown.toFixed(1)} %`,
      `names: ${say(names.statuses)}; a page of somebody else meanwhile: ${sayTimes(names.took)}`,
    ],
    faults: [
      ...shares.flatMap((share) => share.faults).slice(0, 10),
      ...names.faults.slice(0, 10),
      ...faultLines.slice(0, 10),
      ...(grown < 5 ? [] : [`memory grew by ${grown.toFixed(1)} % over the second half`]),
      ...(p99 < 100 ? [] : [`names held up others for ${p99.toFixed(0)} ms (p99)`]),
    ],
  };
}
