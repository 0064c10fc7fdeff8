import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Config, ConfigError, listEnvironment, readConfig, settingNames } from '../config.js';
import { callControl, isControlAnswered } from '../control/control-socket.js';
import { connectDatabase } from '../db/connect.js';
import { createLog } from '../log.js';
import { type BoardFacts, boardFacts, gatherFacts } from '../operate/board-facts.js';
import { type Check, examine } from '../operate/doctor.js';
import { createTranslate } from '../texts/texts.js';
import { openMediaStorage } from '../uploads/open-media-storage.js';
import { toFaultLines } from './fault-lines.js';
import { migrationsDir, openUnmigrated } from './open-here.js';
import { complain, say } from './say-lines.js';

const t = createTranslate('en');
const patienceMs = 60_000;
const packageFile = fileURLToPath(new URL('../../package.json', import.meta.url));

process.exitCode = await runDoctor(process.argv.slice(2)).catch((error: unknown) => complain(toFaultLines(error)));

/** `npm run doctor`. Answers with the exit code. */
async function runDoctor(argv: string[]): Promise<number> {
  const order = readOrder(argv);
  if ('help' in order) return say([t('doctor.help')]);
  if ('fault' in order) return complain([order.fault, '', t('doctor.help')]);
  const { config, settingFaults } = tryConfig();
  const seen = config === undefined ? { isRunning: false } : await look(config);
  const checks = await examine({
    ...seen,
    config,
    settingFaults,
    settingNames,
    environment: listEnvironment(),
    nodeVersion: process.versions.node,
    oldestNode: await readOldestNode(),
    now: new Date(),
  });
  const count = (state: string) => checks.flatMap(({ findings }) => findings).filter((finding) => finding.state === state).length;
  const [faultCount, warningCount] = [count('fault'), count('warning')];
  say(order.isJson ? [JSON.stringify({ faultCount, warningCount, checks }, null, 2)] : [...checks.flatMap(toLines), '', t('doctor.sum', { faultCount, warningCount })]);
  return faultCount > 0 ? 1 : 0;
}

function toLines({ name, findings }: Check): string[] {
  return findings.flatMap(({ state, text }) => text.split('\n').map((line) => `${state.padEnd(7)}  ${name.padEnd(14)}  ${line}`));
}

function tryConfig(): { config: Readonly<Config> | undefined; settingFaults: string[] } {
  try {
    return { config: readConfig(), settingFaults: [] };
  } catch (error) {
    if (error instanceof ConfigError) return { config: undefined, settingFaults: error.message.split('\n') };
    throw error;
  }
}

type Seen = { isRunning: boolean; facts?: BoardFacts; refusal?: string[] };

/** Asks the running board, which owns the database and the media; when none runs, opens them, and makes nothing that is not there. */
async function look(config: Readonly<Config>): Promise<Seen> {
  const isRunning = await isControlAnswered(config.dataDir);
  try {
    const answered = await withPatience(callControl(config.dataDir, 'doctor', {}));
    return answered.isRunning ? { isRunning, facts: boardFacts.parse(answered.result) } : { isRunning, facts: await lookHere(config) };
  } catch (error) {
    return { isRunning, refusal: toFaultLines(error) };
  }
}

/** A board that stands still would be waited for without end. */
function withPatience<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(t('doctor.board.silent'))), patienceMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Without a data directory the board never ran; nothing is made just for looking. */
async function lookHere(config: Readonly<Config>): Promise<BoardFacts | undefined> {
  const needed = config.databaseUrl === undefined ? join(config.dataDir, 'database') : config.dataDir;
  if ((await stat(needed).catch(() => undefined)) === undefined) {
    if (config.databaseUrl !== undefined) await (await connectDatabase(config)).close();
    return undefined;
  }
  const database = await openUnmigrated(config);
  try {
    const now = () => new Date();
    const storage = await openMediaStorage(config, { now, log: createLog('silent'), mayMakeBucket: () => Promise.resolve(false) });
    return await gatherFacts({ config, db: database.db, storage, tempDir: join(config.dataDir, 'incoming'), migrationsDir, now });
  } finally {
    await database.close();
  }
}

async function readOldestNode(): Promise<string> {
  const { engines } = z.object({ engines: z.object({ node: z.string() }) }).parse(JSON.parse(await readFile(packageFile, 'utf8')));
  return engines.node.replace(/^\D+/, '');
}

function readOrder(args: string[]): { isJson: boolean } | { help: true } | { fault: string } {
  try {
    const { values } = parseArgs({ args, options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
    return values.help === true ? { help: true } : { isJson: values.json === true };
  } catch (error) {
    // parseArgs throws plain errors whose message is a sentence about the option.
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}
