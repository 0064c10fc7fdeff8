import { createBoardClient } from '../load/board-client.js';
import { type QuothThread, toMissedPath } from '../load/live-threads.js';
import { openReaders, readClock } from '../load/open-readers.js';
import { type Arrivals, postAndWait } from '../load/post-and-wait.js';
import { pause } from '../load/post-at-pace.js';
import { createRandom, writeWords } from '../load/words.js';
import { type LoadedThread, makeMark, startThread, toThreadPath, writeReplies } from '../load/write-replies.js';
import { residentBytes } from '../measure/processor-time.js';
import type { Rig } from '../rig/open-rig.js';
import type { LiveAmount } from './live.js';

/** Replies that go out to all readers, while somebody else reads the thread's page 20 times a second. Milliseconds. */
export async function postWhileRead(quoth: QuothThread, { posts, everyMs }: LiveAmount): Promise<Arrivals & { reads: number[] }> {
  const reads: number[] = [];
  const count = posts * 4;
  const state = { isOver: false };
  const read = async () => {
    while (!state.isOver) {
      const askedAt = performance.now();
      const { status } = await quoth.client.get(toThreadPath(quoth.thread), { 'Accept-Encoding': 'gzip' });
      if (status !== 200) throw new Error(`The thread's page was answered with ${status}.`);
      reads.push(performance.now() - askedAt);
      await pause(50);
    }
  };
  const post = async () => {
    try {
      return await postAndWait(quoth, { count, everyMs: everyMs / 2 });
    } finally {
      state.isOver = true;
    }
  };
  const [arrivals] = await Promise.all([post(), read()]);
  return { ...arrivals, reads };
}

/** The most memory that the board's process holds while its readers get a reply a second and 8 writers write to other threads. */
export async function writeMeanwhile(rig: Rig, quoth: QuothThread, { meanwhileSeconds, everyMs }: LiveAmount): Promise<number> {
  const random = createRandom(9);
  const threads: LoadedThread[] = [];
  for (let count = 0; count < 8; count += 1) threads.push(await startThread(quoth.client, rig.quoth.slug, writeWords(random)));
  const client = createBoardClient(rig.quoth.origin, 8);
  const end = performance.now() + meanwhileSeconds * 1_000;
  let most = 0;
  const write = async () => {
    while (performance.now() < end) {
      await writeReplies(client, threads.flatMap((thread) => Array.from({ length: 20 }, () => ({ thread, mark: makeMark(), body: writeWords(random) }))), 8);
      most = Math.max(most, residentBytes(rig.quoth.pid));
    }
  };
  try {
    await Promise.all([write(), postAndWait(quoth, { count: Math.ceil((meanwhileSeconds * 1_000) / everyMs), everyMs })]);
  } finally {
    client.close();
  }
  return most;
}

/**
 * All readers go, some replies are posted, and all come back in one moment, during which one more is posted. Milliseconds from that moment
 * until each reader had all of them. @throws Error when one of them never has
 */
export async function comeBackAtOnce(quoth: QuothThread): Promise<{ caughtUp: number[] }> {
  const { body } = await quoth.client.get(toMissedPath(quoth.thread, 0));
  const { to: since }: { to: number } = JSON.parse(body.toString());
  await quoth.readers.leave();
  const marks = Array.from({ length: 5 }, makeMark);
  const [late, ...early] = marks;
  for (const mark of early) await quoth.post(mark);
  const cameAt = readClock();
  const postLate = async () => {
    await pause(200);
    if (late !== undefined) await quoth.post(late);
  };
  await Promise.all([quoth.readers.comeBack(toMissedPath(quoth.thread, since)), postLate()]);
  const { times } = await quoth.readers.collect(marks);
  // What each reader got last; the times of a mark stand in the order in which readers got it, so the worst are put together.
  const sorted = times.map((one) => [...one].sort((a, b) => a - b));
  return { caughtUp: Array.from({ length: quoth.readers.count }, (_, index) => Math.max(...sorted.map((one) => one[index] ?? NaN)) - cameAt) };
}

/** Twice as many readers, the others in a process of their own. */
export async function measureCrowd(rig: Rig, quoth: QuothThread, { mostReaders, posts, everyMs }: LiveAmount): Promise<Arrivals> {
  const others = await openReaders({ origin: rig.quoth.origin, join: quoth.join, count: mostReaders - quoth.readers.count, patienceMs: 15_000 });
  const collect = async (marks: string[]) => {
    const [mine, theirs] = [await quoth.readers.collect(marks), await others.collect(marks)];
    return { lastText: mine.lastText, times: mine.times.map((times, index) => [...times, ...(theirs.times[index] ?? [])]) };
  };
  try {
    return await postAndWait({ post: quoth.post, readers: { ...quoth.readers, collect } }, { count: posts, everyMs });
  } finally {
    await others.close();
  }
}
