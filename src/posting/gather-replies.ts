import type { Kysely } from 'kysely';
import { isDatabaseAway } from '../db/database-errors.js';
import { withRetries } from '../db/in-transaction.js';
import type { Tables } from '../db/tables.js';
import { insertReplies, type PlainReply, type SeenThread, type StoredReply } from './reply-store.js';

/** At most so many replies are stored by one statement. */
const mostTogether = 50;

type Outcome = StoredReply | 'changed' | 'repeated';

/**
 * Stores a plain reply, when the database has acknowledged it. `changed`: the thread is not as it was seen, and nothing was stored;
 * `repeated`: the reply's form has made a post already.
 */
export type StoreReply = (seen: SeenThread, reply: PlainReply) => Promise<Outcome>;

interface WaitingReply {
  seen: SeenThread;
  reply: PlainReply;
  resolve: (outcome: Outcome) => void;
  reject: (error: unknown) => void;
}

/**
 * Stores together what waits: one statement for replies of many threads costs little more than for one of them, and so does one commit.
 * One such statement is under way from here, and it waits for nobody: replies of a thread that somebody else has locked go into that
 * thread's own lane, where one statement at a time waits for the lock. Thirty that wait for it at once would be slower than eight.
 */
export function gatherReplies(db: Kysely<Tables>): StoreReply {
  const waiting: WaitingReply[] = [];
  let isStoring = false;
  const lanes = new Map<number, WaitingReply[]>();

  async function storeWaiting(): Promise<void> {
    isStoring = true;
    while (waiting.length > 0) await storeTogether(takeTogether(waiting));
    isStoring = false;
  }

  /** Never fails: each of them is answered, or goes into its lane. */
  async function storeTogether(together: WaitingReply[]): Promise<void> {
    try {
      const stored = await withRetries(() => insertReplies(db, groupByThread(together), { isWaiting: false }));
      for (const one of together) {
        const outcome = stored.get(one.reply.id);
        if (outcome === undefined) enterLane(one);
        else one.resolve(outcome);
      }
    } catch (error) {
      const isAway = isDatabaseAway(error);
      for (const one of together) {
        if (isAway) one.reject(error);
        else enterLane(one);
      }
      // Who has waited through one time limit is not made to wait for another.
      if (isAway) for (const one of waiting.splice(0)) one.reject(error);
    }
  }

  function enterLane(one: WaitingReply): void {
    const lane = lanes.get(one.seen.id);
    if (lane !== undefined) return void lane.push(one);
    const begun = [one];
    lanes.set(one.seen.id, begun);
    void storeLane(one.seen.id, begun);
  }

  async function storeLane(threadId: number, lane: WaitingReply[]): Promise<void> {
    while (lane.length > 0) {
      const { isAway, error } = await storeAlone(db, takeTogether(lane));
      if (isAway) for (const one of lane.splice(0)) one.reject(error);
    }
    lanes.delete(threadId);
  }

  return (seen, reply) =>
    new Promise((resolve, reject) => {
      const one = { seen, reply, resolve, reject };
      if (lanes.has(seen.id)) return enterLane(one);
      waiting.push(one);
      if (!isStoring) void storeWaiting();
    });
}

/** Takes those that can go together: of each thread only replies that saw it alike. */
function takeTogether(waiting: WaitingReply[]): WaitingReply[] {
  const seenAs = new Map<number, SeenThread>();
  const taken: WaitingReply[] = [];
  const left: WaitingReply[] = [];
  for (const one of waiting.splice(0)) {
    const seen = seenAs.get(one.seen.id) ?? one.seen;
    if (taken.length < mostTogether && isAlike(one.seen, seen)) {
      seenAs.set(seen.id, seen);
      taken.push(one);
    } else left.push(one);
  }
  waiting.push(...left);
  return taken;
}

/** Whether the database could not be asked, and its error. */
interface Absence {
  isAway: boolean;
  error?: unknown;
}

/** Replies of one thread. One that cannot be stored does not keep the others from it, and what did not fit together may fit in part. */
async function storeAlone(db: Kysely<Tables>, together: WaitingReply[]): Promise<Absence> {
  try {
    const stored = await withRetries(() => insertReplies(db, groupByThread(together), { isWaiting: true }));
    if (stored.size === 0 && together.length > 1) return await storeEach(db, together);
    for (const { reply, resolve } of together) resolve(stored.get(reply.id) ?? 'changed');
    return { isAway: false };
  } catch (error) {
    const isAway = isDatabaseAway(error);
    if (together.length > 1 && !isAway) return storeEach(db, together);
    for (const { reject } of together) reject(error);
    return { isAway, error };
  }
}

async function storeEach(db: Kysely<Tables>, together: WaitingReply[]): Promise<Absence> {
  for (const [index, one] of together.entries()) {
    const absence = await storeAlone(db, [one]);
    if (!absence.isAway) continue;
    for (const { reject } of together.slice(index + 1)) reject(absence.error);
    return absence;
  }
  return { isAway: false };
}

function groupByThread(together: WaitingReply[]): { seen: SeenThread; replies: PlainReply[] }[] {
  const threads = new Map<number, { seen: SeenThread; replies: PlainReply[] }>();
  for (const { seen, reply } of together) {
    const thread = threads.get(seen.id) ?? { seen, replies: [] };
    thread.replies.push(reply);
    threads.set(seen.id, thread);
  }
  return [...threads.values()];
}

function isAlike(one: SeenThread, other: SeenThread): boolean {
  return one.boardId === other.boardId && one.isBumplocked === other.isBumplocked && one.countFrom === other.countFrom && one.countTo === other.countTo;
}
