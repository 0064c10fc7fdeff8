import { UserError, withRetryAfter } from '../http/errors.js';
import type { TextKey } from '../texts/texts.js';
import { createMemoryLimitStore, type Limit, type LimitStore } from './limit-store.js';

/** Something that was allowed. It can be given back, once, when it did not happen after all. */
export interface Taken {
  giveBack: () => Promise<void>;
}

/**
 * How often one author may do what. `tag` is the author's day tag, as bytes or in hexadecimal: never an address. Each throws a
 * UserError 429 that says how long to wait, with Retry-After; a refused attempt costs nothing.
 */
export interface PostingLimits {
  /** Three in a row, then one every 15 seconds. */
  takeReply: (tag: AuthorTag) => Promise<Taken>;
  /** One in 5 minutes; and on one board 20 in 10 minutes by everybody together. */
  takeThread: (tag: AuthorTag, boardId: number) => Promise<Taken>;
  /** 30 MB in 10 minutes. */
  takeUploadBytes: (tag: AuthorTag, bytes: number) => Promise<Taken>;
  /** Five in 10 minutes. */
  takeReport: (tag: AuthorTag) => Promise<Taken>;
  /** Ten in a minute. */
  takeDeletion: (tag: AuthorTag) => Promise<Taken>;
}

type AuthorTag = Buffer | string;

interface Rule {
  name: string;
  limit: Limit;
  refusal: TextKey;
}

const rules = {
  reply: { name: 'reply', limit: { burst: 3, seconds: 45 }, refusal: 'limits.reply' },
  thread: { name: 'thread', limit: { burst: 1, seconds: 300 }, refusal: 'limits.thread' },
  boardThreads: { name: 'board-threads', limit: { burst: 20, seconds: 600 }, refusal: 'limits.boardThreads' },
  upload: { name: 'upload', limit: { burst: 30_000_000, seconds: 600 }, refusal: 'limits.upload' },
  report: { name: 'report', limit: { burst: 5, seconds: 600 }, refusal: 'limits.report' },
  deletion: { name: 'deletion', limit: { burst: 10, seconds: 60 }, refusal: 'limits.deletion' },
} as const satisfies Record<string, Rule>;

/**
 * Makes the posting limits. `isOff` (POSTING_LIMITS=off) lets everything pass. The state lives in `store`, in this process when
 * none is named.
 */
export function createPostingLimits(options: { isOff: boolean; now?: () => Date; store?: LimitStore }): PostingLimits {
  const { isOff, now = () => new Date() } = options;
  const store = options.store ?? createMemoryLimitStore(now);
  const take = (rule: Rule, subject: AuthorTag | number, amount = 1) => (isOff ? nothingTaken : takeFrom(store, rule, toKey(rule, subject), amount));
  return {
    takeReply: async (tag) => take(rules.reply, tag),
    async takeThread(tag, boardId) {
      const own = await take(rules.thread, tag);
      try {
        const shared = await take(rules.boardThreads, boardId);
        return once(async () => {
          await Promise.all([own.giveBack(), shared.giveBack()]);
        });
      } catch (error) {
        await own.giveBack();
        throw error;
      }
    },
    takeUploadBytes: async (tag, bytes) => take(rules.upload, tag, bytes),
    takeReport: async (tag) => take(rules.report, tag),
    takeDeletion: async (tag) => take(rules.deletion, tag),
  };
}

const nothingTaken: Taken = { giveBack: async () => undefined };

async function takeFrom(store: LimitStore, rule: Rule, key: string, amount: number): Promise<Taken> {
  const waitMs = await store.take(key, rule.limit, amount);
  if (waitMs > 0) throw tooEarly(rule.refusal, waitMs);
  return once(() => store.giveBack(key, rule.limit, amount));
}

function once(giveBack: () => Promise<void>): Taken {
  let isGivenBack = false;
  return {
    async giveBack() {
      if (isGivenBack) return;
      isGivenBack = true;
      await giveBack();
    },
  };
}

/** The refusal of something that may be done after a wait, said in seconds up to two minutes and in minutes above. */
function tooEarly(refusal: TextKey, waitMs: number): UserError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000 - 1e-6));
  const wait = seconds <= 120 ? { unit: 'seconds', count: seconds } : { unit: 'minutes', count: Math.ceil(seconds / 60) };
  return withRetryAfter(new UserError(429, refusal, { ...wait, seconds }), seconds);
}

function toKey(rule: Rule, subject: AuthorTag | number): string {
  return `${rule.name}:${Buffer.isBuffer(subject) ? subject.toString('hex') : subject}`;
}
