import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import type { BoardProcess } from '../../tests/support/board-process.js';
import type { Drill, DrillReport } from '../drill.js';
import { sayCheck, toFaults } from './check-board.js';
import { findChildren, signalQuietly } from './child-processes.js';
import { createSender, type Entry, type LedgerThread, makeEntries, type Sender, startThreads } from './ledger.js';
import { type Kind, lookAt, makePlace, until, wait } from './place.js';

export const mediaWorkers: Drill = {
  name: 'media-workers',
  group: 'faults',
  what: 'the process that decodes pictures is killed (SIGKILL) in the middle of its work',
  options: { rounds: 'how often; 100 by default' },
  run: (options, say) => killWorkers({ kind: 'embedded', rounds: Number(options['rounds'] ?? 100), respawnMs: 1_000 }, say),
};

/** Kills the media worker again and again. Each time one picture at most may fail, and it says so. */
export async function killWorkers(options: { kind: Kind; rounds: number; respawnMs: number }, say: (line: string) => void = () => undefined): Promise<DrillReport> {
  const place = await makePlace(options.kind);
  const board = await place.start();
  const sender = createSender(board.url);
  const faults: string[] = [];
  const ledger: Entry[] = [];
  const respawns: number[] = [];
  let failed = 0;
  try {
    const { threads, entries } = await startThreads(sender, 'b', 4);
    ledger.push(...entries);
    const picture = await makeSlowPicture();
    // The first picture starts the workers.
    await sendOne(sender, ledger, threads, picture);
    for (let round = 1; round <= options.rounds; round += 1) {
      const found = await killOnce(board, sender, ledger, threads, picture);
      failed += found.failed;
      respawns.push(found.respawnMs);
      faults.push(...found.faults.map((fault) => `round ${round}: ${fault}`));
      if (round % 20 === 0) say(`round ${round}: ${failed} pictures failed so far`);
    }
    if (failed < options.rounds / 4) faults.push(`only ${failed} of ${options.rounds} kills met a picture: this tried nothing`);
    const slowest = Math.max(...respawns);
    if (slowest > options.respawnMs) faults.push(`a worker was replaced after ${Math.round(slowest)} ms only`);
    sender.close();
    await board.end('SIGTERM');
    const check = await lookAt(place, ledger);
    respawns.sort((one, other) => one - other);
    const figure = `${options.rounds} kills, ${failed} pictures failed, replaced after ${Math.round(respawns[respawns.length >> 1] ?? 0)} ms (median), ${Math.round(slowest)} ms (slowest); ${sayCheck(check)}`;
    return { figures: [figure], faults: [...faults, ...toFaults(check)] };
  } finally {
    sender.close();
    await board.end('SIGKILL');
    await place.remove();
  }
}

async function killOnce(board: BoardProcess, sender: Sender, ledger: Entry[], threads: LedgerThread[], picture: Buffer) {
  const [file] = [sendOne(sender, ledger, threads, picture)];
  await wait(30 + Math.random() * 120);
  const workers = findChildren(board.pid);
  for (const pid of workers) signalQuietly(pid, 'SIGKILL');
  const killedAt = performance.now();
  const text = await sendOne(sender, ledger, threads);
  const sent = await file;
  let respawnMs = 0;
  if (sent.outcome !== 'acknowledged') {
    await until('a new worker is there', () => findChildren(board.pid).some((pid) => !workers.includes(pid)));
    respawnMs = performance.now() - killedAt;
  }
  const next = await sendOne(sender, ledger, threads, picture);
  const isClear = sent.outcome === 'acknowledged' || (sent.status === 503 && sent.text.includes('uploads.workerFailed'));
  const faults = [
    ...(workers.length === 0 ? ['there was no worker to kill'] : []),
    ...(isClear ? [] : [`a picture whose worker died was answered with ${sent.status} ${sent.failure} ${sent.text.slice(0, 200)}`]),
    ...(text.outcome === 'acknowledged' ? [] : [`a text beside it was answered with ${text.status}`]),
    ...(next.outcome === 'acknowledged' ? [] : [`the next picture was answered with ${next.status} ${next.text.slice(0, 200)}`]),
  ];
  return { failed: sent.outcome === 'acknowledged' ? 0 : 1, respawnMs, faults };
}

async function sendOne(sender: Sender, ledger: Entry[], threads: LedgerThread[], file?: Buffer): Promise<Entry> {
  const thread = threads[ledger.length % threads.length];
  const [entry] = makeEntries({ count: 1, threads: thread === undefined ? [] : [thread], slug: 'b', file: file ?? Buffer.alloc(0), fileShare: file === undefined ? 0 : 1 });
  if (entry === undefined) throw new Error('an entry was made');
  ledger.push(entry);
  await sender.send(entry);
  return entry;
}

/** Noise, which takes a moment to pack and hardly shrinks. */
export function makeSlowPicture(side = 1_000): Promise<Buffer> {
  return sharp(randomBytes(side * side * 3), { raw: { width: side, height: side, channels: 3 } }).png({ compressionLevel: 1 }).toBuffer();
}
