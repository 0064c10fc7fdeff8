import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, readConfig } from '../config.js';
import { takeDataLock } from '../control/data-lock.js';
import { connectDatabase } from '../db/connect.js';
import { toMovedDir } from '../db/embedded-database.js';
import { listMigrations, migrateTo, migrateToLatest } from '../db/migrate.js';
import { forgetLeftOut } from '../operate/backup-store.js';
import { toOperateAnswer } from '../operate/backup-command.js';
import { moveRows } from '../operate/move-rows.js';
import { createTranslate } from '../texts/texts.js';
import { toFaultLines } from './fault-lines.js';
import { migrationsDir } from './open-here.js';
import { complain, say } from './say-lines.js';

const t = createTranslate('en');

process.exitCode = await runMove(process.argv.slice(2)).catch((error: unknown) => complain(toFaultLines(error)));

/** `npm run move-to-postgres -- <address>`. Answers with the exit code. */
async function runMove([address, ...rest]: readonly string[]): Promise<number> {
  if (address === '--help' || address === '-h') return say([t('operate.moveHelp')]);
  // An address is a setting, and is read as one.
  const config = address === undefined ? readConfig() : { ...readConfig(), databaseUrl: readConfig({ DATABASE_URL: address }).databaseUrl };
  if (config.databaseUrl === undefined || rest.length > 0) return complain([t('operate.moveNoTarget'), '', t('operate.moveHelp')]);
  const path = join(config.dataDir, 'database');
  if ((await stat(path).catch(() => undefined)) === undefined) return complain([t('operate.moveNoSource', { path })]);
  const answer = await toOperateAnswer(() => move(config, path));
  return 'refusal' in answer ? complain([answer.refusal]) : say(answer.lines);
}

/** Under the board's lock from the beginning to the end, so that no post is made that would be left behind. */
async function move(config: Readonly<Config>, path: string): Promise<string[]> {
  const giveBack = await takeDataLock(config.dataDir);
  try {
    const to = await connectDatabase(config);
    const from = await connectDatabase({ ...config, databaseUrl: undefined }).catch(async (error: unknown) => {
      await to.close();
      throw error;
    });
    const aside = toMovedDir(path);
    let closing: Promise<void> | undefined;
    const closeFrom = () => (closing ??= from.close());
    try {
      const migrations = await listMigrations(migrationsDir);
      const counts = await moveRows({ from: from.db, to: to.db, migrations, migrateTo: (name) => migrateTo(to, { dir: migrationsDir, name }) });
      await forgetLeftOut(from.db);
      await closeFrom();
      await rename(path, aside);
      // Last: until then both have one schema, by which a move that was killed knows its own work.
      await migrateToLatest(to, { dir: migrationsDir });
      const rowCount = Object.values(counts).reduce((sum, count) => sum + count, 0);
      return [t('operate.moveDone', { postCount: counts.posts ?? 0, threadCount: counts.threads ?? 0, rowCount }), t('operate.moveNext', { path: aside, before: path })];
    } finally {
      await closeFrom();
      await to.close();
    }
  } finally {
    await giveBack();
  }
}
