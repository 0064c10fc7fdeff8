import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const IV_LENGTH = 12;
const MARK_LENGTH = 16;

/** Encrypts `plain` with AES-256-GCM under a 32-byte key. The result holds a fresh nonce, the authentication mark and the bytes. */
export function seal(key: Buffer, plain: Buffer): Buffer {
  const iv = randomBytes(IV_LENGTH);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const hidden = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), hidden]);
}

/** Opens what `seal` made. @throws Error when the key is another one or a byte was changed */
export function unseal(key: Buffer, sealed: Buffer): Buffer {
  const iv = sealed.subarray(0, IV_LENGTH);
  const mark = sealed.subarray(IV_LENGTH, IV_LENGTH + MARK_LENGTH);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: MARK_LENGTH });
  decipher.setAuthTag(mark);
  return Buffer.concat([decipher.update(sealed.subarray(IV_LENGTH + MARK_LENGTH)), decipher.final()]);
}
