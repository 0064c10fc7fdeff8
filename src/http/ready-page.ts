import { createHash } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
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
  /** The head of an answer with `length` bytes in an encoding; made once. Without a length, of a 304. */
  head: (encoding: Encoding, length: number | undefined) => ReadyHead;
}

/** The headers that are a page's own, without those of every answer. */
export interface ReadyHead {
  /** Names and values in turn; not to be changed. */
  readonly headers: string[];
  /** As they go over the wire, with the empty line that ends them. */
  readonly lines: Buffer;
}

/** Answers with a page's head, and its bytes unless there are none to send. */
export type SendAnswer = (res: ServerResponse, status: 200 | 304, head: ReadyHead, body: Buffer | undefined) => void;

const notModified = { br: '304 br', gzip: '304 gzip', identity: '304 identity' };

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
  const heads = new Map<string, ReadyHead>();
  return {
    tag,
    plain,
    head(encoding, length) {
      const name = length === undefined ? notModified[encoding] : encoding;
      const known = heads.get(name);
      if (known !== undefined) return known;
      const headers = toHeaders(tag, form, encoding, length);
      const head = { headers, lines: keepBytes(`${toHeaderLines(headers)}\r\n`) };
      heads.set(name, head);
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

/** Names and values in turn as they go over the wire, a line each. @throws TypeError for what a header may not have in it */
export function toHeaderLines(headers: readonly string[]): string {
  let lines = '';
  for (let index = 0; index < headers.length; index += 2) {
    const [name = '', value = ''] = headers.slice(index, index + 2);
    validateHeaderName(name);
    validateHeaderValue(name, value);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** Headers that are set on the answer go along. */
const sendUsually: SendAnswer = (res, status, head, body) => {
  res.writeHead(status, head.headers).end(res.req.method === 'HEAD' ? undefined : body);
};

/** Answers with a page: 304 when the client holds these bytes already. */
export function sendReady(req: IncomingMessage, res: ServerResponse, page: ReadyPage, send: SendAnswer = sendUsually): void | Promise<void> {
  const encoding = page.plain.length < leastCompressed ? 'identity' : pickEncoding(req.headers['accept-encoding']);
  if (req.headers['if-none-match']?.includes(page.tag)) {
    send(res, 304, page.head(encoding, undefined), undefined);
    return;
  }
  const body = page.encode(encoding);
  if (!Buffer.isBuffer(body)) return body.then((bytes) => send(res, 200, page.head(encoding, bytes.length), bytes));
  send(res, 200, page.head(encoding, body.length), body);
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
