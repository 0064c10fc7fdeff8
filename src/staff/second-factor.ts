import { Secret, TOTP } from 'otpauth';
import QRCode from 'qrcode';
import { type SafeHtml, toSafeHtml } from '../http/safe-html.js';
import { seal, unseal } from '../identity/seal.js';

const STEP_SECONDS = 30;
const ENROLMENT_MINUTES = 15;

/** A new secret, 160 bits (RFC 4226, section 4), in base32 as authenticator apps take it. */
export function createSecondFactorSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** The secret as a picture that an authenticator app reads: an inline SVG of two paths without a word in it. */
export async function toEnrolmentPicture(secret: string, account: { name: string; site: string }): Promise<SafeHtml> {
  const address = toTotp(secret, account).toString();
  return toSafeHtml(await QRCode.toString(address, { type: 'svg', width: 240, margin: 4, errorCorrectionLevel: 'M' }));
}

/**
 * The time step (30 s, counted from 1970; RFC 6238) whose code was typed, or null when it is none of the present step and its
 * two neighbours. The caller must take each step once.
 */
export function findCodeStep(secret: string, typed: string, now: Date): number | null {
  const code = typed.replace(/[\s-]/g, '');
  if (!/^\d{6}$/.test(code)) return null;
  const delta = toTotp(secret).validate({ token: code, timestamp: now.getTime(), window: 1 });
  return delta === null ? null : Math.floor(now.getTime() / 1000 / STEP_SECONDS) + delta;
}

/** The secret as it is stored. It opens for this account alone, so that a row cannot be given another's. */
export function sealSecret(key: Buffer, staffId: number, secret: string): Buffer {
  return seal(key, Buffer.from(JSON.stringify({ staffId, secret })));
}

/** @throws Error when it was sealed under another key or for another account */
export function unsealSecret(key: Buffer, staffId: number, sealed: Buffer): string {
  const found: unknown = JSON.parse(unseal(key, sealed).toString());
  if (!isRecord(found) || found.staffId !== staffId || typeof found.secret !== 'string') {
    throw new Error('This second factor was sealed for another account.');
  }
  return found.secret;
}

/**
 * A new secret on its way through the enrolment page: a field that only this session can send back, within 15 minutes. The old
 * second factor stays in force until then, and nothing is stored for a page that was left.
 */
export function toEnrolmentField(key: Buffer, formToken: string, secret: string, now: Date): string {
  const until = now.getTime() + ENROLMENT_MINUTES * 60_000;
  return seal(key, Buffer.from(JSON.stringify({ formToken, secret, until }))).toString('base64url');
}

/** The secret of an enrolment field, or undefined when it is too old, of another session or not ours. */
export function findEnrolmentSecret(key: Buffer, formToken: string, field: string, now: Date): string | undefined {
  try {
    const found: unknown = JSON.parse(unseal(key, Buffer.from(field, 'base64url')).toString());
    if (!isRecord(found) || found.formToken !== formToken || typeof found.until !== 'number' || found.until < now.getTime()) return undefined;
    return typeof found.secret === 'string' ? found.secret : undefined;
  } catch {
    // Anything that does not open is a forged or damaged field.
    return undefined;
  }
}

function toTotp(secret: string, account?: { name: string; site: string }): TOTP {
  return new TOTP({ issuer: account?.site, label: account?.name, secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: STEP_SECONDS });
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
