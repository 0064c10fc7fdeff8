import { type Goal, sayNumber } from '../goal.js';
import { type BoardClient, createBoardClient } from '../load/board-client.js';
import { readPages, type PageReads } from '../load/read-pages.js';
import { createRandom, writeWords } from '../load/words.js';
import { makeMark, startThread, toThreadPath, writeReplies } from '../load/write-replies.js';
import { type Contestant, medianOf, medianRatio, sayDisturbance, takeRounds } from '../measure/rounds.js';
import type { Rig } from '../rig/open-rig.js';
import { nginx, wrk } from '../rig/programs.js';
import { gatherStatistics } from '../rig/start-postgres.js';
import { type ServedPage, startNginx } from '../rig/start-nginx.js';

const connections = 16;
/** As a browser asks. */
const headers = { 'Accept-Encoding': 'gzip' };
const sizes = {
  full: { rounds: 5, seconds: 3, lengths: [100, 500] },
  quick: { rounds: 1, seconds: 1, lengths: [20] },
};

/** Thread pages a second, beside nginx serving the same bytes. */
export const reads: Goal = {
  name: 'reads',
  programs: [nginx, wrk],
  async measure(rig, size) {
    const { rounds, seconds, lengths } = sizes[size];
    const client = createBoardClient(rig.quoth.origin, 8);
    const pages: QuothPage[] = [];
    for (const length of lengths) pages.push(await makePage(client, rig, length));
    await gatherStatistics(rig.postgres);
    const files = await startNginx(rig.dir, pages);
    try {
      for (const page of pages) await assertSameBytes(files.origin, `/${page.name}`, page);
      const contestants = pages.flatMap((page): Contestant<PageReads>[] => [
        { name: `${page.name}: nginx`, processes: { server: files.pid }, run: () => read(`${files.origin}/${page.name}`, page, seconds) },
        { name: `${page.name}: Quoth`, processes: { server: rig.quoth.pid, PostgreSQL: rig.postgres.pid }, run: () => read(rig.quoth.origin + page.path, page, seconds) },
      ]);
      const taken = await takeRounds(contestants, { rounds });
      for (const page of pages) await assertSameBytes(rig.quoth.origin, page.path, page);
      return {
        title: 'Thread pages read',
        how: [
          `wrk, ${connections} connections that stay open, Accept-Encoding: gzip, ${rounds} rounds of ${seconds} s in turn; nginx with one worker serves the very bytes that the board sent.`,
          sayDisturbance(taken, rounds),
        ],
        table: {
          columns: ['page', 'bytes', 'reads/s', 'ratio to nginx', 'p50 ms', 'p99 ms', 'CPU ms/read: server', 'PostgreSQL'],
          rows: contestants.map(({ name }, index) => {
            const page = pages[Math.floor(index / 2)];
            const perRead = (process: string) => sayNumber(medianOf(taken, name, (round) => ((round.seconds[process] ?? NaN) * 1000) / round.result.count));
            return [
              name,
              sayNumber(page?.body.length ?? NaN),
              sayNumber(medianOf(taken, name, ({ result }) => result.perSecond)),
              sayNumber(medianRatio(taken, name, `${page?.name}: nginx`, ({ result }) => result.perSecond)),
              sayNumber(medianOf(taken, name, ({ result }) => result.p50)),
              sayNumber(medianOf(taken, name, ({ result }) => result.p99)),
              perRead('server'),
              perRead('PostgreSQL'),
            ];
          }),
        },
      };
    } finally {
      client.close();
      await files.stop();
    }
  },
};

/** A page and where it stands on the board. */
type QuothPage = ServedPage & { path: string };

function read(url: string, page: ServedPage, seconds: number): Promise<PageReads> {
  return readPages(url, { seconds, connections, bodyBytes: page.body.length, headers });
}

/** Posts a thread in which every fourth reply names an earlier post, and reads its page. */
async function makePage(client: BoardClient, rig: Rig, length: number): Promise<QuothPage> {
  const random = createRandom(length);
  const thread = await startThread(client, rig.quoth.slug, writeWords(random));
  for (let count = 1; count < length; count += 4) {
    const quoted = thread.posts[Math.floor(random() * thread.posts.length)];
    const orders = Array.from({ length: Math.min(4, length - count) }, (_, index) => ({
      thread,
      mark: makeMark(),
      body: (index === 0 && quoted !== undefined ? `>>${quoted.no}\n` : '') + writeWords(random),
    }));
    await writeReplies(client, orders, 4);
  }
  const path = toThreadPath(thread);
  const { status, body, contentEncoding } = await client.get(path, headers);
  if (status !== 200) throw new Error(`${path} was answered with ${status}.`);
  return { name: `${length} posts`.replace(' ', '-'), path, body, contentEncoding };
}

/** What is compared must be the same, before the load and after it. */
async function assertSameBytes(origin: string, path: string, page: ServedPage): Promise<void> {
  const client = createBoardClient(origin, 1);
  const { status, body, contentEncoding } = await client.get(path, headers);
  client.close();
  if (status !== 200 || !body.equals(page.body) || contentEncoding !== page.contentEncoding) throw new Error(`${origin}${path} does not serve the bytes of the page.`);
}
