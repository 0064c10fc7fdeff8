import { createAdapter as createPostgresAdapter } from '@socket.io/postgres-adapter';
import { createAdapter as createRedisAdapter } from '@socket.io/redis-streams-adapter';
import type pg from 'pg';
import type { Redis } from '../db/redis-client.js';
import { createServerWithoutSockets } from './broadcaster.js';

/**
 * What the processes of one board tell each other. A message may be lost (a connection is cut, Redis is away): whatever is told here
 * can also be found in the database, and is looked for there from time to time (threads/watch-threads.ts).
 */
export interface Bus {
  /** Tells all other processes, of this machine and of others. What is told in one moment travels together. */
  tell: (event: string, news: object) => void;
  /** What others tell. It comes as it was sent, perhaps by another version of the board: look before you use it. */
  hear: (event: string, listener: (news: unknown) => void) => void;
  close: () => Promise<void>;
}

/** By what the messages travel. */
export type Carrier = { kind: 'postgres'; pool: pg.Pool } | { kind: 'redis'; redis: Redis };

const gatherMs = 5;
/** A notification of PostgreSQL holds 8,000 bytes, with what the adapter writes around it; what is longer would go by way of a table. */
const mostBytes = 5_500;

/**
 * Opens the line between processes: Socket.IO's adapters, on a server of their own that has no sockets. The readers of each process are
 * in rooms of its own, and nothing that goes to a reader passes here. `name` tells this board from others on the same Redis.
 */
export function createBus(options: { carrier: Carrier; name: string }): Bus {
  const { carrier, name } = options;
  const server = createServerWithoutSockets(
    carrier.kind === 'postgres'
      ? createPostgresAdapter(carrier.pool, { channelPrefix: name })
      : createRedisAdapter(carrier.redis.forAdapter, { streamName: name, channelPrefix: name }),
  );
  const all = server.of('/');
  const listeners = new Map<string, ((news: unknown) => void)[]>();
  let waiting: [event: string, news: object][] = [];
  let waitingBytes = 0;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const sent = waiting;
    waiting = [];
    waitingBytes = 0;
    if (sent.length > 0 && (carrier.kind === 'postgres' || carrier.redis.isReady())) all.serverSideEmit('news', sent);
  }

  all.on('news', (sent: unknown) => {
    if (!Array.isArray(sent)) return;
    for (const each of sent) {
      if (!Array.isArray(each)) continue;
      for (const listener of listeners.get(String(each[0])) ?? []) listener(each[1]);
    }
  });

  return {
    tell(event, news) {
      const bytes = Buffer.byteLength(JSON.stringify(news));
      if (waitingBytes + bytes > mostBytes) flush();
      waiting.push([event, news]);
      waitingBytes += bytes + event.length + 10;
      timer ??= setTimeout(flush, gatherMs);
    },
    hear: (event, listener) => void listeners.set(event, [...(listeners.get(event) ?? []), listener]),
    async close() {
      flush();
      listeners.clear();
      await all.adapter.close();
      // A listener that was cut is never given back: nobody waits for it.
      if (carrier.kind === 'postgres') void carrier.pool.end();
    },
  };
}
