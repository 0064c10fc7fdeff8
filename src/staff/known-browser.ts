import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { readCookie } from '../http/request.js';

const HALF_A_YEAR = 182 * 86_400_000;

/**
 * Whether this browser has been logged in completely to the account `nameKey` before. It opens nothing; but while strangers guess
 * at an account and are held off all together, its owner is not held off with them.
 */
export function isKnownBrowser(req: Request, key: Buffer, nameKey: string, isSecure: boolean): boolean {
  const [nonce, mark] = (readCookie(req, toCookieName(isSecure)) ?? '').split('.');
  if (nonce === undefined || mark === undefined) return false;
  const sent = Buffer.from(mark);
  const ours = Buffer.from(toMark(key, nameKey, nonce));
  return sent.length === ours.length && timingSafeEqual(sent, ours);
}

/** Remembers in the browser that the login to `nameKey` was completed. */
export function rememberBrowser(res: Response, key: Buffer, nameKey: string, isSecure: boolean): void {
  const nonce = randomBytes(16).toString('base64url');
  const options = { httpOnly: true, sameSite: 'strict', path: '/', secure: isSecure, maxAge: HALF_A_YEAR } as const;
  res.cookie(toCookieName(isSecure), `${nonce}.${toMark(key, nameKey, nonce)}`, options);
}

const toCookieName = (isSecure: boolean) => (isSecure ? '__Host-staff-known' : 'staff-known');

function toMark(key: Buffer, nameKey: string, nonce: string): string {
  return createHmac('sha256', key).update(`known browser\0${nonce}\0${nameKey}`).digest('base64url');
}
