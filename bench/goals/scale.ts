import { readFileSync } from 'node:fs';
import { type Check, atLeast, atMost } from '../checks.js';
import { type Goal, sayNumber } from '../goal.js';
import { createBoardClient } from '../load/board-client.js';
import { prepareFilling } from '../load/fill-board.js';
import { createPageReader, doAtPace, type Paced } from '../load/mix.js';
import { readClock, type Room, startReaders } from '../load/open-readers.js';
import { createRandom, writeWords } from '../load/words.js';
import { assertAllThere, type LoadedThread, makeMark, type ReplyOrder, toThreadPath, writeReplies } from '../load/write-replies.js';
import { treeBytes, treeSeconds } from '../measure/processor-time.js';
import { quantile } from '../measure/quantiles.js';
import type { Rig } from '../rig/open-rig.js';
import { findThreads } from './growth.js';

/** A million posts a day, four times as fast, and its readers. A tenth of the replies goes to the hottest thread, which a quarter reads. */
const pace = { readsPerSecond: 1_000, repliesPerSecond: 50, hottestEvery: 10 };
const threadCount = 150;
const readersAProcess = 5_000;

/** Everything at once, for minutes: pages read, replies, and readers who wait for them. Where it stops is what is asked. */
export const scale: Goal = {
  name: 'scale',
  programs: [],
  options: { minutes: 10, readers: 20_000, posts: 100_000, processes: 1, percent: 100 },
  keptIn: 'SCALE.md',
  async measure(rig, size, options) {
    const { minutes = 1, readers = 1_000, posts = 100_000, processes = 1, percent = 100 } = size === 'quick' ? { minutes: 0.05, readers: 200 } : options;
    const seconds = Math.ceil(minutes * 60);
    const [readsPerSecond, repliesPerSecond] = [(pace.readsPerSecond * percent) / 100, (pace.repliesPerSecond * percent) / 100];
    await fill(rig, { posts, readers, processes });
    const threads = await findThreads(rig, `order by abs(t.reply_count - 300) limit ${threadCount}`);
    const crowds = await openCrowds(rig, threads, readers);
    try {
      const startedAt = performance.now();
      const before = [rig.quoth.pid, rig.postgres.pid].map(treeSeconds);
      const found = await mix(rig, threads, { seconds, readsPerSecond, repliesPerSecond });
      const [server = NaN, database = NaN] = [rig.quoth.pid, rig.postgres.pid].map((pid, index) => (treeSeconds(pid) - (before[index] ?? NaN)) / ((performance.now() - startedAt) / 1_000));
      const arrivals = await crowds.collect(found.hottest);
      return {
        title: 'Everything at once',
        how: [
          `${posts.toLocaleString('en')} posts; ${readsPerSecond.toLocaleString('en')} page reads and ${repliesPerSecond} replies a second for ${seconds} s, due at even times whether or not those before are answered; ${readers.toLocaleString('en')} readers over ${threadCount} threads, a quarter of them in the one that takes every ${pace.hottestEvery}th reply.`,
          `The board took ${sayNumber(server)} of a processor meanwhile, PostgreSQL ${sayNumber(database)}, and it held ${sayNumber(treeBytes(rig.quoth.pid) / 2 ** 20)} MiB in ${processes === 1 ? 'one process' : `${processes} processes that serve and one that keeps them`}; the load programs run on the same processors.`,
          crowds.note,
          ...sayFailures({ reads: found.reads, replies: found.replies }),
        ],
        tables: [
          {
            columns: ['what', 'count', 'failed', 'not begun', 'p50 ms', 'p99 ms', 'longest ms'],
            rows: [
              toRow('page reads', found.reads),
              toRow('replies', found.replies),
              toRow('arrivals in the hottest thread', { latencies: arrivals.delays, failures: [], leftOut: arrivals.missing }),
            ],
          },
        ],
        checks: toChecks(found, arrivals, { wanted: readers, open: crowds.openCount }),
      };
    } finally {
      await crowds.close();
    }
  },
};

/** Fills the board, and gives it room for as many sockets as are wanted; how many files a process may have is up to the system. */
async function fill(rig: Rig, { posts, readers, processes }: { posts: number; readers: number; processes: number }): Promise<void> {
  const client = createBoardClient(rig.quoth.origin, 8);
  const filler = await prepareFilling(rig.postgres, client, rig.quoth.slug);
  client.close();
  const env = { MAX_SOCKETS: String(readers + 1_000), MAX_CONNECTIONS: String(readers + 3_000), WEB_CONCURRENCY: String(processes) };
  await rig.restartQuoth({ meanwhile: async () => void (await filler.fillTo(posts)), env });
}

interface Posted {
  mark: string;
  answeredAt: number;
}

/** Opens the readers in processes of some thousands each, until all are there or the machine refuses. */
async function openCrowds(rig: Rig, threads: LoadedThread[], wanted: number) {
  const { origin } = rig.quoth;
  const toRoom = (thread: LoadedThread, count: number): Room => ({ origin, join: { board: thread.slug, thread: thread.no, lang: 'en' }, count });
  const [hottest, ...others] = threads;
  if (hottest === undefined) throw new Error('The board has no threads.');
  const inHottest = Math.ceil(wanted / 4);
  const spread = others.map((thread, index) => toRoom(thread, Math.floor((wanted - inHottest + index) / others.length)));
  const groups = [[toRoom(hottest, inHottest)], ...cutRooms(spread)];
  const opened: Awaited<ReturnType<typeof startReaders>>[] = [];
  let openCount = 0;
  let note = `All ${wanted.toLocaleString('en')} readers were there.`;
  for (const rooms of groups) {
    try {
      opened.push(await startReaders(rooms));
      openCount += rooms.reduce((sum, { count }) => sum + count, 0);
    } catch (error) {
      note = `After ${openCount.toLocaleString('en')} readers no more came in: ${error instanceof Error ? error.message : String(error)} (a process here may have ${readFileLimit()} files open).`;
      break;
    }
  }
  return {
    note,
    openCount,
    /** Milliseconds from the answer to a reply in the hottest thread to its arrival at each of its readers. */
    async collect(posted: Posted[]): Promise<{ delays: number[]; missing: number }> {
      const found = await opened[0]?.ask({ kind: 'collect', marks: posted.map(({ mark }) => mark) });
      if (found?.kind !== 'arrivals') throw new Error('The readers of the hottest thread do not tell what arrived.');
      const delays = posted.flatMap(({ answeredAt }, index) => (found.times[index] ?? []).map((at) => at - answeredAt));
      return { delays, missing: posted.length * inHottest - delays.length };
    },
    async close() {
      for (const crowd of opened) await crowd.close();
    },
  };
}

function cutRooms(rooms: Room[]): Room[][] {
  const groups: Room[][] = [];
  let size = readersAProcess;
  for (const room of rooms) {
    if (size + room.count > readersAProcess) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(room);
    size += room.count;
  }
  return groups;
}

/** The limit of open files (getrlimit(2)) that processes started from here have. */
const readFileLimit = () => /Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 'few';

async function mix(rig: Rig, threads: LoadedThread[], { seconds, readsPerSecond, repliesPerSecond }: { seconds: number; readsPerSecond: number; repliesPerSecond: number }) {
  const readersClient = createBoardClient(rig.quoth.origin, 64);
  const writersClient = createBoardClient(rig.quoth.origin, 64);
  const random = createRandom(8);
  const orders: ReplyOrder[] = [];
  const hottest: Posted[] = [];
  const reply = async (index: number) => {
    const isHottest = index % pace.hottestEvery === 0;
    const thread = threads[isHottest ? 0 : 1 + Math.floor(random() * (threads.length - 1))];
    if (thread === undefined) return;
    const order = { thread, mark: makeMark(), body: writeWords(random) };
    await writeReplies(writersClient, [order], 1);
    orders.push(order);
    if (isHottest) hottest.push({ mark: order.mark, answeredAt: readClock() });
  };
  const boards = [...new Set(threads.map(({ slug }) => slug))].flatMap((slug) => [`/${slug}/`, `/${slug}/catalog`]);
  const paths = [...threads.slice(0, 20).map(toThreadPath), ...boards, ...threads.slice(20).map(toThreadPath)];
  const read = createPageReader(readersClient, paths);
  try {
    // On a board that has run for a while every page was read before.
    for (const path of paths) await readersClient.get(path, { 'Accept-Encoding': 'gzip' });
    const [reads, replies] = await Promise.all([
      doAtPace({ perSecond: readsPerSecond, seconds, act: read }),
      doAtPace({ perSecond: repliesPerSecond, seconds, act: reply }),
    ]);
    // What follows the last reply is still on its way to its readers.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await assertAllThere(readersClient, orders.slice(-1_000));
    return { reads, replies, hottest };
  } finally {
    readersClient.close();
    writersClient.close();
  }
}

function toRow(what: string, { latencies, failures, leftOut }: Paced): string[] {
  const figures = [0.5, 0.99, 1].map((share) => sayNumber(quantile(latencies, share)));
  return [what, latencies.length.toLocaleString('en'), String(failures.length), String(leftOut), ...figures];
}

function sayFailures(paced: Record<string, Paced>): string[] {
  return Object.entries(paced).flatMap(([what, { failures }]) => (failures[0] === undefined ? [] : [`Of ${what} ${failures.length} failed; the first: ${failures[0]}`]));
}

function toChecks({ reads, replies }: { reads: Paced; replies: Paced }, arrivals: { delays: number[]; missing: number }, readers: { wanted: number; open: number }): Check[] {
  const wrong = [reads, replies].reduce((sum, { failures, leftOut }) => sum + failures.length + leftOut, 0);
  return [
    atMost('scale', 'reads and replies that failed or could not begin', wrong, 0),
    atLeast('scale', 'readers, of those wanted', readers.open / readers.wanted, 1),
    atMost('scale', 'replies that did not reach a reader of the hottest thread', arrivals.missing, 0),
    atMost('scale', 'page reads: p99', quantile(reads.latencies, 0.99), 50, 'ms'),
    atMost('scale', 'replies: p99', quantile(replies.latencies, 0.99), 40, 'ms'),
    atMost('scale', 'arrival in the hottest thread: p99', quantile(arrivals.delays, 0.99), 300, 'ms'),
  ];
}
