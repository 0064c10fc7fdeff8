import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** So many readers of one thread. */
export interface Room {
  origin: string;
  join: object;
  count: number;
}

export type ReadersOrder =
  | { kind: 'open'; rooms: Room[] }
  | { kind: 'leave' }
  | { kind: 'comeBack'; room: Room; missed: string }
  | { kind: 'collect'; marks: string[] };
export type ReadersAnswer =
  | { kind: 'done' }
  | { kind: 'failed'; reason: string }
  | { kind: 'arrivals'; times: number[][]; lastText: string; lostCount: number };

/** Readers who have joined, in a process of their own. */
export interface Readers {
  count: number;
  /**
   * When each reader had each of these marks, on the clock of readClock. Waits until all have all, for some seconds at most.
   * @throws Error when a mark did not reach every reader, or a reader was lost
   */
  collect: (marks: string[]) => Promise<{ times: number[][]; lastText: string }>;
  /** All of them go, without closing their process. */
  leave: () => Promise<void>;
  /** All of them come back in one moment, and ask at `missed` for what they missed. @throws Error when one may not */
  comeBack: (missed: string) => Promise<void>;
  close: () => Promise<void>;
}

/** Milliseconds on a clock that all processes of a machine share. */
export const readClock = () => Number(process.hrtime.bigint()) / 1e6;

/** Opens so many readers of one room. `patienceMs` is how long a mark may be on its way. @throws Error when one of them may not join */
export async function openReaders({ patienceMs = 5_000, ...room }: Room & { patienceMs?: number }): Promise<Readers> {
  const { ask, close } = await startReaders([room]);
  return {
    count: room.count,
    async collect(marks) {
      const end = Date.now() + patienceMs;
      for (;;) {
        const found = await ask({ kind: 'collect', marks });
        if (found.kind !== 'arrivals') throw new Error('The readers do not tell what arrived.');
        if (found.lostCount > 0) throw new Error(`${found.lostCount} readers lost their connection.`);
        if (found.times.every((times) => times.length === room.count)) return found;
        if (Date.now() > end) throw new Error(`A reply reached ${Math.min(...found.times.map((times) => times.length))} of ${room.count} readers.`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    leave: async () => void (await ask({ kind: 'leave' })),
    comeBack: async (missed) => void (await ask({ kind: 'comeBack', room, missed })),
    close,
  };
}

/** Starts a process with readers of some rooms. What is asked of it is asked once at a time. @throws Error when one may not join */
export async function startReaders(rooms: Room[]): Promise<{ ask: (order: ReadersOrder) => Promise<ReadersAnswer>; close: () => Promise<void> }> {
  const child = fork(fileURLToPath(new URL('./live-readers.ts', import.meta.url)));
  const ask = async (asked: ReadersOrder): Promise<ReadersAnswer> => {
    const answered = once(child, 'message');
    child.send(asked);
    const [answer] = (await answered) as [ReadersAnswer];
    if (answer.kind === 'failed') throw new Error(answer.reason);
    return answer;
  };
  const close = async () => {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  };
  try {
    await ask({ kind: 'open', rooms });
    return { ask, close };
  } catch (error) {
    await close();
    throw error;
  }
}
