import cluster, { type Worker } from 'node:cluster';
import { type AddressInfo, createServer } from 'node:net';
import type { Log } from '../log.js';

/** What a worker tells the process that started it. */
export type WorkerNews = { kind: 'ready'; url: string } | { kind: 'failed'; sentence: string } | { kind: 'metrics'; metrics: object[] };

/** Processes that serve on one port, started and watched by this one. A worker that dies is replaced. */
export interface WorkerProcesses {
  /** Starts them all, and answers with their address. @throws Error with the sentence of the one that could not */
  start: () => Promise<string>;
  /** The metrics of all that answer soon, as prom-client's JSON. */
  readMetrics: () => Promise<object[][]>;
  /** Comes about when workers die again and again, and nothing is left but to give up. */
  lost: Promise<Error>;
  /** Lets all of them end what runs. */
  close: () => Promise<void>;
}

/** The pause before a worker is replaced: it doubles with each that does not live long. */
const firstPauseMs = 200;
const longestPauseMs = 30_000;
const longLifeMs = 60_000;
const mostShortLives = 20;
/** A worker drains for eight seconds at most; one that hangs is ended. */
const closeMs = 12_000;
const metricsMs = 1_000;

/** `count` processes of the program that runs now. They know by node:cluster's `isWorker` what they are. */
export function createWorkerProcesses({ count, at, log }: { count: number; at: { host: string; port: number }; log: Log }): WorkerProcesses {
  const workers = new Set<Worker>();
  const ready = new WeakSet<Worker>();
  const pauses = new Set<NodeJS.Timeout>();
  let port = at.port;
  let isStarted = false;
  let shortLives = 0;
  let isClosing = false;
  let giveUp: (error: Error) => void = () => undefined;
  const lost = new Promise<Error>((resolve) => {
    giveUp = resolve;
  });

  function fork(): Promise<string> {
    const bornAt = performance.now();
    const worker = cluster.fork({ PORT: String(port) });
    workers.add(worker);
    return new Promise((resolve, reject) => {
      worker.on('message', (news: WorkerNews) => {
        if (news.kind === 'failed') reject(new Error(news.sentence));
        if (news.kind !== 'ready') return;
        ready.add(worker);
        resolve(news.url);
      });
      worker.once('exit', (code, signal) => {
        workers.delete(worker);
        reject(new Error('A process of the board ended before it was ready.'));
        if (isStarted) replace(performance.now() - bornAt, code, signal);
      });
    });
  }

  function replace(livedMs: number, code: number | null, signal: string | null): void {
    if (isClosing) return;
    shortLives = livedMs < longLifeMs ? shortLives + 1 : 0;
    log.warn('worker.ended', { code, signal, shortLives });
    if (shortLives > mostShortLives) return giveUp(new Error(`${shortLives} processes of the board ended within a minute of their start.`));
    const pause = setTimeout(() => {
      pauses.delete(pause);
      // One that fails ends, and is replaced in its turn.
      fork().then(() => log.info('worker.replaced'), () => undefined);
    }, Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, shortLives - 1)));
    pauses.add(pause);
  }

  return {
    lost,
    async start() {
      // Each has to have the same, those too that come when no other is there.
      if (port === 0) port = await findFreePort(at.host);
      const [url] = await Promise.all(Array.from({ length: count }, () => fork()));
      isStarted = true;
      if (url === undefined) throw new Error('A board needs a process that serves it.');
      return url;
    },
    readMetrics: async () => (await Promise.all([...workers].map(askMetrics))).filter((metrics) => metrics !== undefined),
    async close() {
      isClosing = true;
      for (const pause of pauses) clearTimeout(pause);
      await Promise.all([...workers].map((worker) => closeWorker(worker, ready.has(worker))));
    },
  };
}

function findFreePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, host, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function askMetrics(worker: Worker): Promise<object[] | undefined> {
  return new Promise((resolve) => {
    const end = (metrics?: object[]) => {
      clearTimeout(timer);
      worker.off('message', hear);
      resolve(metrics);
    };
    const hear = (news: WorkerNews) => {
      if (news.kind === 'metrics') end(news.metrics);
    };
    const timer = setTimeout(end, metricsMs);
    worker.on('message', hear);
    tell(worker, 'metrics');
  });
}

/** One that does not serve yet has nothing to end, and would not hear. */
async function closeWorker(worker: Worker, isReady: boolean): Promise<void> {
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), closeMs);
  if (isReady) tell(worker, 'close');
  else worker.process.kill('SIGKILL');
  await ended;
  clearTimeout(timer);
}

/** A worker that is just dying cannot be told anything. */
function tell(worker: Worker, order: 'close' | 'metrics'): void {
  if (worker.isConnected()) worker.send(order, () => undefined);
}

/** Whether this process was started as one of several. */
export const isWorkerProcess = (): boolean => cluster.isWorker;

/** Tells the process that started this one. */
export function tellOwner(news: WorkerNews): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(news, undefined, undefined, () => resolve());
  });
}

/** What the process that started this one asks of it. Without that process this one ends at once, by node:cluster. */
export function hearOwner(orders: { close: () => void; metrics: () => Promise<object[]> }): void {
  process.on('message', (order) => {
    if (order === 'close') orders.close();
    if (order === 'metrics') {
      orders.metrics().then(
        (metrics) => tellOwner({ kind: 'metrics', metrics }),
        () => undefined,
      );
    }
  });
}
