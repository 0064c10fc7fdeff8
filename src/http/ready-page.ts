import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { keepBytes } from './keep-bytes.js';

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
  /** The headers of an answer with `length` bytes in an encoding, flat, behind those of `before`; made once, and not to be changed. Without a length, of a 304. */
  head: (encoding: Encoding, length: number | undefined, before: readonly string[]) => string[];
}

/** Below so many bytes compression saves nothing worth its time. */
const leastCompressed = 1024;

/** What a page is written in. JSON is what open pages ask for, and only a board itself knows how long it is right. */
export type PageForm = 'html' | 'json';

/**
 * Makes a page of its text or bytes. Compression runs beside the event loop: brotli 5 and gzip 5 are small and quick at such sizes. A
 * thread of 500 posts would be 0.6 % smaller with gzip 6, and its first reader would wait a quarter longer for it.
 */
export function createReadyPage(content: string | Buffer, form: PageForm = 'html'): ReadyPage {
  const plain = keepBytes(content);
  const tag = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  const made = new Map<Encoding, Buffer | Promise<Buffer>>([['identity', plain]]);
  const heads = new Map<string, { before: readonly string[]; head: string[] }>();
  return {
    tag,
    plain,
    head(encoding, length, before) {
      const name = length === undefined ? `304 ${encoding}` : encoding;
      const known = heads.get(name);
      if (known?.before === before) return known.head;
      const head = [...before, ...toHeaders(tag, form, encoding, length)];
      heads.set(name, { before, head });
      return head;
    },
    encode(encoding) {
      const known = made.get(encoding);
      if (known !== undefined) return known;
      const making = compress(plain, encoding).then((compressed) => {
        const bytes = keepBytes(compressed);
        made.set(encoding, bytes);
        return bytes;
      });
      made.set(encoding, making);
      return making;
    },
  };
}

function compress(plain: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'gzip') return compressGzip(plain, { level: 5 });
  return compressBrotli(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
}

/**
 * For a moment a shared cache may hold a page and show it while it asks for the next one; a browser asks every time, and mostly
 * hears that nothing has changed (RFC 9111, RFC 5861).
 */
const forms = {
  html: { caching: 'public, max-age=0, s-maxage=1, stale-while-revalidate=1', type: 'text/html; charset=utf-8' },
  json: { caching: 'no-store', type: 'application/json; charset=utf-8' },
};

function toHeaders(tag: string, form: PageForm, encoding: Encoding, length: number | undefined): string[] {
  const isCompressed = encoding !== 'identity';
  const { caching, type } = forms[form];
  const headers = ['Cache-Control', caching, 'Vary', 'Accept-Encoding, Accept-Language', 'ETag', `"${tag}${isCompressed ? `-${encoding}` : ''}"`];
  if (length === undefined) return headers;
  return [...headers, ...(isCompressed ? ['Content-Encoding', encoding] : []), 'Content-Type', type, 'Content-Length', String(length)];
}

const nothing: readonly string[] = [];

/**
 * Answers with a page: 304 when the client holds these bytes already. Headers that are set on the answer, and those of `before`
 * (names and values in turn), go along.
 */
export function sendReady(req: IncomingMessage, res: ServerResponse, page: ReadyPage, before: readonly string[] = nothing): void | Promise<void> {
  const encoding = page.plain.length < leastCompressed ? 'identity' : pickEncoding(req.headers['accept-encoding']);
  if (req.headers['if-none-match']?.includes(page.tag)) {
    res.writeHead(304, page.head(encoding, undefined, before)).end();
    return;
  }
  const send = (body: Buffer) => {
    res.writeHead(200, page.head(encoding, body.length, before)).end(req.method === 'HEAD' ? undefined : body);
  };
  const body = page.encode(encoding);
  if (Buffer.isBuffer(body)) send(body);
  else return body.then(send);
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
