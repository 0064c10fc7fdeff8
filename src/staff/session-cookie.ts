import { createHash, randomBytes } from 'node:crypto';
import type { Response } from 'express';

const SECURE_COOKIE = /(?:^|;)\s*__Host-staff=([\w-]{43})\s*(?:;|$)/;
const PLAIN_COOKIE = /(?:^|;)\s*staff=([\w-]{43})\s*(?:;|$)/;

/** A new session id: 256 random bits. */
export const createSessionId = () => randomBytes(32).toString('base64url');

/** What is stored of a session id; it cannot be turned back, so who reads the table cannot log in. */
export const hashSessionId = (id: string) => createHash('sha256').update(id).digest();

/**
 * The session id in a Cookie header, or undefined. On https only the `__Host-` cookie counts: a neighbouring site could plant a
 * plain one.
 */
export function findSessionId(cookies: string | undefined, isSecure: boolean): string | undefined {
  return (isSecure ? SECURE_COOKIE : PLAIN_COOKIE).exec(cookies ?? '')?.[1];
}

/** Hands the session to the browser, until it is closed: how long a session lasts is the server's to say. */
export function setSessionCookie(res: Response, id: string, isSecure: boolean): void {
  res.cookie(toCookieName(isSecure), id, toCookieOptions(isSecure));
}

export function clearSessionCookie(res: Response, isSecure: boolean): void {
  res.clearCookie(toCookieName(isSecure), toCookieOptions(isSecure));
}

const toCookieName = (isSecure: boolean) => (isSecure ? '__Host-staff' : 'staff');
const toCookieOptions = (isSecure: boolean) => ({ httpOnly: true, sameSite: 'strict', path: '/', secure: isSecure }) as const;
