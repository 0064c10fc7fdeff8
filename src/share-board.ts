import { createHmac } from 'node:crypto';
import type { Config } from './config.js';
import { type Database, openListeningPool } from './db/connect.js';
import { connectRedis, type Redis } from './db/redis-client.js';
import { hasOtherBoards } from './db/while-alone.js';
import { agreeOnKeys, type KeyAgreement } from './identity/agree-on-keys.js';
import { type Keys, toKeysDir } from './identity/keys.js';
import type { Log } from './log.js';
import { type Bus, type Carrier, createBus } from './realtime/between-processes.js';
import { createMemoryLimitStore, type LimitStore } from './spam/limit-store.js';
import { createRedisLimitStore } from './spam/redis-limits.js';
import { createSharedLimitStore } from './spam/shared-limit-store.js';
import type { LoginThrottle } from './staff/login-throttle.js';
import { createSharedLoginThrottle } from './staff/shared-login-throttle.js';

/** What a process has because it is not the only one of its board. */
export interface Sharing {
  bus: Bus;
  limitStore: LimitStore;
  throttle: LoginThrottle;
}

interface SharingOptions {
  config: Readonly<Config>;
  database: Database;
  keys: Keys;
  now: () => Date;
  log: Log;
  closers: (() => Promise<unknown>)[];
}

/**
 * Opens the line to the other processes, and what is counted together with them. A lone process has none of it and pays nothing.
 * @throws Error with a sentence when Redis is set and cannot be reached
 */
export async function shareBoard(options: SharingOptions): Promise<Sharing | undefined> {
  const { config, database, keys, now, log, closers } = options;
  if (!config.isShared || config.databaseUrl === undefined) return undefined;
  const { db } = database;
  const secret = keys.forms;
  // Several boards may share one Redis: each has a name that only its keys give.
  const name = `quoth-${createHmac('sha256', secret).update('name between processes').digest('hex').slice(0, 16)}`;
  const redis = config.redisUrl === undefined ? undefined : await connectRedis(config.redisUrl);
  if (redis !== undefined) closers.push(() => redis.close());
  const bus = createBus({ carrier: openCarrier(config.databaseUrl, redis), name });
  closers.push(() => bus.close());
  const limitStore =
    redis === undefined
      ? createSharedLimitStore({ db, secret, now })
      : createRedisLimitStore({ redis, secret, prefix: name, now, meanwhile: createMemoryLimitStore(now), log });
  return { bus, limitStore, throttle: createSharedLoginThrottle({ db, secret, now }) };
}

function openCarrier(databaseUrl: string, redis: Redis | undefined): Carrier {
  return redis === undefined ? { kind: 'postgres', pool: openListeningPool(databaseUrl) } : { kind: 'redis', redis };
}

/** Holds this machine to the keys of the others. @throws KeyFileError when it has none or others of them */
export async function agreeWithOthers({ config, database, keys }: Pick<SharingOptions, 'config' | 'database' | 'keys'>): Promise<KeyAgreement | undefined> {
  if (!config.isShared) return undefined;
  const { db } = database;
  return agreeOnKeys({ db, keys, dir: toKeysDir(config), isAlone: !(await hasOtherBoards(db)) });
}
