/** A Redis or Valkey that several processes share. What it holds may be lost at any time: nothing is kept there alone. */
export interface Redis {
  /** Whether it can be asked at this moment. */
  isReady: () => boolean;
  /** Runs a script on one key. @throws Error at once when it is away, and soon when it does not answer */
  run: (script: string, key: string, args: readonly number[]) => Promise<string>;
  /** What Socket.IO's adapter asks of a client. A message that cannot be sent is lost without a fault: whoever sends bears that. */
  forAdapter: { publish: (channel: string, payload: Buffer) => Promise<number>; duplicate: () => unknown; sSubscribe: () => void };
  close: () => Promise<void>;
}

const firstAnswerMs = 5_000;
/** A script takes a fraction of a millisecond; whoever waits for it holds up a post. */
const answerMs = 500;
/** Notices a connection that is dead without a word. */
const pingMs = 10_000;

/**
 * Connects to Redis, and again whenever the connection is lost.
 * @throws Error with a sentence that names the setting when it cannot be reached now
 */
export async function connectRedis(url: string): Promise<Redis> {
  // Its hundreds of commands are a module each: boards without Redis start without them.
  const { createClient } = await import('@redis/client');
  const client = createClient({ url, disableOfflineQueue: true, pingInterval: pingMs, socket: { connectTimeout: firstAnswerMs } });
  // It connects anew by itself; without a listener its error would end the process.
  client.on('error', () => undefined);
  try {
    await within(client.connect(), firstAnswerMs);
  } catch (cause) {
    client.destroy();
    throw new Error('The Redis that REDIS_URL names cannot be used.', { cause });
  }
  return {
    isReady: () => client.isReady,
    async run(script, key, args) {
      const answer = await within(client.eval(script, { keys: [key], arguments: args.map(String) }), answerMs);
      if (typeof answer !== 'string') throw new Error('A script of Redis answered with something else than a string.');
      return answer;
    },
    forAdapter: {
      publish: (channel, payload) => client.publish(channel, payload).catch(() => 0),
      // These wait for their answers, so they may wait for the connection too.
      duplicate: () => client.duplicate({ disableOfflineQueue: false }),
      // Its being there tells the adapter which library this is.
      sSubscribe: () => undefined,
    },
    close: async () => client.destroy(),
  };
}

function within<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis did not answer within ${ms} ms.`)), ms);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
