import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import pg from 'pg';
import { findFreePort } from '../../bench/rig/child.js';
import { connectDatabase, type Database } from '../../src/db/connect.js';
import type { BoardProcess } from '../../tests/support/board-process.js';
import { hireStaff } from '../../tests/support/hire-staff.js';
import type { Drill, DrillReport } from '../drill.js';
import { sendForm } from '../support/ask.js';
import { readRssMb, toQuantile } from '../support/measure.js';
import { openSocket } from '../support/web-socket.js';
import { sayCheck, toFaults } from './check-board.js';
import { findChildren, signalQuietly } from './child-processes.js';
import { type Filling, filledBytes, readFilling, writeFilling } from './fill-memory.js';
import { createSender, type Entry, type LedgerThread, makeEntries, makeThreadEntry, type Sender, startThreads } from './ledger.js';
import { lookAt, makePlace, picture, type Place, wait } from './place.js';

export const soak: Drill = {
  name: 'soak',
  group: 'faults',
  what: 'a mixed load for half an hour, with a fault every minute: decoder, connections, PostgreSQL, and the board itself killed',
  options: { minutes: 'how long; 30 by default', every: 'seconds from fault to fault; 60 by default' },
  run: (options, say) => soakBoard({ minutes: Number(options['minutes'] ?? 30), everyMs: 1_000 * Number(options['every'] ?? 60), isWeighed: true }, say),
};

/** What is done to the board, one after the other. It is itself killed at the first and the last turn, so that one process can be weighed in between. */
type Trouble = 'board killed' | 'decoder killed' | 'connections held' | 'database still' | 'database killed';
const turns: readonly Trouble[] = ['decoder killed', 'connections held', 'database still', 'database killed'];

const leastAvailable = 0.995;
/** Of the posts: what is sent while something is held or away may be refused. */
const leastTaken = 0.9;
/** Growth of memory and of open files in a minute, once the board is warm. */
const mostGrowth = { rssPercent: 1, files: 0.5 };
/** So long something is held or away, if the faults leave it that much. */
const mostHeldMs = 3_000;

interface Sample {
  at: number;
  rssMb: number;
  files: number;
}

interface Soak {
  place: Place;
  origin: string;
  threads: LedgerThread[];
  over: AbortController;
  board: BoardProcess;
  /** Spans in which the board itself was dead or starting. */
  downs: { from: number; to: number }[];
  reads: { at: number; end: number; status: number }[];
  ledger: Entry[];
  acts: number;
  pushes: number;
  /** What was measured of each of its processes. */
  lives: Sample[][];
  /** What fills the memory that the board keeps pages and posts in; none where it is not weighed. */
  filling: Filling | undefined;
}

/** Reads, posts, watches and moderates for a while, with a fault every so often. Availability leaves out the spans in which the board itself was down. */
export async function soakBoard(options: { minutes: number; everyMs: number; isWeighed: boolean }, say: (line: string) => void = () => undefined): Promise<DrillReport> {
  const place = await makePlace('postgres');
  const port = await findFreePort();
  const database = await prepare(place);
  const board = await place.start({ PORT: String(port) });
  const soaked: Soak = { place, origin: board.url, threads: [], over: new AbortController(), board, downs: [], reads: [], ledger: [], acts: 0, pushes: 0, lives: [[]], filling: undefined };
  try {
    const sender = createSender(board.url);
    if (options.isWeighed) soaked.filling = await writeFilling(sender, 'b', say);
    const { threads, entries } = await startThreads(sender, 'b', 8);
    sender.close();
    soaked.threads = threads;
    soaked.ledger.push(...(soaked.filling?.entries ?? []), ...entries);
    const staff = await hireStaff(database.db, createServer(), new Date(), 'ada', [{ boardId: null, role: 'moderator' }]);
    const load = [read(soaked), read(soaked), read(soaked), write(soaked, 0), write(soaked, 0), write(soaked, 0.3), watch(soaked), watch(soaked), moderate(soaked, database, staff.cookie, staff.member.session.formToken), weigh(soaked)];
    await trouble(soaked, options, port, say);
    soaked.over.abort();
    await Promise.all(load);
    await soaked.board.end('SIGTERM');
    await database.close();
    return await judge(soaked, options.isWeighed);
  } finally {
    soaked.over.abort();
    await soaked.board.end('SIGKILL');
    await database.close().catch(() => undefined);
    await place.remove();
  }
}

/** The schema is made by the board's first start. */
async function prepare(place: Place): Promise<Database> {
  await (await place.start()).end('SIGTERM');
  return connectDatabase({ databaseUrl: place.settings['DATABASE_URL'], dataDir: place.dataDir, maxConnections: 2 });
}

async function trouble(soaked: Soak, { minutes, everyMs }: { minutes: number; everyMs: number }, port: number, say: (line: string) => void): Promise<void> {
  const count = Math.max(2 + turns.length, Math.round((minutes * 60_000) / everyMs));
  for (let turn = 0; turn < count; turn += 1) {
    await wait(everyMs);
    const what = turn === 0 || turn === count - 1 ? 'board killed' : (turns[(turn - 1) % turns.length] ?? 'decoder killed');
    await doHarm(soaked, what, { port, heldMs: Math.min(mostHeldMs, everyMs) });
    const { rssMb, files } = soaked.lives.at(-1)?.at(-1) ?? { rssMb: 0, files: 0 };
    say(`${turn + 1} of ${count}: ${what}; reads ${soaked.reads.length}, not 200 ${soaked.reads.filter(({ status }) => status !== 200).length}, posts ${soaked.ledger.length}; ${Math.round(rssMb)} MB, ${files} files`);
  }
  await wait(everyMs / 2);
}

async function doHarm(soaked: Soak, what: Trouble, { port, heldMs }: { port: number; heldMs: number }): Promise<void> {
  const { place } = soaked;
  if (what === 'decoder killed') {
    for (const pid of findChildren(soaked.board.pid)) signalQuietly(pid, 'SIGKILL');
  } else if (what === 'connections held') {
    await holdConnections(place, heldMs);
  } else if (what === 'database still') {
    place.postgres?.pause();
    await wait(heldMs);
    place.postgres?.resume();
  } else if (what === 'database killed') {
    await place.postgres?.kill();
    await wait(heldMs);
    await place.postgres?.start();
  } else {
    const down = { from: Date.now(), to: Infinity };
    soaked.downs.push(down);
    await soaked.board.end('SIGKILL');
    soaked.board = await place.start({ PORT: String(port) });
    down.to = Date.now();
    soaked.lives.push([]);
    // The process that is weighed begins with an empty memory.
    if (soaked.filling !== undefined) await readFilling(soaked.origin, soaked.filling);
  }
}

/** Whoever asks for posts or threads waits, until the pool has no connection left. */
async function holdConnections(place: Place, heldMs: number): Promise<void> {
  const client = new pg.Client({ connectionString: place.settings['DATABASE_URL'] });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin; lock table threads, posts in access exclusive mode');
  await wait(heldMs);
  await client.query('rollback');
  await client.end();
}

async function read(soaked: Soak): Promise<void> {
  const sender = createSender(soaked.origin);
  for (let turn = 0; !soaked.over.signal.aborted; turn += 1) {
    const thread = soaked.threads[Math.floor(turn / 4) % soaked.threads.length];
    const at = Date.now();
    const { status } = await sender.get(['/', '/b/', '/b/catalog', `/b/thread/${thread?.no}`][turn % 4] ?? '/');
    soaked.reads.push({ at, end: Date.now(), status });
    await wait(40);
  }
  sender.close();
}

async function write(soaked: Soak, fileShare: number): Promise<void> {
  const sender = createSender(soaked.origin);
  const file = await picture();
  while (!soaked.over.signal.aborted) {
    const turn = soaked.ledger.length % soaked.threads.length;
    const threads = soaked.threads.slice(turn, turn + 1);
    const [entry] = makeEntries({ count: 1, threads, slug: 'b', file, fileShare });
    if (entry === undefined) break;
    soaked.ledger.push(entry);
    const [thread] = threads;
    await sender.send(entry);
    if (thread !== undefined && entry.outcome === 'refused' && entry.status < 500) await replaceThread(soaked, sender, thread);
    await wait(400);
  }
  sender.close();
}

/** A thread that is full, or that newer ones have pushed into the archive, takes no more: another is begun for it. */
async function replaceThread({ threads, ledger }: Soak, sender: Sender, thread: LedgerThread): Promise<void> {
  if (!threads.includes(thread)) return;
  const entry = makeThreadEntry(thread.slug);
  ledger.push(entry);
  await sender.send(entry);
  const at = threads.indexOf(thread);
  if (at !== -1 && entry.place !== undefined) threads[at] = { slug: entry.place.board, no: entry.place.no };
}

/** Somebody with an open page, who comes back when the line was cut. */
async function watch(soaked: Soak): Promise<void> {
  for (let turn = 0; !soaked.over.signal.aborted; turn += 1) {
    const thread = soaked.threads[turn % soaked.threads.length];
    const line = await openSocket(soaked.origin, { onEvent: () => (soaked.pushes += 1) }).catch(() => undefined);
    await line?.join({ board: 'b', thread: thread?.no, lang: 'en' }).catch(() => undefined);
    const end = Date.now() + 10_000;
    while (line?.isOpen() === true && Date.now() < end && !soaked.over.signal.aborted) await wait(100);
    line?.close();
    await wait(200);
  }
}

/** Pins a thread and unpins it: acts that leave posts as their writers know them. */
async function moderate(soaked: Soak, { db }: Database, cookie: string, token: string): Promise<void> {
  for (let turn = 0; !soaked.over.signal.aborted; turn += 1) {
    await wait(1_000);
    const row = await db.selectFrom('threads').select('id').orderBy('id').limit(1).executeTakeFirst().catch(() => undefined);
    const fields = { form_token: token, act: turn % 2 === 0 ? 'thread.sticky' : 'thread.unsticky', thread: String(row?.id ?? 0) };
    const answer = await sendForm(soaked.origin, '/mod/act', fields, { headers: { Cookie: cookie, Accept: 'text/html' } }).catch(() => undefined);
    if (answer?.status === 303) soaked.acts += 1;
  }
}

async function weigh(soaked: Soak): Promise<void> {
  while (!soaked.over.signal.aborted) {
    await wait(1_000);
    const { pid } = soaked.board;
    const rssMb = readRssMb(pid);
    if (rssMb > 0) soaked.lives.at(-1)?.push({ at: Date.now(), rssMb, files: countOpenFiles(pid) });
  }
}

function countOpenFiles(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

async function judge(soaked: Soak, isWeighed: boolean): Promise<DrillReport> {
  const { reads, downs, lives, ledger } = soaked;
  const samples = lives.reduce((longest, life) => (life.length > longest.length ? life : longest), []);
  const counted = reads.filter(({ at, end }) => !downs.some(({ from, to }) => end >= from && at <= to));
  const good = counted.filter(({ status }) => status === 200).length;
  const share = counted.length === 0 ? 0 : good / counted.length;
  // At its beginning a life is given more pages than it can keep, so that from then on a new one takes the place of an old one. The rest
  // of its first quarter is for what has no bound to reach: pools, and the room that V8 takes for itself.
  const warm = samples.slice(Math.floor(samples.length / 4));
  const rss = toSlope(warm.map(({ at, rssMb }) => [at, rssMb]));
  const rssMb = toQuantile(warm.map(({ rssMb: each }) => each), 0.5);
  const rssPercent = (100 * rss) / rssMb;
  const files = toSlope(warm.map(({ at, files: open }) => [at, open]));
  const check = await lookAt(soaked.place, ledger);
  const waits = reads.map(({ at, end }) => end - at);
  const figures = [
    `reads ${reads.length}, of which ${reads.length - counted.length} while the board was down; of the others 200 to ${good} of ${counted.length} (${(100 * share).toFixed(3)} %), p99 ${toQuantile(waits, 0.99)} ms; posts ${ledger.length}, acknowledged ${check.acknowledged}; acts ${soaked.acts}, pushes ${soaked.pushes}`,
    `weighed for ${Math.round(warm.length / 60)} min: memory ${rssPercent.toFixed(2)} % (${rss.toFixed(2)} MB) a minute of ${Math.round(rssMb)} MB, files ${files.toFixed(2)} a minute of ${toQuantile(warm.map(({ files: open }) => open), 0.5)}; ${sayCheck(check)}`,
  ];
  const faults = [
    ...toFaults(check),
    ...(share < leastAvailable ? [`only ${good} of ${counted.length} pages were shown: ${JSON.stringify(counted.filter(({ status }) => status !== 200).slice(0, 3))}`] : []),
    ...(isWeighed && !((soaked.filling?.readBytes ?? 0) >= filledBytes) ? ['the memory for pages was not filled: this tried less than it says'] : []),
    ...(isWeighed && !(rssPercent < mostGrowth.rssPercent) ? [`memory grows by ${rssPercent.toFixed(2)} % a minute`] : []),
    ...(isWeighed && !(Math.abs(files) < mostGrowth.files) ? [`open files change by ${files.toFixed(2)} a minute`] : []),
    ...(isWeighed && check.acknowledged < leastTaken * ledger.length ? [`only ${check.acknowledged} of ${ledger.length} posts were taken: this tried less than it says`] : []),
    ...(soaked.acts === 0 || soaked.pushes === 0 || check.acknowledged === 0 ? ['nothing was posted, pushed or moderated: this tried less than it says'] : []),
  ];
  return { figures, faults };
}

/** The line that lies closest to these points (least squares): its rise in a minute. */
function toSlope(points: [at: number, value: number][]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [atMean, valueMean] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))];
  const spread = points.reduce((sum, [at]) => sum + (at - atMean) ** 2, 0);
  return (60_000 * points.reduce((sum, [at, value]) => sum + (at - atMean) * (value - valueMean), 0)) / spread;
}
