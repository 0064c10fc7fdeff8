import { createHmac } from 'node:crypto';
import { toBase32 } from './base32.js';
import type { Keys } from './keys.js';

/** The number sign, also as an input method for Chinese or Japanese writes it: a secret must not stay in a name for want of a key. */
const CUT = /[#\uFF03\uFE5F]/u;

/**
 * Cuts a typed name at its first number sign: `Ann#secret` and `Ann##secret` both give the name `Ann` and the secret `secret`.
 * The secret is null when there is none, or none behind the sign. It must not be stored, logged or shown.
 */
export function splitName(typed: string): { name: string; secret: string | null } {
  const at = typed.search(CUT);
  if (at === -1) return { name: typed.trim(), secret: null };
  const behind = typed.slice(at + 1);
  const secret = CUT.test(behind.slice(0, 1)) ? behind.slice(1) : behind;
  return { name: typed.slice(0, at).trim(), secret: secret === '' ? null : secret };
}

/** The public sign of a secret: `!` and 12 signs (60 bits). The same secret always gives the same, under this board's key. */
export function toTripcode(keys: Keys, secret: string): string {
  return `!${toBase32(createHmac('sha256', keys.trip).update(secret.normalize('NFKC')).digest(), 12)}`;
}
