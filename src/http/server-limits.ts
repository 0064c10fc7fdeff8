import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import { type Exchange, isOpen, watchExchanges } from './exchanges.js';
import type { RequestClasses } from './request-classes.js';

/** How patient the server is, in milliseconds. */
interface Patience {
  /** From the connection, or the request's first byte, to the end of its headers. */
  headers: number;
  /** For a whole request: what an upload may use that goes on arriving. */
  request: number;
  /** For the body of everything but an upload, and of an upload that hardly arrives; with its farewell it is over within 15 seconds. */
  body: number;
  /** Between two requests on one connection. */
  keepAlive: number;
  /** Without a byte in either direction: a browser that asks and does not read. */
  silence: number;
  /** How often the first two are looked at. */
  check: number;
  /** For reading a refusal before the connection is cut. */
  farewell: number;
}

export interface ServerLimits {
  maxConnections: number;
  connectionsPerAddress: number;
  /** Set when posting limits are off, for load tests from the same machine. */
  isLoopbackExempt: boolean;
  /** Who is at the other end of a connection; trusted proxies are not counted. */
  readPeer: (remoteAddress: string | undefined) => { prefix: string; isLoopback: boolean; isTrustedProxy: boolean } | undefined;
  /** The security headers, for answers that are given here before any route is asked. */
  headers: Readonly<Record<string, string>>;
  patience?: Partial<Patience>;
  /** Node's own when left out. */
  classes?: RequestClasses;
}

/** How long a connection waits for its next request (ms), and how many it takes: what its clients are told as well. */
export const connectionLimits = { keepAliveMs: 5_000, requests: 1_000 };

const usualPatience: Patience = {
  headers: 10_000, request: 60_000, body: 12_000, keepAlive: connectionLimits.keepAliveMs, silence: 120_000, check: 1_000, farewell: 2_000,
};
const MAX_HEADERS = 64;
/** So much of a refused body is still read, and thrown away, so that the visitor gets to see the refusal. */
const UNWANTED_BYTES = 64 * 2 ** 20;
const UNWANTED_CHECK_MS = 250;
/** Bytes in a millisecond: an upload that brings less is nobody's line, it is there to hold a place. */
const SLOWEST_UPLOAD = 1;

/**
 * Makes the HTTP server with its limits; it does not listen yet. Slow, oversized and too many requests end here, and whoever is
 * refused gets to read it: a body that nobody wants is read and thrown away before its connection closes.
 */
export function createHttpServer(handler: RequestListener, limits: ServerLimits): Server {
  const patience = { ...usualPatience, ...limits.patience };
  const surplus = new WeakSet<Socket>();
  const toAnswer = createRawAnswers(limits.headers);
  const soon = createQueue();
  const end = (socket: Socket, status: number) => {
    const exchange = exchanges.of(socket);
    if (exchange.isEnding) return;
    exchange.isEnding = true;
    soon(() => endConnection(socket, exchange, toAnswer(status), patience.farewell));
  };

  const server = createServer({ ...toOptions(patience), ...limits.classes }, (req, res) => {
    const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
    exchanges.begin(res);
    if (hasBody) res.once('finish', () => discardRest(req));
    if (req.headers.host === undefined) return refuse(res, 400, limits.headers);
    if (surplus.has(req.socket)) return refuse(res, 503, { ...limits.headers, 'Retry-After': '5' });
    if (req.rawHeaders.length > 2 * MAX_HEADERS) return refuse(res, 431, limits.headers);
    if (hasBody) limitBodyTime(req, patience.body, () => end(req.socket, 408));
    handler(req, res);
  });
  const exchanges = watchExchanges(server);
  server.timeout = patience.silence;
  server.maxConnections = limits.maxConnections;
  // One more than is taken: Node drops headers over its own limit without a word.
  server.maxHeadersCount = MAX_HEADERS + 1;
  server.maxRequestsPerSocket = connectionLimits.requests;
  server.on('checkExpectation', (_req, res) => refuse(res, 417, limits.headers));
  server.on('connection', (socket: Socket) => waitForRest(socket, exchanges.of(socket)));
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    if (socket instanceof Socket && error.code !== 'ECONNRESET') end(socket, toStatus(error.code));
    else socket.destroy();
  });
  countConnections(server, limits, patience, surplus);
  return server;
}

function toOptions(patience: Patience) {
  return {
    headersTimeout: patience.headers,
    requestTimeout: patience.request,
    keepAliveTimeout: patience.keepAlive,
    connectionsCheckingInterval: patience.check,
    maxHeaderSize: 8192,
    // Refused by us, with the security headers.
    requireHostHeader: false,
  };
}

/**
 * Counts connections by client address. Who has too many is told so, up to twice the limit and within the farewell; beyond
 * that the connection is dropped at once.
 */
function countConnections(server: Server, limits: ServerLimits, patience: Patience, surplus: WeakSet<Socket>): void {
  const counts = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const peer = limits.readPeer(socket.remoteAddress);
    if (peer === undefined || peer.isTrustedProxy || (peer.isLoopback && limits.isLoopbackExempt)) return;
    const { prefix } = peer;
    const count = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, count);
    socket.once('close', () => {
      const left = (counts.get(prefix) ?? 1) - 1;
      if (left === 0) counts.delete(prefix);
      else counts.set(prefix, left);
    });
    if (count <= limits.connectionsPerAddress) return;
    surplus.add(socket);
    if (count > 2 * limits.connectionsPerAddress) socket.destroy();
    else destroyAfter(socket, patience.farewell);
  });
}

/** Uploads have the whole request time as long as something of them arrives; every other body has less. */
function limitBodyTime(req: IncomingMessage, ms: number, onLate: () => void): void {
  const { socket } = req;
  const least = req.headers['content-type']?.toLowerCase().startsWith('multipart/form-data') ? ms * SLOWEST_UPLOAD : Number.POSITIVE_INFINITY;
  let read = socket.bytesRead;
  const timer = setInterval(() => {
    const arrived = socket.bytesRead - read;
    read += arrived;
    if (!req.complete && arrived < least) onLate();
  }, ms);
  timer.unref();
  req.once('close', () => clearInterval(timer));
}

/** Reads on after the answer, so that a client which is still sending neither stalls nor misses it; not without end. */
function discardRest(req: IncomingMessage): void {
  if (req.complete) return;
  const { socket } = req;
  const most = socket.bytesRead + UNWANTED_BYTES;
  const timer = setInterval(() => {
    if (socket.bytesRead > most) socket.destroy();
  }, UNWANTED_CHECK_MS);
  timer.unref();
  req.once('close', () => clearInterval(timer));
  req.resume();
}

/**
 * Node closes a connection right behind its last answer. If the client is still sending then, its system answers the close with
 * a reset, which throws the answer away unread. So our half is closed, and the rest only when the request has come to its end.
 */
function waitForRest(socket: Socket, exchange: Exchange): void {
  const destroySoon = socket.destroySoon.bind(socket);
  socket.destroySoon = () => {
    const req = exchange.answers.at(-1)?.req;
    if (req === undefined || req.complete || socket.destroyed) return destroySoon();
    req.once('close', destroySoon);
    socket.end();
  };
}

/** Ends a connection in the middle of a request: with an answer when none has begun, and with time to read it. */
function endConnection(socket: Socket, { answers }: Exchange, answer: string, farewellMs: number): void {
  const latest = answers.at(-1);
  const isAnswered = latest !== undefined && !latest.req.complete && latest.headersSent;
  if (!socket.writable || isAnswered || answers.some((res) => isOpen(res) && res.headersSent)) {
    socket.destroy();
    return;
  }
  socket.end(answer);
  destroyAfter(socket, farewellMs);
}

/** Whole answers without a body, as they go over the wire, by status. */
function createRawAnswers(headers: Readonly<Record<string, string>>): (status: number) => string {
  const answers = new Map<number, string>();
  const lines = Object.entries({ ...headers, 'Content-Length': '0', Connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  return (status) => {
    const answer = answers.get(status) ?? `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`;
    answers.set(status, answer);
    return answer;
  };
}

/** Runs what it is given soon, a few at a time: thousands of slow connections run out in the same moment, and others must not wait. */
function createQueue(): (act: () => void) => void {
  const waiting: (() => void)[] = [];
  const run = () => {
    for (const act of waiting.splice(0, 50)) act();
    if (waiting.length > 0) setImmediate(run);
  };
  return (act) => {
    if (waiting.push(act) === 1) setImmediate(run);
  };
}

function refuse(res: ServerResponse, status: number, headers: Readonly<Record<string, string>>): void {
  res.writeHead(status, { ...headers, 'Content-Length': '0', Connection: 'close' }).end();
}

function destroyAfter(socket: Socket, ms: number): void {
  const timer = setTimeout(() => socket.destroy(), ms);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}

/** The codes are those of Node's HTTP parser and timers. */
function toStatus(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}
