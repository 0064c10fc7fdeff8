import { generators, grow, measureCost, prepareQuote, quoteGenerators, readers } from '../tests/support/growth.js';
import type { Drill, DrillReport } from './drill.js';

/** As long as a body may be on a board that says nothing else, and on any; and so many lines. A body over that is refused unread. */
const usualLimit = { length: 8_000, lines: 200 };
const longestLimit = { length: 20_000, lines: 1_000 };
const mostMs = 20;
/** For each doubling. */
const mostRatio = 2.5;
const doublings = 3;
/** A text is judged at the first length at which it costs more than this: less is not told from noise. */
const leastMs = 8;
/** Far over any limit, so that the figures show what a text costs and not what stands around it. */
const longest = 160_000;

/** Every reader with every text that grows, doubled until it takes long enough to be judged, and what it costs at the limits of a post. */
export const growth: Drill = {
  name: 'growth',
  group: 'hostile',
  what: 'texts that careless patterns back up over: what twice the text costs, and what a whole post does',
  async run(_options, say) {
    const report: DrillReport = { figures: [], faults: [] };
    for (const [reader, read] of Object.entries(readers)) {
      say(reader);
      judge(reader, generators.map((generator) => [generator[0], (length, lines) => toAct(read, cutLines(grow(generator, length), lines))]), report);
    }
    say('quotes');
    judge('choosing the sources of a quote among four posts', Object.entries(quoteGenerators).map(([name, make]) => [name, (length) => prepareQuote(make(length))]), report);
    return report;
  },
};

type Act = (length: number, lines?: number) => () => unknown;
const cutLines = (text: string, lines = Infinity) => (lines === Infinity ? text : text.split(/\r\n?|\n/).slice(0, lines).join('\n'));
const toAct = (read: (typed: string) => unknown, typed: string) => () => read(typed);

function judge(reader: string, texts: [name: string, act: Act][], report: DrillReport): void {
  const costs = texts.map(([name, act]) => ({ name, usual: measureCost(act(usualLimit.length, usualLimit.lines), 15), most: measureCost(act(longestLimit.length, longestLimit.lines), 7), ratio: findRatio(act) }));
  const worst = (pick: (cost: (typeof costs)[number]) => number) => costs.reduce((one, other) => (pick(other) > pick(one) ? other : one));
  const [usual, most, ratio] = [worst((cost) => cost.usual), worst((cost) => cost.most), worst((cost) => cost.ratio)];
  report.figures.push(
    `${reader}: ${costs.length} texts; at ${usualLimit.length} characters at most ${usual.usual.toFixed(1)} ms (${usual.name}), at ${longestLimit.length} ${most.most.toFixed(1)} ms (${most.name}); doubled at most ${ratio.ratio.toFixed(2)} times (${ratio.name})`,
  );
  if (usual.usual > mostMs) report.faults.push(`${reader}: ${usual.name} takes ${usual.usual.toFixed(1)} ms at ${usualLimit.length} characters, more than ${mostMs}`);
  if (ratio.ratio > mostRatio) report.faults.push(`${reader}: ${ratio.name} costs ${ratio.ratio.toFixed(2)} times when it is doubled, more than ${mostRatio}`);
}

/** What a doubling costs, from the first length at which it can be judged on; 0 when the text costs next to nothing however long it is. */
function findRatio(act: Act): number {
  for (let length = longestLimit.length; length <= longest; length *= 2) {
    const once = measureCost(act(length), 9);
    if (once >= leastMs) return findLess(act, length);
  }
  return 0;
}

/** The less of two: what else a process does now and then, such as clearing its memory, is no part of the text's cost. */
function findLess(act: Act, length: number): number {
  const measure = () => (measureCost(act(length * 2 ** doublings), 5) / measureCost(act(length), 9)) ** (1 / doublings);
  const ratio = measure();
  return ratio <= mostRatio ? ratio : Math.min(ratio, measure());
}
