import { createHmac } from 'node:crypto';
import type { Kysely } from 'kysely';
import { inTransaction } from '../db/in-transaction.js';
import type { Tables } from '../db/tables.js';
import { addTry, countFailures, type LoginAttempt, type LoginThrottle, toTryWait, windows } from './login-throttle.js';
import { type LoginTries, lockLoginTries, updateLoginTries } from './login-try-store.js';

/**
 * The throttle of login-throttle.ts for several processes: the same rules, remembered in the database under keys that are HMACs under
 * `secret`. Guessing at all processes at once gains nothing: who tries the same account or comes from the same place waits in one row.
 */
export function createSharedLoginThrottle(options: { db: Kysely<Tables>; secret: Buffer; now: () => Date }): LoginThrottle {
  const { db, secret, now } = options;
  const toKey = (kind: string, name: string) => createHmac('sha256', secret).update(JSON.stringify(['login', kind, name])).digest();
  const toKeys = ({ account, client }: LoginAttempt) => [toKey('pair', `${client}\0${account}`), toKey('client', client), toKey('account', account)] as const;

  return {
    begin(attempt) {
      const { isKnown = false } = attempt;
      const keys = toKeys(attempt);
      return inTransaction(db, async (trx) => {
        const at = now();
        const [pair, client, account] = toThree(await lockLoginTries(trx, keys, at));
        const lastPair = { failures: pair.failureCount, at: pair.notedAt.getTime() };
        const wait = toTryWait({ pair: lastPair, client: client.failedAt, account: account.failedAt }, isKnown, at.getTime());
        if (wait > 0) return wait;
        await updateLoginTries(trx, keys[0], { failureCount: countFailures(lastPair, at.getTime()) + 1, failedAt: [], notedAt: at });
        await updateLoginTries(trx, keys[1], { failureCount: 0, failedAt: addTry(client.failedAt, windows.client, at.getTime()), notedAt: at });
        if (!isKnown) await updateLoginTries(trx, keys[2], { failureCount: 0, failedAt: addTry(account.failedAt, windows.account, at.getTime()), notedAt: at });
        return 0;
      });
    },
    succeed(attempt) {
      const { isKnown = false } = attempt;
      const keys = toKeys(attempt);
      return inTransaction(db, async (trx) => {
        const [pair, client, account] = toThree(await lockLoginTries(trx, keys, now()));
        await updateLoginTries(trx, keys[0], { ...pair, failureCount: 0 });
        await updateLoginTries(trx, keys[1], { ...client, failedAt: client.failedAt.slice(0, -1) });
        if (!isKnown) await updateLoginTries(trx, keys[2], { ...account, failedAt: account.failedAt.slice(0, -1) });
      });
    },
  };
}

function toThree(tries: LoginTries[]): [LoginTries, LoginTries, LoginTries] {
  const [pair, client, account] = tries;
  if (pair === undefined || client === undefined || account === undefined) throw new Error('Three keys have three rows.');
  return [pair, client, account];
}
