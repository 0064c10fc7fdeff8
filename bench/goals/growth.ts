import { atMost, type Check, notMeasured } from '../checks.js';
import { type Goal, sayNumber } from '../goal.js';
import { type BoardClient, createBoardClient } from '../load/board-client.js';
import { prepareFilling } from '../load/fill-board.js';
import { pause } from '../load/post-at-pace.js';
import { createRandom, writeWords } from '../load/words.js';
import { assertAllThere, type LoadedThread, makeMark, replyTo, toThreadPath, writeReplies, type Written } from '../load/write-replies.js';
import { residentBytes } from '../measure/processor-time.js';
import { quantile } from '../measure/quantiles.js';
import { collectPlans, toPlanText, writeNoPlans, writePlans } from '../measure/query-plans.js';
import { type Contestant, medianOf, type Rounds, takeRounds } from '../measure/rounds.js';
import type { Rig } from '../rig/open-rig.js';
import { queryOnce } from '../rig/start-postgres.js';
import { timeFirstReads } from './reads-of-changing.js';
import { cpu, latency } from './replies-asked.js';

const sizes = {
  full: { stages: [100_000, 1_000_000, 10_000_000], rounds: 5, replies: 200, reads: 15 },
  quick: { stages: [100_000], rounds: 1, replies: 20, reads: 3 },
};
type Amount = (typeof sizes)['full'];

/** A board of so many posts, as it was found. Times in milliseconds. */
interface Stage {
  posts: number;
  fillSeconds: number;
  diskGiB: number;
  restBytes: number;
  replies: Rounds<Written>;
  coldReads: number[];
  firstReads: number[];
  catalog: number[];
}

/** What a reply, a page and the catalog cost as the board grows, and by which plans. */
export const growth: Goal = {
  name: 'growth',
  programs: [],
  options: { posts: 10_000_000 },
  keptIn: 'GROWTH.md',
  async measure(rig, size, options) {
    const amount = sizes[size];
    const stages: Stage[] = [];
    const client = createBoardClient(rig.quoth.origin, 8);
    const filler = await prepareFilling(rig.postgres, client, rig.quoth.slug);
    client.close();
    for (const posts of amount.stages.filter((count) => count <= (options['posts'] ?? 0))) {
      let fillSeconds = 0;
      await rig.restartQuoth({ meanwhile: async () => void (fillSeconds = await filler.fillTo(posts)) });
      stages.push(await measureStage(rig, amount, { posts, fillSeconds }));
    }
    return {
      title: 'Growth',
      how: [
        'Filled by SQL with rows that the board itself had written: 50 boards, a thread for every 100 posts (60 to 1,300 each), 200 living threads on a board; all indexes, vacuum analyze; then the board was started anew.',
        `Replies by one writer to a hundred living threads in turn, ${amount.rounds} rounds of ${amount.replies}. A thread of about 500 posts was read for the first time since the start, and ${amount.reads} times after a reply to it; the catalog of 200 threads each time it was made anew.`,
      ],
      tables: [
        {
          columns: ['posts', 'filled in s', 'on disk GiB', 'reply p50 ms', 'p99 ms', 'CPU ms/reply: Quoth', 'PostgreSQL', 'first read ever ms', 'first after a change ms', 'catalog ms', 'memory at rest MiB'],
          rows: stages.map(toRow),
        },
      ],
      checks: toChecks(stages),
      appendix: await explain(rig),
    };
  },
};

const board = 'quoth';
const replyP50 = ({ replies }: Stage) => medianOf(replies, board, latency(0.5));
const replyCpu = ({ replies }: Stage) => medianOf(replies, board, cpu('server')) + medianOf(replies, board, cpu('PostgreSQL'));

function toRow(stage: Stage): string[] {
  const { posts, fillSeconds, diskGiB, restBytes, replies, coldReads, firstReads, catalog } = stage;
  const figures = [
    fillSeconds, diskGiB, replyP50(stage), medianOf(replies, board, latency(0.99)), medianOf(replies, board, cpu('server')), medianOf(replies, board, cpu('PostgreSQL')),
    quantile(coldReads, 0.5), quantile(firstReads, 0.5), quantile(catalog, 0.5), restBytes / 2 ** 20,
  ];
  return [posts.toLocaleString('en'), ...figures.map(sayNumber)];
}

function toChecks(stages: Stage[]): Check[] {
  const [small, middle, large] = stages;
  if (small === undefined || middle === undefined) return [notMeasured('W5', 'growth from 100,000 posts', 'fewer than 1,000,000 posts')];
  const beside = (what: string, stage: Stage | undefined, most: number): Check[] => {
    if (stage === undefined) return [notMeasured('W5', `${what} posts, of 100,000`, '--posts was smaller')];
    return [
      atMost('W5', `${what} posts: p50 of a reply, of 100,000`, replyP50(stage) / replyP50(small), most),
      atMost('W5', `${what} posts: CPU a reply, of 100,000`, replyCpu(stage) / replyCpu(small), most),
      atMost('R5', `${what} posts: first read after a change, of 100,000`, quantile(stage.firstReads, 0.5) / quantile(small.firstReads, 0.5), 1.3),
    ];
  };
  return [...beside('1,000,000', middle, 1.15), ...beside('10,000,000', large, 1.3), atMost('P4', '1,000,000 posts: memory of the board\'s process at rest', middle.restBytes / 2 ** 20, 200, 'MiB')];
}

async function measureStage(rig: Rig, amount: Amount, { posts, fillSeconds }: { posts: number; fillSeconds: number }): Promise<Stage> {
  const client = createBoardClient(rig.quoth.origin, 8);
  try {
    await pause(2_000);
    const restBytes = residentBytes(rig.quoth.pid);
    const [long, ...others] = await findThreads(rig, 'order by abs(t.reply_count - 499) limit 3');
    if (long === undefined) throw new Error('There is no thread of 500 posts.');
    const coldReads = [];
    for (const thread of [long, ...others]) coldReads.push(await timeRead(client, toThreadPath(thread)));
    const replies = await takeRounds([await toWriter(rig, client, amount)], { rounds: amount.rounds });
    const firstReads = await timeFirstReads(client, long, amount.reads);
    const catalog = [];
    for (let count = 0; count < amount.reads; count += 1) {
      // A board's page is believed for a second.
      await pause(1_100);
      catalog.push(await timeRead(client, `/${long.slug}/catalog`));
    }
    const [size] = await queryOnce(rig.postgres.url, "select pg_database_size('quoth') as bytes");
    return { posts, fillSeconds, diskGiB: Number(size?.['bytes']) / 2 ** 30, restBytes, replies, coldReads, firstReads, catalog };
  } finally {
    client.close();
  }
}

async function toWriter(rig: Rig, client: BoardClient, { replies }: Amount): Promise<Contestant<Written>> {
  const random = createRandom(3);
  const threads = await findThreads(rig, 'order by md5(t.id::text) limit 100');
  const orders = () => Array.from({ length: replies }, (_, index) => threads[index % threads.length]).flatMap((thread) => (thread === undefined ? [] : [{ thread, mark: makeMark(), body: writeWords(random) }]));
  let wanted = orders();
  return {
    name: board,
    processes: { server: rig.quoth.pid, PostgreSQL: rig.postgres.pid },
    prepare: () => Promise.resolve(void (wanted = orders())),
    run: () => writeReplies(client, wanted, 1),
    check: () => assertAllThere(client, wanted.slice(0, 5)),
  };
}

/** Living threads of the filled boards. */
export async function findThreads({ postgres }: Rig, rest: string): Promise<LoadedThread[]> {
  const rows = await queryOnce(postgres.url, `select b.slug, t.no from threads t join boards b on b.id = t.board_id where b.slug ~ '^g[0-9]' and t.archived_at is null ${rest}`);
  return rows.map((row) => ({ slug: String(row['slug']), no: Number(row['no']), posts: [] }));
}

async function timeRead(client: BoardClient, path: string): Promise<number> {
  const askedAt = performance.now();
  const { status } = await client.get(path, { 'Accept-Encoding': 'gzip' });
  if (status !== 200) throw new Error(`${path} was answered with ${status}.`);
  return performance.now() - askedAt;
}

/** The plans of a reply and of a thread's page on the board as it is then. */
async function explain(rig: Rig): Promise<string> {
  await writePlans(rig.postgres);
  await rig.restartQuoth();
  const client = createBoardClient(rig.quoth.origin, 1);
  try {
    const [thread, other] = await findThreads(rig, 'order by abs(t.reply_count - 499) limit 2');
    if (thread === undefined || other === undefined) throw new Error('There are no threads of 500 posts.');
    // Often enough for statements to be prepared and planned for good.
    for (let count = 0; count < 12; count += 1) await replyTo(client, thread, makeMark());
    const ofReply = await collectPlans(rig.postgres, () => replyTo(client, thread, makeMark()));
    const ofPage = await collectPlans(rig.postgres, () => timeRead(client, toThreadPath(other)));
    const ofNext = await collectPlans(rig.postgres, async () => {
      await replyTo(client, other, makeMark());
      return timeRead(client, toThreadPath(other));
    });
    return [toPlanText('Plans of a reply', ofReply), toPlanText('Plans of a thread\'s page, read for the first time', ofPage), toPlanText('Plans of a reply and the first read after it', ofNext)].join('\n\n');
  } finally {
    client.close();
    await writeNoPlans(rig.postgres);
  }
}
