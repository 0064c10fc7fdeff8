import { createHmac } from 'node:crypto';

/** The six digits that an authenticator app shows for a base32 secret at a time (RFC 6238, SHA-1, 30 s). */
export function toCode(secret: string, at: Date): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at.getTime() / 30_000)));
  const mark = createHmac('sha1', fromBase32(secret)).update(counter).digest();
  const offset = (mark[19] ?? 0) & 15;
  return String((mark.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

function fromBase32(text: string): Buffer {
  const bits = [...text].map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
