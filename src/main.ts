import { toFaultLines } from './commands/fault-lines.js';
import { ConfigError, readConfig } from './config.js';
import { createLog, type Log } from './log.js';
import { type RunningBoard, startBoard } from './start-board.js';
import { createTranslate } from './texts/texts.js';

/** After the first signal the board has so long to end by itself. */
const patienceMs = 15_000;

await run();

async function run(): Promise<void> {
  try {
    const config = readConfig();
    const log = createLog(config.logLevel);
    const board = await startBoard({ config, log, isBackupSkipped: process.argv.includes('--without-backup') });
    endWell(board, log);
    say(toBanner(board, config.hasPostingLimits));
  } catch (error) {
    complain(error);
    process.exit(1);
  }
}

/** A signal lets running requests end; a second one, or too long a wait, does not. A fault nobody caught ends the board too. */
function endWell(board: RunningBoard, log: Log): void {
  let isEnding = false;
  const end = (code: number) => {
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
}

function toBanner(board: RunningBoard, hasPostingLimits: boolean): string[] {
  const t = createTranslate('en');
  return [
    t('start.serves', { url: board.url }),
    ...(board.firstBoardCount > 0 ? [t('start.firstBoards', { count: board.firstBoardCount })] : []),
    t('start.admin'),
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
