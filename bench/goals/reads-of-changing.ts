import { gunzipSync } from 'node:zlib';
import { atLeast, atMost, type Check } from '../checks.js';
import { sayNumber, type Size, type Table } from '../goal.js';
import { type BoardClient, createBoardClient } from '../load/board-client.js';
import { findPage, makeThread } from '../load/make-pages.js';
import { pause, postAtPace, type PacedPost } from '../load/post-at-pace.js';
import { type PageReads, readPages } from '../load/read-pages.js';
import { type LoadedThread, makeMark, replyTo, toThreadPath } from '../load/write-replies.js';
import { quantile } from '../measure/quantiles.js';
import { type Contestant, medianOf, medianRatio, type Round, sayDisturbance, takeRounds } from '../measure/rounds.js';
import type { Rig } from '../rig/open-rig.js';

const connections = 64;
const repliesPerSecond = 10;
/** How often the busy page is looked at, to see how old what it shows is. */
const lookMs = 100;
const sizes = {
  full: { rounds: 3, warmups: 1, seconds: 3, length: 500, changes: 20 },
  quick: { rounds: 1, warmups: 0, seconds: 1, length: 20, changes: 3 },
};

interface ChangingReads {
  reads: PageReads;
  /** Milliseconds since a committed reply that a page did not show yet, for each look at it. */
  ages: number[];
}

/** Reads of a thread that takes ten replies a second beside reads of one that takes none; and the first read after a change. */
export async function measureChangingReads(rig: Rig, client: BoardClient, size: Size): Promise<{ how: string[]; tables: Table[]; checks: Check[] }> {
  const { rounds, warmups, seconds, length, changes } = sizes[size];
  const still = await makeThread(client, rig.quoth.slug, length);
  const busy = await makeThread(client, rig.quoth.slug, length);
  const processes = { server: rig.quoth.pid, PostgreSQL: rig.postgres.pid };
  const contestants: Contestant<ChangingReads>[] = [
    { name: 'nothing new', processes, run: async () => ({ reads: await readThread(rig, client, still, seconds), ages: [] }) },
    { name: `${repliesPerSecond} replies a second`, processes, run: () => readWhileAnswered(rig, client, busy, seconds) },
  ];
  const taken = await takeRounds(contestants, { rounds, warmups });
  const [, name] = contestants.map((one) => one.name);
  const ofRead = (key: 'perSecond' | 'p50' | 'p99') => ({ result }: Round<ChangingReads>) => result.reads[key];
  const oldest = Math.max(...(taken.byName[name ?? ''] ?? []).flatMap(({ result }) => result.ages));
  const ownPages = await countOwnPages(client, busy, changes);
  const firstReads = await timeFirstReads(client, busy, changes);
  return {
    how: [
      `Threads of ${length} posts, ${rounds} rounds of ${seconds} s in turn; one of them takes ${repliesPerSecond} replies a second and is looked at every ${lookMs} ms. ${sayDisturbance(taken, rounds)}`,
      `After ${changes} replies their poster's own page was read at once, and after ${changes} more the thread's page as everybody sees it.`,
    ],
    tables: [
      {
        caption: 'Reads of a thread that changes',
        columns: ['thread', 'reads/s', 'ratio', 'p50 ms', 'p99 ms', 'oldest page shown, ms'],
        rows: contestants.map((one) => [
          one.name,
          sayNumber(medianOf(taken, one.name, ofRead('perSecond'))),
          sayNumber(medianRatio(taken, one.name, 'nothing new', ofRead('perSecond'))),
          sayNumber(medianOf(taken, one.name, ofRead('p50'))),
          sayNumber(medianOf(taken, one.name, ofRead('p99'))),
          one.name === name ? sayNumber(oldest) : '',
        ]),
      },
      {
        caption: 'The first read after a change',
        columns: ['page', 'p50 ms', 'p99 ms'],
        rows: [[`${length} posts`, sayNumber(quantile(firstReads, 0.5)), sayNumber(quantile(firstReads, 0.99))]],
      },
    ],
    checks: [
      atLeast('R4', 'rate of reads under 10 replies/s, of the rate without', medianRatio(taken, name ?? '', 'nothing new', ofRead('perSecond')), 0.7),
      atMost('R4', 'p99 of reads under 10 replies/s', medianOf(taken, name ?? '', ofRead('p99')), 50, 'ms'),
      atMost('R4', 'oldest page that anybody was shown', oldest, 1_000, 'ms'),
      atLeast('R4', 'posters\' own pages that had their post, of all', ownPages / changes, 1),
      atMost('R5', 'first read after a change, 500 posts, p50', quantile(firstReads, 0.5), 15, 'ms'),
    ],
  };
}

async function readThread(rig: Rig, client: BoardClient, thread: LoadedThread, seconds: number): Promise<PageReads> {
  const page = await findPage(client, 'page', toThreadPath(thread));
  let { length } = page.body;
  // Read again at the end: by so much it may have grown.
  const lookAgain = async () => {
    await pause(seconds * 1_000 - 100);
    ({ length } = (await findPage(client, 'page', page.path)).body);
  };
  const [read] = await Promise.all([
    readPages(rig.quoth.origin + page.path, { seconds, connections, bodyBytes: page.body.length, grownBytes: () => length, headers: page.headers }),
    lookAgain(),
  ]);
  return read;
}

async function readWhileAnswered(rig: Rig, client: BoardClient, thread: LoadedThread, seconds: number): Promise<ChangingReads> {
  const posted: PacedPost[] = [];
  const looker = createBoardClient(rig.quoth.origin, 4);
  const posting = postAtPace({ count: seconds * repliesPerSecond, everyMs: 1_000 / repliesPerSecond, posted, post: (mark) => replyTo(client, thread, mark) });
  const looking = lookFor(looker, thread, posted, seconds * 1_000);
  try {
    const [reads, ages] = await Promise.all([readThread(rig, client, thread, seconds), looking, posting]);
    return { reads, ages };
  } finally {
    looker.close();
  }
}

/** How old the page is at each look: since the first reply that was acknowledged before the look and is missing on it. */
async function lookFor(client: BoardClient, thread: LoadedThread, posted: PacedPost[], forMs: number): Promise<number[]> {
  const ages: number[] = [];
  for (const end = performance.now() + forMs; performance.now() < end; ) {
    const askedAt = performance.now();
    const known = posted.filter(({ answeredAt }) => answeredAt < askedAt);
    const shown = (await client.get(toThreadPath(thread))).body.toString();
    const missing = known.find(({ mark }) => !shown.includes(mark));
    ages.push(missing === undefined ? 0 : performance.now() - missing.answeredAt);
    await pause(lookMs);
  }
  return ages;
}

/** Of so many posters, how many find their post on the page to which they are led. */
async function countOwnPages(client: BoardClient, thread: LoadedThread, count: number): Promise<number> {
  let found = 0;
  for (let index = 0; index < count; index += 1) {
    const mark = makeMark();
    const no = await replyTo(client, thread, mark);
    const { body } = await client.get(`${toThreadPath(thread)}?posted=${no}`);
    if (body.includes(mark)) found += 1;
  }
  return found;
}

/** Milliseconds of the read that was the first to bring a new reply. */
export async function timeFirstReads(client: BoardClient, thread: LoadedThread, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    // A page is made anew a few times a second at most: each change stands alone.
    await pause(300);
    const mark = makeMark();
    await replyTo(client, thread, mark);
    for (;;) {
      const askedAt = performance.now();
      const { body } = await client.get(toThreadPath(thread), { 'Accept-Encoding': 'gzip' });
      const took = performance.now() - askedAt;
      if (!gunzipSync(body).includes(mark)) continue;
      times.push(took);
      break;
    }
  }
  return times;
}
