import { startBackgroundWork } from './background-work.js';
import { type Closers, openGround, openParts, type StartOptions } from './board-parts.js';
import { createWorkerProcesses } from './control/worker-processes.js';
import { keepBoard, openMetricsDoor } from './keep-board.js';
import { sumMetrics } from './operate/metrics.js';
import { createServing } from './serve-board.js';
import { ownBoard, type StartedBoard } from './start-board.js';
import { sharePublisher } from './threads/share-publisher.js';
import type { ThreadPublisher } from './threads/thread-publisher.js';

/** A board that other processes serve. */
export interface KeptBoard extends StartedBoard {
  /** Comes about when they die again and again. */
  lost: Promise<Error>;
}

/** Nobody reads here: what the keeper of a board changes is told to those who serve it. */
const nobodyHere: ThreadPublisher = { publish: () => undefined, touch: () => undefined, settled: () => Promise.resolve() };

/**
 * Keeps a board that several processes of this machine serve: this one owns the data directory, migrates, does the chores and the
 * commands, and replaces a process that died. It answers no visitor.
 * @throws DataLockError, KeyFileError, Error with a sentence for the operator
 */
export function startProcesses(options: StartOptions): Promise<KeptBoard> {
  return ownBoard(options, async ({ ground, firstBoardCount, hasAdmin, giveCommands, closeAll }) => {
    const { config, log, metrics, closers } = ground;
    const parts = await openParts(ground);
    const publisher = parts.sharing === undefined ? nobodyHere : sharePublisher(nobodyHere, parts.sharing.bus);
    const { commands } = await keepBoard(parts, publisher);
    giveCommands(commands);
    const workers = createWorkerProcesses({ count: config.webConcurrency, at: config, log });
    closers.push(workers.close);
    if (metrics !== undefined) await openMetricsDoor(parts, async () => sumMetrics([await metrics.list(), ...(await workers.readMetrics())]));
    const url = await workers.start();
    return { url, database: parts.database, firstBoardCount, hasAdmin, lost: workers.lost, close: closeAll };
  });
}

/** One of the processes that serve a board which another one keeps. */
export interface ServingProcess {
  url: string;
  listMetrics: () => Promise<object[]>;
  close: () => Promise<void>;
}

/** Serves a board beside others. @throws Error with a sentence for the operator */
export async function startWorker(options: StartOptions): Promise<ServingProcess> {
  const closers: Closers = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const ground = await openGround(options, closers);
    const parts = await openParts(ground);
    const serving = createServing(parts, options);
    const background = await startBackgroundWork({ ...parts, isForItselfOnly: true });
    closers.push(() => background.stop());
    const url = await serving.listen();
    return {
      url,
      listMetrics: async () => (await ground.metrics?.list()) ?? [],
      async close() {
        await serving.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
