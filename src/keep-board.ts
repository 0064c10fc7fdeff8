import { type BackgroundWork, startBackgroundWork } from './background-work.js';
import type { BoardParts } from './board-parts.js';
import { createAdminCommands } from './commands/admin-commands.js';
import { migrationsDir } from './commands/open-here.js';
import type { ControlCommand } from './control/control-socket.js';
import { createBackupCommands } from './operate/backup-command.js';
import { createDoctorCommands } from './operate/board-facts.js';
import { serveMetrics } from './operate/metrics-server.js';
import { createSeedCommands } from './seed/seed-command.js';
import { agreeWithOthers } from './share-board.js';
import type { ThreadPublisher } from './threads/thread-publisher.js';

export type Commands = Record<string, ControlCommand>;

/**
 * Begins what a machine does once, however many processes serve there: the board's chores, the first of them before anybody is served,
 * and the commands. @throws KeyFileError when other machines have other keys
 */
export async function keepBoard(parts: BoardParts, publisher: ThreadPublisher): Promise<{ background: BackgroundWork; commands: Commands }> {
  const { config, database, keys, log, now, storage, processor, tempDir, closers } = parts;
  const { db } = database;
  const background = await startBackgroundWork({ ...parts, agreement: await agreeWithOthers(parts) });
  closers.push(() => background.stop());
  const commands = {
    ...createAdminCommands({ db, now, config }),
    ...createBackupCommands({ db, storage, now, dataDir: config.dataDir }),
    ...createDoctorCommands({ config, db, storage, tempDir, migrationsDir, now }),
    ...createSeedCommands({ db, keys, log, now, storage, processor, tempDir, publish: (touched, kind) => publisher.publish(touched, kind, { isBumped: true }) }),
  };
  return { background, commands };
}

/** Opens the port of the metrics, if one is set. `read` gives those of all processes. @throws Error with a sentence */
export async function openMetricsDoor({ config, log, closers }: Pick<BoardParts, 'config' | 'log' | 'closers'>, read: () => Promise<{ text: string; type: string }>): Promise<void> {
  if (config.metricsPort === undefined) return;
  const door = await serveMetrics({ read }, { host: config.metricsHost, port: config.metricsPort });
  closers.push(door.close);
  log.info('metrics.served', { url: door.url });
}
