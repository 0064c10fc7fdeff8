import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import type { Log } from '../log.js';
import { UserError } from './errors.js';

/**
 * Where pages are read from: a replica, if there is one that answers and has all that this process has heard of; else the primary. What
 * `act` does may be done twice, so it only reads; all that it reads is one unchanging view of the database.
 */
export interface PageReads {
  /** For pages that list threads. */
  readBoards: <T>(act: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;
  /** For a page of one thread: `act` says which it found, at which change number, or that it found none. */
  readThread: <T extends { thread: { id: number; changeNo: number } }>(act: (db: Kysely<Tables>) => Promise<T | undefined>) => Promise<T | undefined>;
  /** A thread is known to be at this change number. */
  noteThread: (threadId: number, changeNo: number) => void;
  close: () => void;
}

/** Without a replica there is nothing to choose, and nothing that costs. */
export function readPrimary(primary: Kysely<Tables>): PageReads {
  return { readBoards: (act) => act(primary), readThread: (act) => act(primary), noteThread: () => undefined, close: () => undefined };
}

/** So many changes are remembered until the replica is seen to have them. The newest say enough: it gets them in order. */
const mostNoted = 1_000;
/** Whoever waits longer for the replica is answered from the primary (ms). */
const patienceMs = 2_000;
/** A replica that did not answer is asked so often whether it does again (ms); no reader waits for that. */
const probeMs = 1_000;

/** Why the replica cannot say it: it lacks something, or it does not answer. */
class NotThere extends Error {}

/**
 * Reads pages from a replica that may lag behind. What was heard of is compared inside the very view that the page is made of, so a page
 * is never older than its change number, nor than what this process has done or been told.
 */
export function createPageReads(options: {
  primary: Kysely<Tables>;
  replica: Kysely<Tables>;
  findChangeNos: (db: Kysely<Tables>, threadIds: number[]) => Promise<Map<number, number>>;
  log: Pick<Log, 'info' | 'warn'>;
}): PageReads {
  const { primary, replica, findChangeNos, log } = options;
  const noted = new Map<number, number>();
  let probe: NodeJS.Timeout | undefined;
  let isClosed = false;

  function noteAway(): void {
    if (isClosed || probe !== undefined) return;
    log.warn('replica.away');
    planProbe();
  }

  function planProbe(): void {
    probe = setTimeout(() => {
      readView((view) => findChangeNos(view, [])).then(
        () => {
          probe = undefined;
          log.info('replica.back');
        },
        () => {
          if (!isClosed) planProbe();
        },
      );
    }, probeMs).unref();
  }

  /** @throws NotThere when it takes too long; what the replica says */
  function readView<T>(act: (view: Kysely<Tables>) => Promise<T>): Promise<T> {
    const reading = replica.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(act);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new NotThere('the replica does not answer')), patienceMs);
    });
    return Promise.race([reading, late]).finally(() => clearTimeout(timer));
  }

  /** Forgets what the view has. @throws NotThere when it lacks something */
  function compare(found: ReadonlyMap<number, number>, threadIds: readonly number[]): void {
    let isBehind = false;
    for (const threadId of threadIds) {
      const changeNo = noted.get(threadId);
      if (changeNo === undefined) continue;
      if ((found.get(threadId) ?? 0) >= changeNo) noted.delete(threadId);
      else isBehind = true;
    }
    if (isBehind) throw new NotThere('the replica is behind');
  }

  /** Whatever the replica does not know, does not allow or cannot say, the primary has the last word about. */
  async function readOrAsk<T>(act: (view: Kysely<Tables>) => Promise<T>, otherwise: () => Promise<T>): Promise<T> {
    if (probe !== undefined) return otherwise();
    let isBehind = false;
    try {
      return await readView(async (view) => {
        try {
          return await act(view);
        } catch (error) {
          isBehind = error instanceof NotThere;
          throw error;
        }
      });
    } catch (error) {
      if (!isBehind && !(error instanceof UserError) && !isConflict(error)) noteAway();
      return otherwise();
    }
  }

  return {
    readBoards: (act) =>
      readOrAsk(
        async (view) => {
          const threadIds = [...noted.keys()];
          if (threadIds.length > 0) compare(await findChangeNos(view, threadIds), threadIds);
          return act(view);
        },
        () => act(primary),
      ),
    readThread: (act) =>
      readOrAsk(
        async (view) => {
          const found = await act(view);
          if (found === undefined) throw new NotThere('the replica has no such thread');
          compare(new Map([[found.thread.id, found.thread.changeNo]]), [found.thread.id]);
          return found;
        },
        () => act(primary),
      ),
    noteThread(threadId, changeNo) {
      const latest = Math.max(changeNo, noted.get(threadId) ?? 0);
      // The latest stand last: when there are too many, the oldest goes.
      noted.delete(threadId);
      noted.set(threadId, latest);
      const [oldest] = noted.keys();
      if (noted.size > mostNoted && oldest !== undefined) noted.delete(oldest);
    },
    close() {
      isClosed = true;
      clearTimeout(probe);
    },
  };
}

/** A replica may end a query that stands in the way of what it has to replay (40001, appendix A of PostgreSQL's manual). */
const isConflict = (error: unknown) => error instanceof Error && 'code' in error && error.code === '40001';
