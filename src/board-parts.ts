import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BoardList, createBoardList } from './boards/board-list.js';
import type { Config } from './config.js';
import { connectDatabase, type Database } from './db/connect.js';
import type { PageCacheOptions } from './http/page-cache.js';
import type { PageReads } from './http/page-reads.js';
import { type Keys, openKeys, toKeysDir } from './identity/keys.js';
import type { Log } from './log.js';
import { createMetrics, type Metrics } from './operate/metrics.js';
import { hasUploads } from './posts/upload-store.js';
import { type Sharing, shareBoard } from './share-board.js';
import { openPageReads } from './threads/open-page-reads.js';
import { createKeptUploads, type KeptUploads } from './uploads/keep-upload.js';
import type { MediaStorage } from './uploads/media-storage.js';
import { openMediaStorage } from './uploads/open-media-storage.js';
import { createUploadProcessor, type UploadProcessor } from './uploads/process-upload.js';

export interface StartOptions {
  config: Readonly<Config>;
  log: Log;
  now?: () => Date;
  /** A database that is open and migrated; it is left open. Without one, the configuration's is opened. */
  database?: Database;
  /** How long kept pages are believed, for tests (see page-cache.ts). */
  pageTrustMs?: PageCacheOptions['trustMs'];
  /** No backup before the schema of a board with posts is changed. */
  isBackupSkipped?: boolean;
  /** Other migrations than the board's own, for tests. */
  migrationsDir?: string;
}

/** What is closed at the end, in the order in which it was opened. */
export type Closers = (() => Promise<unknown>)[];

/** What every process begins with. */
export interface Ground {
  config: Readonly<Config>;
  log: Log;
  now: () => Date;
  metrics: Metrics | undefined;
  database: Database;
  closers: Closers;
}

/** What a process has that serves a board or keeps it. */
export interface BoardParts extends Ground {
  pageReads: PageReads;
  boards: BoardList;
  keys: Keys;
  tempDir: string;
  storage: MediaStorage;
  keptUploads: KeptUploads;
  processor: UploadProcessor;
  /** Undefined for a lone process. */
  sharing: Sharing | undefined;
}

/** Several processes share what one would have, and a server lets in a hundred connections if nobody says otherwise. */
const connectionsOfAll = 40;
const fewestConnections = 5;

/** @throws Error with a sentence when the database cannot be used */
export async function openGround(options: StartOptions, closers: Closers): Promise<Ground> {
  const { config, now = () => new Date() } = options;
  const metrics = config.metricsPort === undefined ? undefined : createMetrics();
  const maxConnections = config.webConcurrency === 1 ? undefined : Math.max(fewestConnections, Math.floor(connectionsOfAll / config.webConcurrency));
  const database = options.database ?? (await connectDatabase({ ...config, maxConnections }));
  if (options.database === undefined) closers.push(database.close);
  return { config, log: metrics?.countEvents(options.log) ?? options.log, now, metrics, database, closers };
}

/** @throws KeyFileError, Error with a sentence for the operator */
export async function openParts(ground: Ground): Promise<BoardParts> {
  const { config, log, now, database, closers } = ground;
  const { dataDir } = config;
  const boards = createBoardList(database.db, now);
  await boards.refresh();
  const pageReads = await openPageReads(config, { primary: database.db, log, closers });
  const keys = await openKeys({ dir: toKeysDir(config), now, log });
  const tempDir = join(dataDir, 'incoming');
  await mkdir(tempDir, { recursive: true, mode: 0o700 });
  const storage = await openMediaStorage(config, { now, log, mayMakeBucket: async () => !(await hasUploads(database.db)) });
  const keptUploads = createKeptUploads({ dir: join(dataDir, 'kept'), secret: keys.forms, now });
  const processor = createUploadProcessor({ outputDir: tempDir });
  closers.push(() => processor.close());
  const sharing = await shareBoard({ config, database, keys, now, log, closers });
  return { ...ground, pageReads, boards, keys, tempDir, storage, keptUploads, processor, sharing };
}
