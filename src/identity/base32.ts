/** Lower case without i, l, o and u: nothing to mistake for another sign, and no words. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The first `length` signs of `bytes`, five bits each. */
export function toBase32(bytes: Buffer, length: number): string {
  let text = '';
  for (let sign = 0; sign < length; sign += 1) {
    const bit = sign * 5;
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    text += ALPHABET[(pair >> (11 - (bit & 7))) & 31];
  }
  return text;
}
