import { createHmac } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../db/tables.js';
import { type Limit, type LimitStore, toMsForOne } from './limit-store.js';

/**
 * Keeps limits in the database, for several processes: the same buckets as in memory, one statement each time. Keys are stored as
 * HMACs under `secret`, so that a row leads to no post. When the database is away nothing is let through; no post could be stored either.
 */
export function createSharedLimitStore(options: { db: Kysely<Tables>; secret: Buffer; now: () => Date }): LimitStore {
  const { db, secret, now } = options;
  return {
    async take(key, limit, amount) {
      const wanted = Math.min(amount, limit.burst);
      const { rows } = await takeRate(db, hashKey(secret, key), limit, wanted, now());
      return rows[0]?.wait_ms ?? 0;
    },
    async giveBack(key, limit, amount) {
      await takeRate(db, hashKey(secret, key), limit, -Math.min(amount, limit.burst), now());
    },
  };
}

/** Forgets buckets that are full again. Answers with how many. */
export async function deleteFullRates(db: Kysely<Tables>, now: Date): Promise<number> {
  const result = await db.deleteFrom('rates').where('full_at', '<', now).executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Under which name a limit is shared. */
export function hashKey(secret: Buffer, key: string): Buffer {
  return createHmac('sha256', secret).update(`rate:${key}`).digest();
}

/** Takes under the row's lock, so that of several who ask at once each sees what the others left. Rounding must not cost another second. */
function takeRate(db: Kysely<Tables>, key: Buffer, limit: Limit, wanted: number, at: Date) {
  const { burst } = limit;
  const msForOne = toMsForOne(limit);
  const left = Math.min(burst, burst - wanted);
  const fullAt = (leftOver: ReturnType<typeof sql>) => sql`${at}::timestamptz + make_interval(secs => (${burst}::float8 - ${leftOver}) * ${msForOne}::float8 / 1000)`;
  const filled = sql`least(${burst}::float8, r.left_over + greatest(0, extract(epoch from ${at}::timestamptz - r.noted_at)::float8 * 1000 / ${msForOne}::float8))`;
  const hasEnough = sql`${filled} + 1e-6 >= ${wanted}::float8`;
  const leftOver = sql`(case when ${hasEnough} then greatest(0, least(${burst}::float8, ${filled} - ${wanted}::float8)) else ${filled} end)`;
  return sql<{ wait_ms: number }>`
    insert into rates as r (key, left_over, wait_ms, noted_at, full_at)
    values (${key}, ${left}::float8, 0, ${at}, ${fullAt(sql`${left}::float8`)})
    on conflict (key) do update set
      left_over = ${leftOver},
      wait_ms = case when ${hasEnough} then 0 else (${wanted}::float8 - ${filled}) * ${msForOne}::float8 end,
      noted_at = ${at},
      full_at = ${fullAt(leftOver)}
    returning wait_ms`.execute(db);
}
