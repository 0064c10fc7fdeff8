import type { LiveThread } from './live-threads.js';
import { readClock } from './open-readers.js';
import { pause } from './post-at-pace.js';
import { makeMark } from './write-replies.js';

/** Milliseconds from the poster's answer to each reader's arrival, in the order of the replies, and from sending to the answer. */
export interface Arrivals {
  delays: number[];
  answers: number[];
}

/** Posts to a thread at an even pace, and waits until every reader has all of it. @throws Error when one has not */
export async function postAndWait({ post, readers }: Pick<LiveThread, 'post' | 'readers'>, { count, everyMs }: { count: number; everyMs: number }): Promise<Arrivals> {
  const posted: { mark: string; answeredAt: number; answer: number }[] = [];
  const startedAt = readClock();
  for (let index = 0; index < count; index += 1) {
    await pause(startedAt + index * everyMs - readClock());
    const mark = makeMark();
    const sentAt = readClock();
    await post(mark);
    const answeredAt = readClock();
    posted.push({ mark, answeredAt, answer: answeredAt - sentAt });
  }
  const { times } = await readers.collect(posted.map(({ mark }) => mark));
  const delays = posted.flatMap(({ answeredAt }, index) => (times[index] ?? []).map((at) => at - answeredAt));
  return { delays, answers: posted.map(({ answer }) => answer) };
}
