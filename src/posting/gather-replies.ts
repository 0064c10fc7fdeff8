import type { Kysely } from 'kysely';
import { isDatabaseAway } from '../db/database-errors.js';
import { withRetries } from '../db/in-transaction.js';
import type { Tables } from '../db/tables.js';
import { insertReplies, type PlainReply, type SeenThread, type StoredReply } from './reply-store.js';

/** At most so many replies are stored by one statement. */
const mostTogether = 50;

/**
 * Stores a plain reply, when the database has acknowledged it. `changed`: the thread is not as it was seen, and nothing was stored;
 * `repeated`: the reply's form has made a post already.
 */
export type StoreReply = (seen: SeenThread, reply: PlainReply) => Promise<StoredReply | 'changed' | 'repeated'>;

interface WaitingReply {
  seen: SeenThread;
  reply: PlainReply;
  resolve: (stored: StoredReply | 'changed' | 'repeated') => void;
  reject: (error: unknown) => void;
}

/**
 * Replies of one thread wait for its lock, and with them their connections: thirty at once are slower than eight. So one statement a
 * thread is under way from here, and those that come meanwhile go together in the next one.
 */
export function gatherReplies(db: Kysely<Tables>): StoreReply {
  const waiting = new Map<number, WaitingReply[]>();

  async function storeWaiting(threadId: number, queue: WaitingReply[]): Promise<void> {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const { seen } = next;
      const together = queue.filter((one) => isAlike(one.seen, seen)).slice(0, mostTogether);
      for (const one of together) queue.splice(queue.indexOf(one), 1);
      // Who has waited through one time limit is not made to wait for another.
      const isAway = await storeTogether(db, seen, together);
      if (isAway !== undefined) for (const one of queue.splice(0)) one.reject(isAway);
    }
    waiting.delete(threadId);
  }

  return (seen, reply) =>
    new Promise((resolve, reject) => {
      const queue = waiting.get(seen.id);
      const one = { seen, reply, resolve, reject };
      if (queue !== undefined) queue.push(one);
      else {
        const begun = [one];
        waiting.set(seen.id, begun);
        void storeWaiting(seen.id, begun);
      }
    });
}

/** Answers each of them, and never fails: gives the error of a database that is away. One that cannot be stored does not keep the others from it. */
async function storeTogether(db: Kysely<Tables>, seen: SeenThread, together: WaitingReply[]): Promise<unknown> {
  try {
    const stored = await withRetries(() => insertReplies(db, seen, together.map(({ reply }) => reply)));
    if (stored === undefined && together.length > 1) return await storeEach(db, together);
    const byId = new Map(stored?.map((one) => [one.id, one]));
    for (const { reply, resolve } of together) resolve(stored === undefined ? 'changed' : (byId.get(reply.id) ?? 'repeated'));
    return undefined;
  } catch (error) {
    const isAway = isDatabaseAway(error);
    if (together.length > 1 && !isAway) return storeEach(db, together);
    for (const { reject } of together) reject(error);
    return isAway ? error : undefined;
  }
}

/** The last places of a thread, or the good ones beside a bad one. */
async function storeEach(db: Kysely<Tables>, together: WaitingReply[]): Promise<unknown> {
  for (const [index, one] of together.entries()) {
    const isAway = await storeTogether(db, one.seen, [one]);
    if (isAway === undefined) continue;
    for (const { reject } of together.slice(index + 1)) reject(isAway);
    return isAway;
  }
  return undefined;
}

function isAlike(one: SeenThread, other: SeenThread): boolean {
  return one.boardId === other.boardId && one.isBumplocked === other.isBumplocked && one.countFrom === other.countFrom && one.countTo === other.countTo;
}
