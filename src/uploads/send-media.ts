import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { type ByteRange, type MediaPlace, type MediaStorage, toMediaType } from './media-storage.js';

/**
 * How long a picture may be kept: a name never means other bytes, so a browser asks once. A cache that many share asks every five
 * minutes, so that what was removed does not live on in it.
 */
export const MEDIA_LIFE = 'public, max-age=31536000, s-maxage=300, immutable';

/** The headers of every stored picture: the type comes from our own name alone, and nothing in a file can run as a page. */
export function toMediaHeaders(name: string): Record<string, string> {
  return {
    'Content-Type': toMediaType(name),
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Content-Disposition': `inline; filename="${name}"`,
  };
}

/**
 * Answers GET and HEAD with a stored file, or says that there is none. With an ETag among `headers` a reader who has the file gets 304,
 * and one part of it can be asked for (206, or 416 behind its end).
 */
export async function sendMedia(
  storage: Pick<MediaStorage, 'find' | 'open'>,
  place: MediaPlace,
  name: string,
  headers: Record<string, string>,
  { req, res }: { req: Request; res: Response },
): Promise<boolean> {
  const etag = headers['ETag'];
  if (etag !== undefined && isHeld(req, etag)) {
    if ((await storage.find(name, place)) === undefined) return false;
    res.status(304).set({ ETag: etag, 'Cache-Control': headers['Cache-Control'] }).end();
    return true;
  }
  const ranges = etag === undefined ? {} : { 'Accept-Ranges': 'bytes' };
  if (req.method === 'HEAD') {
    const found = await storage.find(name, place);
    if (found === undefined) return false;
    res.set({ ...headers, ...ranges, 'Content-Length': String(found.bytes) }).end();
    return true;
  }
  const range = etag === undefined ? undefined : readRange(req, etag);
  const found = await storage.open(name, place, range);
  if (found === undefined) return false;
  const { bytes, part } = found;
  if (part === 'beyondEnd') {
    const { 'Content-Type': _type, 'Cache-Control': _life, ...others } = headers;
    res.status(416).set({ ...others, 'Content-Range': `bytes */${bytes}` }).end();
    return true;
  }
  res.set({ ...headers, ...ranges, 'Content-Length': String(part.last - part.first + 1) });
  if (range !== undefined) res.status(206).set('Content-Range', `bytes ${part.first}-${part.last}/${bytes}`);
  // A reader who goes away, or a store that breaks off, ends the answer where it is.
  await pipeline(part.stream, res).catch(() => res.destroy());
  return true;
}

function isHeld(req: Request, etag: string): boolean {
  const held = req.headers['if-none-match'] ?? '';
  return held.trim() === '*' || held.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** The one part of a file that a request asks for. Of several parts, and of a file that the reader's is not, all is sent. */
function readRange(req: Request, etag: string): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(req.headers.range ?? '') ?? [];
  const condition = req.headers['if-range'];
  if (first + last === '' || (condition !== undefined && condition !== etag)) return undefined;
  if (first === '') return { suffix: Number(last) };
  if (last === '') return { first: Number(first) };
  return Number(last) < Number(first) ? undefined : { first: Number(first), last: Number(last) };
}
