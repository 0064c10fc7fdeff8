import type { Redis } from '../db/redis-client.js';
import type { Log } from '../log.js';
import { type LimitStore, toMsForOne } from './limit-store.js';
import { hashKey } from './shared-limit-store.js';

/** The bucket of limit-store.ts; what is full again is forgotten by itself. Numbers come and go as text, so that fractions stay. */
const script = `
local burst, ms_for_one, wanted, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left, at = tonumber(kept[1] or burst), tonumber(kept[2] or now)
local filled = math.min(burst, left + math.max(0, now - at) / ms_for_one)
local wait = 0
if filled + 1e-6 >= wanted then
  filled = math.max(0, math.min(burst, filled - wanted))
else
  wait = (wanted - filled) * ms_for_one
end
redis.call('HSET', KEYS[1], 'left', string.format('%.9f', filled), 'at', ARGV[4])
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - filled) * ms_for_one) + 1000)
return string.format('%.3f', wait)`;

const complainEveryMs = 60_000;

/**
 * Keeps limits in Redis, for several processes. When it is away each process counts for itself in `meanwhile`: a board that lets its
 * people post somewhat too fast for a while is better than one that lets nobody post.
 */
export function createRedisLimitStore(options: { redis: Redis; secret: Buffer; prefix: string; now: () => Date; meanwhile: LimitStore; log: Log }): LimitStore {
  const { redis, secret, prefix, now, meanwhile, log } = options;
  let complainedAt = -Infinity;

  function complain(error: unknown): void {
    if (performance.now() - complainedAt < complainEveryMs) return;
    complainedAt = performance.now();
    log.error('limits.alone', { error });
  }

  const ask = (key: string, burst: number, msForOne: number, wanted: number) =>
    redis.run(script, `${prefix}:rate:${hashKey(secret, key).toString('base64url')}`, [burst, msForOne, wanted, now().getTime()]);

  return {
    async take(key, limit, amount) {
      try {
        return Number(await ask(key, limit.burst, toMsForOne(limit), Math.min(amount, limit.burst)));
      } catch (error) {
        complain(error);
        return meanwhile.take(key, limit, amount);
      }
    },
    async giveBack(key, limit, amount) {
      await ask(key, limit.burst, toMsForOne(limit), -Math.min(amount, limit.burst)).catch(() => meanwhile.giveBack(key, limit, amount));
    },
  };
}
