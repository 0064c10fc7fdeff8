import { atMost, type Check } from '../checks.js';
import { type Goal, sayNumber, type Table } from '../goal.js';
import { openBareServer, openQuothThread, type LiveThread } from '../load/live-threads.js';
import { postAndWait, type Arrivals } from '../load/post-and-wait.js';
import { quantile } from '../measure/quantiles.js';
import { type Contestant, medianOf, medianRatio, type Round, type Rounds, sayDisturbance, takeRounds } from '../measure/rounds.js';
import { residentBytes } from '../measure/processor-time.js';
import type { Rig } from '../rig/open-rig.js';
import { gatherStatistics } from '../rig/start-postgres.js';
import { comeBackAtOnce, measureCrowd, postWhileRead, writeMeanwhile } from './live-crowds.js';

const sizes = {
  full: { rounds: 3, warmups: 1, readers: 5_000, posts: 6, everyMs: 1_000, quickPosts: 50, mostReaders: 10_000, meanwhileSeconds: 8 },
  quick: { rounds: 1, warmups: 0, readers: 100, posts: 2, everyMs: 200, quickPosts: 10, mostReaders: 200, meanwhileSeconds: 1 },
};
export type LiveAmount = (typeof sizes)['full'];

/** How long a committed reply takes to reach everyone who has its thread open, beside a bare Socket.IO server pushing the same bytes. */
export const live: Goal = {
  name: 'live',
  programs: [],
  async measure(rig, size) {
    const amount = sizes[size];
    // A process that has only just begun: what readers cost it shows.
    await rig.restartQuoth();
    const atRest = await restingBytes(rig);
    const quoth = await openQuothThread(rig.quoth, amount.readers);
    const withReaders = await restingBytes(rig);
    const bare = await openBareServer(quoth.push, amount.readers).catch(async (error: unknown) => {
      await quoth.close();
      throw error;
    });
    const closers = [quoth.close, bare.close];
    try {
      const beside = await measureBeside(rig, amount, { quoth, bare });
      await bare.close();
      closers.pop();
      const fast = await postAndWait(quoth, { count: amount.quickPosts, everyMs: 100 });
      const read = await postWhileRead(quoth, amount);
      const loadedBytes = await writeMeanwhile(rig, quoth, amount);
      const back = await comeBackAtOnce(quoth);
      const crowd = await measureCrowd(rig, quoth, amount);
      return {
        title: 'Live arrival',
        how: [
          `${amount.readers} websockets of another process follow one thread; ${amount.rounds} rounds of ${amount.posts} replies in turn, one every ${amount.everyMs} ms. Time counts from the poster's answer, which is after the commit, to the arrival at each reader; every reply reached every reader.`,
          `The bare server answers first and then pushes the same ${quoth.push.length} bytes; both have as many readers.`,
          beside.disturbance,
          `Then, on the board alone: ${amount.quickPosts} replies at 10 a second; replies while pages are read; replies while 8 writers write to other threads; all readers gone and back at once, with replies meanwhile; ${amount.mostReaders} readers.`,
        ],
        tables: [
          beside.table,
          {
            caption: 'The board alone',
            columns: ['what', 'p50 ms', 'p99 ms', 'last ms'],
            rows: [
              toRow(`${amount.quickPosts} replies, 10/s: arrival`, fast.delays),
              toRow('replies while pages are read: answer', read.answers),
              toRow('pages read meanwhile', read.reads),
              toRow(`${amount.readers} come back at once: caught up`, back.caughtUp),
              toRow(`${amount.mostReaders} readers: arrival`, crowd.delays),
            ],
          },
        ],
        checks: [
          ...beside.checks,
          atMost('L2', '10 replies a second: p99', quantile(fast.delays, 0.99), 250, 'ms'),
          atMost('L2', '10 replies a second: p50 of the last fifth above that of the first', toDrift(fast), 50, 'ms'),
          atMost('L3', 'posting meanwhile: answer p50', quantile(read.answers, 0.5), 15, 'ms'),
          atMost('L3', 'posting meanwhile: answer p99', quantile(read.answers, 0.99), 40, 'ms'),
          atMost('L3', 'reading pages meanwhile: p99', quantile(read.reads, 0.99), 40, 'ms'),
          atMost('L4', 'server memory a reader', (withReaders - atRest) / 1024 / amount.readers, 30, 'KiB'),
          atMost('L4', '10,000 readers in one process: p99', quantile(crowd.delays, 0.99), 300, 'ms'),
          atMost('L4', '5,000 reconnecting at once: the last is caught up, without a gap', Math.max(...back.caughtUp) / 1000, 10, 's'),
          atMost('L5', 'bytes of a push, of the post\'s own HTML', quoth.pushOfHtml, 1.3),
          atMost('P4', 'memory of the board\'s process at rest', atRest / 2 ** 20, 200, 'MiB'),
          atMost('P4', 'memory with 5,000 readers, a reply a second for them, and 8 writers', loadedBytes / 2 ** 20, 512, 'MiB'),
        ],
      };
    } finally {
      for (const close of closers.reverse()) await close();
    }
  },
};

/** What the process holds once it has come to rest. */
async function restingBytes(rig: Rig): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  return residentBytes(rig.quoth.pid);
}

async function measureBeside(rig: Rig, { rounds, warmups, readers, posts, everyMs }: LiveAmount, { quoth, bare }: { quoth: LiveThread; bare: LiveThread }) {
  const contestants: Contestant<Arrivals>[] = [
    { name: 'bare Socket.IO', processes: { server: bare.pid }, run: () => postAndWait(bare, { count: posts, everyMs }) },
    { name: 'Quoth', processes: { server: rig.quoth.pid, PostgreSQL: rig.postgres.pid }, run: () => postAndWait(quoth, { count: posts, everyMs }) },
  ];
  await gatherStatistics(rig.postgres);
  const taken = await takeRounds(contestants, { rounds, warmups });
  return { disturbance: sayDisturbance(taken, rounds), table: toTable(taken, posts, readers), checks: toChecks(taken, posts, readers) };
}

const delay = (share: number) => ({ result }: Round<Arrivals>) => quantile(result.delays, share);
const milliseconds = (process: string) => ({ seconds }: Round<Arrivals>) => (seconds[process] ?? 0) * 1000;
const whole = (round: Round<Arrivals>) => milliseconds('server')(round) + milliseconds('PostgreSQL')(round);

function toTable(taken: Rounds<Arrivals>, posts: number, readers: number): Table {
  return {
    columns: ['server', 'p50 ms', 'ratio', 'p99 ms', 'ratio', 'answer p50 ms', 'CPU ms/reply, all', 'CPU µs/arrival: server'],
    rows: ['bare Socket.IO', 'Quoth'].map((name) => [
      name,
      sayNumber(medianOf(taken, name, delay(0.5))),
      sayNumber(medianRatio(taken, name, 'bare Socket.IO', delay(0.5))),
      sayNumber(medianOf(taken, name, delay(0.99))),
      sayNumber(medianRatio(taken, name, 'bare Socket.IO', delay(0.99))),
      sayNumber(medianOf(taken, name, ({ result }) => quantile(result.answers, 0.5))),
      sayNumber(medianOf(taken, name, (round) => whole(round) / posts)),
      sayNumber(medianOf(taken, name, (round) => (milliseconds('server')(round) * 1000) / (posts * readers))),
    ]),
  };
}

function toChecks(taken: Rounds<Arrivals>, posts: number, readers: number): Check[] {
  const cost = (round: Round<Arrivals>) => (milliseconds('server')(round) * 1000) / (posts * readers);
  return [
    atMost('L1', '5,000 readers, 1 reply/s: p50', medianOf(taken, 'Quoth', delay(0.5)), 60, 'ms'),
    atMost('L1', '5,000 readers, 1 reply/s: p99', medianOf(taken, 'Quoth', delay(0.99)), 150, 'ms'),
    atMost('L1', 'p99, of bare Socket.IO', medianRatio(taken, 'Quoth', 'bare Socket.IO', delay(0.99)), 1.5),
    atMost('L1', 'server CPU an arrival, of bare Socket.IO', medianRatio(taken, 'Quoth', 'bare Socket.IO', cost), 1.3),
  ];
}

/** Arrivals stand in the order of the replies: a queue that grows makes the last ones later than the first. */
function toDrift({ delays }: Arrivals): number {
  const fifth = Math.ceil(delays.length / 5);
  return quantile(delays.slice(-fifth), 0.5) - quantile(delays.slice(0, fifth), 0.5);
}

function toRow(what: string, values: number[]): string[] {
  return [what, sayNumber(quantile(values, 0.5)), sayNumber(quantile(values, 0.99)), sayNumber(quantile(values, 1))];
}
