import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { breakFiles, type Mutant, readMutants } from './support/mutant.js';

/**
 * `npm run mutants` puts each deliberate fault of tests/mutants into a copy of this tree and runs the tests that it names: they must fail.
 * `npm run mutants -- 14 20` does those that begin so. Exit code 1 when more than two survive.
 */
const root = join(import.meta.dirname, '..');
const mostSurvivors = 2;
const minute = 60_000;

interface Run {
  hasPassed: boolean;
  /** What failed first; undefined when nothing has been tested. */
  failed: string | undefined;
}

process.exitCode = await runMutants(process.argv.slice(2));

async function runMutants(names: string[]): Promise<number> {
  const mutants = readMutants().filter(({ name }) => names.length === 0 || names.some((wanted) => name.startsWith(wanted)));
  const copy = await copyTree();
  const isLeft = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => isLeft.abort());
  const survivors: string[] = [];
  try {
    for (const file of [...new Set(mutants.flatMap(({ tests }) => tests))].sort()) {
      const run = await runTests(copy, [file], isLeft.signal);
      if (!run.hasPassed) throw new Error(`${file} fails without any fault in it: ${run.failed ?? 'it does not run'}`);
    }
    say('All tests that are named pass without a fault.\n');
    for (const mutant of mutants) if (!(await isCaught(copy, mutant, isLeft.signal))) survivors.push(mutant.name);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
  say(`\n${mutants.length - survivors.length} of ${mutants.length} were caught${survivors.length === 0 ? '.' : `; survived: ${survivors.join(', ')}.`}`);
  return survivors.length > mostSurvivors ? 1 : 0;
}

/** Everything but what is made, with the libraries of this tree. */
async function copyTree(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'quoth-mutants-'));
  const left = new Set(['node_modules', 'data', '.git']);
  for (const entry of await readdir(root)) if (!left.has(entry)) await cp(join(root, entry), join(copy, entry), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function isCaught(copy: string, mutant: Mutant, signal: AbortSignal): Promise<boolean> {
  const whole = new Map<string, string>();
  for (const [file, text] of breakFiles(mutant, copy)) {
    whole.set(file, await readFile(join(copy, file), 'utf8'));
    await writeFile(join(copy, file), text);
  }
  const startedAt = Date.now();
  let noticed: string | undefined;
  for (const test of mutant.tests) {
    const { hasPassed, failed } = await runTests(copy, [test], signal);
    // A tree that does not even start says nothing about the tests.
    if (!hasPassed && failed !== undefined) noticed = `${test}: ${failed}`;
    if (noticed !== undefined) break;
  }
  for (const [file, text] of whole) await writeFile(join(copy, file), text);
  say(`${noticed === undefined ? 'SURVIVED' : 'caught  '}  ${mutant.name}: ${mutant.what} (${Math.round((Date.now() - startedAt) / 1000)} s)${noticed === undefined ? '' : `\n          by ${noticed}`}`);
  return noticed !== undefined;
}

function runTests(copy: string, files: string[], signal: AbortSignal): Promise<Run> {
  const args = ['--import', 'tsx', '--test', '--test-reporter=tap', `--test-timeout=${5 * minute}`, ...files];
  const child = spawn(process.execPath, args, { cwd: copy, signal, stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  let failed: string | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    failed ??= [...out.matchAll(/^ *not ok \d+ - (.+)\n/gm)].map((found) => found[1] ?? '').find((name) => !name.endsWith('.test.ts'));
    // One failure says it all.
    if (failed !== undefined) child.kill();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ hasPassed: code === 0, failed }));
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
