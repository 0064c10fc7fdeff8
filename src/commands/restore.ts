import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Config, readConfig } from '../config.js';
import { listMigrations, migrateTo } from '../db/migrate.js';
import { createLog } from '../log.js';
import { countParts, toOperateAnswer } from '../operate/backup-command.js';
import { checkBackup } from '../operate/backup-file.js';
import { restoreBackup } from '../operate/restore-backup.js';
import { createTranslate } from '../texts/texts.js';
import { openMediaStorage } from '../uploads/open-media-storage.js';
import { toFaultLines } from './fault-lines.js';
import { migrationsDir, openUnmigrated } from './open-here.js';
import { complain, say } from './say-lines.js';

const t = createTranslate('en');

process.exitCode = await runRestore(process.argv.slice(2)).catch((error: unknown) => complain(toFaultLines(error)));

/** `npm run restore -- <file>`. Answers with the exit code. */
async function runRestore(argv: string[]): Promise<number> {
  const order = readOrder(argv);
  if ('help' in order) return say([t('operate.restoreHelp')]);
  if ('fault' in order) return complain([order.fault, '', t('operate.restoreHelp')]);
  const answer = await toOperateAnswer(() => (order.isCheck ? checkOnly(order.path) : restoreHere(readConfig(), order.path)));
  return 'refusal' in answer ? complain([answer.refusal]) : say(answer.lines);
}

async function checkOnly(path: string): Promise<string[]> {
  return [t('operate.checkDone', countParts(await checkBackup(path)))];
}

/** A board that runs is never empty: here the database is always opened by the command itself, under the board's lock. */
async function restoreHere(config: Readonly<Config>, path: string): Promise<string[]> {
  const database = await openUnmigrated(config);
  const tempDir = join(config.dataDir, 'incoming');
  try {
    await mkdir(tempDir, { recursive: true, mode: 0o700 });
    // The database is empty, so that no picture of it can be missing.
    const storage = await openMediaStorage(config, { now: () => new Date(), log: createLog('warn'), mayMakeBucket: () => Promise.resolve(true) });
    const migrations = await listMigrations(migrationsDir);
    const end = await restoreBackup({ db: database.db, storage, tempDir, migrations, migrateTo: (name) => migrateTo(database, { dir: migrationsDir, name }) }, path);
    return [t('operate.restoreDone', countParts(end)), ...(end.hasMedia ? [] : [t('operate.restoreWithoutMedia')]), t('operate.restoreKeys')];
  } finally {
    await database.close();
  }
}

type Order = { isCheck: boolean; path: string } | { help: true } | { fault: string };

function readOrder(args: string[]): Order {
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
    const [path, ...rest] = positionals;
    if (values.help === true) return { help: true };
    if (path === undefined || rest.length > 0) return { fault: t('operate.nameOnePlace') };
    return { isCheck: values.check === true, path: resolve(path) };
  } catch (error) {
    // parseArgs throws plain errors whose message is a sentence about the option.
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}
