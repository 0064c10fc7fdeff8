import { createHmac } from 'node:crypto';
import { toBase32 } from './base32.js';
import type { ClientAddress } from './client-address.js';
import type { Keys } from './keys.js';

/** What is known of an author: keyed, expiring, 16 bytes each. Without the keys they say nothing about an address. */
export interface AuthorTags {
  /** Changes every day: posting limits, and "the same author" within a day. */
  dayTag: Buffer;
  /** Stored as the origin of a post, under the current ban key `banKeyId`: the author, and the author's neighbourhood. */
  banTag: Buffer;
  rangeTag: Buffer;
  banKeyId: string;
  /** Both of them under every ban key that lives: what a ban is looked up by. */
  allBanTags: { keyId: string; tag: Buffer }[];
}

/** The tags of whoever is at `address`, now. */
export function toAuthorTags(keys: Keys, address: ClientAddress): AuthorTags {
  const allBanTags = keys.banKeys().flatMap(({ id, key }) => [
    { keyId: id, tag: toTag(key, 'client', address.prefix) },
    { keyId: id, tag: toTag(key, 'range', address.range) },
  ]);
  const [client, range] = allBanTags;
  if (client === undefined || range === undefined) throw new Error('There is no ban key.');
  return {
    dayTag: toTag(keys.dayKey().key, 'day', address.prefix),
    banTag: client.tag,
    rangeTag: range.tag,
    banKeyId: client.keyId,
    allBanTags,
  };
}

/**
 * What a moderator sees in place of an author: 5 signs, the same for one author's posts of one day, different for each moderator
 * and on each day of looking, so that nothing can be compared or kept.
 */
export function toViewTag(keys: Keys, view: { staffId: number; dayTag: Buffer }): string {
  const viewKey = createHmac('sha256', keys.dayKey().key).update(`view\0${view.staffId}`).digest();
  return toBase32(createHmac('sha256', viewKey).update(view.dayTag).digest(), 5);
}

function toTag(key: Buffer, scope: 'day' | 'client' | 'range', prefix: string): Buffer {
  return Buffer.from(createHmac('sha256', key).update(`${scope}\0${prefix}`).digest().subarray(0, 16));
}
