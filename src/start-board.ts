import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApp } from './app.js';
import { type BackgroundWork, startBackgroundWork } from './background-work.js';
import { type BoardList, createBoardList } from './boards/board-list.js';
import { createFirstBoards } from './boards/first-boards.js';
import { createAdminCommands } from './commands/admin-commands.js';
import type { Config } from './config.js';
import { type ControlCommand, openControl } from './control/control-socket.js';
import { takeDataLock } from './control/data-lock.js';
import { connectDatabase, type Database } from './db/connect.js';
import { gatherQuestions } from './db/gather-questions.js';
import { readAssets } from './http/asset-routes.js';
import { createHostRule, toRequestOrigin } from './http/host-check.js';
import { createPageCache, type PageCacheOptions } from './http/page-cache.js';
import { createPageFront } from './http/page-front.js';
import { toSecurityHeaders } from './http/security.js';
import { createHttpServer } from './http/server-limits.js';
import { createViews } from './http/views.js';
import { toAuthorTags } from './identity/author-tags.js';
import { createAddressReader, createPeerReader } from './identity/client-address.js';
import { openKeys } from './identity/keys.js';
import type { Log } from './log.js';
import { announceQueue } from './moderation/announce-queue.js';
import { createActs } from './moderation/create-acts.js';
import { bringUpToDate } from './operate/back-up-before-migration.js';
import { createBackupCommands } from './operate/backup-command.js';
import { createDoctorCommands } from './operate/board-facts.js';
import { serveMetrics } from './operate/metrics-server.js';
import { findOldestOriginAt } from './operate/metrics-store.js';
import { createMetrics } from './operate/metrics.js';
import { createPostHtml } from './posts/post-html.js';
import { hasUploads } from './posts/upload-store.js';
import { createBroadcaster } from './realtime/broadcaster.js';
import type { SeedParts } from './seed/seed-boards.js';
import { createSeedCommands } from './seed/seed-command.js';
import { createPostingLimits } from './spam/posting-limits.js';
import { createStaffSessions } from './staff/sessions.js';
import { notePages } from './threads/note-pages.js';
import { openPageReads } from './threads/open-page-reads.js';
import { createThreadPublisher } from './threads/thread-publisher.js';
import { findChangeNos, findThreadIds } from './threads/thread-store.js';
import { createKeptUploads } from './uploads/keep-upload.js';
import { openMediaStorage } from './uploads/open-media-storage.js';
import { createUploadProcessor } from './uploads/process-upload.js';
import { createUploadReceiver } from './uploads/receive-upload.js';

/** A board that serves. */
export interface RunningBoard {
  server: Server;
  /** Where it answers on this machine, without a slash at the end. */
  url: string;
  database: Database;
  boards: BoardList;
  /** How many boards the first start made; 0 later on. */
  firstBoardCount: number;
  background: BackgroundWork;
  /** Takes no more requests, ends what runs, and closes everything, within about ten seconds. */
  close: () => Promise<void>;
}

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

const root = fileURLToPath(new URL('..', import.meta.url));
const buildDir = join(root, 'public/build');
const migrationsDir = join(root, 'migrations');

/** The largest request that is read, whatever a board's own limits are, and the largest file. */
const maxRequestBytes = 40_000_000;
const maxFileBytes = 20_000_000;
const maxSocketsPerClient = 10;
/** Running requests get so long to end. */
const drainMs = 8_000;

/**
 * Makes everything, in the order in which it is needed, and serves. Whatever fails stops the start and is closed again.
 * @throws DataLockError, KeyFileError, Error with a sentence for the operator
 */
export async function startBoard(options: StartOptions): Promise<RunningBoard> {
  const { config } = options;
  let giveCommands: (commands: Commands) => void = () => undefined;
  const commands = new Promise<Commands>((resolve) => {
    giveCommands = resolve;
  });
  const closers: (() => Promise<unknown>)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    closers.push(await takeDataLock(config.dataDir));
    const control = await openControl({ dataDir: config.dataDir, commands, log: options.log });
    closers.push(() => control.close());
    return await wire(options, closers, closeAll, giveCommands);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

type Commands = Record<string, ControlCommand>;

async function wire(
  options: StartOptions,
  closers: (() => Promise<unknown>)[],
  closeAll: () => Promise<void>,
  giveCommands: (commands: Commands) => void,
): Promise<RunningBoard> {
  const { config, now = () => new Date() } = options;
  const metrics = config.metricsPort === undefined ? undefined : createMetrics();
  const log = metrics?.countEvents(options.log) ?? options.log;
  const { dataDir } = config;

  // A wrong setting is told before anything is opened.
  const readAddress = createAddressReader(config.trustedProxies);
  const database = options.database ?? (await connectDatabase(config));
  if (options.database === undefined) closers.push(database.close);
  const { db } = database;
  await bringUpToDate(database, { dataDir, now, log, dir: options.migrationsDir ?? migrationsDir, isBackupSkipped: options.isBackupSkipped });
  const firstBoardCount = await createFirstBoards(db, now());
  const boards = createBoardList(db, now);
  await boards.refresh();

  const pageReads = await openPageReads(config, { primary: db, log, closers });
  const keys = await openKeys({ dir: join(dataDir, 'keys'), now, log });
  const tempDir = join(dataDir, 'incoming');
  await mkdir(tempDir, { recursive: true, mode: 0o700 });
  const storage = await openMediaStorage(config, { now, log, mayMakeBucket: async () => !(await hasUploads(db)) });
  const keptUploads = createKeptUploads({ dir: join(dataDir, 'kept'), secret: keys.forms, now });
  const receiver = createUploadReceiver({ tempDir, maxFileBytes, maxTotalBytes: maxRequestBytes });
  const processor = createUploadProcessor({ outputDir: tempDir });
  closers.push(() => processor.close());

  const assets = { dir: buildDir, files: readAssets(buildDir) };
  const views = createViews({ dir: join(root, 'views'), assets: assets.files, navigation: () => ({ sections: boards.known() }) });
  const postHtml = createPostHtml({ views, mediaOrigin: config.mediaOrigin });
  const limits = createPostingLimits({ isOff: !config.hasPostingLimits, now });
  const sessions = createStaffSessions({ db, now, isSecure: config.publicOrigin?.startsWith('https:') ?? false });

  let isReady = false;
  const isOwnHost = createHostRule(config.publicOrigin);
  const headers = toSecurityHeaders(config.publicOrigin, config.mediaOrigin);
  const pages = createPageCache({ now, findChangeNos: (ids) => findChangeNos(db, ids), noteThread: pageReads.noteThread, generation: boards.generation, trustMs: options.pageTrustMs });
  const front = createPageFront({ app: (req, res) => app(req, res), pages, headers, isAnswered: isOwnHost });
  const server = createHttpServer(front, {
    maxConnections: config.maxConnections,
    connectionsPerAddress: config.connectionsPerAddress,
    isLoopbackExempt: !config.hasPostingLimits,
    readPeer: createPeerReader(config.trustedProxies),
    headers,
  });
  const askThreadId = gatherQuestions((asked: { boardId: number; no: number }[]) => findThreadIds(db, asked));
  const sockets = createBroadcaster({
    http: server,
    headers,
    findThreadId: async (slug, no) => {
      const board = await boards.get(slug);
      return askThreadId({ boardId: board.id, no });
    },
    hasBoard: (slug) => boards.known().some((section) => section.boards.some((board) => board.slug === slug)),
    // Handshakes pass by the middleware: without the rule a foreign name that leads here would be an origin of our own.
    isOwnOrigin: (req) => isOwnHost(req) && req.headers.origin === (config.publicOrigin ?? toRequestOrigin(req, undefined)),
    toClientKey(req) {
      const address = readAddress(req);
      if (address === undefined) return 'unknown';
      if (address.isLoopback && !config.hasPostingLimits) return undefined;
      return toAuthorTags(keys, address).dayTag.toString('hex');
    },
    isStaff: async (cookie) => (await sessions.verifySession(cookie)) !== undefined,
    maxSockets: config.maxSockets,
    maxSocketsPerClient,
  });
  const broadcaster = metrics?.countPushes(sockets) ?? sockets;
  const publisher = notePages(createThreadPublisher({ db, broadcaster, postHtml, log }), pages);
  const announce = () => announceQueue({ db, broadcaster, log, now });
  const acts = createActs({ db, storage, publisher, announceQueue: announce, now });
  const app = createApp({
    config, now, log, db, pageReads, keys, views, assets, readAddress, boards, postHtml, publisher, receiver, processor, storage, keptUploads,
    limits, sessions, acts, announceQueue: announce, isReady: () => isReady,
  });

  const background = await startBackgroundWork({ config, database, keys, storage, keptUploads, tempDir, now, log });
  closers.push(() => background.stop());
  const tellSeeded: SeedParts['publish'] = (touched, kind) => publisher.publish(touched, kind, { isBumped: true });
  giveCommands({ ...createAdminCommands({ db, now }), ...createBackupCommands({ db, storage, now, dataDir }), ...createDoctorCommands({ config, db, storage, tempDir, migrationsDir, now }), ...createSeedCommands({ db, keys, log, now, storage, processor, tempDir, publish: tellSeeded }) });

  if (metrics !== undefined && config.metricsPort !== undefined) {
    metrics.watchRequests(server);
    metrics.watch({ sockets: sockets.countSockets, pictures: processor.load, connections: database.connections, findOldestOriginAt: () => findOldestOriginAt(db), now });
    const door = await serveMetrics(metrics, { host: config.metricsHost, port: config.metricsPort });
    closers.push(door.close);
    log.info('metrics.served', { url: door.url });
  }
  const url = await listen(server, config);
  isReady = true;
  return {
    server,
    url,
    database,
    boards,
    firstBoardCount,
    background,
    async close() {
      isReady = false;
      await drain(server, () => broadcaster.close());
      await publisher.settled();
      await closeAll();
    },
  };
}

/** @throws Error with a sentence that names the setting when the address cannot be had */
function listen(server: Server, config: Readonly<Config>): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: Error & { code?: string }) => reject(new Error(toListenSentence(error, config), { cause: error })));
    server.listen(config.port, config.host, () => {
      const { port } = server.address() as AddressInfo;
      const host = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(config.host) ? 'localhost' : config.host.includes(':') ? `[${config.host}]` : config.host;
      resolve(`http://${host}:${port}`);
    });
  });
}

function toListenSentence(error: Error & { code?: string }, config: Readonly<Config>): string {
  if (error.code === 'EADDRINUSE') return `Something else already listens on port ${config.port}. Stop it, or choose another port with PORT.`;
  if (error.code === 'EACCES') return `This user may not listen on port ${config.port}. Choose a PORT from 1024 up.`;
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') return `HOST ${config.host} is not an address of this machine.`;
  return `The board cannot listen on ${config.host}, port ${config.port}.`;
}

/** Lets running requests end and takes no new ones; open pages are told to come back later. */
async function drain(server: Server, closeSockets: () => Promise<void>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await closeSockets();
  const timer = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(timer);
}
