import { readdir, readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { hostileStrings, inEveryPlace, mixedStrings } from '../tests/support/hostile-strings.js';
import { findOffPolicy } from '../tests/support/html-policy.js';
import { markupRules } from '../tests/support/markup-rules.js';
import { type MarkupTrap, openMarkupTrap } from '../tests/support/markup-trap.js';
import { leakEverything, leakXmp, showMarkup, soup, writeMarkup } from '../tests/support/write-markup.js';
import type { Drill, DrillReport } from './drill.js';

/** More bodies on one page than this only make it slow. */
const batch = 500;
/** Texts that run when nothing is done about them, and in an element that a sanitizer forgets. */
const selfTests = [leakEverything('<img src=x onerror=alert(1)>'), leakEverything('<script>alert(1)</script>'), leakXmp('<xmp><img src=x onerror=alert(1)></xmp>')];

/** Every text of every list as a body: by a parser, by Chromium, and a hundred thousand mixed texts by the rules. */
export const markup: Drill = {
  name: 'markup',
  group: 'hostile',
  what: 'texts that would do harm: what comes out, and what a browser makes of it',
  options: {
    corpus: 'a folder of text files, a text on each line, and of JSON lists of texts; all of them are tried too',
    cases: 'how many mixed texts each rule is held against (100000)',
    seed: 'the seed of the mixed texts, to do a run again',
  },
  async run(options, say) {
    const report: DrillReport = { figures: [], faults: [] };
    const { texts, files } = options['corpus'] === undefined ? { texts: [], files: 0 } : await readTexts(options['corpus']);
    const all = [...new Set([...hostileStrings, ...texts])];
    const hash = createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 12);
    const bodies = [...all.flatMap(inEveryPlace), ...mixedStrings(2000)];
    report.figures.push(`${all.length} different texts (${texts.length} read from ${files} files), each in ${inEveryPlace('').length} places: ${bodies.length} bodies; SHA-256 of the list ${hash}`);
    parseAll(bodies, report);
    say('parsed; now in Chromium');
    await openAll(bodies, report);
    say('shown; now the rules');
    holdRules(Number(options['cases'] ?? 100_000), options['seed'], report);
    return report;
  },
};

function parseAll(bodies: readonly string[], report: DrillReport): void {
  let offPolicy = 0;
  let changed = 0;
  let leaked = 0;
  for (const typed of bodies) {
    const { html, sanitizerChanged } = writeMarkup(typed);
    const found = findOffPolicy(showMarkup(html));
    offPolicy += found.length;
    changed += Number(sanitizerChanged);
    leaked += Number(findOffPolicy(leakEverything(typed)).length > 0);
    if (found.length > 0 || sanitizerChanged) report.faults.push(`${JSON.stringify(typed)} comes out with ${found.join(', ') || 'something for the sanitizer'}`);
  }
  report.figures.push(`by a parser: ${offPolicy} nodes off policy, the sanitizer changed ${changed}; of the same texts without markup ${leaked} are off policy`);
  if (leaked === 0) report.faults.push('the parser finds nothing in texts that were let through');
}

async function openAll(bodies: readonly string[], report: DrillReport): Promise<void> {
  const trap = await openMarkupTrap();
  try {
    const sum = { executions: 0, requests: 0, offPolicy: 0, pieces: 0 };
    for (let from = 0; from < bodies.length; from += batch) {
      const part = bodies.slice(from, from + batch);
      const caught = await trap.spring(part.map((typed) => showMarkup(writeMarkup(typed).html)));
      sum.executions += caught.executions.length;
      sum.requests += caught.requests.length;
      sum.offPolicy += caught.offPolicy.length;
      sum.pieces += caught.pieces;
      const told = [...caught.executions, ...caught.requests, ...caught.offPolicy];
      if (told.length > 0) report.faults.push(`among bodies ${from} to ${from + part.length}: ${told.slice(0, 5).join('; ')}`);
    }
    report.figures.push(`in Chromium: ${sum.pieces} bodies shown and touched, ${sum.executions} executions, ${sum.requests} requests, ${sum.offPolicy} nodes off policy`);
    if (sum.pieces !== bodies.length) report.faults.push(`${bodies.length} bodies were sent and ${sum.pieces} shown`);
    await tryTrap(trap, report);
  } finally {
    await trap.close();
  }
}

async function tryTrap(trap: MarkupTrap, report: DrillReport): Promise<void> {
  let caught = 0;
  for (const body of selfTests) {
    const { executions, offPolicy } = await trap.spring([body]);
    caught += Number(executions.length > 0 && offPolicy.length > 0);
  }
  report.figures.push(`in Chromium, let through on purpose: ${caught} of ${selfTests.length} ran`);
  if (caught < selfTests.length) report.faults.push('the trap does not catch what is let through');
}

function holdRules(numRuns: number, seed: string | undefined, report: DrillReport): void {
  for (const [rule, hold] of Object.entries(markupRules)) {
    const found = fc.check(fc.property(soup, hold), { numRuns, seed: seed === undefined ? undefined : Number(seed) });
    report.figures.push(`${found.numRuns} mixed texts (seed ${found.seed}): ${rule}`);
    if (found.failed) report.faults.push(`${rule}: not so for ${JSON.stringify(found.counterexample)}`);
  }
}

/** Every text of a folder: the lines of its .txt files, the strings of its .json files. */
export async function readTexts(folder: string): Promise<{ texts: string[]; files: number }> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && /\.(?:txt|json)$/.test(entry.name));
  const texts: string[] = [];
  for (const { parentPath, name } of names) {
    const text = await readFile(join(parentPath, name), 'utf8');
    texts.push(...(name.endsWith('.json') ? readStrings(text) : text.split(/\r?\n/)));
  }
  return { texts: texts.filter((text) => text !== ''), files: names.length };
}

/** Every text in a JSON file, however deep. */
function readStrings(json: string): string[] {
  const texts: string[] = [];
  JSON.parse(json, (_key, value: unknown) => {
    if (typeof value === 'string') texts.push(value);
    return value;
  });
  return texts;
}
