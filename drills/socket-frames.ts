import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Drill, DrillReport } from './drill.js';
import { ask, findFirstBoard, startThread, type Thread } from './support/ask.js';
import { sayTimes, toQuantile } from './support/measure.js';
import { createRandom, type Random } from './support/random.js';
import { findFaultLines, openOwnBoard } from './support/own-board.js';
import { watchArrivals } from './support/watch-arrivals.js';
import { type BareSocket, openSocket, toFrame } from './support/web-socket.js';

interface FrameVector {
  f?: string;
  build?: string;
  expect?: string;
}

const vectorFile = new URL('../tests/fixtures/vectors/socket-frames.json', import.meta.url);
const readVectors = (): FrameVector[] => JSON.parse(readFileSync(vectorFile, 'utf8')).frames;

const text = (said: string) => toFrame(Buffer.from(said));
const times = (count: number, make: (index: number) => Buffer) => Buffer.concat(Array.from({ length: count }, (_none, index) => make(index)));

/** The frames that are described in words: all but what belongs to handshakes, which the tests of live delivery have. */
const built: Record<string, () => Buffer> = {
  '42["join","b:N"] for 1000 distinct N': () => times(1000, (index) => text(`42["join","b:${index}"]`)),
  '451-["join",{"_placeholder":true,"num":0}] with no attachment': () => text('451-["join",{"_placeholder":true,"num":0}]'),
  '4511-[...] with 11 attachments': () => Buffer.concat([text('4511-["join",{"_placeholder":true,"num":0}]'), times(11, () => toFrame(Buffer.from('x'), { opcode: 2 }))]),
  '42["join","a"*70000]': () => text(`42["join","${'a'.repeat(70_000)}"]`),
  'ping flood 1000/s': () => times(1000, () => text('2')),
  '1-byte websocket fragments x 100000': () => times(100_000, (index) => toFrame(Buffer.from('a'), { opcode: index === 0 ? 1 : 0, isFinal: index === 99_999 })),
  'invalid UTF-8 text frame': () => toFrame(Buffer.from([0x34, 0x32, 0xff, 0xfe, 0xc0])),
};

export interface FramesOutcome {
  vectorCount: number;
  fuzzedCount: number;
  socketCount: number;
  /** Sockets that the board ended because of what was said. */
  endedCount: number;
  /** From a post to its arrival at a reader, in milliseconds, while all this went on. */
  arrived: number[];
  faults: string[];
}

/** Says everything of the vectors and then `count` frames of no sense at all to a board, while somebody reads and somebody posts. */
export async function tryFrames(url: string, thread: Thread, { count, seed, atOnce = 20 }: { count: number; seed: number; atOnce?: number }): Promise<FramesOutcome> {
  const outcome: FramesOutcome = { vectorCount: 0, fuzzedCount: 0, socketCount: 0, endedCount: 0, arrived: [], faults: [] };
  const watch = await watchArrivals(url, thread);
  await Promise.all(readVectors().map((vector) => tryVector(url, thread, vector, outcome)));
  const random = createRandom(seed);
  await Promise.all(Array.from({ length: atOnce }, () => fuzz(url, thread, random, count, outcome)));
  const seen = await watch.stop();
  outcome.arrived.push(...seen.arrived);
  outcome.faults.push(...seen.faults);
  const health = await ask(url, '/healthz');
  if (health.status !== 200) outcome.faults.push(`afterwards the board answers ${health.status}`);
  return outcome;
}

async function tryVector(url: string, thread: Thread, vector: FrameVector, outcome: FramesOutcome): Promise<void> {
  const bytes = vector.f === undefined ? built[vector.build ?? '']?.() : text(vector.f);
  if (bytes === undefined) return;
  outcome.vectorCount += 1;
  const name = (vector.f ?? vector.build ?? '').slice(0, 60);
  const said: string[] = [];
  const line = await openSocket(url, { onText: (told) => said.push(told) });
  line.sendRaw(bytes);
  // A line that is still up afterwards must still serve; who is sent away is sent away at once.
  const answer = await Promise.race([line.join({ board: thread.board }).catch(() => 'ended'), wait(5000).then(() => 'nothing')]);
  const isEnded = answer === 'ended';
  if (isEnded) outcome.endedCount += 1;
  if (/disconnect|^close/.test(vector.expect ?? '') && !isEnded) outcome.faults.push(`${name}: the line stays up`);
  if (answer === 'nothing' && !/timeout/.test(vector.expect ?? '')) outcome.faults.push(`${name}: the line is up and says nothing`);
  const hasJoined = said.some((told) => /^43\d+\[\{"ok":true/.test(told) && !told.startsWith('431['));
  if (hasJoined || said.some((told) => /^40\/(?:admin|a{9})/.test(told))) outcome.faults.push(`${name}: let in`);
  line.close();
}

const pieces = ['4', '42', '40', '41', '43', '44', '45', '451-', '42/mod,', '40/mod,', '0', '1', '2', '3', '5', '6', '2probe', '["join",', '{"board":"', '"}', ']', '[', '{', 'null', '-1', '1e999', '"__proto__"', '"constructor"', '"join"', '{"_placeholder":true,"num":0}', '\u0000', '\ud83d\ude00', '\u2028', '999999', '"thread":', ',', ' ', '\\u0000', 'a'.repeat(300)];

/** Sends frames of no sense until all together have sent `count`; a line that is ended is opened anew. */
async function fuzz(url: string, thread: Thread, random: Random, count: number, outcome: FramesOutcome): Promise<void> {
  let line: BareSocket | undefined;
  while (outcome.fuzzedCount < count) {
    if (line === undefined || !line.isOpen()) {
      if (line !== undefined) outcome.endedCount += 1;
      outcome.socketCount += 1;
      const opened: BareSocket | Error = await openSocket(url).catch((error: Error) => error);
      if (opened instanceof Error) {
        outcome.faults.push(`the door is shut: ${opened.message}`);
        return;
      }
      line = opened;
    }
    const burst = 1 + Math.floor(random() * 8);
    for (let index = 0; index < burst; index += 1) line.sendRaw(toSenseless(random, thread));
    outcome.fuzzedCount += burst;
    // Long enough for the board to have an opinion.
    await wait(1);
  }
  line?.close();
}

function toSenseless(random: Random, thread: Thread): Buffer {
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const kind = random();
  const valid = `42["join",{"board":"${thread.board}","thread":${thread.thread}}]`;
  if (kind < 0.5) return text(Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(pieces)).join(''));
  if (kind < 0.7) {
    const bytes = Buffer.from(valid);
    for (let change = 0; change < 3; change += 1) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 128);
    return toFrame(bytes);
  }
  const noise = Buffer.from(Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256)));
  if (kind < 0.8) return toFrame(noise, { opcode: 2 });
  if (kind < 0.9) return toFrame(noise, { opcode: Math.floor(random() * 16), isFinal: random() < 0.5 });
  return kind < 0.95 ? noise : text(valid);
}

export const socketFrames: Drill = {
  name: 'socket-frames',
  group: 'network',
  what: 'the vectors of socket frames, and 50,000 frames of no sense',
  options: { frames: 'how many frames of no sense', seed: 'the number from which they are drawn' },
  async run(options, say): Promise<DrillReport> {
    const seed = Number(options['seed'] ?? Date.now() % 1_000_000);
    const board = await openOwnBoard({ POSTING_LIMITS: 'off' });
    try {
      const thread = await startThread(board.url, await findFirstBoard(board.url));
      say(`drawn from --seed ${seed}`);
      const { vectorCount, fuzzedCount, socketCount, endedCount, arrived, faults } = await tryFrames(board.url, thread, { count: Number(options['frames'] ?? 50_000), seed });
      const p95 = toQuantile(arrived, 0.95);
      return {
        figures: [
          `${vectorCount} vectors and ${fuzzedCount} frames of no sense on ${socketCount} sockets, of which the board ended ${endedCount}`,
          `posts arrived meanwhile: ${sayTimes(arrived)}`,
        ],
        faults: [...faults.slice(0, 10), ...findFaultLines(board.out()).slice(0, 10), ...(p95 < 1000 ? [] : [`posts took ${p95.toFixed(0)} ms (p95) to arrive`])],
      };
    } finally {
      await board.close();
    }
  },
};
