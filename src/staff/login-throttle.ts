export interface LoginAttempt {
  account: string;
  client: string;
  isKnown?: boolean;
}

/** Slows guessing down. In memory a restart forgives, which costs a guesser more than it gives; several processes share their memory. */
export interface LoginThrottle {
  /**
   * Counts one attempt of `client` at `account` as failed until `succeed` says otherwise, so that attempts made at the same moment
   * count too. Answers with 0 when it may go on, else with the seconds to wait; an attempt that has to wait is not counted.
   * `isKnown`: the attempt comes from a browser that has been logged in to this account before.
   */
  begin: (attempt: LoginAttempt) => number | Promise<number>;
  /** Takes the last attempt back and forgets the failures before it. */
  succeed: (attempt: LoginAttempt) => void | Promise<void>;
}

/** What is remembered of attempts like one: how many failed in a row and when the last one did, and the times of recent ones (ms). */
export interface FailedTries {
  pair: { failures: number; at: number } | undefined;
  client: readonly number[];
  account: readonly number[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Attempts in any order within a window, by their times. */
export const windows = {
  client: { most: 20, length: 10 * MINUTE },
  /** All clients together at one account. Known browsers are not counted, so nobody is locked out of the account he uses. */
  account: { most: 100, length: 60 * MINUTE },
};
/** Of one client at one account: free failures, then 1 s, 2 s, 4 s … up to 15 minutes. */
const freeFailures = 5;
const longestWait = 15 * MINUTE;
const pairIsKeptFor = 60 * MINUTE;
/** Nothing older than this decides about anything. */
export const triesKeptFor = 60 * MINUTE;

/** Makes a throttle whose memory holds at most `maxEntries` of each kind; the ones untouched for longest go first. */
export function createLoginThrottle(options: { now: () => Date; maxEntries?: number }) {
  const maxEntries = options.maxEntries ?? 10_000;
  const clients = new Map<string, number[]>();
  const accounts = new Map<string, number[]>();
  const pairs = new Map<string, { failures: number; at: number }>();
  const toPair = (account: string, client: string) => `${client}\0${account}`;

  return {
    begin({ account, client, isKnown = false }: LoginAttempt): number {
      const at = options.now().getTime();
      const pair = pairs.get(toPair(account, client));
      const wait = toTryWait({ pair, client: clients.get(client) ?? [], account: accounts.get(account) ?? [] }, isKnown, at);
      if (wait > 0) return wait;
      put(pairs, toPair(account, client), { failures: countFailures(pair, at) + 1, at }, maxEntries);
      put(clients, client, addTry(clients.get(client) ?? [], windows.client, at), maxEntries);
      if (!isKnown) put(accounts, account, addTry(accounts.get(account) ?? [], windows.account, at), maxEntries);
      return 0;
    },
    succeed({ account, client, isKnown = false }: LoginAttempt): void {
      pairs.delete(toPair(account, client));
      clients.get(client)?.pop();
      if (!isKnown) accounts.get(account)?.pop();
    },
  } satisfies LoginThrottle;
}

/** The seconds that an attempt has to wait for those before it; 0 when it may go on. */
export function toTryWait({ pair, client, account }: FailedTries, isKnown: boolean, at: number): number {
  const failures = countFailures(pair, at);
  const wait = Math.max(
    pair === undefined || failures < freeFailures ? 0 : pair.at + toWait(failures) - at,
    toWindowWait(client, windows.client, at),
    isKnown ? 0 : toWindowWait(account, windows.account, at),
  );
  return wait > 0 ? Math.ceil(wait / SECOND) : 0;
}

/** How many failed in a row, none of them too long ago. */
export const countFailures = (pair: FailedTries['pair'], at: number): number => (pair !== undefined && at - pair.at < pairIsKeptFor ? pair.failures : 0);

/** The times of a window with one more. */
export const addTry = (times: readonly number[], window: { length: number }, at: number): number[] => [...times.filter((time) => at - time < window.length), at];

function toWait(failures: number): number {
  return Math.min(longestWait, SECOND * 2 ** (failures - freeFailures));
}

function toWindowWait(times: readonly number[], window: { most: number; length: number }, at: number): number {
  const recent = times.filter((time) => at - time < window.length);
  const oldest = recent[recent.length - window.most];
  return oldest === undefined ? 0 : oldest + window.length - at;
}

/** Puts the entry at the end of the map's order, and drops the first ones when there are too many. */
function put<T>(map: Map<string, T>, key: string, value: T, maxEntries: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= maxEntries) break;
    map.delete(oldest);
  }
}
