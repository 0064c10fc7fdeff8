import type { Random } from './random.js';

const dayMs = 86_400_000;
/** How much is written in each hour of the day (UTC), the night being quiet. */
const hourWeights = [14, 8, 5, 3, 3, 4, 8, 16, 26, 34, 38, 40, 44, 42, 40, 40, 42, 46, 52, 60, 64, 58, 44, 27];
const dayWeight = hourWeights.reduce((sum, weight) => sum + weight, 0);

/**
 * Times of a thread's posts, in order, none later than `now`. Many threads are recent; the first replies come quickly and the later
 * ones slowly. Counted is in days of activity, in which nights pass quickly.
 */
export function spreadTimes({ count, now, days }: { count: number; now: Date; days: number }, random: Random): Date[] {
  const end = toActivity(now.getTime()) - 0.001;
  const last = end - (days - 1) * random.next() ** 2.6;
  const length = Math.min(days - 1, 0.04 * random.tail(0.8) * count ** 0.75);
  const first = Math.max(end - days, last - length);
  const gaps = Array.from({ length: count - 1 }, (_, at) => (0.08 - Math.log(1 - random.next())) * (1 + (3 * at) / count));
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  let at = first;
  const times = [new Date(toTime(first))];
  for (const gap of gaps) {
    at += ((last - first) * gap) / total;
    times.push(new Date(toTime(at)));
  }
  return times;
}

/** A time as days of activity since 1970: whole days stay whole. */
function toActivity(time: number): number {
  const day = Math.floor(time / dayMs);
  const hours = ((time - day * dayMs) / dayMs) * 24;
  const whole = Math.floor(hours);
  const before = hourWeights.slice(0, whole).reduce((sum, weight) => sum + weight, 0);
  return day + (before + (hourWeights[whole] ?? 0) * (hours - whole)) / dayWeight;
}

/** The way back. */
function toTime(activity: number): number {
  const day = Math.floor(activity);
  let left = (activity - day) * dayWeight;
  for (const [hour, weight] of hourWeights.entries()) {
    if (left <= weight) return Math.floor((day + (hour + left / weight) / 24) * dayMs);
    left -= weight;
  }
  return (day + 1) * dayMs;
}
