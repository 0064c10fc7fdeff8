import { LRUCache } from 'lru-cache';
import { gatherQuestions } from '../db/gather-questions.js';
import type { Language } from '../texts/texts.js';
import type { ReadyPage } from './ready-page.js';

/**
 * What a page was made from: a thread at one of its change numbers, or whatever a moment's state was. `isExact`: it is never shown
 * once a later change is known.
 */
export type PageSource = { threadId: number; changeNo: number; isExact?: boolean } | null;

/** A page as it is kept. Times in milliseconds. */
export interface KeptPage {
  readonly page: ReadyPage;
  readonly source: PageSource;
  readonly generation: number;
  /** When pages were made here within the last second, this one last. */
  readonly builtAts: readonly number[];
  /** When it was last known to be what the database says. */
  checkedAt: number;
  /** When the database could last not be asked about it. */
  awayAt: number;
  isAsking: boolean;
}

/** Whether a kept page may be shown, has to be asked about, or has to be made anew. */
export type Verdict = 'fresh' | 'ask' | 'stale';

export interface PageCache {
  find: (key: string) => KeptPage | undefined;
  keep: (key: string, page: ReadyPage, source: PageSource) => KeptPage;
  judge: (kept: KeptPage) => Verdict;
  /** Asks the database whether a thread's page is still right; questions of one moment go out as one. */
  ask: (kept: KeptPage) => Promise<boolean>;
  /** The database could not be asked for a newer one: for a moment it is shown without trying. */
  noteAway: (kept: KeptPage) => void;
  /** The database was away a moment ago: whoever is not the one to try again is shown the page as it is. */
  wasAway: (kept: KeptPage) => boolean;
  /** This process has changed a thread. */
  noteThread: (threadId: number, changeNo: number) => void;
  /** This process has changed what boards list. */
  noteBoards: () => void;
}

export interface PageCacheOptions {
  now: () => Date;
  /** Change numbers of threads as they are; a thread that is not there has none. */
  findChangeNos: (threadIds: number[]) => Promise<Map<number, number>>;
  /** Is told what was heard of threads: a page must not be made of anything older. */
  noteThread?: (threadId: number, changeNo: number) => void;
  /** Rises when what every page shows has changed: the boards and their settings. */
  generation: () => number;
  maxBytes?: number;
  /** How long a thread's page is believed without asking, and a board's or the home page without making it anew. */
  trustMs?: { thread: number; board: number };
}

/** The clock of one process; pages that change with every post are made anew so many times a second at most. */
const rebuildsPerSecond = { thread: 4, board: 2 };
const usualTrust = { thread: 500, board: 1000 };
/** Bytes of memory for finished pages in each process. */
export const pageCacheBytes = 128 * 2 ** 20;
const knownLimit = 50_000;
/** A database that takes longer to say whether a page is right is as good as away. */
const askedMs = 1_000;
/** After so long it is tried again, by one for each page; so long the others are not made to wait for that one. */
const away = { untried: 1_000, remembered: 10_000 };

export const toPageKey = (lang: Language, path: string) => `${lang} ${path}`;

/**
 * Keeps finished pages in memory, bounded in bytes. What makes a page right is a number in the database, never a message that could
 * be lost: a thread's change number is asked for when it was not heard of for half a second, all other pages live for a second.
 */
export function createPageCache(options: PageCacheOptions): PageCache {
  const { now, findChangeNos, generation, trustMs = usualTrust } = options;
  const pages = new LRUCache<string, KeptPage>({
    maxSize: options.maxBytes ?? pageCacheBytes,
    // The compressed forms are about half together; the objects and headers around them weigh most where a page is short.
    sizeCalculation: ({ page }) => Math.ceil(page.plain.length * 1.5) + 3_800,
  });
  const latest = new Map<number, number>();
  let boardsChangedAt = -Infinity;
  const askChangeNo = gatherQuestions(async (threadIds: number[]) => {
    const found = await findChangeNos([...new Set(threadIds)]);
    return threadIds.map((threadId) => found.get(threadId));
  });
  const at = () => now().getTime();

  /** A page that many change at once is shown a moment longer, so that making it anew does not become all there is to do. */
  const mayRebuild = ({ builtAts }: KeptPage, limit: number) => ofLastSecond(builtAts, at()).length < limit;

  function noteThread(threadId: number, changeNo: number): void {
    if (latest.size > knownLimit) latest.clear();
    latest.set(threadId, Math.max(changeNo, latest.get(threadId) ?? 0));
    options.noteThread?.(threadId, changeNo);
  }

  const wasAway = (kept: KeptPage, within: number, time = at()) => Math.abs(time - kept.awayAt) < within;

  return {
    find: (key) => pages.get(key),
    keep(key, page, source) {
      const time = at();
      const builtAts = [...ofLastSecond(pages.peek(key)?.builtAts ?? [], time), time];
      const kept: KeptPage = { page, source, generation: generation(), builtAts, checkedAt: time, awayAt: -Infinity, isAsking: false };
      pages.set(key, kept);
      return kept;
    },
    judge(kept) {
      const time = at();
      if (wasAway(kept, away.untried, time) && kept.source?.isExact !== true) return 'fresh';
      if (kept.generation !== generation()) return 'stale';
      const age = Math.abs(time - kept.checkedAt);
      if (kept.source === null) {
        if (age >= trustMs.board) return 'stale';
        return (kept.builtAts.at(-1) ?? 0) <= boardsChangedAt && mayRebuild(kept, rebuildsPerSecond.board) ? 'stale' : 'fresh';
      }
      if (trustMs.thread === 0) return 'stale';
      const isOutdated = (latest.get(kept.source.threadId) ?? 0) > kept.source.changeNo;
      if (isOutdated && kept.source.isExact === true) return 'stale';
      if (isOutdated) return mayRebuild(kept, rebuildsPerSecond.thread) ? 'stale' : 'fresh';
      return age < trustMs.thread || (kept.isAsking && wasAway(kept, away.remembered, time)) ? 'fresh' : 'ask';
    },
    async ask(kept) {
      if (kept.source === null) return false;
      // A database that cannot be asked is no reason to show nothing, nor to let everybody wait for it again.
      kept.isAsking = true;
      const changeNo = await answerInTime(askChangeNo(kept.source.threadId));
      kept.isAsking = false;
      if (changeNo === 'unknown') kept.awayAt = at();
      else if (changeNo !== kept.source.changeNo) {
        if (changeNo !== undefined) noteThread(kept.source.threadId, changeNo);
        return false;
      } else kept.checkedAt = at();
      return true;
    },
    noteAway(kept) {
      kept.awayAt = at();
    },
    wasAway: (kept) => wasAway(kept, away.remembered),
    noteThread,
    noteBoards() {
      boardsChangedAt = at();
    },
  };
}

const ofLastSecond = (times: readonly number[], now: number) => times.filter((time) => Math.abs(now - time) < 1000);

function answerInTime<T>(answer: Promise<T>): Promise<T | 'unknown'> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('unknown'), askedMs);
    answer.then(resolve, () => resolve('unknown')).finally(() => clearTimeout(timer));
  });
}
