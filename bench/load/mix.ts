import type { BoardClient } from './board-client.js';
import { pause } from './post-at-pace.js';
import { createRandom } from './words.js';

/** What was done at a pace, with the time that each took since it was due, in milliseconds, and what went wrong. */
export interface Paced {
  latencies: number[];
  failures: string[];
  /** How many were due and not begun, because too many were unanswered. */
  leftOut: number;
}

/** So many may wait for their answers at once; what is due beyond that is left out and counted, so that no queue grows without end. */
const mostUnanswered = 2_000;

/** Does something so many times a second for so long, each when it is due, whether or not those before it are done. Never throws. */
export async function doAtPace(options: { perSecond: number; seconds: number; act: (index: number) => Promise<unknown> }): Promise<Paced> {
  const { perSecond, seconds, act } = options;
  const paced: Paced = { latencies: [], failures: [], leftOut: 0 };
  const startedAt = performance.now();
  const open = new Set<Promise<void>>();
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const dueAt = startedAt + (index * 1_000) / perSecond;
    // Timers are no finer than a millisecond: what is due within it goes together.
    if (dueAt - performance.now() > 1) await pause(dueAt - performance.now());
    else if (index % 50 === 0) await new Promise((resolve) => void setImmediate(resolve));
    if (open.size >= mostUnanswered) {
      paced.leftOut += 1;
      continue;
    }
    const one = act(index)
      .then(() => void paced.latencies.push(performance.now() - dueAt), (error: unknown) => void paced.failures.push(error instanceof Error ? error.message : String(error)))
      .finally(() => open.delete(one));
    open.add(one);
  }
  await Promise.all(open);
  return paced;
}

/** Reads pages as visitors do: some more often than others, in the order of the list. */
export function createPageReader(client: BoardClient, paths: string[]): () => Promise<void> {
  const random = createRandom(21);
  return async () => {
    const path = paths[Math.floor(paths.length * random() ** 3)] ?? '/';
    const { status } = await client.get(path, { 'Accept-Encoding': 'gzip' });
    if (status !== 200) throw new Error(`A page was answered with ${status}.`);
  };
}
