import type { Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApp } from './app.js';
import type { BoardParts, StartOptions } from './board-parts.js';
import { gatherQuestions } from './db/gather-questions.js';
import { readAssets } from './http/asset-routes.js';
import { createHostRule, toRequestOrigin } from './http/host-check.js';
import { createPageCache } from './http/page-cache.js';
import { createPageFront } from './http/page-front.js';
import { toSecurityHeaders } from './http/security.js';
import { createRequestClasses } from './http/request-classes.js';
import { connectionLimits, createHttpServer } from './http/server-limits.js';
import { createViews } from './http/views.js';
import { toAuthorTags } from './identity/author-tags.js';
import { createAddressReader, createPeerReader } from './identity/client-address.js';
import { drainServer } from './http/drain-server.js';
import { listen } from './http/listen.js';
import { announceQueue } from './moderation/announce-queue.js';
import { createActs } from './moderation/create-acts.js';
import { findOldestOriginAt } from './operate/metrics-store.js';
import { createPostHtml } from './posts/post-html.js';
import { createBroadcaster } from './realtime/broadcaster.js';
import { createReadersElsewhere, type ReadersElsewhere } from './realtime/readers-elsewhere.js';
import { shareStaffNews } from './realtime/share-staff-news.js';
import { createPostingLimits } from './spam/posting-limits.js';
import { createStaffSessions, type StaffSessions } from './staff/sessions.js';
import { languages } from './texts/texts.js';
import { notePages } from './threads/note-pages.js';
import { sharePublisher } from './threads/share-publisher.js';
import { createCardHtml } from './threads/card-html.js';
import { createThreadPublisher, type ThreadPublisher } from './threads/thread-publisher.js';
import { findChangeNos, findThreadStands } from './threads/thread-store.js';
import { watchThreads } from './threads/watch-threads.js';
import { createUploadReceiver } from './uploads/receive-upload.js';

/** The part of a board that answers visitors. It does not listen yet. */
export interface Serving {
  server: Server;
  publisher: ThreadPublisher;
  /** Listens, and answers with its address on this machine. @throws Error with a sentence */
  listen: () => Promise<string>;
  /** Takes no more requests and ends what runs. */
  close: () => Promise<void>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const buildDir = join(root, 'public/build');

/** The largest request that is read, whatever a board's own limits are, and the largest file. */
const maxRequestBytes = 40_000_000;
const maxFileBytes = 20_000_000;
const maxSocketsPerClient = 10;

/** Makes everything that answers, in the order in which it is needed. Whoever reaches it sees one board, however many processes serve it. */
export function createServing(parts: BoardParts, { pageTrustMs }: Pick<StartOptions, 'pageTrustMs'>): Serving {
  const { config, now, log, metrics, database, boards, tempDir, storage, processor, sharing } = parts;
  const { db } = database;
  const readAddress = createAddressReader(config.trustedProxies);
  const receiver = createUploadReceiver({ tempDir, maxFileBytes, maxTotalBytes: maxRequestBytes });
  const assets = { dir: buildDir, files: readAssets(buildDir) };
  const views = createViews({ dir: join(root, 'views'), assets: assets.files, navigation: () => ({ sections: boards.known() }) });
  const postHtml = createPostHtml({ views, mediaOrigin: config.mediaOrigin });
  const cardHtml = createCardHtml({ views, postHtml });
  const limits = createPostingLimits({ isOff: !config.hasPostingLimits, now, store: sharing?.limitStore });
  const sessions = createStaffSessions({ db, now, isSecure: config.publicOrigin?.startsWith('https:') ?? false });

  let isReady = false;
  const isOwnHost = createHostRule(config.publicOrigin);
  const headers = toSecurityHeaders(config.publicOrigin, config.mediaOrigin);
  const pages = createPageCache({ now, findChangeNos: (ids) => findChangeNos(db, ids), noteThread: parts.pageReads.noteThread, generation: boards.generation, trustMs: pageTrustMs });
  const front = createPageFront({ app: (req, res) => app(req, res), pages, headers, connection: connectionLimits, isAnswered: isOwnHost });
  const classes = createRequestClasses();
  const server = createHttpServer(front, {
    classes,
    maxConnections: config.maxConnections,
    connectionsPerAddress: config.connectionsPerAddress,
    isLoopbackExempt: !config.hasPostingLimits,
    readPeer: createPeerReader(config.trustedProxies),
    headers,
  });
  const elsewhere = sharing && createReadersElsewhere(sharing.bus);
  const sockets = openSockets(parts, { server, headers, sessions, readAddress, isOwnHost, elsewhere, onFollow: (thread) => watch?.add(thread) });
  const counted = metrics?.countPushes(sockets) ?? sockets;
  const broadcaster = sharing === undefined ? counted : shareStaffNews(counted, sharing.bus);
  const local = notePages(createThreadPublisher({ db, broadcaster, postHtml, cardHtml, log }), pages);
  const publisher = sharing === undefined ? local : sharePublisher(local, sharing.bus);
  const watch = sharing && watchThreads({ findChangeNos: (ids) => findChangeNos(db, ids), isFollowed: (threadId) => languages.some((lang) => sockets.hasReaders(threadId, lang)), publisher: local, log });
  const announce = () => announceQueue({ db, broadcaster, log, now });
  const acts = createActs({ db, storage, publisher, announceQueue: announce, now });
  const app = createApp({ ...parts, db, views, assets, readAddress, postHtml, cardHtml, publisher, receiver, limits, sessions, acts, throttle: sharing?.throttle, announceQueue: announce, isReady: () => isReady });
  classes.giveTo(app);
  metrics?.watchRequests(server);
  metrics?.watch({ sockets: sockets.countSockets, pictures: processor.load, connections: database.connections, findOldestOriginAt: () => findOldestOriginAt(db), now });

  return {
    server,
    publisher,
    async listen() {
      const url = await listen(server, config);
      isReady = true;
      return url;
    },
    async close() {
      isReady = false;
      await watch?.stop();
      elsewhere?.close();
      await drainServer(server, () => broadcaster.close());
      await publisher.settled();
    },
  };
}

interface SocketParts {
  server: Server;
  headers: ReturnType<typeof toSecurityHeaders>;
  sessions: StaffSessions;
  readAddress: ReturnType<typeof createAddressReader>;
  isOwnHost: ReturnType<typeof createHostRule>;
  elsewhere: ReadersElsewhere | undefined;
  onFollow: (thread: { threadId: number; changeNo: number }) => void;
}

/** The door for open pages, with what it has to know of the board. */
function openSockets({ config, boards, keys, database }: BoardParts, { server, headers, sessions, readAddress, isOwnHost, elsewhere, onFollow }: SocketParts) {
  const askStand = gatherQuestions((asked: { boardId: number; no: number }[]) => findThreadStands(database.db, asked));
  return createBroadcaster({
    http: server,
    headers,
    async findThreadId(slug, no) {
      const board = await boards.get(slug);
      const stand = await askStand({ boardId: board.id, no });
      if (stand !== undefined) onFollow(stand);
      return stand?.threadId;
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
    elsewhere,
  });
}
