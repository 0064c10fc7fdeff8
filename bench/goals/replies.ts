import { openRowInserter, type RowInserter } from '../baselines/insert-rows.js';
import { type Goal, sayNumber } from '../goal.js';
import { type BoardClient, createBoardClient } from '../load/board-client.js';
import { createRandom, writeWords } from '../load/words.js';
import { assertAllThere, type LoadedThread, makeMark, type ReplyOrder, startThread, writeReplies, type Written } from '../load/write-replies.js';
import { quantile } from '../measure/quantiles.js';
import { type Contestant, medianOf, medianRatio, type Round, sayDisturbance, takeRounds } from '../measure/rounds.js';
import type { Rig } from '../rig/open-rig.js';
import { gatherStatistics, queryOnce } from '../rig/start-postgres.js';

const writers = 8;
const sizes = {
  full: { rounds: 5, replies: 240, short: 10, long: 500, threads: 8 },
  quick: { rounds: 1, replies: 32, short: 10, long: 40, threads: 4 },
};
type Amount = (typeof sizes)['full'];

/** What is posted, and into how long a thread. */
interface Case {
  name: string;
  length: 'short' | 'long';
  threads: number;
  quotesWords: boolean;
  /** The case whose cost this one must not exceed. */
  shorter?: string;
}

const baseline = 'single-row insert';

/** Durable replies a second, beside single-row inserts into the same PostgreSQL; the cost must not grow with the thread. */
export const replies: Goal = {
  name: 'replies',
  programs: [],
  async measure(rig, size) {
    const amount: Amount = sizes[size];
    const client = createBoardClient(rig.quoth.origin, writers);
    const inserter = await openRowInserter(rig.postgres.url, writers);
    const cases = toCases(amount);
    try {
      const contestants = [toBaseline(inserter, rig, amount)];
      for (const one of cases) contestants.push(await toContestant(client, rig, amount, one));
      await gatherStatistics(rig.postgres);
      const taken = await takeRounds(contestants, { rounds: amount.rounds });
      const cpu = (process: string) => (round: Round<Written>) => ((round.seconds[process] ?? NaN) * 1000) / round.result.count;
      const whole = (round: Round<Written>) => cpu('server')(round) + cpu('PostgreSQL')(round);
      const perSecond = ({ result }: Round<Written>) => result.count / result.seconds;
      const latency = (share: number) => (round: Round<Written>) => quantile(round.result.latencies, share);
      return {
        title: 'Durable replies',
        how: [
          `${writers} writers, each waiting for its answer; forms as the browser sends them, about 200 characters, answered after the commit; ${amount.rounds} rounds of ${amount.replies} replies in turn with ${writers} connections that insert the same words as single rows.`,
          `Short threads are new in each round and have ${amount.short} posts before it; long ones have ${amount.long}. Every acknowledged reply was found on its thread's page, once; every quoted passage found its post.`,
          sayDisturbance(taken, amount.rounds),
        ],
        table: {
          columns: ['case', 'replies/s', 'ratio to inserts', 'p50 ms', 'p99 ms', 'CPU ms/reply: Quoth', 'PostgreSQL', 'rate: long to short', 'CPU: long to short'],
          rows: [{ name: baseline, shorter: undefined }, ...cases].map(({ name, shorter }) => [
            name,
            sayNumber(medianOf(taken, name, perSecond)),
            sayNumber(medianRatio(taken, name, baseline, perSecond)),
            sayNumber(medianOf(taken, name, latency(0.5))),
            sayNumber(medianOf(taken, name, latency(0.99))),
            sayNumber(medianOf(taken, name, cpu('server'))),
            sayNumber(medianOf(taken, name, cpu('PostgreSQL'))),
            shorter === undefined ? '' : sayNumber(medianRatio(taken, name, shorter, perSecond)),
            shorter === undefined ? '' : sayNumber(medianRatio(taken, name, shorter, whole)),
          ]),
        },
      };
    } finally {
      client.close();
      await inserter.close();
    }
  },
};

function toCases({ threads, short, long }: Amount): Case[] {
  const many = `${threads} threads`;
  return [
    { what: many, threads, quotesWords: false },
    { what: 'one thread', threads: 1, quotesWords: false },
    { what: `${many}, quoting words`, threads, quotesWords: true },
  ].flatMap(({ what, ...one }) => [
    { ...one, name: `${what}, ${short} posts`, length: 'short' as const },
    { ...one, name: `${what}, ${long} posts`, length: 'long' as const, shorter: `${what}, ${short} posts` },
  ]);
}

/** Inserts are fast, so each round makes many: both then take about as long. */
function toBaseline(inserter: RowInserter, rig: Rig, amount: Amount): Contestant<Written> {
  const random = createRandom(1);
  return {
    name: baseline,
    processes: { PostgreSQL: rig.postgres.pid },
    run: () => inserter.insert(Array.from({ length: amount.replies }, () => writeWords(random)), 10),
  };
}

async function toContestant(client: BoardClient, rig: Rig, amount: Amount, one: Case): Promise<Contestant<Written>> {
  const random = createRandom(amount.long + one.threads);
  const makeThreads = () => growThreads(client, rig.quoth.slug, { threads: one.threads, length: amount[one.length] }, random);
  let threads = await makeThreads();
  let orders: ReplyOrder[] = [];
  let passageCount = 0;
  return {
    name: one.name,
    processes: { server: rig.quoth.pid, PostgreSQL: rig.postgres.pid },
    async prepare() {
      if (one.length === 'short') threads = await makeThreads();
      orders = Array.from({ length: amount.replies }, (_, index) => toOrder(threads, index, one.quotesWords, random));
      passageCount = await countPassages(rig);
    },
    run: () => writeReplies(client, orders, writers),
    async check() {
      await assertAllThere(client, orders);
      const found = (await countPassages(rig)) - passageCount;
      if (one.quotesWords && found < orders.length) throw new Error(`${found} of ${orders.length} quoted passages found their post.`);
    },
  };
}

async function growThreads(client: BoardClient, slug: string, wanted: { threads: number; length: number }, random: () => number): Promise<LoadedThread[]> {
  const threads: LoadedThread[] = [];
  for (let count = 0; count < wanted.threads; count += 1) threads.push(await startThread(client, slug, writeWords(random)));
  const orders = Array.from({ length: (wanted.length - 1) * wanted.threads }, (_, index) => toOrder(threads, index, false, random));
  await writeReplies(client, orders, writers);
  return threads;
}

/** The next reply, to the threads in turn; a fourth of them name a post, and when asked for it all quote a passage of an earlier post. */
function toOrder(threads: LoadedThread[], index: number, quotesWords: boolean, random: () => number): ReplyOrder {
  const thread = threads[index % threads.length];
  const quoted = thread?.posts[Math.floor(random() * thread.posts.length)];
  if (thread === undefined || quoted === undefined) throw new Error('a thread has at least its OP');
  const passage = `>${quoted.words.split('\n')[0]?.split(' ').slice(0, 8).join(' ') ?? ''}\n`;
  const start = quotesWords ? passage : index % 4 === 0 ? `>>${quoted.no}\n` : '';
  return { thread, mark: makeMark(), body: start + writeWords(random) };
}

async function countPassages(rig: Rig): Promise<number> {
  const [row] = await queryOnce(rig.postgres.url, "select count(*) as count from quotes where kind = 'text'");
  return Number(row?.['count']);
}
