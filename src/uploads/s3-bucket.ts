import { Readable } from 'node:stream';
import type { OpenMedia } from './media-storage.js';
import type { S3Client } from './s3-client.js';
import { mediaAway } from './upload-errors.js';

/** What can be done with the objects of a bucket, by their keys. A fault of the store is a `mediaAway` throughout. */
export interface S3Bucket {
  put: (key: string, body: Buffer, headers: Record<string, string>) => Promise<void>;
  /** False when there is no such object. With `headers` the copy has those instead of the object's own. */
  copy: (from: string, to: string, headers?: Record<string, string>) => Promise<boolean>;
  /** An object that is not there is fine. */
  remove: (key: string) => Promise<void>;
  head: (key: string) => Promise<Headers | undefined>;
  open: (key: string, range?: string) => Promise<OpenMedia | undefined>;
  /** In the order of the keys, by the first version of the list: its pages go on by a key, which every store understands. */
  list: (prefix: string) => AsyncIterable<{ key: string; modifiedAt: Date }>;
}

/** A reader that breaks off goes on from where it was, so often without a byte in between. */
const mostResumes = 3;
/** So long a store may be silent while it is read from. */
const silenceMs = 20_000;

/** `pageLength`: so many objects come with one answer of a list. */
export function createS3Bucket(client: S3Client, { pageLength = 1000 }: { pageLength?: number } = {}): S3Bucket {
  const { ask, begin, bucket } = client;

  async function head(key: string): Promise<Headers | undefined> {
    const { status, headers } = await ask({ method: 'HEAD', key });
    if (status === 404) return undefined;
    assertStatus(status, '', 200);
    return headers;
  }

  async function open(key: string, range?: string): Promise<OpenMedia | undefined> {
    const answer = await begin({ method: 'GET', key, headers: range === undefined ? {} : { Range: range } });
    if (answer.status !== 200 && answer.status !== 206) await answer.body?.cancel();
    if (answer.status === 404) return undefined;
    if (answer.status === 416) return { bytes: Number((await head(key))?.get('content-length') ?? 0), part: 'beyondEnd' };
    assertStatus(answer.status, '', 200, 206);
    const { bytes, first, last } = readSpan(answer);
    const stream = Readable.from(readResuming(answer, { first, last }, (rest) => begin({ method: 'GET', key, headers: { Range: rest } })), { objectMode: false });
    return { bytes, part: { first, last, stream } };
  }

  return {
    async put(key, body, headers) {
      const { status, text } = await ask({ method: 'PUT', key, body, headers });
      assertStatus(status, text, 200);
    },
    async copy(from, to, headers) {
      const replaced = headers === undefined ? {} : { ...headers, 'x-amz-metadata-directive': 'REPLACE' };
      const { status, text } = await ask({ method: 'PUT', key: to, headers: { ...replaced, 'x-amz-copy-source': `/${bucket}/${from}` } });
      if (status === 404) return false;
      assertStatus(status, text, 200);
      // A copy that fails half way is told in an answer that began well.
      if (/<Error>/.test(text)) throw mediaAway();
      return true;
    },
    async remove(key) {
      const { status, text } = await ask({ method: 'DELETE', key });
      assertStatus(status, text, 200, 204, 404);
    },
    head,
    open,
    async *list(prefix) {
      for (let marker = ''; ; ) {
        const { status, text } = await ask({ method: 'GET', query: { 'max-keys': String(pageLength), prefix, marker } });
        assertStatus(status, text, 200);
        const entries = readEntries(text);
        yield* entries;
        marker = entries.at(-1)?.key ?? '';
        if (readTag(text, 'IsTruncated') !== 'true' || marker === '') return;
      }
    },
  };
}

/** What a store refuses is a fault of the settings or of ours, and says nothing to a visitor. */
function assertStatus(status: number, text: string, ...expected: number[]): void {
  if (!expected.includes(status)) throw new Error(`The S3 store answered ${status} ${readTag(text, 'Code') ?? ''}`.trim());
}

function readSpan(answer: Response): { bytes: number; first: number; last: number } {
  const [, first, last, bytes] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.headers.get('content-range') ?? '') ?? [];
  if (answer.status === 206 && bytes !== undefined) return { bytes: Number(bytes), first: Number(first), last: Number(last) };
  const length = Number(answer.headers.get('content-length'));
  return { bytes: length, first: 0, last: length - 1 };
}

/** The bytes of an answer; when it breaks off, those that are missing are asked for. @throws mediaAway when they cannot be had */
async function* readResuming(answer: Response, span: { first: number; last: number }, begin: (range: string) => Promise<Response>): AsyncIterable<Buffer> {
  let next = span.first;
  let from: Response | undefined = answer;
  for (let tries = 0; next <= span.last; tries += 1) {
    if (tries > mostResumes) throw mediaAway();
    from ??= await resume(begin, `bytes=${next}-${span.last}`);
    for await (const chunk of readChunks(from)) {
      tries = 0;
      next += chunk.length;
      yield chunk;
    }
    from = undefined;
  }
}

async function resume(begin: (range: string) => Promise<Response>, range: string): Promise<Response> {
  const answer = await begin(range);
  if (answer.status === 206) return answer;
  await answer.body?.cancel();
  throw mediaAway();
}

/** Ends where the body ends, well or not. */
async function* readChunks(answer: Response): AsyncIterable<Buffer> {
  const reader = answer.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const silence = new AbortController();
      const late = setTimeout(() => silence.abort(), silenceMs);
      silence.signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined));
      const { done, value } = await reader.read().catch(() => ({ done: true as const, value: undefined })).finally(() => clearTimeout(late));
      if (done) return;
      yield Buffer.from(value);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** As much of the XML of a list as is needed: our keys hold no sign that would be written differently. */
function readEntries(text: string): { key: string; modifiedAt: Date }[] {
  const entries = text.split('</Contents>').slice(0, -1).map((piece) => piece.slice(piece.indexOf('<Contents>')));
  return entries.flatMap((entry) => {
    const [key, modified] = [readTag(entry, 'Key'), readTag(entry, 'LastModified')];
    return key === undefined || modified === undefined ? [] : [{ key, modifiedAt: new Date(modified) }];
  });
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#39': "'", '#34': '"' };

function readTag(text: string, name: string): string | undefined {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  return found?.replace(/&(#?\w+);/g, (whole, entity: string) => entities[entity] ?? whole);
}
