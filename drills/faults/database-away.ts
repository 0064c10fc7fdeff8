import type { BoardProcess } from '../../tests/support/board-process.js';
import type { Drill, DrillReport } from '../drill.js';
import { checkBoard, sayCheck, toFaults } from './check-board.js';
import { createSender, type Entry, type LedgerThread, makeEntries, makeThreadEntry, type Sender, startThreads } from './ledger.js';
import { makePlace, type Place, twoHours, until, wait } from './place.js';

/** How the server goes away: killed, or stopped so that connections stay and nobody answers. */
export type Leaving = 'killed' | 'stopped';

export interface AwayOptions {
  leaving: Leaving;
  rounds: number;
  writers: number;
  /** So long the server is away each time. */
  awayMs: number;
  /** A writer waits so long at most, and so long at most after the server answers again. */
  mostMs: number;
}

const mostMs = 5_000;
/** A server that is stopped or killed process by process may still have answered for so long. */
const leavingMs = 50;

export const postgresKilled: Drill = {
  name: 'postgres-killed',
  group: 'faults',
  what: 'PostgreSQL is killed (SIGKILL) under load; meanwhile pages are read and writing is refused, afterwards all goes on',
  options: { rounds: 'how often; 10 by default' },
  run: (options, say) => takeAway({ leaving: 'killed', rounds: Number(options['rounds'] ?? 10), writers: 100, awayMs: 6_000, mostMs }, say),
};

export const postgresAway: Drill = {
  name: 'postgres-away',
  group: 'faults',
  what: 'PostgreSQL stands still for a minute (SIGSTOP), and is gone for a minute',
  options: { seconds: 'how long; 60 by default' },
  async run(options, say) {
    const awayMs = 1000 * Number(options['seconds'] ?? 60);
    const reports = [await takeAway({ leaving: 'stopped', rounds: 1, writers: 100, awayMs, mostMs }, say), await takeAway({ leaving: 'killed', rounds: 1, writers: 100, awayMs, mostMs }, say)];
    return { figures: reports.flatMap(({ figures }) => figures), faults: reports.flatMap(({ faults }) => faults) };
  },
};

interface Read {
  at: number;
  status: number;
  ms: number;
  path: string;
}

/** Takes the server away from a board that is written to and read, and gives it back. */
export async function takeAway(options: AwayOptions, say: (line: string) => void = () => undefined): Promise<DrillReport> {
  const place = await makePlace('postgres');
  const board = await place.start();
  const sender = createSender(board.url);
  try {
    const { threads, entries: ledger } = await startThreads(sender, 'b', 8);
    const faults: string[] = [];
    const figures: string[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      const found = await awayOnce(place, board, sender, threads, ledger, options);
      say(`${options.leaving} round ${round}: ${found.figure}`);
      figures.push(`${options.leaving} round ${round}: ${found.figure}`);
      faults.push(...found.faults);
    }
    sender.close();
    await board.end('SIGTERM');
    const { figure, faults: wrong } = await lookAtAll(place, ledger);
    return { figures: [...figures, `${options.leaving}, all rounds: ${figure}`], faults: [...faults, ...wrong] };
  } finally {
    sender.close();
    await board.end('SIGKILL');
    await place.remove();
  }
}

/** One outage under load: writers who go on writing and readers who go on reading through it. */
async function awayOnce(place: Place, board: BoardProcess, sender: Sender, threads: LedgerThread[], ledger: Entry[], options: AwayOptions) {
  const { postgres } = place;
  if (postgres === undefined) throw new Error('this drill needs a PostgreSQL');
  const paths = ['/', '/b/', '/b/catalog', ...threads.map(({ no }) => `/b/thread/${no}`)];
  for (const path of paths) await sender.get(path);
  const sent: Entry[] = [];
  const reads: Read[] = [];
  const over = new AbortController();
  const writing = Array.from({ length: options.writers }, async () => {
    while (!over.signal.aborted) {
      const [entry] = makeEntries({ count: 1, threads: [threads[sent.length % threads.length] ?? { slug: 'b', no: 0 }], slug: 'b', file: Buffer.alloc(0), fileShare: 0 });
      if (entry === undefined) return;
      sent.push(entry);
      await sender.send(entry);
      await wait(entry.outcome === 'acknowledged' ? 200 : 100);
    }
  });
  const reading = paths.map(async (path) => {
    while (!over.signal.aborted) {
      const at = Date.now();
      const { status, ms } = await sender.get(path);
      reads.push({ at, status, ms, path });
      await wait(100);
    }
  });
  await until('some posts were taken', () => sent.filter(({ outcome }) => outcome === 'acknowledged').length > options.writers / 2);
  await wait(Math.random() * 300);
  const goneAt = Date.now();
  if (options.leaving === 'killed') await postgres.kill();
  else postgres.pause();
  const leftAt = Date.now();
  await wait(Math.min(1_000, options.awayMs / 2));
  const kept = await tryPlainForm(board, threads[0]);
  await wait(Math.max(0, options.awayMs - (Date.now() - goneAt)));
  const backAt = Date.now();
  if (options.leaving === 'killed') await postgres.start();
  else postgres.resume();
  const answersAt = Date.now();
  await until('a post is taken again', () => sent.some(({ outcome, sentAt, ms }) => outcome === 'acknowledged' && sentAt + ms > answersAt), 30_000).catch(() => undefined);
  await wait(500);
  over.abort();
  await Promise.all([...writing, ...reading]);
  ledger.push(...sent);
  return judge({ sent, reads, goneAt, leftAt, backAt, answersAt, kept, mostMs: options.mostMs });
}

/** A form without script, while the database is away: it comes back with what was typed. */
async function tryPlainForm(board: BoardProcess, thread: LedgerThread | undefined): Promise<string | undefined> {
  const sender = createSender(board.url, { accept: 'text/html' });
  const entry = makeThreadEntry('b');
  entry.path = `/b/thread/${thread?.no}/reply`;
  await sender.send(entry);
  sender.close();
  if (entry.status === 503 && entry.text.includes(entry.mark)) return undefined;
  return `a plain form was answered with ${entry.status} ${entry.failure}, ${entry.text.includes(entry.mark) ? 'with' : 'without'} what was typed`;
}

function judge({ sent, reads, goneAt, leftAt, backAt, answersAt, kept, mostMs }: { sent: Entry[]; reads: Read[]; goneAt: number; leftAt: number; backAt: number; answersAt: number; kept: string | undefined; mostMs: number }) {
  // Whatever was under way when the server went, or was sent while it was away.
  const during = sent.filter(({ sentAt, ms }) => sentAt + ms > goneAt && sentAt < backAt && sentAt + ms < answersAt);
  const slow = sent.filter(({ sentAt, ms }) => sentAt + ms > goneAt).sort((one, other) => other.ms - one.ms);
  const slowest = slow[0]?.ms ?? 0;
  const wrong = during.filter(({ outcome, status, sentAt }) => !(status >= 400 && status <= 503 && status !== 500) && !(outcome === 'acknowledged' && sentAt < leftAt + leavingMs));
  const odd = during.filter(({ status }) => status === 500);
  const readsDuring = reads.filter(({ at }) => at >= goneAt && at < backAt);
  const good = readsDuring.filter(({ status }) => status === 200).length;
  const share = readsDuring.length === 0 ? 0 : good / readsDuring.length;
  const times = readsDuring.map(({ ms }) => ms).sort((one, other) => one - other);
  const first = Math.min(Infinity, ...sent.filter(({ outcome, sentAt, ms }) => outcome === 'acknowledged' && sentAt + ms > answersAt).map(({ sentAt, ms }) => sentAt + ms));
  const faults = [
    ...(during.length === 0 || readsDuring.length === 0 ? ['nothing was sent while the server was away'] : []),
    ...(wrong.length > 0 ? [`${wrong.length} writes during the outage were answered otherwise: ${JSON.stringify(wrong.slice(0, 2).map(({ status, failure, ms, text }) => ({ status, failure, ms, text: text.slice(0, 200) })))}`] : []),
    ...(odd.length > 0 ? [`${odd.length} writes were answered with 500`] : []),
    ...(slowest > mostMs ? [`writes waited too long: ${slow.filter(({ ms }) => ms > mostMs).slice(0, 5).map(({ sentAt, ms, status, path }) => `${Math.round(ms)} ms from ${sentAt - goneAt} ms after the server went, ${status}, ${path}`).join('; ')}`] : []),
    ...(share < 0.99 ? [`only ${good} of ${readsDuring.length} pages were shown: ${JSON.stringify(readsDuring.filter(({ status }) => status !== 200).slice(0, 3))}`] : []),
    ...(first - answersAt > mostMs ? [`the first post was taken ${first - answersAt} ms after the server answered again`] : []),
    ...(kept === undefined ? [] : [kept]),
  ];
  const figure = `away ${backAt - goneAt} ms; writes ${during.length}, slowest ${Math.round(slowest)} ms; pages ${good}/${readsDuring.length}, median ${Math.round(times[times.length >> 1] ?? 0)} ms, slowest ${Math.round(times.at(-1) ?? 0)} ms; first post ${Math.round(first - answersAt)} ms after the server answered`;
  return { figure, faults };
}

async function lookAtAll(place: Place, ledger: readonly Entry[]): Promise<DrillReport & { figure: string }> {
  const board = await place.openHere();
  const sender = createSender(board.url);
  try {
    // Whoever was told that it did not work tries again with the same form.
    const again = ledger.filter(({ outcome, status }) => outcome === 'unanswered' || status >= 500).slice(0, 500);
    for (const entry of again) await sender.send(entry);
    board.pass(twoHours);
    await board.running.background.runAll();
    const check = await checkBoard(board.running.database.db, place.dataDir, ledger);
    return { figure: sayCheck(check), figures: [], faults: toFaults(check) };
  } finally {
    sender.close();
    await board.running.close();
  }
}
