import { execFileSync } from 'node:child_process';
import { mkdirSync, statfsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BoardProcess } from '../../tests/support/board-process.js';
import type { Drill, DrillReport } from '../drill.js';
import { sayCheck, toFaults } from './check-board.js';
import { createSender, type Entry, makeEntries, type LedgerThread, startThreads } from './ledger.js';
import { makeSlowPicture } from './media-workers.js';
import { type Kind, lookAt, makePlace, type Place, wait } from './place.js';

export const diskFull: Drill = {
  name: 'disk-full',
  group: 'faults',
  what: 'the disk of the pictures, of the temporary files and of the database is full for a while (needs root, to mount small disks)',
  async run(_options, say) {
    const reports: DrillReport[] = [];
    for (const what of ['media', 'incoming', 'files', 'postgres', 'embedded'] as const) {
      const report = await fillDisk(what);
      say([...report.figures, ...report.faults].join('; '));
      reports.push(report);
    }
    return { figures: reports.flatMap(({ figures }) => figures), faults: reports.flatMap(({ faults }) => faults) };
  },
};

/** What is full. `files`: the board may not write files any more, by a limit of its process; this needs no disk of its own. */
export type Full = 'media' | 'incoming' | 'files' | 'postgres' | 'embedded';

/** A refusal may take so long, and all must go on so soon after there is room again. */
const refusedMs = 2_000;
const recoveredMs = 5_000;

/** Fills a disk under a running board, tries it, makes room, and tries it again. */
export async function fillDisk(full: Full, patience = { refusedMs, recoveredMs }): Promise<DrillReport> {
  const kind: Kind = full === 'embedded' ? 'embedded' : 'postgres';
  const disks: SmallDisk[] = [];
  const place = await makePlace(kind, undefined, (dir) => disks.push(...mountFor(full, dir)));
  const board = await place.start();
  try {
    return await tryFull(full, place, board, disks[0], patience);
  } finally {
    await board.end('SIGKILL');
    await place.stopServer();
    for (const disk of disks) disk.unmount();
    await place.remove();
  }
}

async function tryFull(full: Full, place: Place, board: BoardProcess, disk: SmallDisk | undefined, patience: { refusedMs: number; recoveredMs: number }): Promise<DrillReport> {
  const [script, browser] = [createSender(board.url), createSender(board.url, { accept: 'text/html' })];
  const big = await makeSlowPicture(600);
  const { threads, entries: ledger } = await startThreads(script, 'b', 2);
  const thread = threads[0] ?? { slug: 'b', no: 0 };
  const send = async (file: Buffer | undefined, isPlain = false): Promise<Entry> => {
    const entry = makeOne(thread, file);
    ledger.push(entry);
    await (isPlain ? browser : script).send(entry);
    return entry;
  };
  const faults: string[] = [];
  const mustBe = (what: string, entry: Entry, isRight: boolean) => {
    if (!isRight) faults.push(`${full}: ${what} was answered with ${entry.status} ${entry.failure} after ${Math.round(entry.ms)} ms: ${entry.text.replace(/\s+/g, ' ').slice(0, 200)}`);
  };
  const isDatabase = full === 'postgres' || full === 'embedded';
  for (const file of [big, undefined]) {
    const entry = await send(file);
    mustBe('a post before', entry, entry.outcome === 'acknowledged');
  }
  const room = full === 'files' ? limitFiles(board.pid) : await fill(disk);
  const refused = isDatabase ? await sendUntilRefused(() => send(undefined), () => send(undefined, true)) : await send(big, true);
  mustBe('what needs room', refused, (refused.status === 507 || refused.status === 503) && refused.ms <= patience.refusedMs && refused.text.includes(refused.mark));
  const text = await send(undefined);
  if (!isDatabase) mustBe('a text meanwhile', text, text.outcome === 'acknowledged');
  const page = await script.get(`/${thread.slug}/thread/${thread.no}`);
  if (page.status !== 200) faults.push(`${full}: a page was answered with ${page.status}`);
  await room.give();
  const backAt = performance.now();
  let again = await send(isDatabase ? undefined : big);
  while (again.outcome !== 'acknowledged' && performance.now() - backAt < patience.recoveredMs) {
    await wait(100);
    again = await send(isDatabase ? undefined : big);
  }
  mustBe('a post after there was room again', again, again.outcome === 'acknowledged');
  const recovery = performance.now() - backAt;
  script.close();
  browser.close();
  await board.end('SIGTERM');
  const check = await lookAt(place, ledger.filter(({ outcome }) => outcome === 'acknowledged'));
  const figure = `${full}: refused with ${refused.status} after ${Math.round(refused.ms)} ms, went on ${Math.round(recovery)} ms after there was room; ${sayCheck(check)}`;
  return { figures: [figure], faults: [...faults, ...toFaults(check)] };
}

function makeOne(thread: LedgerThread, file: Buffer | undefined): Entry {
  for (;;) {
    const [entry] = makeEntries({ count: 1, threads: [thread], slug: 'b', file: file ?? Buffer.alloc(0), fileShare: file === undefined ? 0 : 1 });
    // Padded, so that texts need room too.
    if (entry?.path.endsWith('/reply')) return { ...entry, fields: { ...entry.fields, body: `${entry.fields['body']}\n${'Of little weight. '.repeat(300)}` } };
  }
}

/** The database still has some room of its own. When that is gone, a form without script is tried. */
async function sendUntilRefused(send: () => Promise<Entry>, sendPlain: () => Promise<Entry>): Promise<Entry> {
  for (let count = 0; count < 3_000; count += 1) {
    if ((await send()).outcome === 'acknowledged') continue;
    const plain = await sendPlain();
    if (plain.status !== 303) return plain;
  }
  throw new Error('the disk did not become full');
}

interface SmallDisk {
  dir: string;
  unmount: () => void;
}

/** Small disks where the board or its PostgreSQL is about to put its files. */
function mountFor(full: Full, dir: string): SmallDisk[] {
  const sizes = { media: 'data/media 8m', incoming: 'data/incoming 1200m', postgres: 'postgres 160m', embedded: 'data/database 160m', files: undefined } as const;
  const [below, size] = (sizes[full] ?? '').split(' ');
  if (below === undefined || size === undefined) return [];
  const target = join(dir, below);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', target], { stdio: 'pipe' });
  return [{ dir: target, unmount: () => execFileSync('umount', ['-l', target]) }];
}

/** Leaves some kilobytes of a disk. */
async function fill(disk: SmallDisk | undefined): Promise<{ give: () => Promise<void> }> {
  if (disk === undefined) throw new Error('there is no disk to fill');
  const ballast = join(disk.dir, 'ballast');
  const free = () => {
    const { bavail, bsize } = statfsSync(disk.dir);
    return bavail * bsize;
  };
  await writeFile(ballast, Buffer.alloc(Math.max(0, free() - 65_536)));
  return { give: () => rm(ballast) };
}

/** Forbids a process to write files, and allows it again (prlimit(1) of util-linux; the hard limit stays, so that this needs no rights). */
function limitFiles(pid: number): { give: () => Promise<void> } {
  const limit = (size: string) => execFileSync('prlimit', ['--pid', String(pid), `--fsize=${size}:unlimited`]);
  limit('4096');
  return { give: async () => void limit('unlimited') };
}
