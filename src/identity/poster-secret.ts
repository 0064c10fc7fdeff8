import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Whether visitors reach the board by https: then the cookie is bound to exactly this host, and no other name for it is read. */
interface Transport {
  isSecure: boolean;
}

const SECURE_COOKIE = /(?:^|;)\s*__Host-own=([\w-]{43})\s*(?:;|$)/;
const PLAIN_COOKIE = /(?:^|;)\s*own=([\w-]{43})\s*(?:;|$)/;

/**
 * The secret by which a browser may delete its own posts, or undefined when it has none. On https only the `__Host-` cookie counts:
 * a neighbouring site could plant a plain one and delete what is posted with it.
 */
export function readPosterSecret(req: IncomingMessage, transport: Transport): string | undefined {
  return findSecret(req.headers.cookie, transport);
}

/**
 * The browser's secret; a new one (256 random bits) is set as a cookie when it has none yet. Called when a post is made and at no
 * other time: readers get no cookies. The cookie lasts as long as the browser session.
 */
export function ensurePosterSecret(req: IncomingMessage, res: ServerResponse, transport: Transport): string {
  const known = readPosterSecret(req, transport) ?? findIssued(res, transport);
  if (known !== undefined) return known;
  const secret = randomBytes(32).toString('base64url');
  const cookie = transport.isSecure ? `__Host-own=${secret}; Secure` : `own=${secret}`;
  res.appendHeader('Set-Cookie', `${cookie}; Path=/; HttpOnly; SameSite=Strict`);
  return secret;
}

/** What is stored of the secret: one hash a post, so that rows of the same poster cannot be linked to each other. */
export function toSecretHash(secret: string, postId: number): Buffer {
  return createHash('sha256').update(createHmac('sha256', secret).update(String(postId)).digest()).digest();
}

/** Whether `secret` is the one that the post `postId` was made with; the time it takes does not depend on the answer. */
export function isPosterSecret(hash: Buffer | null, secret: string | undefined, postId: number): boolean {
  if (hash === null || secret === undefined) return false;
  const ours = toSecretHash(secret, postId);
  return hash.length === ours.length && timingSafeEqual(hash, ours);
}

function findSecret(cookies: string | undefined, { isSecure }: Transport): string | undefined {
  return (isSecure ? SECURE_COOKIE : PLAIN_COOKIE).exec(cookies ?? '')?.[1];
}

/** The secret that this very answer sets already: asked twice, the poster still gets one. */
function findIssued(res: ServerResponse, transport: Transport): string | undefined {
  const set = [res.getHeader('Set-Cookie') ?? []].flat().map(String);
  return set.map((cookie) => findSecret(cookie, transport)).find((secret) => secret !== undefined);
}
