import { openRowInserter, type RowInserter } from '../baselines/insert-rows.js';
import { openKyselyReplier } from '../baselines/kysely-replies.js';
import { type Goal, sayNumber } from '../goal.js';
import { type BoardClient, createBoardClient } from '../load/board-client.js';
import { createRandom, writeWords } from '../load/words.js';
import { assertAllThere, type LoadedThread, makeMark, type ReplyOrder, startThread, writeReplies, type Written } from '../load/write-replies.js';
import { type Contestant, medianOf, medianRatio, sayDisturbance, takeRounds } from '../measure/rounds.js';
import type { Rig } from '../rig/open-rig.js';
import { gatherStatistics, queryOnce } from '../rig/start-postgres.js';
import { cpu, latency, perSecond, toReplyChecks, whole } from './replies-asked.js';

const sizes = {
  full: { rounds: 9, warmups: 1, replies: 240, short: 10, middle: 500, quoted: 1_000, long: 10_000, threads: 8, writers: 8, crowd: 32 },
  quick: { rounds: 1, warmups: 0, replies: 32, short: 10, middle: 20, quoted: 40, long: 60, threads: 4, writers: 4, crowd: 8 },
};
type Amount = (typeof sizes)['full'];

/** What is posted, by how many, and into how long threads. Those that are made anew each round stay short. */
export interface ReplyCase {
  name: string;
  writers: number;
  threads: number;
  length: number;
  isNewEachRound: boolean;
  quotesWords?: boolean;
  /** The case with which its rate and cost are compared. */
  beside?: ReplyCase;
}

/** Durable replies a second, beside the least that can be done with the same PostgreSQL; the cost must not grow with the thread. */
export const replies: Goal = {
  name: 'replies',
  programs: [],
  async measure(rig, size) {
    const amount: Amount = sizes[size];
    const client = createBoardClient(rig.quoth.origin, amount.crowd);
    const inserters = await openBaselines(rig, amount);
    const cases = toCases(amount);
    const listed = Object.values<ReplyCase>(cases);
    try {
      const contestants = inserters.map(({ name, inserter, repeats }) => toBaseline({ name, inserter, repeats, rig, amount }));
      for (const one of listed) contestants.push(await toContestant(client, rig, amount, one));
      await gatherStatistics(rig.postgres);
      const taken = await takeRounds(contestants, amount);
      const rows: Pick<ReplyCase, 'name' | 'beside'>[] = [...inserters, ...listed];
      return {
        title: 'Durable replies',
        how: [
          `Writers who each wait for their answer; forms as the browser sends them, about 200 characters, answered after the commit; ${amount.rounds} rounds of ${amount.replies} replies in turn with connections that do the least in the same PostgreSQL.`,
          'Threads of 10 posts are new in each round. Every acknowledged reply was found on its thread\'s page, once; every quoted passage found its post.',
          'Kysely stands there as it comes, as it does where the goals and the recorded shares come from; with its statements prepared, as the board prepares its own, it has a row of its own.',
          sayDisturbance(taken, amount.rounds),
        ],
        tables: [
          {
            columns: ['case', 'replies/s', 'ratio to Kysely', 'p50 ms', 'p99 ms', 'CPU ms/reply: Quoth', 'PostgreSQL', 'beside', 'rate', 'p50', 'CPU'],
            rows: rows.map(({ name, beside }) => [
              name,
              sayNumber(medianOf(taken, name, perSecond)),
              sayNumber(medianRatio(taken, name, inserters[1].name, perSecond)),
              sayNumber(medianOf(taken, name, latency(0.5))),
              sayNumber(medianOf(taken, name, latency(0.99))),
              sayNumber(medianOf(taken, name, cpu('server'))),
              sayNumber(medianOf(taken, name, cpu('PostgreSQL'))),
              ...(beside === undefined
                ? ['', '', '', '']
                : [beside.name, sayNumber(medianRatio(taken, name, beside.name, perSecond)), sayNumber(medianRatio(taken, name, beside.name, latency(0.5))), sayNumber(medianRatio(taken, name, beside.name, whole))]),
            ]),
          },
        ],
        checks: toReplyChecks(taken, cases, { eight: inserters[1].name, one: inserters[2].name }),
      };
    } finally {
      client.close();
      for (const { inserter } of inserters) await inserter.close();
    }
  },
};

function toCases({ writers, crowd, threads, short, middle, quoted, long }: Amount) {
  const fresh = { length: short, isNewEachRound: true };
  const one: ReplyCase = { name: `1 writer, ${threads} threads of ${short}`, writers: 1, threads, ...fresh };
  const oneLong: ReplyCase = { name: `1 writer, a thread of ${long}`, writers: 1, threads: 1, length: long, isNewEachRound: false, beside: one };
  const plain: ReplyCase = { name: `1 writer, a thread of ${quoted}`, writers: 1, threads: 1, length: quoted, isNewEachRound: false, beside: one };
  const quoting: ReplyCase = { ...plain, name: `1 writer quoting words, a thread of ${quoted}`, quotesWords: true, beside: plain };
  const many: ReplyCase = { name: `${writers} writers, ${threads} threads of ${short}`, writers, threads, ...fresh };
  const manyLong: ReplyCase = { name: `${writers} writers, ${threads} threads of ${middle}`, writers, threads, length: middle, isNewEachRound: false, beside: many };
  const hot: ReplyCase = { name: `${writers} writers, one thread`, writers, threads: 1, ...fresh };
  const hotCrowd: ReplyCase = { name: `${crowd} writers, one thread`, writers: crowd, threads: 1, ...fresh, beside: hot };
  return { one, oneLong, plain, quoting, many, manyLong, hot, hotCrowd };
}
export type ReplyCases = ReturnType<typeof toCases>;

/** Inserts are fast, so each round makes many: all then take about as long. */
async function openBaselines({ postgres }: Rig, { writers }: Amount) {
  const open = async (name: string, opening: Promise<RowInserter>, repeats: number) => ({ name, inserter: await opening, repeats });
  return [
    await open(`${writers} × a single row, pg`, openRowInserter(postgres.url, writers), 10),
    await open(`${writers} × a post and its thread, Kysely`, openKyselyReplier(postgres.url, writers, { isPrepared: false }), 10),
    await open('1 × a post and its thread, Kysely', openKyselyReplier(postgres.url, 1, { isPrepared: false }), 3),
    await open(`${writers} × a post and its thread, Kysely, prepared`, openKyselyReplier(postgres.url, writers, { isPrepared: true }), 10),
  ] as const;
}

function toBaseline({ name, inserter, repeats, rig, amount }: { name: string; inserter: RowInserter; repeats: number; rig: Rig; amount: Amount }): Contestant<Written> {
  const random = createRandom(1);
  return {
    name,
    processes: { PostgreSQL: rig.postgres.pid },
    run: () => inserter.insert(Array.from({ length: amount.replies }, () => writeWords(random)), repeats),
  };
}

async function toContestant(client: BoardClient, rig: Rig, amount: Amount, one: ReplyCase): Promise<Contestant<Written>> {
  const random = createRandom(one.length + one.threads);
  const makeThreads = () => growThreads(client, rig.quoth.slug, { ...one, writers: amount.crowd }, random);
  let threads = await makeThreads();
  let orders: ReplyOrder[] = [];
  let passageCount = 0;
  return {
    name: one.name,
    processes: { server: rig.quoth.pid, PostgreSQL: rig.postgres.pid },
    async prepare() {
      if (one.isNewEachRound) threads = await makeThreads();
      orders = Array.from({ length: amount.replies }, (_, index) => toOrder(threads, index, one.quotesWords === true, random));
      passageCount = await countPassages(rig);
    },
    run: () => writeReplies(client, orders, one.writers),
    async check() {
      await assertAllThere(client, orders);
      const found = (await countPassages(rig)) - passageCount;
      if (one.quotesWords === true && found < orders.length) throw new Error(`${found} of ${orders.length} quoted passages found their post.`);
    },
  };
}

async function growThreads(client: BoardClient, slug: string, wanted: { threads: number; length: number; writers: number }, random: () => number): Promise<LoadedThread[]> {
  const threads: LoadedThread[] = [];
  for (let count = 0; count < wanted.threads; count += 1) threads.push(await startThread(client, slug, writeWords(random)));
  const orders = Array.from({ length: (wanted.length - 1) * wanted.threads }, (_, index) => toOrder(threads, index, false, random));
  await writeReplies(client, orders, wanted.writers);
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
