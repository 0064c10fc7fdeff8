import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config.js';
import { createLog } from '../../src/log.js';
import { type RunningBoard, startBoard } from '../../src/start-board.js';
import { type BoardProcess, startBoardProcess } from '../../tests/support/board-process.js';
import { type Check, checkBoard } from './check-board.js';
import type { Entry } from './ledger.js';
import { type OwnPostgres, openOwnPostgres } from './own-postgres.js';

export type Kind = 'embedded' | 'postgres';

/** Where a drill's board lives, through all its crashes. */
export interface Place {
  kind: Kind;
  dir: string;
  dataDir: string;
  settings: Record<string, string | undefined>;
  /** The server of a board that has one. */
  postgres: OwnPostgres | undefined;
  /** Starts the built board as a program. */
  start: (more?: Record<string, string>) => Promise<BoardProcess>;
  /** Starts the same board in this process, with a clock that can be moved. */
  openHere: () => Promise<BoardHere>;
  /** Ends the server of a board that has one. */
  stopServer: () => Promise<void>;
  remove: () => Promise<void>;
}

export interface BoardHere {
  running: RunningBoard;
  /** With 127.0.0.1 as its name. */
  url: string;
  /** Moves the clock, in milliseconds. */
  pass: (ms: number) => void;
}

/**
 * A place for a board on either kind of database. Connections are not counted: one client stands for a thousand people. `prepare` is
 * called before anything is put into its folder.
 */
export async function makePlace(kind: Kind, given?: { postgres: OwnPostgres; name: string }, prepare: (dir: string) => void = () => undefined): Promise<Place> {
  const dir = mkdtempSync(join(tmpdir(), 'quoth-drill-'));
  // Another user's PostgreSQL must find its way in.
  chmodSync(dir, 0o755);
  const dataDir = join(dir, 'data');
  prepare(dir);
  const own = kind === 'postgres' && given === undefined ? await openOwnPostgres(dir, { walDir: join(dir, 'wal') }) : undefined;
  const postgres = given?.postgres ?? own;
  const url = await postgres?.createDatabase(given?.name ?? 'quoth');
  const settings = { DATA_DIR: dataDir, DATABASE_URL: url, POSTING_LIMITS: 'off', CONNECTIONS_PER_ADDRESS: '5000', LOG_LEVEL: 'error' };
  return {
    kind,
    dir,
    dataDir,
    settings,
    postgres,
    start: (more) => startBoardProcess({ ...settings, ...more }),
    async openHere() {
      let shift = 0;
      const config = readConfig({ ...settings, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'silent' });
      const running = await startBoard({ config, log: createLog('silent'), now: () => new Date(Date.now() + shift) });
      return { running, url: running.url.replace('localhost', '127.0.0.1'), pass: (ms) => (shift += ms) };
    },
    stopServer: async () => own?.close(),
    async remove() {
      await own?.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A small picture that every board takes. */
export const picture = (): Promise<Buffer> => readFile(join(import.meta.dirname, '../../tests/fixtures/media/metadata/png-text.png'));

/** Longer than anything waits for the sweep. */
export const twoHours = 2 * 3_600_000;

/** Opens a board that has ended, lets the time of the sweep come, and compares what it holds with what it said. */
export async function lookAt(place: Place, ledger: readonly Entry[]): Promise<Check> {
  const board = await place.openHere();
  try {
    board.pass(twoHours);
    await board.running.background.runAll();
    return await checkBoard(board.running.database.db, place.dataDir, ledger);
  } finally {
    await board.running.close();
  }
}

export const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Waits for a state. @throws Error that names it when it does not come */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, patienceMs = 60_000): Promise<void> {
  for (const end = Date.now() + patienceMs; !(await isSo()); await wait(10)) {
    if (Date.now() > end) throw new Error(`It did not come to be within ${patienceMs / 1000} s: ${what}`);
  }
}
