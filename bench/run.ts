import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Goal, type GoalReport, type Size, toMarkdown } from './goal.js';
import { live } from './goals/live.js';
import { reads } from './goals/reads.js';
import { replies } from './goals/replies.js';
import { openRig, type Rig } from './rig/open-rig.js';
import { assertInstalled, initdb, postgres } from './rig/programs.js';

/** Everything that is measured, in the order in which it is. */
const goals: Goal[] = [reads, replies, live];
const resultsPath = fileURLToPath(new URL('RESULTS.md', import.meta.url));

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exitCode = await run(process.argv.slice(2));

/**
 * `npm run bench` measures everything, prints it and keeps it in bench/RESULTS.md; `npm run bench -- reads live` prints those alone;
 * `--quick` shows within half a minute whether everything works, and its figures say nothing. Answers with the exit code: 1 when
 * anything was lost, refused or wrong, for then there is no figure.
 */
async function run(words: string[]): Promise<number> {
  try {
    const { chosen, size } = readWords(words);
    assertInstalled([initdb, postgres, ...chosen.flatMap((goal) => goal.programs)]);
    const loadBefore = loadavg();
    const rig = await openRig();
    try {
      const head = toHead(rig, words, loadBefore);
      say(head);
      const parts = [head];
      for (const goal of chosen) {
        const part = toPart(await goal.measure(rig, size));
        say(part);
        parts.push(part);
      }
      if (chosen.length === goals.length && size === 'full') {
        writeFileSync(resultsPath, `${parts.join('\n\n')}\n`);
        say(`Kept in ${resultsPath}`);
      }
    } finally {
      await rig.close();
    }
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

function readWords(words: string[]): { chosen: Goal[]; size: Size } {
  const names = words.filter((word) => word !== '--quick');
  const unknown = names.filter((name) => !goals.some((goal) => goal.name === name));
  if (unknown.length > 0) throw new Error(`There is no goal ${unknown.join(', ')}. There are: ${goals.map(({ name }) => name).join(', ')}.`);
  return { chosen: names.length === 0 ? goals : goals.filter(({ name }) => names.includes(name)), size: words.includes('--quick') ? 'quick' : 'full' };
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

function toPart({ title, how, table }: GoalReport): string {
  return `## ${title}\n\n${how.join('\n')}\n\n${toMarkdown(table)}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n\n`);
}
