import { cpus, loadavg } from 'node:os';
import type { Drill, DrillOptions, DrillReport } from './drill.js';
import { copies } from './faults/copies.js';
import { crash } from './faults/crash.js';
import { crashPoints } from './faults/crash-points.js';
import { postgresAway, postgresKilled } from './faults/database-away.js';
import { diskFull } from './faults/disk-full.js';
import { mediaWorkers } from './faults/media-workers.js';
import { numberRace } from './faults/number-race.js';
import { removalRace } from './faults/removal-race.js';
import { soak } from './faults/soak.js';
import { stop } from './faults/stop.js';
import { growth } from './growth.js';
import { injection } from './injection.js';
import { markup } from './markup.js';
import { naughty } from './naughty.js';
import { oddRequests } from './odd-requests.js';
import { slowClients } from './slow-clients.js';
import { socketCrowd } from './socket-crowd.js';
import { socketFrames } from './socket-frames.js';
import { socketReaders } from './socket-readers.js';
import { uploads } from './uploads.js';

/** Everything that is tried at length, in the order in which `npm run fuzz` does it. */
const drills: Drill[] = [markup, naughty, growth, injection, uploads, crash, crashPoints, stop, postgresKilled, postgresAway, mediaWorkers, copies, numberRace, removalRace, diskFull, soak, slowClients, oddRequests, socketFrames, socketCrowd, socketReaders];

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exitCode = await run(process.argv.slice(2));

/**
 * `npm run fuzz` does every drill, `npm run fuzz -- list` names them, `npm run fuzz -- crash faults --rounds 3` does those of that name or
 * group. Each prints its figures. Answers with the exit code: 1 when anything was not as it must be.
 */
async function run(words: string[]): Promise<number> {
  try {
    const { names, options } = readWords(words);
    if (names.includes('list')) {
      for (const drill of drills) say(`${drill.name.padEnd(14)} ${drill.group.padEnd(8)} ${drill.what}${toOptionLines(drill)}`);
      return 0;
    }
    const chosen = choose(names, options);
    const [processor] = cpus();
    say(`${cpus().length} × ${processor?.model ?? 'unknown processor'}, Node ${process.versions.node}; load before: ${loadavg().map((value) => value.toFixed(1)).join(', ')}`);
    const failed: string[] = [];
    for (const drill of chosen) if (!(await isPassed(drill, options))) failed.push(drill.name);
    say(failed.length === 0 ? `\nAll ${chosen.length} went well.` : `\nNot as it must be: ${failed.join(', ')}.`);
    return failed.length === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function isPassed(drill: Drill, options: DrillOptions): Promise<boolean> {
  say(`\n## ${drill.name}: ${drill.what}`);
  const startedAt = Date.now();
  const report = await drill.run(options, (line) => say(`  ${line}`)).catch(toBrokenReport);
  for (const figure of report.figures) say(figure);
  for (const fault of report.faults) say(`FAULT: ${fault}`);
  say(`${report.faults.length === 0 ? 'well' : 'NOT WELL'} after ${Math.round((Date.now() - startedAt) / 1000)} s`);
  return report.faults.length === 0;
}

function toBrokenReport(error: unknown): DrillReport {
  return { figures: [], faults: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
}

function readWords(words: string[]): { names: string[]; options: DrillOptions } {
  const names: string[] = [];
  const options: Record<string, string> = {};
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('--')) {
      names.push(word);
      continue;
    }
    const [name = '', value] = word.slice(2).split('=', 2);
    const next = words[index + 1];
    if (value === undefined && (next === undefined || next.startsWith('--'))) throw new Error(`--${name} needs a value.`);
    options[name] = value ?? next ?? '';
    if (value === undefined) index += 1;
  }
  return { names, options };
}

/** @throws Error with a sentence when a name or an option is not known */
function choose(names: string[], options: DrillOptions): Drill[] {
  const unknown = names.filter((name) => !drills.some((drill) => drill.name === name || drill.group === name));
  if (unknown.length > 0) throw new Error(`There is no drill ${unknown.join(', ')}. There are: ${drills.map(({ name }) => name).join(', ')}.`);
  const chosen = names.length === 0 ? drills : drills.filter(({ name, group }) => names.includes(name) || names.includes(group));
  const strange = Object.keys(options).filter((option) => !chosen.some((drill) => option in (drill.options ?? {})));
  if (strange.length > 0) throw new Error(`No drill that was chosen knows --${strange.join(', --')}.`);
  return chosen;
}

function toOptionLines({ options = {} }: Drill): string {
  return Object.entries(options).map(([name, meaning]) => `\n${' '.repeat(24)}--${name}: ${meaning}`).join('');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
