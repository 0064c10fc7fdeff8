import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Check, countChecks, toCheckTable } from './checks.js';
import { type Goal, type GoalReport, type Size, toMarkdown } from './goal.js';
import { growth } from './goals/growth.js';
import { live } from './goals/live.js';
import { page } from './goals/page.js';
import { reads } from './goals/reads.js';
import { replies } from './goals/replies.js';
import { scale } from './goals/scale.js';
import { openRig, type Rig } from './rig/open-rig.js';
import { assertInstalled, initdb, postgres } from './rig/programs.js';

/** Everything that is measured, in the order in which it is: the weight of a page is that of one with small numbers. */
const goals: Goal[] = [page, reads, replies, live, growth, scale];
const usualGoals = goals.filter(({ keptIn }) => keptIn === undefined);
const usualFile = 'RESULTS.md';

interface Wanted {
  chosen: Goal[];
  size: Size;
  options: Record<string, number>;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exitCode = await run(process.argv.slice(2));

/**
 * `npm run bench` measures everything that does not take long, prints it and keeps it in bench/RESULTS.md; `npm run bench -- reads live`
 * prints those alone; `-- growth --posts 1000000` and `-- scale --minutes 10 --readers 20000` take long, and keep files of their own.
 * `--quick` shows within a minute whether everything works, and its figures say nothing. Answers with the exit code: 1 when anything was
 * lost, refused or wrong, for then there is no figure; a goal that does not hold is a figure.
 */
async function run(words: string[]): Promise<number> {
  try {
    const wanted = readWords(words);
    assertInstalled([initdb, postgres, ...wanted.chosen.flatMap((goal) => goal.programs)]);
    const loadBefore = loadavg();
    const rig = await openRig();
    try {
      const head = toHead(rig, words, loadBefore);
      say(head);
      await measure(rig, wanted, head);
    } finally {
      await rig.close();
    }
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

async function measure(rig: Rig, { chosen, size, options }: Wanted, head: string): Promise<void> {
  const reports: GoalReport[] = [];
  for (const goal of chosen) {
    const report = await goal.measure(rig, size, { ...goal.options, ...options });
    say(toPart(report));
    reports.push(report);
    if (goal.keptIn !== undefined && size === 'full') keep(goal.keptIn, [head, toPart(report)]);
  }
  const checks = reports.flatMap((report) => report.checks);
  if (reports.length > 1) say(toOverview(checks));
  if (size === 'full' && usualGoals.every((goal) => chosen.includes(goal))) keep(usualFile, [head, toOverview(checks), ...reports.map(toPart)]);
}

function keep(name: string, parts: string[]): void {
  const path = fileURLToPath(new URL(name, import.meta.url));
  writeFileSync(path, `${parts.join('\n\n')}\n`);
  say(`Kept in ${path}`);
}

/** @throws Error with a sentence when a goal or an option is not known */
function readWords(words: string[]): Wanted {
  const names: string[] = [];
  const options: Record<string, number> = {};
  const waiting = words.filter((word) => word !== '--quick').values();
  for (const word of waiting) {
    if (!word.startsWith('--')) names.push(word);
    else options[word.slice(2)] = Number(waiting.next().value);
  }
  const unknown = names.filter((name) => !goals.some((goal) => goal.name === name));
  if (unknown.length > 0) throw new Error(`There is no goal ${unknown.join(', ')}. There are: ${goals.map(({ name }) => name).join(', ')}.`);
  const chosen = names.length === 0 ? usualGoals : goals.filter(({ name }) => names.includes(name));
  for (const [name, value] of Object.entries(options)) {
    if (!chosen.some((goal) => name in (goal.options ?? {}))) throw new Error(`No goal that was chosen knows --${name}.`);
    if (!(value > 0)) throw new Error(`--${name} needs a number above 0.`);
  }
  return { chosen, size: words.includes('--quick') ? 'quick' : 'full', options };
}

function toHead(rig: Rig, words: string[], load: number[]): string {
  const [processor] = cpus();
  const lines = [
    `Taken ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC by \`npm run bench${words.length === 0 ? '' : ` -- ${words.join(' ')}`}\`.`,
    `Machine: ${cpus().length} × ${processor?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB; client and server share it. Load before: ${load.map((value) => value.toFixed(1)).join(', ')}.`,
    `Node ${process.versions.node}, PostgreSQL ${rig.postgres.version} with its default durability, one process of the board with POSTING_LIMITS=off.`,
    'Every figure is a median of rounds in which all contestants take turns; ratios are medians of the ratios of each round. A rate by itself says little: read the ratio, and the processor time.',
  ];
  return `# What was measured\n\n${lines.join('\n')}`;
}

function toOverview(checks: Check[]): string {
  return `## Every goal\n\n${countChecks(checks)}\n\n${toMarkdown(toCheckTable(checks))}`;
}

function toPart({ title, how, tables, appendix, checks }: GoalReport): string {
  return [`## ${title}`, how.join('\n'), ...tables.map(toMarkdown), toMarkdown(toCheckTable(checks)), ...(appendix === undefined ? [] : [appendix])].join('\n\n');
}

function say(text: string): void {
  process.stdout.write(`${text}\n\n`);
}
