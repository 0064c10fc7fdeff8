import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import type { Log } from '../log.js';
import type { PostHtml } from '../posts/post-html.js';
import { toThreadPath } from '../posts/post.js';
import type { Broadcaster } from '../realtime/broadcaster.js';
import { languages } from '../texts/texts.js';
import type { CardHtml } from './card-html.js';
import { findAnew } from './find-anew.js';
import { findChanges, toPush } from './find-changes.js';
import type { TouchedThread } from './removal-store.js';
import { findRemovedReplies, findThreadById, type PlacedThread } from './thread-store.js';
import type { BoardChange } from './thread.js';

/** Tells every open page what a committed transaction changed. */
export interface ThreadPublisher {
  /**
   * Called after the commit, never before. `kind` is what the board's index and catalog are told; whoever names the board where the
   * first thread stands spares the question about it when nobody follows that board here. Returns at once.
   */
  publish: (touched: TouchedThread[], kind: BoardChange['kind'], options?: { isBumped?: boolean; boardSlug?: string; movedFrom?: { boardSlug: string; no: number } }) => void;
  /**
   * Pushes what is new of threads to their open pages alone, if they were not pushed yet. `since` is a change number that every reader
   * here knows, for when nothing of the thread was pushed from here before.
   */
  touch: (touched: (TouchedThread & { since?: number })[]) => void;
  /** Resolves when everything that was handed over so far has been sent. */
  settled: () => Promise<void>;
}

/** A change goes out at once; those that follow it within so many milliseconds travel together. */
const gatherMs = 50;

/** Threads whose last push is remembered. */
const publishedLimit = 20_000;

/**
 * One publisher a process. A push carries whatever happened since the last push of the thread, read from the database by the
 * same query that answers `updates?since=`: so pushes are in order, complete, and cost one query however many posts they carry.
 * A thread that nobody reads here costs nothing.
 */
export function createThreadPublisher(options: { db: Kysely<Tables>; broadcaster: Broadcaster; postHtml: PostHtml; cardHtml: CardHtml; log: Log }): ThreadPublisher {
  const { db, broadcaster, postHtml, log } = options;
  const published = new Map<number, number>();
  const running = new Map<number, Promise<void>>();
  const wanted = new Set<number>();

  /** Pushes a thread until nobody wants it any more. One at a time: two at once would tell the same changes twice. */
  async function pushWhileWanted(threadId: number): Promise<void> {
    try {
      do {
        // Whoever posted is answered first.
        await new Promise((resolve) => setImmediate(resolve));
        wanted.delete(threadId);
        await pushThread(threadId);
        await new Promise((resolve) => setTimeout(resolve, gatherMs));
      } while (wanted.has(threadId));
    } catch (error) {
      log.error('push failed', { error });
    } finally {
      running.delete(threadId);
    }
  }

  /** Sends all that is new of one thread since its last push. Resolves when it has gone to everybody: what comes meanwhile goes together. */
  async function pushThread(threadId: number): Promise<void> {
    const since = published.get(threadId);
    const thread = await findThreadById(db, threadId);
    if (thread === undefined || since === undefined || thread.changeNo <= since) return;
    published.set(threadId, thread.changeNo);
    for (const lang of languages) {
      if (!broadcaster.hasReaders(threadId, lang)) continue;
      await broadcaster.toThread(threadId, lang, toPush(await findChanges(db, postHtml, thread, since, lang)));
    }
  }

  function touch({ threadId, changeNo, since }: TouchedThread & { since?: number }): void {
    // Forgetting is safe: a reader who sees a gap asks for what is missing.
    if (published.size > publishedLimit) published.clear();
    if (!languages.some((lang) => broadcaster.hasReaders(threadId, lang))) {
      published.delete(threadId);
      return;
    }
    const known = published.get(threadId);
    if (known !== undefined && known >= changeNo) return;
    if (known === undefined) published.set(threadId, since ?? changeNo - 1);
    wanted.add(threadId);
    if (!running.has(threadId)) running.set(threadId, pushWhileWanted(threadId));
  }

  async function tellBoard(touched: TouchedThread, kind: BoardChange['kind'], isBumped: boolean, movedFrom?: { boardSlug: string; no: number }): Promise<void> {
    const thread = await findThreadById(db, touched.threadId);
    if (thread === undefined) return;
    if (movedFrom !== undefined) broadcaster.toBoard(movedFrom.boardSlug, toBoardChange(thread, movedFrom.no, 'gone', false));
    const change = toBoardChange(thread, thread.no, thread.removedAt === null ? kind : 'gone', isBumped);
    broadcaster.toBoard(thread.boardSlug, change.kind === 'state' ? await withAnew(change, thread, touched.changeNo) : change);
    if (movedFrom !== undefined) {
      const movedTo = toThreadPath(thread.boardSlug, thread.no);
      for (const lang of languages) {
        const changes = await findChanges(db, postHtml, thread, thread.changeNo, lang);
        await broadcaster.toThread(thread.id, lang, toPush({ ...changes, from: touched.changeNo - 1, state: { ...changes.state, movedTo } }));
      }
    }
  }

  /** A change that is no reply may have taken posts away, or have made some look otherwise. */
  async function withAnew(change: BoardChange, thread: PlacedThread, changeNo: number): Promise<BoardChange> {
    if (!broadcaster.hasBoardReaders(thread.boardSlug)) return change;
    const removed = await findRemovedReplies(db, thread.id, changeNo);
    return { ...change, removed, anew: await findAnew(options, thread, changeNo, removed) };
  }

  const telling = new Set<Promise<void>>();
  return {
    publish(all, kind, { isBumped = false, boardSlug, movedFrom } = {}) {
      for (const [index, touched] of all.entries()) {
        const isFirst = index === 0;
        if (!(isFirst && movedFrom !== undefined)) touch(touched);
        if (!isFirst || (movedFrom === undefined && boardSlug !== undefined && !broadcaster.hasBoardReaders(boardSlug))) continue;
        const told = tellBoard(touched, kind, isBumped, movedFrom)
          .catch((error: unknown) => log.error('board push failed', { error }))
          .finally(() => telling.delete(told));
        telling.add(told);
      }
    },
    touch: (all) => all.forEach(touch),
    async settled() {
      await Promise.all([...running.values(), ...telling]);
    },
  };
}

function toBoardChange(thread: PlacedThread, no: number, kind: BoardChange['kind'], isBumped: boolean): BoardChange {
  return { board: thread.boardSlug, thread: no, kind, isBumped, replyCount: thread.replyCount, fileCount: thread.fileCount, removed: [] };
}
