import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { busy } from '../http/errors.js';
import { toBase32 } from '../identity/base32.js';
import { passwordIsName, passwordTooLong, passwordTooShort } from './staff-errors.js';
import { toNameKey } from './staff-name.js';

/** Argon2id (the library's default kind) with the first setting that OWASP's password storage cheat sheet names. Memory in KiB. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
export const leastPasswordLength = 12;
const maxLength = 200;
/** The hash of a password that nobody knows, made at the same cost: stands in for accounts that do not exist. */
const nobodysHash =
  '$argon2id$v=19$m=19456,t=2,p=1$5n++crZTUZUM7L77h9Q4OA$8XurAf4KXiwvhA6NRo298BU5eiTCRZB1zUf7tgLsOuY';

/**
 * The hash of a password, for storage. Passwords are compared in their compatibility form (NFKC), as keyboards differ.
 * @throws busy (503) when too many passwords are being hashed
 */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password.normalize('NFKC'), cost));
}

/** Whether `typed` is the password that `passwordHash` was made of. @throws busy (503) as hashPassword */
export function isPassword(passwordHash: string, typed: string): Promise<boolean> {
  return inTurn(() => verify(passwordHash, typed.normalize('NFKC')));
}

/** Takes as long as isPassword, for an account that does not exist: the time must not tell. @throws busy (503) as hashPassword */
export async function burnPasswordTime(typed: string): Promise<void> {
  await isPassword(nobodysHash, typed);
}

/** @throws passwordTooShort, passwordTooLong, passwordIsName when a staff account must not have this password */
export function assertPasswordAcceptable(name: string, password: string): void {
  if ([...password].length < leastPasswordLength) throw passwordTooShort(leastPasswordLength);
  if (password.length > maxLength) throw passwordTooLong(maxLength);
  if (isMadeOfName(name, password)) throw passwordIsName();
}

/** A password of 100 random bits, in groups that can be read out. */
export function createPassword(): string {
  return (toBase32(randomBytes(13), 20).match(/.{5}/g) ?? []).join('-');
}

/** The name itself, written any number of times: guessed first. */
function isMadeOfName(name: string, password: string): boolean {
  const fold = (text: string) => toNameKey(text).replace(/[^\p{L}\p{N}]/gu, '');
  const folded = fold(name);
  return folded !== '' && fold(password).replaceAll(folded, '') === '';
}

/** Hashing takes 19 MiB and a core each, so the whole process does two at once however many people ask; that is why this is shared. */
const inTurn = createTurns({ atOnce: 2, waiting: 20 });

function createTurns(limits: { atOnce: number; waiting: number }): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (running >= limits.atOnce) {
      if (queue.length >= limits.waiting) throw busy();
      await new Promise<void>((resolve) => queue.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      // The place goes straight to the next in the queue: nobody who comes now may take it first.
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
