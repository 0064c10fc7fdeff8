/** So many at once, and as many again spread evenly over `seconds`. */
export interface Limit {
  burst: number;
  seconds: number;
}

/** Where the state of limits is kept. One process keeps it in memory; several share a store (shared-limit-store.ts, redis-limits.ts). */
export interface LimitStore {
  /**
   * Takes `amount` from what `key` may still do and gives 0, or takes nothing and gives the milliseconds to wait. Asking too early
   * never makes the wait longer. An amount over the whole burst counts as the burst.
   */
  take: (key: string, limit: Limit, amount: number) => Promise<number>;
  /** Puts back what was taken for something that did not happen after all. */
  giveBack: (key: string, limit: Limit, amount: number) => Promise<void>;
}

/** What was left of a limit's burst, at a time. */
interface Bucket {
  limit: Limit;
  left: number;
  at: number;
}

const SWEEP_MS = 60_000;

/**
 * Keeps limits in this process, as token buckets: a bucket holds a burst and fills up evenly, so after a burst one may go on at
 * the even pace instead of waiting for a window to end. Full buckets are forgotten; `size` says how many are kept.
 */
export function createMemoryLimitStore(now: () => Date): LimitStore & { size: () => number } {
  const buckets = new Map<string, Bucket>();
  let sweptAt = 0;

  const open = (key: string, limit: Limit): Bucket => {
    const at = now().getTime();
    if (Math.abs(at - sweptAt) >= SWEEP_MS) {
      sweptAt = at;
      for (const [name, bucket] of buckets) if (toFilled(bucket, at).left >= bucket.limit.burst) buckets.delete(name);
    }
    const bucket = toFilled(buckets.get(key) ?? { limit, left: limit.burst, at }, at);
    if (buckets.has(key)) buckets.set(key, bucket);
    return bucket;
  };

  return {
    async take(key, limit, amount) {
      const bucket = open(key, limit);
      const wanted = Math.min(amount, limit.burst);
      // A hair's breadth of rounding must not cost another second.
      if (bucket.left + 1e-6 < wanted) return (wanted - bucket.left) * toMsForOne(limit);
      buckets.set(key, { ...bucket, left: Math.max(0, bucket.left - wanted) });
      return 0;
    },
    async giveBack(key, limit, amount) {
      const bucket = open(key, limit);
      buckets.set(key, { ...bucket, left: Math.min(limit.burst, bucket.left + Math.min(amount, limit.burst)) });
    },
    size: () => buckets.size,
  };
}

/** A bucket as it is at `at`. A clock that was set back neither fills nor freezes it. */
function toFilled({ limit, left, at: before }: Bucket, at: number): Bucket {
  const elapsed = Math.max(0, at - before);
  return { limit, left: Math.min(limit.burst, left + elapsed / toMsForOne(limit)), at };
}

/** How long one takes to come back, in milliseconds. */
export function toMsForOne(limit: Limit): number {
  return (limit.seconds * 1000) / limit.burst;
}
