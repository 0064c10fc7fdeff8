import { existsSync, readFileSync } from 'node:fs';

/** The memory of a process that is in use, in MB; 0 when it has ended. */
export function readRssMb(pid: number): number {
  const path = `/proc/${pid}/status`;
  const kib = existsSync(path) ? /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(path, 'utf8'))?.[1] : undefined;
  return Number(kib ?? 0) / 1024;
}

/** The value below which a share of them lies, `share` from 0 to 1; NaN when there are none. */
export function toQuantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** `p50 1 ms, p95 2 ms, p99 3 ms, most 4 ms of 100`. */
export function sayTimes(values: readonly number[]): string {
  const say = (share: number) => `${toQuantile(values, share).toFixed(1)} ms`;
  return `p50 ${say(0.5)}, p95 ${say(0.95)}, p99 ${say(0.99)}, most ${say(1)} of ${values.length}`;
}

/** Watches the memory of a process until it is stopped, every quarter second. In MB: before, and at most since then. */
export function watchRss(pid: number): { stop: () => { before: number; most: number } } {
  const before = readRssMb(pid);
  let most = before;
  const look = () => {
    most = Math.max(most, readRssMb(pid));
  };
  const timer = setInterval(look, 250);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      look();
      return { before, most };
    },
  };
}
