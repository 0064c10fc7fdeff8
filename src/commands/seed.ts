import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createFirstBoards } from '../boards/first-boards.js';
import { type Config, readConfig } from '../config.js';
import { callControl } from '../control/control-socket.js';
import { openKeys, toKeysDir } from '../identity/keys.js';
import { createLog } from '../log.js';
import { hasUploads } from '../posts/upload-store.js';
import { createSeedCommands, type SeedAnswer, seedAnswer, type SeedArgs, seedProgress } from '../seed/seed-command.js';
import { createTranslate } from '../texts/texts.js';
import { openMediaStorage } from '../uploads/open-media-storage.js';
import { createUploadProcessor } from '../uploads/process-upload.js';
import { toFaultLines } from './fault-lines.js';
import { openHere } from './open-here.js';
import { readSeedOptions } from './seed-options.js';
import { showProgress } from './show-progress.js';

const t = createTranslate('en');

process.exitCode = await runSeed(process.argv.slice(2)).catch((error: unknown) => complain(toFaultLines(error)));

/** `npm run seed -- …`: fills boards with threads to try the site with. Answers with the exit code. */
async function runSeed(argv: readonly string[]): Promise<number> {
  const order = readSeedOptions(argv, Date.now() % 1_000_000);
  if ('help' in order) return say([t('seed.help')]);
  if ('fault' in order) return complain([order.fault, '', t('seed.help')]);
  const progress = showProgress(order.postCount, (done) => t('seed.progress', { done, total: order.postCount }));
  const onProgress = (told: unknown) => progress.update(seedProgress.parse(told).done);
  const answer = await callSeed(readConfig(), order, onProgress).finally(progress.stop);
  return 'refusal' in answer ? complain([answer.refusal]) : say(answer.lines);
}

/** Leaves the work to the running board, which owns the database; when none runs, does it here. */
async function callSeed(config: Readonly<Config>, order: SeedArgs, onProgress: (told: unknown) => void): Promise<SeedAnswer> {
  const answered = await callControl(config.dataDir, 'seed', order, onProgress);
  return seedAnswer.parse(answered.isRunning ? answered.result : await seedHere(config, order, onProgress));
}

/** On a machine that never ran the board this makes what its first start would have made. */
async function seedHere(config: Readonly<Config>, order: SeedArgs, onProgress: (told: unknown) => void): Promise<unknown> {
  const now = () => new Date();
  const { db, close } = await openHere(config);
  const tempDir = join(config.dataDir, 'incoming');
  const processor = createUploadProcessor({ outputDir: tempDir });
  try {
    await mkdir(tempDir, { recursive: true, mode: 0o700 });
    await createFirstBoards(db, now());
    const log = createLog('error');
    const keys = await openKeys({ dir: toKeysDir(config), now });
    const storage = await openMediaStorage(config, { now, log, mayMakeBucket: async () => !(await hasUploads(db)) });
    return await createSeedCommands({ db, keys, log, now, storage, processor, tempDir, publish: () => undefined }).seed(order, onProgress);
  } finally {
    await processor.close();
    await close();
  }
}

function say(lines: readonly string[]): number {
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

function complain(lines: readonly string[]): number {
  process.stderr.write(`${lines.join('\n')}\n`);
  return 1;
}
