import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Drill, DrillReport } from './drill.js';
import { ask, findFirstBoard, reply, startThread, type Thread } from './support/ask.js';
import { sayTimes, toQuantile, watchRss } from './support/measure.js';
import { findFaultLines, openOwnBoard } from './support/own-board.js';
import type { CrowdOutcome, SlowCrowd } from './support/slow-crowd.js';

export interface SlowOutcome extends CrowdOutcome {
  /** How long pages and posts of others took meanwhile, in milliseconds. */
  good: number[];
  posted: number[];
  faults: string[];
}

/** Lets a crowd of slow clients loose on a board, and reads and posts meanwhile as others do. */
export async function trySlowClients(url: string, thread: Thread, crowd: Omit<SlowCrowd, 'port' | 'formPath'>): Promise<SlowOutcome> {
  const orders: SlowCrowd = { port: Number(new URL(url).port), formPath: `/${thread.board}/thread/${thread.thread}/reply`, ...crowd };
  const program = join(import.meta.dirname, 'support/slow-crowd.ts');
  let isOver = false;
  const done = promisify(execFile)(process.execPath, ['--import', 'tsx', program, JSON.stringify(orders)], { maxBuffer: 2 ** 28 }).finally(() => {
    isOver = true;
  });
  const others: Pick<SlowOutcome, 'good' | 'posted' | 'faults'> = { good: [], posted: [], faults: [] };
  const [{ stdout }] = await Promise.all([done, liveOn(url, thread, others, () => isOver)]);
  const outcome: CrowdOutcome = JSON.parse(stdout);
  return { ...outcome, ...others };
}

/** What others do meanwhile: each page on a connection of its own, each post from an address of its own. */
async function liveOn(url: string, thread: Thread, { good, posted, faults }: Pick<SlowOutcome, 'good' | 'posted' | 'faults'>, isOver: () => boolean): Promise<void> {
  for (let turn = 0; !isOver(); turn += 1) {
    const asked = await ask(url, '/').catch((error: Error) => error);
    if (asked instanceof Error) faults.push(`a page of somebody else: ${asked.message}`);
    else if (asked.status !== 200) faults.push(`a page of somebody else was answered with ${asked.status}`);
    else good.push(asked.ms);
    await wait(20);
    if (turn % 50 !== 10) continue;
    const startedAt = performance.now();
    const from = `127.${1 + (turn % 200)}.${Math.floor(turn / 200) % 200}.1`;
    const fault = await reply(url, thread, `Words of turn ${turn}.`, { from }).then(() => undefined, (error: Error) => error);
    if (fault === undefined) posted.push(performance.now() - startedAt);
    else faults.push(`a post of somebody else: ${fault.message}`);
  }
}

export const slowClients: Drill = {
  name: 'slow-clients',
  group: 'network',
  what: '10,000 connections with slow headers and 2,000 with slow bodies for a minute, while others read and post',
  options: { headers: 'how many send their headers slowly', bodies: 'how many send a body slowly', seconds: 'for how long' },
  async run(options, say): Promise<DrillReport> {
    const [headers, bodies, seconds] = [Number(options['headers'] ?? 10_000), Number(options['bodies'] ?? 2000), Number(options['seconds'] ?? 60)];
    const board = await openOwnBoard({ MAX_CONNECTIONS: String(headers + bodies + 2000) });
    try {
      const thread = await startThread(board.url, await findFirstBoard(board.url));
      const rss = watchRss(board.pid);
      say(`${headers + bodies} connections, 48 of each address, and room for 2,000 others`);
      const outcome = await trySlowClients(board.url, thread, { headers, bodies, holdMs: seconds * 1000, perAddress: 48 });
      return toReport(outcome, rss.stop(), findFaultLines(board.out()));
    } finally {
      await board.close();
    }
  },
};

function toReport(outcome: SlowOutcome, rss: { before: number; most: number }, faultLines: string[]): DrillReport {
  const { lived, refusedCount, openCount, oldestOpen, good, posted, faults } = outcome;
  const inTime = (lived.filter((ms) => ms <= 15_000).length / lived.length) * 100;
  const goodP99 = toQuantile(good, 0.99);
  return {
    figures: [
      `slow connections: ${lived.length} closed, ${inTime.toFixed(2)} % within 15 s; lived ${sayTimes(lived)}`,
      `${refusedCount} not taken; ${openCount} open in the end, the oldest for ${(oldestOpen / 1000).toFixed(1)} s`,
      `pages of others: ${sayTimes(good)}`,
      `posts of others: ${sayTimes(posted)}`,
      `memory: at most ${rss.most.toFixed(0)} MB, ${rss.before.toFixed(0)} before`,
    ],
    faults: [
      ...faults.slice(0, 10),
      ...faultLines.slice(0, 10),
      ...(inTime >= 99 ? [] : [`${inTime.toFixed(1)} % were closed within 15 s instead of 99 %`]),
      ...(goodP99 < 250 ? [] : [`pages of others took ${goodP99.toFixed(0)} ms (p99) instead of 250`]),
      // The embedded database alone is some hundred MB.
      ...(rss.most < Math.max(600, rss.before + 450) ? [] : [`${rss.most.toFixed(0)} MB of memory`]),
    ],
  };
}
