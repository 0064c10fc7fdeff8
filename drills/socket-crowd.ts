import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Drill, DrillReport } from './drill.js';
import { findFirstBoard, reply, startThread, type Thread } from './support/ask.js';
import { sayTimes, toQuantile, watchRss } from './support/measure.js';
import { findFaultLines, openOwnBoard } from './support/own-board.js';
import { watchArrivals } from './support/watch-arrivals.js';
import { type BareSocket, openSocket } from './support/web-socket.js';

/** Opens so many sockets, a few at a time. */
export async function openCrowd(url: string, count: number, room: object): Promise<BareSocket[]> {
  const crowd: BareSocket[] = [];
  for (let index = 0; index < count; index += 50) {
    const opened = await Promise.all(Array.from({ length: Math.min(50, count - index) }, () => openSocket(url)));
    await Promise.all(opened.map((line) => line.join(room)));
    crowd.push(...opened);
  }
  return crowd;
}

export interface FloodOutcome {
  saidCount: number;
  /** How often an offender was sent away. */
  droppedCount: number;
  arrived: number[];
  faults: string[];
}

/** Offenders who together say so many things a second, and come back when they are sent away, while others read and post. */
export async function tryFlood(url: string, thread: Thread, { offenders, perSecond, forMs }: { offenders: number; perSecond: number; forMs: number }): Promise<FloodOutcome> {
  const outcome: FloodOutcome = { saidCount: 0, droppedCount: 0, arrived: [], faults: [] };
  const watch = await watchArrivals(url, thread);
  const until = Date.now() + forMs;
  const tickMs = 50;
  const perTick = Math.max(1, Math.round((perSecond * tickMs) / 1000 / offenders));
  const pause = (perTick * offenders * 1000) / perSecond;
  await Promise.all(Array.from({ length: offenders }, async () => {
    let line: BareSocket | undefined;
    while (Date.now() < until) {
      if (line === undefined || !line.isOpen()) {
        if (line !== undefined) outcome.droppedCount += 1;
        line = await openSocket(url).catch(() => undefined);
        if (line === undefined) outcome.faults.push('a socket was refused');
      }
      for (let index = 0; index < perTick; index += 1) line?.emit('join', { board: thread.board });
      outcome.saidCount += perTick;
      await wait(pause);
    }
    line?.close();
  }));
  const { arrived, faults } = await watch.stop();
  return { ...outcome, arrived, faults: [...outcome.faults, ...faults] };
}

export interface SlowReaderOutcome {
  droppedCount: number;
  /** Megabytes before, and at most. */
  rss: { before: number; most: number };
  arrived: number[];
  faults: string[];
}

/** Readers who stop to read, while the thread grows by far more than the board may hold back for each of them. */
export async function trySlowReaders(url: string, pid: number, board: string, slowCount: number, say: (line: string) => void): Promise<SlowReaderOutcome> {
  const threads = await Promise.all(Array.from({ length: 6 }, () => startThread(url, board)));
  const [first] = threads;
  const slow = await openCrowd(url, slowCount, { board, thread: first?.thread, lang: 'en' });
  for (const thread of threads.slice(1)) await Promise.all(slow.map((line) => line.join({ board, thread: thread.thread, lang: 'en' })));
  const watch = await watchArrivals(url, await startThread(url, board));
  const rss = watchRss(pid);
  for (const { socket } of slow) socket.pause();
  const body = Array.from({ length: 90 }, (_none, line) => `||A **long** line, number ${line}||, of words that fill somebody's line up.`).join('\n');
  let written = 0;
  const droppedCount = await countDropped(slow, async (dropped) => {
    await Promise.all(threads.map(async (thread) => {
      for (let turn = 0; turn < 400 && dropped() < slow.length; turn += 1) {
        await reply(url, thread, `${turn}\n${body}`.slice(0, 7900));
        written += 1;
      }
    }));
    for (let step = 0; step < 100 && dropped() < slow.length; step += 1) await wait(100);
  });
  say(`${written} long posts were written`);
  const { arrived, faults } = await watch.stop();
  for (const line of slow) line.close();
  return { droppedCount, rss: rss.stop(), arrived, faults };
}

/** A line that is not read does not learn that it was ended: the system is asked whether the other end of it, with what waits there, is still held. */
async function countDropped(slow: BareSocket[], act: (dropped: () => number) => Promise<void>): Promise<number> {
  const ports = new Set(slow.map(({ socket }) => socket.localPort));
  let dropped = 0;
  const look = () => {
    const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').map((row) => row.trim().split(/\s+/));
    // The board's end, by remote port.
    const held = rows.filter((row) => ports.has(Number.parseInt(row[2]?.split(':')[1] ?? '', 16))).length;
    dropped = slow.length - held;
  };
  const timer = setInterval(look, 500);
  await act(() => dropped);
  clearInterval(timer);
  look();
  return dropped;
}

export const socketCrowd: Drill = {
  name: 'socket-crowd',
  group: 'network',
  what: '5,000 sockets and 50 offenders who say 1,000 things a second; then 200 readers who stop to read',
  options: { sockets: 'how many only listen', offenders: 'how many talk', seconds: 'for how long', slow: 'how many stop to read' },
  async run(options, say): Promise<DrillReport> {
    const board = await openOwnBoard({ POSTING_LIMITS: 'off' });
    try {
      const slug = await findFirstBoard(board.url);
      const thread = await startThread(board.url, slug);
      const rss = watchRss(board.pid);
      const crowd = await openCrowd(board.url, Number(options['sockets'] ?? 5000), { board: slug, thread: thread.thread, lang: 'en' });
      say(`${crowd.length} sockets listen`);
      const flood = await tryFlood(board.url, thread, { offenders: Number(options['offenders'] ?? 50), perSecond: 1000, forMs: Number(options['seconds'] ?? 30) * 1000 });
      const lost = crowd.filter((line) => !line.isOpen()).length;
      for (const line of crowd) line.close();
      const crowdRss = rss.stop();
      const slow = await trySlowReaders(board.url, board.pid, slug, Number(options['slow'] ?? 200), say);
      return toReport(flood, { lost, rss: crowdRss }, slow, Number(options['slow'] ?? 200), findFaultLines(board.out()));
    } finally {
      await board.close();
    }
  },
};

function toReport(flood: FloodOutcome, crowd: { lost: number; rss: { before: number; most: number } }, slow: SlowReaderOutcome, slowCount: number, faultLines: string[]): DrillReport {
  const p95 = toQuantile(flood.arrived, 0.95);
  const grown = slow.rss.most - slow.rss.before;
  return {
    figures: [
      `flood: ${flood.saidCount} things said, offenders sent away ${flood.droppedCount} times; posts arrived: ${sayTimes(flood.arrived)}; memory at most ${crowd.rss.most.toFixed(0)} MB`,
      `slow readers: ${slow.droppedCount} of ${slowCount} dropped, ${grown.toFixed(0)} MB of memory more; posts of others arrived: ${sayTimes(slow.arrived)}`,
    ],
    faults: [
      ...flood.faults.slice(0, 5),
      ...slow.faults.slice(0, 5),
      ...faultLines.slice(0, 10),
      ...(crowd.lost === 0 ? [] : [`${crowd.lost} who only listened were sent away`]),
      ...(p95 < 1000 ? [] : [`posts took ${p95.toFixed(0)} ms (p95) to arrive during the flood`]),
      ...(flood.droppedCount > 0 ? [] : ['no offender was sent away']),
      ...(slow.droppedCount === slowCount ? [] : [`only ${slow.droppedCount} slow readers were dropped`]),
      ...(grown <= 250 ? [] : [`${grown.toFixed(0)} MB of memory more for slow readers`]),
    ],
  };
}
