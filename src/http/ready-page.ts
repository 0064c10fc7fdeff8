import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

export type Encoding = 'br' | 'gzip' | 'identity';

/** A finished page in every form in which it goes out. Each form is made once, when somebody first asks for it. */
export interface ReadyPage {
  /** A hash of the bytes: the heart of its ETags. */
  readonly tag: string;
  readonly plain: Buffer;
  /** The bytes in an encoding: at once when they are there, later when they are still being made. */
  encode: (encoding: Encoding) => Buffer | Promise<Buffer>;
}

/** Below so many bytes compression saves nothing worth its time. */
const leastCompressed = 1024;

/** Makes a page of its HTML. Compression runs beside the event loop: brotli 5 and gzip 6 are small and quick at such sizes. */
export function createReadyPage(html: string): ReadyPage {
  const plain = Buffer.from(html);
  const made = new Map<Encoding, Buffer | Promise<Buffer>>([['identity', plain]]);
  return {
    tag: createHash('sha256').update(plain).digest('base64url').slice(0, 22),
    plain,
    encode(encoding) {
      const known = made.get(encoding);
      if (known !== undefined) return known;
      const making = compress(plain, encoding).then((bytes) => {
        made.set(encoding, bytes);
        return bytes;
      });
      made.set(encoding, making);
      return making;
    },
  };
}

function compress(plain: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'gzip') return compressGzip(plain, { level: 6 });
  return compressBrotli(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
}

/**
 * For a moment a shared cache may hold a page and show it while it asks for the next one; a browser asks every time, and mostly
 * hears that nothing has changed (RFC 9111, RFC 5861).
 */
const shared = 'public, max-age=0, s-maxage=1, stale-while-revalidate=1';

/**
 * Answers with a page: 304 when the client holds these bytes already. Headers that are set on the answer go along.
 */
export function sendReady(req: IncomingMessage, res: ServerResponse, page: ReadyPage): void | Promise<void> {
  const encoding = page.plain.length < leastCompressed ? 'identity' : pickEncoding(req.headers['accept-encoding']);
  res.setHeader('Cache-Control', shared);
  res.setHeader('Vary', 'Accept-Encoding, Accept-Language');
  res.setHeader('ETag', `"${page.tag}${encoding === 'identity' ? '' : `-${encoding}`}"`);
  if (req.headers['if-none-match']?.includes(page.tag)) {
    res.statusCode = 304;
    res.end();
    return;
  }
  const body = page.encode(encoding);
  if (Buffer.isBuffer(body)) return sendBytes(req, res, encoding, body);
  return body.then((bytes) => sendBytes(req, res, encoding, bytes));
}

function sendBytes(req: IncomingMessage, res: ServerResponse, encoding: Encoding, body: Buffer): void {
  if (encoding !== 'identity') res.setHeader('Content-Encoding', encoding);
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  res.setHeader('Content-Length', body.length);
  res.end(req.method === 'HEAD' ? undefined : body);
}

const picked = new Map<string, Encoding>();

/** The best encoding that an Accept-Encoding allows: brotli, else gzip, else none. What is listed with a weight of 0 is not allowed. */
export function pickEncoding(header: string | string[] | undefined): Encoding {
  const text = String(header ?? '');
  const known = picked.get(text);
  if (known !== undefined) return known;
  const allowed = text
    .toLowerCase()
    .split(',')
    .map((part) => part.split(';').map((word) => word.trim()))
    .filter(([, weight]) => weight === undefined || !/^q=0(?:\.0*)?$/.test(weight))
    .map(([name]) => name);
  const best = allowed.includes('br') ? 'br' : allowed.includes('gzip') ? 'gzip' : 'identity';
  if (picked.size < 200) picked.set(text, best);
  return best;
}
