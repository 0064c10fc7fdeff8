import { resolve } from 'node:path';
import { type Config, readConfig } from '../config.js';
import { callControl } from '../control/control-socket.js';
import { createLog } from '../log.js';
import { createBackupCommands, type OperateAnswer, operateAnswer } from '../operate/backup-command.js';
import { createTranslate } from '../texts/texts.js';
import { openMediaStorage } from '../uploads/open-media-storage.js';
import { toFaultLines } from './fault-lines.js';
import { openUnmigrated } from './open-here.js';
import { complain, say } from './say-lines.js';

const t = createTranslate('en');

process.exitCode = await runBackup(process.argv.slice(2)).catch((error: unknown) => complain(toFaultLines(error)));

/** `npm run backup -- <place>`. Answers with the exit code. */
async function runBackup(argv: readonly string[]): Promise<number> {
  const [place, ...rest] = argv;
  if (place === '--help' || place === '-h') return say([t('operate.backupHelp')]);
  if (place === undefined || place.startsWith('-') || rest.length > 0) return complain([t('operate.nameOnePlace'), '', t('operate.backupHelp')]);
  const answer = await callBackup(readConfig(), { place: resolve(place) });
  return 'refusal' in answer ? complain([answer.refusal]) : say(answer.lines);
}

/** Leaves the work to the running board, which owns the database; when none runs, does it here. */
async function callBackup(config: Readonly<Config>, args: { place: string }): Promise<OperateAnswer> {
  const answered = await callControl(config.dataDir, 'backup', args);
  if (answered.isRunning) return operateAnswer.parse(answered.result);
  const now = () => new Date();
  const { db, close } = await openUnmigrated(config);
  try {
    const storage = await openMediaStorage(config, { now, log: createLog('warn'), mayMakeBucket: () => Promise.resolve(false) });
    return operateAnswer.parse(await createBackupCommands({ db, storage, now, dataDir: config.dataDir }).backup(args, () => undefined));
  } finally {
    await close();
  }
}
