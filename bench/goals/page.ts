import { atMost, type Check, notMeasured } from '../checks.js';
import { type Goal, sayNumber, type Table } from '../goal.js';
import { createBoardClient } from '../load/board-client.js';
import { makeThread } from '../load/make-pages.js';
import { launchChromium, type PageTimes, showOnSlowPhone } from '../load/slow-phone.js';
import { type PageWeight, weighPage } from '../load/weigh-page.js';
import { toThreadPath } from '../load/write-replies.js';
import { recorded } from '../measure/recorded.js';
import { median } from '../measure/quantiles.js';
import type { Rig } from '../rig/open-rig.js';
import { chromium, findProgramIfAny } from '../rig/programs.js';

const sizes = {
  full: { rounds: 3, usual: 300, long: 1_000 },
  quick: { rounds: 1, usual: 20, long: 40 },
};
type Amount = (typeof sizes)['full'];

/** What a thread's page weighs, and how it comes up on a slow phone. */
export const page: Goal = {
  name: 'page',
  programs: [],
  async measure(rig, size) {
    const amount: Amount = sizes[size];
    const client = createBoardClient(rig.quoth.origin, 8);
    try {
      const usual = toThreadPath(await makeThread(client, rig.quoth.slug, amount.usual));
      const long = toThreadPath(await makeThread(client, rig.quoth.slug, amount.long));
      const weight = await weighPage(client, usual);
      const times = await measureTimes(rig, amount, { usual, long });
      return {
        title: 'A thread\'s page',
        how: [
          `Threads of ${amount.usual} and ${amount.long} posts without pictures, the first of a new board, of about 200 characters a post; weights are those of gzip 6 and of what the markup names.`,
          'The slow phone is Chromium with 412 px, a quarter of this processor, 1.6 Mbit/s and 150 ms to the server, medians of rounds in turn. vichan\'s figures were taken once, on another machine.',
        ],
        tables: [toWeightTable(weight, amount.usual), ...(times === undefined ? [] : [toTimesTable(times, amount)])],
        checks: [...toWeightChecks(weight, amount.usual), ...toTimesChecks(times)],
      };
    } finally {
      client.close();
    }
  },
};

const toKiB = (bytes: number) => bytes / 1024;

function toWeightTable(weight: PageWeight, posts: number): Table {
  const { htmlBytes, htmlGzip, styleGzip, scriptGzip, blockingGzip, requests, blockingScripts } = weight;
  return {
    caption: 'Weight',
    columns: ['page', 'HTML KiB', 'gzip', 'styles gzip', 'script gzip', 'HTML and what blocks, gzip', 'requests without pictures', 'scripts that block'],
    rows: [[`${posts} posts`, ...[htmlBytes, htmlGzip, styleGzip, scriptGzip, blockingGzip].map((bytes) => sayNumber(toKiB(bytes))), String(requests), String(blockingScripts)]],
  };
}

function toWeightChecks({ htmlBytes, htmlGzip, styleGzip, scriptGzip, blockingGzip, requests, blockingScripts }: PageWeight, posts: number): Check[] {
  return [
    atMost('P1', '300 posts: HTML, gzip', toKiB(htmlGzip), 45, 'KiB'),
    atMost('P1', '300 posts: HTML a post, plain', htmlBytes / posts, 550, 'B'),
    atMost('P1', 'HTML and what blocks, gzip', toKiB(blockingGzip), 55, 'KiB'),
    atMost('P1', 'requests without pictures', requests, 4),
    atMost('P1', 'scripts that block', blockingScripts, 0),
    atMost('P1', 'styles, gzip', toKiB(styleGzip), 8, 'KiB'),
    atMost('P2', 'script in all, gzip', toKiB(scriptGzip), 30, 'KiB'),
    notMeasured('P2', 'reading and posting without script', 'tests/browser/without-script.test.ts'),
  ];
}

type Times = Record<'usual' | 'long', PageTimes>;

/** Nothing where there is no Chromium. */
async function measureTimes(rig: Rig, { rounds }: Amount, paths: Record<'usual' | 'long', string>): Promise<Times | undefined> {
  const program = process.env['CHROMIUM'] ?? findProgramIfAny(chromium);
  if (program === undefined) return undefined;
  const browser = await launchChromium(program);
  try {
    const taken: Record<'usual' | 'long', PageTimes[]> = { usual: [], long: [] };
    for (let round = 0; round < rounds; round += 1) {
      taken.usual.push(await showOnSlowPhone(browser, rig.quoth.origin + paths.usual));
      taken.long.push(await showOnSlowPhone(browser, rig.quoth.origin + paths.long));
    }
    return { usual: toMedians(taken.usual), long: toMedians(taken.long) };
  } finally {
    await browser.close();
  }
}

function toMedians(all: PageTimes[]): PageTimes {
  const of = (key: keyof PageTimes) => median(all.map((times) => times[key]));
  return { firstPaint: of('firstPaint'), largestPaint: of('largestPaint'), layoutShift: of('layoutShift'), blocking: of('blocking') };
}

function toTimesTable({ usual, long }: Times, amount: Amount): Table {
  const toRow = (name: string, { firstPaint, largestPaint, layoutShift, blocking }: PageTimes) => [name, ...[firstPaint, largestPaint].map(sayNumber), layoutShift.toFixed(3), sayNumber(blocking)];
  const { posts, fcp, lcp, cls, tbt } = recorded.vichanPage;
  return {
    caption: 'On a slow phone',
    columns: ['page', 'first paint ms', 'largest paint ms', 'layout shift', 'blocking ms'],
    rows: [
      toRow(`${amount.usual} posts`, usual),
      toRow(`${amount.long} posts`, long),
      toRow(`vichan, ${posts} posts, recorded`, { firstPaint: fcp, largestPaint: lcp, layoutShift: cls, blocking: tbt }),
    ],
  };
}

function toTimesChecks(times: Times | undefined): Check[] {
  if (times === undefined) return [notMeasured('P3', 'paint, shift and blocking on a slow phone', 'there is no Chromium: apt-get install chromium')];
  const { usual, long } = times;
  const { fcp, lcp } = recorded.vichanPage;
  return [
    atMost('P3', 'slow phone, 300 posts: first paint, of vichan\'s recorded', usual.firstPaint / fcp, 0.9),
    atMost('P3', 'slow phone, 300 posts: largest paint, of vichan\'s recorded', usual.largestPaint / lcp, 0.9),
    atMost('P3', 'slow phone: layout shift, the larger of 300 and 1,000 posts', Math.max(usual.layoutShift, long.layoutShift), 0.01),
    atMost('P3', 'slow phone, 300 posts: blocking', usual.blocking, 50, 'ms'),
    atMost('P3', 'slow phone, 1,000 posts: blocking', long.blocking, 200, 'ms'),
  ];
}
