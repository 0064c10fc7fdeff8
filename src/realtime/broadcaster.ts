import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { Server, type ServerOptions, type Socket } from 'socket.io';
import type { Language } from '../texts/texts.js';
import { announceReaders } from './announce-readers.js';
import { type ClientEvents, type Join, type JoinAnswer, joinSchema, type ServerEvents, type StaffEvents } from './events.js';
import type { ReadersElsewhere } from './readers-elsewhere.js';
import { createRoomSlices, type RoomSlices } from './room-slices.js';

/** The only door to open pages. It knows rooms and bytes; what is said stands with the parts that say it. */
export interface Broadcaster {
  /** Whether anybody follows this thread in this language here. */
  hasReaders: (threadId: number, lang: Language) => boolean;
  /** Whether anybody follows this board here. */
  hasBoardReaders: (slug: string) => boolean;
  /** Resolves when it has gone to all of them. */
  toThread: (threadId: number, lang: Language, changes: object) => Promise<void>;
  /** Changes of a board are gathered for a moment and sent together. */
  toBoard: (slug: string, change: object) => void;
  toStaff: (queue: { openCount: number }) => void;
  /** Tells every page to come back later, and closes. */
  close: () => Promise<void>;
}

export interface BroadcasterOptions {
  http: HttpServer;
  /** The security headers: a refused handshake is an answer like any other. */
  headers: Readonly<Record<string, string>>;
  /** The thread's internal id, or undefined when there is no such thread. */
  findThreadId: (board: string, thread: number) => Promise<number | undefined>;
  hasBoard: (board: string) => boolean;
  /** Exact-origin check of the handshake. */
  isOwnOrigin: (req: IncomingMessage) => boolean;
  /** An opaque key for the client's address, or undefined when addresses are not limited. */
  toClientKey: (req: IncomingMessage) => string | undefined;
  /** Whether this handshake's cookie belongs to a logged-in member of the staff. Asked again every few seconds. */
  isStaff: (cookie: string | undefined) => Promise<boolean>;
  maxSockets: number;
  maxSocketsPerClient: number;
  /** Readers in the same rooms of other processes; none when there is one process. */
  elsewhere?: ReadersElsewhere;
}

/** What a socket needs to be let into rooms. */
interface JoinParts extends Pick<BroadcasterOptions, 'hasBoard' | 'findThreadId' | 'elsewhere'> {
  rooms: RoomSlices;
  nameRoom: (room: string, name: { board: string; thread?: number }) => void;
}

type PublicServer = Server<ClientEvents, ServerEvents>;
type PublicSocket = Socket<ClientEvents, ServerEvents>;

const threadRoom = (threadId: number, lang: string) => `thread:${threadId}:${lang}`;
const boardRoom = (slug: string) => `board:${slug}`;

/** A socket that has this many bytes waiting is dropped: its browser comes back and asks for what it missed. */
const slowReaderBytes = 1024 * 1024;
const gatherBoardMs = 150;
/** A session that has ended, or a role that was taken away, is told nothing any more after so long at most. */
const staffCheckMs = 4_000;

/**
 * Opens the socket door on an http server: websocket only, small frames, exact Origin, bounded per client and in all; the one
 * event a browser may send is `join`, schema-checked and counted.
 */
export function createBroadcaster(options: BroadcasterOptions): Broadcaster & { countSockets: () => number } {
  const io: PublicServer = new Server(options.http, {
    transports: ['websocket'],
    serveClient: false,
    maxHttpBufferSize: 16 * 1024,
    connectTimeout: 10_000,
    perMessageDeflate: false,
    httpCompression: false,
    allowRequest: createGate(options, () => io.engine.clientsCount),
  });
  const headers = Object.entries(options.headers);
  io.engine.use((_req: IncomingMessage, res: ServerResponse, next: () => void) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    next();
  });
  const rooms = createRoomSlices(io);
  const readers = announceReaders(rooms, options.elsewhere);
  io.on('connection', (socket) => acceptReader(socket, { ...options, rooms, nameRoom: readers.nameRoom }));
  const staff = openStaffDoor(io, options);
  const boards = gatherBoardChanges(rooms);
  const slow = setInterval(() => dropSlowReaders(io), 1000);
  slow.unref();

  return {
    hasReaders: (threadId, lang) => rooms.count(threadRoom(threadId, lang)) > 0,
    hasBoardReaders: (slug) => rooms.count(boardRoom(slug)) > 0,
    toThread: (threadId, lang, changes) => rooms.send(threadRoom(threadId, lang), 'thread:changes', changes),
    toBoard: boards.add,
    toStaff: (queue) => staff.emit('queue:changed', queue),
    countSockets: () => io.engine.clientsCount,
    async close() {
      clearInterval(slow);
      readers.stop();
      staff.stop();
      boards.flush();
      await rooms.settled();
      await io.close();
    },
  };
}

/** A server that no socket reaches: for what processes tell each other over one of Socket.IO's adapters. */
export function createServerWithoutSockets(adapter: NonNullable<ServerOptions['adapter']>): Server<Record<string, never>, Record<string, never>, { news: (news: unknown) => void }> {
  return new Server({ adapter });
}

/** Decides on a handshake before anything is kept for it. */
function createGate(options: BroadcasterOptions, countClients: () => number) {
  const perClient = new Map<string, number>();
  return (req: IncomingMessage, decide: (error: string | null | undefined, allow: boolean) => void): void => {
    if (!options.isOwnOrigin(req)) return decide('origin', false);
    if (countClients() >= options.maxSockets) return decide('full', false);
    const key = options.toClientKey(req);
    if (key === undefined) return decide(null, true);
    const open = perClient.get(key) ?? 0;
    if (open >= options.maxSocketsPerClient) return decide('tooMany', false);
    perClient.set(key, open + 1);
    req.socket.once('close', () => {
      const left = (perClient.get(key) ?? 1) - 1;
      if (left <= 0) perClient.delete(key);
      else perClient.set(key, left);
    });
    decide(null, true);
  };
}

/** Serves one reader: joins, at most ten a second and eight rooms at a time; anything else ends the connection. */
function acceptReader(socket: PublicSocket, options: JoinParts): void {
  let tokens = 20;
  let filledAt = Date.now();
  let joiningCount = 0;
  socket.use((_packet, next) => {
    const at = Date.now();
    tokens = Math.min(20, tokens + ((at - filledAt) / 1000) * 10);
    filledAt = at;
    tokens -= 1;
    if (tokens < 0) socket.disconnect(true);
    else next();
  });
  socket.on('error', () => socket.disconnect(true));
  socket.onAny((event: string) => {
    if (event !== 'join') socket.disconnect(true);
  });
  socket.on('join', (sent, answer) => {
    const say = typeof answer === 'function' ? (said: JoinAnswer) => void answer(said) : () => undefined;
    const join = joinSchema.safeParse(sent);
    if (!join.success) return say({ ok: false, code: 'malformed' });
    // Joins on their way count too, or a burst of them would all find room.
    if (socket.rooms.size + joiningCount > 8) return say({ ok: false, code: 'tooMany' });
    joiningCount += 1;
    const joining = joinRoom(socket, options, join.data).finally(() => {
      joiningCount -= 1;
    });
    joining.then(say, () => say({ ok: false, code: 'unknown' }));
  });
}

async function joinRoom(socket: PublicSocket, { hasBoard, findThreadId, elsewhere, rooms, nameRoom }: JoinParts, join: Join): Promise<JoinAnswer> {
  if (!hasBoard(join.board)) return { ok: false, code: 'unknown' };
  const threadId = join.thread === undefined ? undefined : await findThreadId(join.board, join.thread);
  if (join.thread !== undefined && threadId === undefined) return { ok: false, code: 'unknown' };
  const room = threadId === undefined ? boardRoom(join.board) : threadRoom(threadId, join.lang ?? 'en');
  await rooms.join(socket, room);
  nameRoom(room, { board: join.board, thread: join.thread });
  return { ok: true, readers: rooms.count(room) + (elsewhere?.count(room) ?? 0) };
}

/** A namespace of its own for staff pages: a session at the handshake, asked for again every few seconds. */
function openStaffDoor(io: PublicServer, options: BroadcasterOptions) {
  const door = io.of('/mod') as unknown as ReturnType<Server<Record<string, never>, StaffEvents>['of']>;
  door.use((socket, next) => {
    options.isStaff(socket.handshake.headers.cookie).then(
      (isStaff) => next(isStaff ? undefined : new Error('staff only')),
      () => next(new Error('staff only')),
    );
  });
  door.on('connection', (socket) => {
    socket.onAny(() => socket.disconnect(true));
  });
  const timer = setInterval(() => {
    for (const socket of door.sockets.values()) {
      options.isStaff(socket.handshake.headers.cookie).then(
        (isStaff) => isStaff || socket.disconnect(true),
        () => socket.disconnect(true),
      );
    }
  }, staffCheckMs);
  timer.unref();
  return { emit: (event: 'queue:changed', queue: { openCount: number }) => void door.emit(event, queue), stop: () => clearInterval(timer) };
}

function gatherBoardChanges(rooms: RoomSlices) {
  const waiting = new Map<string, object[]>();
  let timer: NodeJS.Timeout | undefined;
  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const [slug, changes] of waiting) void rooms.send(boardRoom(slug), 'board:changes', changes);
    waiting.clear();
  }
  return {
    flush,
    add(slug: string, change: object): void {
      if (rooms.count(boardRoom(slug)) === 0) return;
      const changes = waiting.get(slug) ?? [];
      changes.push(change);
      waiting.set(slug, changes);
      timer ??= setTimeout(flush, gatherBoardMs);
    },
  };
}

/** Nobody's slow line may fill our memory. */
function dropSlowReaders(io: PublicServer): void {
  for (const socket of io.of('/').sockets.values()) {
    // Of nearly all of them the network has taken everything: one look each, not a sum.
    if (socket.conn.transport.writable || waitingBytes(socket) <= slowReaderBytes) continue;
    // To be told that it ends, a line would first have to take what waits, and closing it would wait for that: more than a minute, with
    // megabytes in the kernel too. It is reset.
    socket.request.socket.resetAndDestroy();
  }
}

/** Bytes that were written to a socket and not yet taken by the network: of the websocket itself and of engine.io's own queue. */
function waitingBytes(socket: PublicSocket): number {
  const transport = socket.conn.transport as { socket?: { bufferedAmount?: number } };
  const queue: { data?: unknown }[] = socket.conn['writeBuffer'] ?? [];
  return (transport.socket?.bufferedAmount ?? 0) + queue.reduce((sum, packet) => sum + (typeof packet.data === 'string' ? packet.data.length : 0), 0);
}
