import { setTimeout as wait } from 'node:timers/promises';
import { reply, type Thread } from './ask.js';
import { openSocket } from './web-socket.js';

export interface Arrivals {
  /** From the sending of a post to its arrival at a reader, in milliseconds. */
  arrived: number[];
  faults: string[];
}

/** Slow enough for the limit of a thread's replies. */
const paceMs = 300;

/** Somebody reads a thread and somebody posts there once in a while, until it is stopped: how long a post takes to arrive. */
export async function watchArrivals(url: string, thread: Thread): Promise<{ stop: () => Promise<Arrivals> }> {
  const outcome: Arrivals = { arrived: [], faults: [] };
  let onPush: (json: string) => void = () => undefined;
  const reader = await openSocket(url, { onEvent: (_event, payload) => onPush(JSON.stringify(payload)) });
  await reader.join({ board: thread.board, thread: thread.thread, lang: 'en' });
  const stopping = new AbortController();

  async function postOne(turn: number): Promise<void> {
    const words = `Arrival number ${turn} of a reader.`;
    const startedAt = performance.now();
    const seen = new Promise<boolean>((resolve) => {
      onPush = (json) => json.includes(words) && resolve(true);
    });
    const isPosted = await reply(url, thread, words).then(() => true, (error: Error) => void outcome.faults.push(error.message));
    if (isPosted !== true) return;
    if (await Promise.race([seen, wait(10_000).then(() => false)])) outcome.arrived.push(performance.now() - startedAt);
    else outcome.faults.push('a post did not arrive within ten seconds');
  }

  const done = (async () => {
    for (let turn = 1; !stopping.signal.aborted; turn += 1) {
      await postOne(turn);
      await wait(paceMs);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await done;
      if (!reader.isOpen()) outcome.faults.push('somebody who only read was sent away');
      reader.close();
      return outcome;
    },
  };
}
