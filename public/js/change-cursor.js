/**
 * @typedef {object} ThreadState
 * @property {number} replyCount
 * @property {number} fileCount
 * @property {boolean} [isSticky]
 * @property {boolean} [isLocked]
 * @property {boolean} [isCyclical]
 * @property {boolean} [isArchived]
 * @property {boolean} [isRemoved]
 * @property {string} [movedTo]
 */

/**
 * What happened to a thread after change number `from` up to `to`.
 * @typedef {object} ThreadChanges
 * @property {string} board
 * @property {number} thread
 * @property {number} from
 * @property {number} to
 * @property {{ no: number, html: string }[]} posts
 * @property {number[]} removed
 * @property {{ no: number, html: string }[]} backlinks
 * @property {ThreadState} state
 */

/**
 * A push leaves out what is empty.
 * @typedef {Omit<ThreadChanges, 'removed' | 'backlinks' | 'state'> & Partial<Pick<ThreadChanges, 'removed' | 'backlinks'>> & { state: Partial<ThreadState> & { replyCount: number } }} ThreadPush
 */

/**
 * What a push means for a page. A thread that moves keeps its readers, but from then on its numbers are not those of their pages.
 * @param {ThreadPush} push
 * @param {{ board: string, thread: number }} page
 * @returns {ThreadChanges | { state: ThreadState }} the changes to apply, or only that the thread is elsewhere now
 */
export function readPush(push, { board, thread }) {
  const isHere = push.board === board && push.thread === thread;
  // What comes (back) to this very page has not moved.
  const state = { fileCount: 0, ...push.state, movedTo: isHere ? undefined : `/${push.board}/thread/${push.thread}` };
  return isHere ? { removed: [], backlinks: [], ...push, state } : { state };
}

/** After a failed question. */
const retryMs = 3000;

/**
 * Keeps a page's place in the changes of its thread: each change is applied once and in order, however often and in whatever
 * order pushes and answers arrive. What was missed is asked for.
 * @param {object} options
 * @param {number} options.at the change number the page was rendered at
 * @param {(changes: ThreadChanges) => void} options.apply
 * @param {(since: number) => Promise<ThreadChanges | undefined>} options.ask undefined when the thread is gone
 * @param {number} [options.gapMs] how long a push that is ahead of us waits for the one between
 */
export function createChangeCursor({ at, apply, ask, gapMs = 200 }) {
  let cursor = at;
  /** @type {ThreadChanges[]} */
  let waiting = [];
  /** @type {Promise<void> | undefined} */
  let asking;
  let isAskedAgain = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {ThreadChanges} changes */
  function step(changes) {
    if (changes.to <= cursor && changes.state.movedTo === undefined) return;
    cursor = Math.max(cursor, changes.to);
    apply(changes);
  }

  /** Applies what follows on, and waits for what does not. */
  function settle() {
    waiting.sort((one, other) => one.from - other.from);
    while (waiting[0] !== undefined && waiting[0].from <= cursor) {
      const next = waiting.shift();
      if (next !== undefined) step(next);
    }
    if (waiting.length > 0) return askLater(gapMs);
    clearTimeout(timer);
    timer = undefined;
  }

  /** @param {number} ms */
  function askLater(ms) {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (waiting.length > 0) void catchUp();
    }, ms);
  }

  async function askUntilCurrent() {
    do {
      isAskedAgain = false;
      const changes = await ask(cursor);
      if (changes !== undefined) step(changes);
    } while (isAskedAgain);
  }

  /** Asks for everything after the cursor. Resolves when it is applied; a failure is only a reason to ask again later. */
  function catchUp() {
    if (asking !== undefined) {
      isAskedAgain = true;
      return asking;
    }
    asking = askUntilCurrent()
      .then(
        () => {
          asking = undefined;
          settle();
        },
        () => {
          asking = undefined;
          if (waiting.length > 0) askLater(retryMs);
        },
      );
    return asking;
  }

  return {
    /**
     * A push arrived. While a question is open it waits for the answer.
     * @param {ThreadChanges} changes
     */
    receive(changes) {
      waiting.push(changes);
      if (asking === undefined) settle();
    },
    catchUp,
    position: () => cursor,
  };
}
