import { notFound } from './errors.js';

/** A positive whole number from an address, of at most 15 digits. @throws notFound on anything else */
export function toNumberParam(text: string | string[] | undefined): number {
  if (typeof text !== 'string' || !/^[1-9]\d{0,14}$/.test(text)) throw notFound();
  return Number(text);
}

/** One value of a query or form as text: the empty string when it is missing or not single. */
export function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
