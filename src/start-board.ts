import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { BackgroundWork } from './background-work.js';
import { type Closers, type Ground, openGround, openParts, type StartOptions } from './board-parts.js';
import type { BoardList } from './boards/board-list.js';
import { createFirstBoards } from './boards/first-boards.js';
import { openControl } from './control/control-socket.js';
import { takeDataLock } from './control/data-lock.js';
import type { Database } from './db/connect.js';
import { createAddressReader } from './identity/client-address.js';
import { type Commands, keepBoard, openMetricsDoor } from './keep-board.js';
import { bringUpToDate } from './operate/back-up-before-migration.js';
import { createServing } from './serve-board.js';
import { hasAdmin } from './staff/staff-store.js';

/** A board that serves, by this process or by others that it has started. */
export interface StartedBoard {
  /** Where it answers on this machine, without a slash at the end. */
  url: string;
  database: Database;
  /** How many boards the first start made; 0 later on. */
  firstBoardCount: number;
  /** Whether somebody could manage it when it started. */
  hasAdmin: boolean;
  /** Takes no more requests, ends what runs, and closes everything, within about ten seconds. */
  close: () => Promise<void>;
}

/** A board that this process serves alone. */
export interface RunningBoard extends StartedBoard {
  server: Server;
  boards: BoardList;
  background: BackgroundWork;
}

const migrationsDir = fileURLToPath(new URL('../migrations', import.meta.url));

/**
 * Makes everything, in the order in which it is needed, and serves. Whatever fails stops the start and is closed again.
 * @throws DataLockError, KeyFileError, Error with a sentence for the operator
 */
export function startBoard(options: StartOptions): Promise<RunningBoard> {
  return ownBoard(options, async ({ ground, firstBoardCount, hasAdmin, giveCommands, closeAll }) => {
    const parts = await openParts(ground);
    const serving = createServing(parts, options);
    const { background, commands } = await keepBoard(parts, serving.publisher);
    giveCommands(commands);
    if (parts.metrics !== undefined) await openMetricsDoor(parts, parts.metrics.read);
    const url = await serving.listen();
    return {
      server: serving.server,
      url,
      database: parts.database,
      boards: parts.boards,
      firstBoardCount,
      hasAdmin,
      background,
      async close() {
        await serving.close();
        await closeAll();
      },
    };
  });
}

/** What the owner of a data directory has. */
export interface Owned {
  ground: Ground;
  /** How many boards the first start made. */
  firstBoardCount: number;
  hasAdmin: boolean;
  giveCommands: (commands: Commands) => void;
  closeAll: () => Promise<void>;
}

/**
 * Takes the data directory, brings the database up to date, and begins. Whatever fails is closed again.
 * @throws DataLockError, KeyFileError, Error with a sentence for the operator
 */
export async function ownBoard<Started>(options: StartOptions, begin: (owned: Owned) => Promise<Started>): Promise<Started> {
  const { config } = options;
  let giveCommands: (commands: Commands) => void = () => undefined;
  const commands = new Promise<Commands>((resolve) => {
    giveCommands = resolve;
  });
  const closers: Closers = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    closers.push(await takeDataLock(config.dataDir));
    const control = await openControl({ dataDir: config.dataDir, commands, log: options.log });
    closers.push(() => control.close());
    // A wrong setting is told before anything else is opened.
    createAddressReader(config.trustedProxies);
    const ground = await openGround(options, closers);
    const { database, log, now } = ground;
    await bringUpToDate(database, { dataDir: config.dataDir, now, log, dir: options.migrationsDir ?? migrationsDir, isBackupSkipped: options.isBackupSkipped });
    const firstBoardCount = await createFirstBoards(database.db, now());
    return await begin({ ground, firstBoardCount, hasAdmin: await hasAdmin(database.db), giveCommands, closeAll });
  } catch (error) {
    await closeAll();
    throw error;
  }
}
