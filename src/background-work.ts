import type { Kysely } from 'kysely';
import type { Config } from './config.js';
import type { Database } from './db/connect.js';
import type { Tables } from './db/tables.js';
import { tidyEmbedded } from './db/tidy-embedded.js';
import { whileAlone } from './db/while-alone.js';
import type { KeyAgreement } from './identity/agree-on-keys.js';
import type { Keys } from './identity/keys.js';
import type { Log } from './log.js';
import { findNeededBanKeyIds, forgetEndedBans } from './moderation/ban-store.js';
import { eraseOrigins } from './moderation/erase-origins.js';
import { destroyDeletedPosts, forgetFormKeys } from './posting/destroy-deleted-posts.js';
import { findKnownNames } from './posts/upload-store.js';
import { deleteFullRates } from './spam/shared-limit-store.js';
import { triesKeptFor } from './staff/login-throttle.js';
import { deleteLoginTries } from './staff/login-try-store.js';
import { hideLateMedia } from './threads/settle-removal.js';
import type { KeptUploads } from './uploads/keep-upload.js';
import type { MediaStorage } from './uploads/media-storage.js';
import { sweepOrphans } from './uploads/sweep-media.js';

export interface BackgroundParts {
  config: Readonly<Config>;
  database: Database;
  keys: Keys;
  /** With other machines: what holds all to the same keys. */
  agreement?: KeyAgreement | undefined;
  /** Of several processes on one machine one does the board's chores; the others do only what concerns themselves. */
  isForItselfOnly?: boolean;
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
  /** Every process has this to do; all else is done by one process at a time over all machines. */
  isEverybodys?: boolean;
  run: () => Promise<unknown>;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Machines that were started together do not meet at every chore. */
const spread = 0.1;

/**
 * Starts the board's own chores. What privacy promises is done before the first request: origins that are too old are erased, keys
 * that have ended are destroyed, what a crash left half done is finished.
 */
export async function startBackgroundWork(parts: BackgroundParts): Promise<BackgroundWork> {
  const chores = listChores(parts).filter((chore) => chore.isEverybodys === true || parts.isForItselfOnly !== true);
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
    }, chore.everyMs * (1 + (parts.config.isShared ? (2 * Math.random() - 1) * spread : 0)));
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

function listChores(parts: BackgroundParts): Chore[] {
  const { config, database, keys, agreement, storage, keptUploads, tempDir, now, log } = parts;
  const { db } = database;
  const isKnownName = (names: string[]) => findKnownNames(db, names);
  const chores: Chore[] = [
    { name: 'origins', everyMs: 10 * MINUTE, isFirst: true, run: () => eraseOrigins(db, { now: now(), originHours: config.originHours }) },
    {
      name: 'keys',
      everyMs: 10 * MINUTE,
      isFirst: true,
      isEverybodys: true,
      async run() {
        await keys.rotate(await findNeededBanKeyIds(db, now()));
        await agreement?.renew();
      },
    },
    { name: 'hidden media', everyMs: HOUR, isFirst: true, run: () => hideLateMedia(db, storage, now()) },
    { name: 'deleted posts', everyMs: 20 * SECOND, isFirst: true, run: () => destroyDeletedPosts({ db, storage, now, log }) },
    // The others of this machine measure anew how much is kept.
    { name: 'kept uploads', everyMs: MINUTE, isFirst: true, isEverybodys: true, run: () => keptUploads.sweep() },
    { name: 'ended bans', everyMs: HOUR, run: () => forgetEndedBans(db, now()) },
    { name: 'form keys', everyMs: HOUR, run: () => forgetFormKeys({ db, now }) },
    { name: 'orphaned media', everyMs: HOUR, run: () => sweepOrphans({ storage, tempDir, isKnownName, now }) },
    // The embedded database has nobody who tidies up by himself.
    ...(database.kind === 'embedded' ? [{ name: 'vacuum', everyMs: HOUR, run: () => tidyEmbedded(db) }] : []),
    ...(config.isShared ? [{ name: 'rates', everyMs: MINUTE, run: () => forgetRates(db, now()) }] : []),
  ];
  if (!config.isShared) return chores;
  return chores.map((chore) => (chore.isEverybodys === true ? chore : { ...chore, run: () => whileAlone(db, chore.name, chore.run) }));
}

async function forgetRates(db: Kysely<Tables>, now: Date): Promise<void> {
  await deleteFullRates(db, now);
  await deleteLoginTries(db, new Date(now.getTime() - triesKeptFor));
}

async function runLogged(chore: Chore, log: Log): Promise<void> {
  try {
    await chore.run();
  } catch (error) {
    log.error('chore.failed', { chore: chore.name, error });
  }
}
