import type { StartOptions } from './board-parts.js';
import { toFaultLines } from './commands/fault-lines.js';
import { ConfigError, readConfig } from './config.js';
import { hearOwner, isWorkerProcess, tellOwner } from './control/worker-processes.js';
import { createLog, type Log } from './log.js';
import { startBoard, type StartedBoard } from './start-board.js';
import { startProcesses, startWorker } from './start-processes.js';
import { createTranslate } from './texts/texts.js';

/** After the first signal the board has so long to end by itself. */
const patienceMs = 15_000;

await run();

async function run(): Promise<void> {
  try {
    const config = readConfig();
    const log = createLog(config.logLevel);
    const options = { config, log, isBackupSkipped: process.argv.includes('--without-backup') };
    if (isWorkerProcess()) await work(options);
    else await own(options);
  } catch (error) {
    if (isWorkerProcess()) await tellOwner({ kind: 'failed', sentence: toFaultLines(error).join('\n') });
    else complain(error);
    process.exit(1);
  }
}

/** The board, served by this process or by several that it starts. */
async function own(options: StartOptions): Promise<void> {
  const { config, log } = options;
  const board = config.webConcurrency > 1 ? await startProcesses(options) : await startBoard(options);
  const end = endWell(board, log);
  if ('lost' in board) {
    void board.lost.then((error) => {
      log.error('workers.lost', { error });
      end(1);
    });
  }
  say(toBanner(board, config.hasPostingLimits));
}

/** One of those several. */
async function work(options: StartOptions): Promise<void> {
  const worker = await startWorker(options);
  const end = endWell(worker, options.log);
  // A signal may have gone to all processes before, and is no reason to hurry.
  hearOwner({ close: () => end(0, true), metrics: worker.listMetrics });
  await tellOwner({ kind: 'ready', url: worker.url });
}

/** A signal lets running requests end; a second one, or too long a wait, does not. A fault nobody caught ends the board too. */
function endWell(board: { close: () => Promise<void> }, log: Log): (code: number, isAsked?: boolean) => void {
  let isEnding = false;
  const end = (code: number, isAsked = false) => {
    if (isEnding && isAsked) return;
    if (isEnding) process.exit(1);
    isEnding = true;
    setTimeout(() => process.exit(1), patienceMs).unref();
    board.close().then(
      () => process.exit(code),
      (error: unknown) => {
        log.error('close failed', { error });
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info('signal', { signal });
      end(0);
    });
  }
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (error: unknown) => {
      log.error(fault, { error });
      end(1);
    });
  }
  return end;
}

function toBanner(board: StartedBoard, hasPostingLimits: boolean): string[] {
  const t = createTranslate('en');
  return [
    t('start.serves', { url: board.url }),
    ...(board.firstBoardCount > 0 ? [t('start.firstBoards', { count: board.firstBoardCount })] : []),
    ...(board.hasAdmin ? [] : [t('start.admin')]),
    ...(board.database.kind === 'embedded' ? [t('start.embedded')] : []),
    ...(hasPostingLimits ? [] : [t('start.limitsOff')]),
  ];
}

function say(lines: string[]): void {
  process.stdout.write(`\n${lines.map((line) => `  ${line}`).join('\n')}\n\n`);
}

/** A wrong setting, a taken port, an unreadable key: each is a sentence. Of anything else the causes are told too. */
function complain(error: unknown): void {
  const hint = error instanceof ConfigError ? ['README.md lists every setting.'] : [];
  process.stderr.write(`\nThe board did not start.\n${[...toFaultLines(error), ...hint].join('\n')}\n\n`);
}
