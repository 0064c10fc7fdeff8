import type { Config } from './config.js';
import type { Database } from './db/connect.js';
import { tidyEmbedded } from './db/tidy-embedded.js';
import type { Keys } from './identity/keys.js';
import type { Log } from './log.js';
import { findNeededBanKeyIds, forgetEndedBans } from './moderation/ban-store.js';
import { eraseOrigins } from './moderation/erase-origins.js';
import { destroyDeletedPosts, forgetFormKeys } from './posting/destroy-deleted-posts.js';
import { findKnownNames } from './posts/upload-store.js';
import { hideLateMedia } from './threads/settle-removal.js';
import type { KeptUploads } from './uploads/keep-upload.js';
import type { MediaStorage } from './uploads/media-storage.js';
import { sweepOrphans } from './uploads/sweep-media.js';

export interface BackgroundParts {
  config: Readonly<Config>;
  database: Database;
  keys: Keys;
  storage: MediaStorage;
  keptUploads: KeptUploads;
  tempDir: string;
  now: () => Date;
  log: Log;
}

/** What the board does by itself. */
export interface BackgroundWork {
  /** Does everything that is due now, once: for tests with a moved clock. */
  runAll: () => Promise<void>;
  stop: () => Promise<void>;
}

interface Chore {
  name: string;
  everyMs: number;
  /** Done before the board serves. */
  isFirst?: boolean;
  run: () => Promise<unknown>;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Starts the board's own chores. What privacy promises is done before the first request: origins that are too old are erased, keys
 * that have ended are destroyed, what a crash left half done is finished.
 */
export async function startBackgroundWork(parts: BackgroundParts): Promise<BackgroundWork> {
  const chores = listChores(parts);
  for (const chore of chores) if (chore.isFirst) await chore.run();
  const running = new Set<Promise<void>>();
  const timers = chores.map((chore) => {
    let isBusy = false;
    const timer = setInterval(() => {
      if (isBusy) return;
      isBusy = true;
      const run: Promise<void> = runLogged(chore, parts.log).finally(() => {
        isBusy = false;
        running.delete(run);
      });
      running.add(run);
    }, chore.everyMs);
    timer.unref();
    return timer;
  });
  return {
    async runAll() {
      for (const chore of chores) await chore.run();
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(running);
    },
  };
}

function listChores({ config, database, keys, storage, keptUploads, tempDir, now, log }: BackgroundParts): Chore[] {
  const { db } = database;
  const isKnownName = (names: string[]) => findKnownNames(db, names);
  return [
    { name: 'origins', everyMs: 10 * MINUTE, isFirst: true, run: () => eraseOrigins(db, { now: now(), originHours: config.originHours }) },
    { name: 'keys', everyMs: 10 * MINUTE, isFirst: true, run: async () => keys.rotate(await findNeededBanKeyIds(db, now())) },
    { name: 'hidden media', everyMs: HOUR, isFirst: true, run: () => hideLateMedia(db, storage, now()) },
    { name: 'deleted posts', everyMs: 20 * SECOND, isFirst: true, run: () => destroyDeletedPosts({ db, storage, now, log }) },
    { name: 'kept uploads', everyMs: MINUTE, isFirst: true, run: () => keptUploads.sweep() },
    { name: 'ended bans', everyMs: HOUR, run: () => forgetEndedBans(db, now()) },
    { name: 'form keys', everyMs: HOUR, run: () => forgetFormKeys({ db, now }) },
    { name: 'orphaned media', everyMs: HOUR, run: () => sweepOrphans({ storage, tempDir, isKnownName, now }) },
    // The embedded database has nobody who tidies up by himself.
    ...(database.kind === 'embedded' ? [{ name: 'vacuum', everyMs: HOUR, run: () => tidyEmbedded(db) }] : []),
  ];
}

async function runLogged(chore: Chore, log: Log): Promise<void> {
  try {
    await chore.run();
  } catch (error) {
    log.error('chore.failed', { chore: chore.name, error });
  }
}
