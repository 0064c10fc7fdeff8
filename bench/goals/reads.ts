import { atLeast, atMost, type Check } from '../checks.js';
import { type Goal, type GoalReport, sayNumber, type Table } from '../goal.js';
import { createBoardClient } from '../load/board-client.js';
import { assertSameBytes, findPage, makeThread, type QuothPage } from '../load/make-pages.js';
import { readPages, type PageReads } from '../load/read-pages.js';
import { toThreadPath } from '../load/write-replies.js';
import { recorded } from '../measure/recorded.js';
import { type Contestant, medianOf, medianRatio, type Round, type Rounds, sayDisturbance, takeRounds } from '../measure/rounds.js';
import type { Rig } from '../rig/open-rig.js';
import { nginx, wrk } from '../rig/programs.js';
import { gatherStatistics } from '../rig/start-postgres.js';
import { startNginx } from '../rig/start-nginx.js';
import { measureChangingReads } from './reads-of-changing.js';

const connections = 64;
const sizes = {
  full: { rounds: 5, warmups: 1, seconds: 2, short: 100, long: 500 },
  quick: { rounds: 1, warmups: 0, seconds: 1, short: 12, long: 20 },
};
export type ReadsAmount = (typeof sizes)['full'];

/** Pages a second, beside nginx serving the same bytes; and what they cost and show while their thread changes. */
export const reads: Goal = {
  name: 'reads',
  programs: [nginx, wrk],
  async measure(rig, size) {
    const amount: ReadsAmount = sizes[size];
    const client = createBoardClient(rig.quoth.origin, 8);
    try {
      const short = await makeThread(client, rig.quoth.slug, amount.short);
      const long = await makeThread(client, rig.quoth.slug, amount.long);
      const find = (name: string, path: string, encoding?: string) => findPage(client, `${name.replaceAll(/[ ,]+/g, '-')}`, path, encoding);
      const pages = {
        short: await find(`${amount.short} posts`, toThreadPath(short)),
        long: await find(`${amount.long} posts`, toThreadPath(long)),
        index: await find('index', `/${rig.quoth.slug}/`),
        catalog: await find('catalog', `/${rig.quoth.slug}/catalog`),
        plain: await find(`${amount.short} posts, not compressed`, toThreadPath(short), 'identity'),
      };
      const still = await measureStillPages(rig, amount, pages);
      const changing = await measureChangingReads(rig, client, size);
      return {
        title: 'Pages read',
        how: [
          `wrk, one thread, ${connections} connections that stay open, Accept-Encoding: gzip unless said, ${amount.rounds} rounds of ${amount.seconds} s in turn; nginx with one worker serves the very bytes that the board sent.`,
          still.disturbance,
          ...changing.how,
        ],
        tables: [still.table, ...changing.tables],
        checks: [...still.checks, ...changing.checks],
      } satisfies GoalReport;
    } finally {
      client.close();
    }
  },
};

type Pages = Record<'short' | 'long' | 'index' | 'catalog' | 'plain', QuothPage>;

async function measureStillPages(rig: Rig, { rounds, warmups, seconds }: ReadsAmount, pages: Pages) {
  const all = Object.values(pages);
  await gatherStatistics(rig.postgres);
  const files = await startNginx(rig.dir, all);
  try {
    for (const page of all) await assertSameBytes(files.origin, `/${page.name}`, page);
    const read = (url: string, page: QuothPage) => readPages(url, { seconds, connections, bodyBytes: page.body.length, headers: page.headers });
    const processes = { server: rig.quoth.pid, PostgreSQL: rig.postgres.pid };
    const contestants = all.flatMap((page): Contestant<PageReads>[] => [
      { name: `${page.name}: nginx`, processes: { server: files.pid }, run: () => read(`${files.origin}/${page.name}`, page) },
      { name: `${page.name}: Quoth`, processes, run: () => read(rig.quoth.origin + page.path, page) },
    ]);
    const { path, etag, headers } = pages.short;
    contestants.push({ name: unchanged, processes, run: () => readPages(rig.quoth.origin + path, { seconds, connections, bodyBytes: 0, headers: { ...headers, 'If-None-Match': etag } }) });
    const taken = await takeRounds(contestants, { rounds, warmups });
    for (const page of all) await assertSameBytes(rig.quoth.origin, page.path, page);
    return { disturbance: sayDisturbance(taken, rounds), table: toTable(taken, all), checks: toChecks(taken, pages) };
  } finally {
    await files.stop();
  }
}

const unchanged = 'answers of 304: Quoth';
const perSecond = ({ result }: Round<PageReads>) => result.perSecond;
const cpu = (process: string) => (round: Round<PageReads>) => ((round.seconds[process] ?? NaN) * 1_000_000) / round.result.count;

function toTable(taken: Rounds<PageReads>, pages: QuothPage[]): Table {
  const toRow = (name: string, baseline: string, bytes: number): string[] => [
    name,
    sayNumber(bytes),
    sayNumber(medianOf(taken, name, perSecond)),
    baseline === '' ? '' : sayNumber(medianRatio(taken, name, baseline, perSecond)),
    sayNumber(medianOf(taken, name, ({ result }) => result.p50)),
    sayNumber(medianOf(taken, name, ({ result }) => result.p99)),
    sayNumber(medianOf(taken, name, cpu('server'))),
    sayNumber(medianOf(taken, name, cpu('PostgreSQL'))),
  ];
  const rows = pages.flatMap(({ name, body }) => ['nginx', 'Quoth'].map((who) => toRow(`${name}: ${who}`, `${name}: nginx`, body.length)));
  return {
    columns: ['page', 'bytes', 'reads/s', 'ratio to nginx', 'p50 ms', 'p99 ms', 'CPU µs/read: server', 'PostgreSQL'],
    rows: [...rows, toRow(unchanged, '', 0)],
  };
}

/** vichan stands in no run of this bench: its share of nginx's rate was taken once, on another machine, and is divided by ours. */
function toChecks(taken: Rounds<PageReads>, pages: Pages): Check[] {
  const ratio = ({ name }: QuothPage) => medianRatio(taken, `${name}: Quoth`, `${name}: nginx`, perSecond);
  const cost = ({ name }: QuothPage) => medianOf(taken, `${name}: Quoth`, cpu('server'));
  const ofVichan = 'times vichan with gzip, by the ratio to nginx in both runs (vichan\'s recorded)';
  return [
    atLeast('R1', '100 posts, gzip: rate, of nginx gzip_static', ratio(pages.short), 0.3),
    atLeast('R1', '500 posts, gzip: rate, of nginx gzip_static', ratio(pages.long), 0.45),
    atMost('R1', '100 posts: server CPU a read', cost(pages.short), 30, 'µs'),
    atMost('R1', '500 posts: server CPU a read', cost(pages.long), 30, 'µs'),
    atLeast('R2', `100 posts: rate, ${ofVichan}`, ratio(pages.short) / recorded.vichanOfNginx.posts100, 25),
    atLeast('R2', `500 posts: rate, ${ofVichan}`, ratio(pages.long) / recorded.vichanOfNginx.posts500, 80),
    atLeast('R2', '100 posts, not compressed: rate, of vichan\'s plain files', ratio(pages.plain) / recorded.vichanOfNginx.plain100, 0.5),
    atLeast('R3', 'index, gzip: rate, of nginx gzip_static', ratio(pages.index), 0.3),
    atLeast('R3', 'catalog, gzip: rate, of nginx gzip_static', ratio(pages.catalog), 0.3),
    atLeast('R3', 'answers of 304: rate, of whole pages of 100 posts', medianRatio(taken, unchanged, `${pages.short.name}: Quoth`, perSecond), 1),
  ];
}
