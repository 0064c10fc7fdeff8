import { hasForbiddenCharacter, normalizeLine } from '../markup/normalize-text.js';
import type { Keys } from '../identity/keys.js';
import { splitName, toTripcode } from '../identity/tripcode.js';
import { forbiddenCharacter, nameTooLong } from './posting-errors.js';

/** A name field may hold so many UTF-16 units, the tripcode's secret included. */
export const longestName = 100;

/** A typed name with the secret cut off. The secret is never stored, logged or sent back. */
export interface TypedName {
  name: string;
  secret: string | null;
  /** Of what was typed, secret included. */
  length: number;
}

export const readName = (typed: string): TypedName => ({ ...splitName(typed), length: typed.length });

/** @throws forbiddenCharacter, nameTooLong */
export function assertNameAcceptable(typed: TypedName): void {
  if (hasForbiddenCharacter(typed.name) || (typed.secret !== null && hasForbiddenCharacter(typed.secret))) throw forbiddenCharacter('name');
  if (typed.length > longestName) throw nameTooLong(longestName);
}

/** What could be taken for a tripcode loses its sign: only a secret makes one. */
const likeTripcode = /(?<!!)!+(?=\s*[0-9a-z]{10})/gi;

/** What a post shows of a name: one tidy line (empty for nobody in particular) and the tripcode of its secret. */
export function toPosterName(keys: Keys, typed: TypedName): { name: string; tripcode: string | null } {
  return { name: normalizeLine(typed.name).replaceAll(likeTripcode, ''), tripcode: typed.secret === null ? null : toTripcode(keys, typed.secret) };
}
