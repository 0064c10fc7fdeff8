import { nameInvalid } from './staff-errors.js';

/** A staff name as it is shown: single spaces, composed letters. Undefined unless it has 2 to 32 letters, digits, spaces or `._-`. */
export function findStaffName(typed: string): string | undefined {
  const name = tidy(typed);
  return name.length <= 32 && /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._-]+$/u.test(name) ? name : undefined;
}

/** @throws nameInvalid as findStaffName says */
export function toStaffName(typed: string): string {
  const name = findStaffName(typed);
  if (name === undefined) throw nameInvalid();
  return name;
}

/** The name folded: two names with the same key are one account. */
export const toNameKey = (name: string) => tidy(name).toLowerCase();

const tidy = (typed: string) => typed.normalize('NFKC').trim().replace(/\s+/g, ' ');
