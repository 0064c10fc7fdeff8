import { makeMark } from './write-replies.js';

export const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, Math.max(0, ms)));

/** A post that was acknowledged, on the clock of performance.now(). */
export interface PacedPost {
  mark: string;
  /** When it was due; a late start counts as waiting. */
  dueAt: number;
  answeredAt: number;
}

/**
 * Posts so many times, each when it is due, whether or not those before it are answered. Each goes into `posted` when it is acknowledged.
 * Resolves when all are. @throws Error when one is refused
 */
export async function postAtPace(options: { count: number; everyMs: number; post: (mark: string) => Promise<unknown>; posted?: PacedPost[] }): Promise<PacedPost[]> {
  const { count, everyMs, post, posted = [] } = options;
  const startedAt = performance.now();
  const posting: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const dueAt = startedAt + index * everyMs;
    await pause(dueAt - performance.now());
    const mark = makeMark();
    const one = post(mark).then(() => void posted.push({ mark, dueAt, answeredAt: performance.now() }));
    // Told by the end, with all others.
    one.catch(() => undefined);
    posting.push(one);
  }
  await Promise.all(posting);
  return posted;
}
