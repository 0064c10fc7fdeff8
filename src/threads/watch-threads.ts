import type { Log } from '../log.js';
import type { TouchedThread } from './removal-store.js';
import type { ThreadPublisher } from './thread-publisher.js';

export interface ThreadWatch {
  /** Somebody begins to follow a thread here, and knows it as it stands or will ask. */
  add: (thread: TouchedThread) => void;
  stop: () => Promise<void>;
}

const lookEveryMs = 3_000;

/**
 * Looks every few seconds whether the threads that are followed here have changed without a word, since messages between processes
 * can be lost; what was missed is pushed then. One query for all of them.
 */
export function watchThreads(options: {
  findChangeNos: (threadIds: number[]) => Promise<Map<number, number>>;
  isFollowed: (threadId: number) => boolean;
  publisher: Pick<ThreadPublisher, 'touch'>;
  log: Pick<Log, 'error'>;
}): ThreadWatch {
  const { findChangeNos, isFollowed, publisher, log } = options;
  const known = new Map<number, { changeNo: number; isNew: boolean }>();
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    for (const [threadId, entry] of known) {
      // Who has just been added may still be on his way into the room.
      if (!isFollowed(threadId) && !entry.isNew) known.delete(threadId);
      entry.isNew = false;
    }
    if (known.size === 0) return;
    for (const [threadId, changeNo] of await findChangeNos([...known.keys()])) {
      const entry = known.get(threadId);
      if (entry === undefined || changeNo <= entry.changeNo) continue;
      publisher.touch([{ threadId, changeNo, since: entry.changeNo }]);
      entry.changeNo = changeNo;
    }
  }

  const timer = setInterval(() => {
    looking ??= look()
      .catch((error: unknown) => log.error('watch.failed', { error }))
      .finally(() => {
        looking = undefined;
      });
  }, lookEveryMs);
  timer.unref();

  return {
    add({ threadId, changeNo }) {
      const entry = known.get(threadId);
      if (entry === undefined) known.set(threadId, { changeNo, isNew: true });
      else entry.isNew = true;
    },
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}
