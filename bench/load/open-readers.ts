import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type ReadersOrder = { kind: 'open'; origin: string; join: object; count: number } | { kind: 'collect'; marks: string[] };
export type ReadersAnswer =
  | { kind: 'opened' }
  | { kind: 'failed'; reason: string }
  | { kind: 'arrivals'; times: number[][]; lastText: string; lostCount: number };
type Arrivals = Extract<ReadersAnswer, { kind: 'arrivals' }>;

/** Readers who have joined, in a process of their own. */
export interface Readers {
  count: number;
  /**
   * When each reader had each of these marks, on the clock of readClock. Waits until all have all, for some seconds at most.
   * @throws Error when a mark did not reach every reader, or a reader was lost
   */
  collect: (marks: string[]) => Promise<{ times: number[][]; lastText: string }>;
  close: () => Promise<void>;
}

/** Milliseconds on a clock that all processes of a machine share. */
export const readClock = () => Number(process.hrtime.bigint()) / 1e6;

/** Opens so many readers of one room. `patienceMs` is how long a mark may be on its way. @throws Error when one of them may not join */
export async function openReaders({ patienceMs = 5_000, ...order }: { origin: string; join: object; count: number; patienceMs?: number }): Promise<Readers> {
  const child = fork(fileURLToPath(new URL('./live-readers.ts', import.meta.url)));
  const ask = async (asked: ReadersOrder): Promise<ReadersAnswer> => {
    const answered = once(child, 'message');
    child.send(asked);
    const [answer] = (await answered) as [ReadersAnswer];
    return answer;
  };
  const close = async () => {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  };
  const opened = await ask({ kind: 'open', ...order });
  if (opened.kind === 'failed') {
    await close();
    throw new Error(opened.reason);
  }
  return {
    count: order.count,
    async collect(marks) {
      const end = Date.now() + patienceMs;
      for (;;) {
        const found = (await ask({ kind: 'collect', marks })) as Arrivals;
        if (found.lostCount > 0) throw new Error(`${found.lostCount} readers lost their connection.`);
        if (found.times.every((times) => times.length === order.count)) return found;
        if (Date.now() > end) throw new Error(`A reply reached ${Math.min(...found.times.map((times) => times.length))} of ${order.count} readers.`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    close,
  };
}
