import { createHash, randomBytes } from 'node:crypto';
import { toBase32 } from '../identity/base32.js';

const COUNT = 10;
const LENGTH = 25;

/** Ten codes of 125 random bits, each good for one login without the second factor. Shown once; only their hashes are kept. */
export function createRecoveryCodes(): string[] {
  return Array.from({ length: COUNT }, () => (toBase32(randomBytes(16), LENGTH).match(/.{5}/g) ?? []).join('-'));
}

/** What is stored of a code. It has too many random bits to be guessed from a plain hash. */
export function hashRecoveryCode(code: string): Buffer {
  return createHash('sha256').update(fold(code)).digest();
}

/** Whether this may be a recovery code at all, however it was copied. */
export function isRecoveryCode(typed: string): boolean {
  return fold(typed).length === LENGTH;
}

/** Signs that the codes do not have are read as the ones they are mistaken for. */
function fold(typed: string): string {
  return typed.toLowerCase().replace(/[^0-9a-z]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
}
