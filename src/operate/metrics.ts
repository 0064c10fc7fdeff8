import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Log } from '../log.js';
import type { Broadcaster } from '../realtime/broadcaster.js';

/** What is asked when somebody looks. Everything is a number about the board; nothing is about anybody. */
export interface MetricSources {
  sockets: () => number;
  pictures: () => { busyCount: number; waitingCount: number };
  connections: () => { openCount: number; idleCount: number; waitingCount: number };
  findOldestOriginAt: () => Promise<Date | undefined>;
  now: () => Date;
}

/** Counts what a board does, for Prometheus. Labels are patterns of routes and names of events, of which there are few. */
export interface Metrics {
  /** Passes a log on and counts its events: posts, refusals, faults. */
  countEvents: (log: Log) => Log;
  /** Passes pushes on and counts them. */
  countPushes: (broadcaster: Broadcaster) => Broadcaster;
  watchRequests: (server: Server) => void;
  /** From now on these are asked, each time somebody looks. */
  watch: (sources: MetricSources) => void;
  /** The text that Prometheus reads, and its type. */
  read: () => Promise<{ text: string; type: string }>;
  /** The same as it can be sent to another process, for sumMetrics. */
  list: () => Promise<object[]>;
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST']);

/** Makes the counters, and those of the process itself: processor, memory, event loop. */
export function createMetrics(): Metrics {
  const registers = [new Registry()];
  const [register] = registers as [Registry];
  collectDefaultMetrics({ register });
  const events = new Counter({ name: 'quoth_events_total', help: 'Events of the log by name: post.created is a post', labelNames: ['event'], registers });
  const pushes = new Counter({ name: 'quoth_pushes_total', help: 'Pushes to open pages, each to all that follow', labelNames: ['to'], registers });
  const requests = new Histogram({
    name: 'quoth_request_seconds',
    help: 'Answered requests by method, route pattern and status; "ready" are pages from memory, "none" reached no route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2, 10],
    registers,
  });

  return {
    countEvents(log) {
      const count = (write: (event: string, fields?: never) => void) => (event: string, fields?: object) => {
        events.inc({ event });
        write(event, fields as never);
      };
      return { debug: count(log.debug), info: count(log.info), warn: count(log.warn), error: count(log.error) };
    },
    countPushes: (broadcaster) => ({
      ...broadcaster,
      toThread(...push) {
        pushes.inc({ to: 'thread' });
        return broadcaster.toThread(...push);
      },
      toBoard(...push) {
        pushes.inc({ to: 'board' });
        broadcaster.toBoard(...push);
      },
    }),
    watchRequests(server) {
      server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => {
        const stop = requests.startTimer();
        res.once('finish', () => {
          const method = methods.has(req.method ?? '') ? String(req.method) : 'other';
          stop({ method, route: toRoute(req, res.statusCode), status: res.statusCode });
        });
      });
    },
    watch: (sources) => addGauges(sources, registers),
    read: async () => ({ text: await register.metrics(), type: register.contentType }),
    list: () => register.getMetricsAsJSON(),
  };
}

/** The metrics of several processes as those of one: counts are added up, lags of the event loop averaged. */
export async function sumMetrics(lists: object[][]): Promise<{ text: string; type: string }> {
  const sum = AggregatorRegistry.aggregate(lists);
  return { text: await sum.metrics(), type: sum.contentType };
}

/** The pattern, such as /:board/thread/:no, never the address itself. Express leaves the route on the request. */
function toRoute(req: IncomingMessage & { route?: { path?: unknown } }, status: number): string {
  const path = req.route?.path;
  if (path === undefined) return status === 200 || status === 304 ? 'ready' : 'none';
  return typeof path === 'string' ? path : Array.isArray(path) ? path.join(' ') : 'other';
}

function addGauges(sources: MetricSources, registers: Registry[]): void {
  const { sockets, pictures, connections, findOldestOriginAt, now } = sources;
  const add = (name: string, help: string, read: () => number | Promise<number>, aggregator: 'sum' | 'max' = 'sum') =>
    new Gauge({
      name,
      help,
      registers,
      aggregator,
      async collect() {
        this.set(await read());
      },
    });
  add('quoth_sockets', 'Open pages that are told of news', sockets);
  add('quoth_pictures_busy', 'Pictures that are being decoded', () => pictures().busyCount);
  add('quoth_pictures_waiting', 'Pictures that wait to be decoded', () => pictures().waitingCount);
  add('quoth_database_connections', 'Open connections to the database', () => connections().openCount);
  add('quoth_database_idle', 'Connections to the database that nobody uses', () => connections().idleCount);
  add('quoth_database_waiting', 'Questions that wait for a connection to the database', () => connections().waitingCount);
  add('quoth_oldest_origin_seconds', 'Age of the oldest origin of a post; -1 when it cannot be asked', async () => {
    const oldestAt = await findOldestOriginAt().catch(() => null);
    return oldestAt === null ? -1 : oldestAt === undefined ? 0 : (now().getTime() - oldestAt.getTime()) / 1000;
  }, 'max');
}
