import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { UserError } from '../http/errors.js';
import { diskFull, mediaAway } from './upload-errors.js';

/** An S3 store, as the settings S3_* name it. */
export interface S3Settings {
  endpoint: string;
  bucket: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** One question to the store. Without a key it is about the bucket. */
export interface S3Request {
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  key?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: Buffer;
}

/** Speaks to an S3 store. Faults of the store or of the way to it are tried again for some seconds; what it refuses is an answer. */
export interface S3Client {
  bucket: string;
  /** The whole answer. @throws mediaAway, diskFull */
  ask: (request: S3Request) => Promise<{ status: number; headers: Headers; text: string }>;
  /** An answer whose body is still on its way: the caller reads or cancels it. @throws mediaAway */
  begin: (request: S3Request) => Promise<Response>;
}

/** Milliseconds: of one try, of all tries together. What happens inside a transaction must end before the database gives up on it. */
const patience = { short: { tryMs: 4_000, allMs: 8_000 }, withBody: { tryMs: 20_000, allMs: 30_000 } };
const firstPauseMs = 100;
const mostTries = 4;
/** After a failure nobody asks for a moment, and then only once each, until one has been answered. */
const restMs = 1_000;

/** The bucket is part of the path: that works with every store, and needs no names of its own in the DNS. */
export function createS3Client(settings: S3Settings): S3Client {
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = settings;
  const signer = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3' });
  let failedAt: number | undefined;

  async function tryOnce<T>({ method, key = '', query = {}, headers = {}, body }: S3Request, tryMs: number, take: (answer: Response) => Promise<T>): Promise<T> {
    const url = new URL(`${endpoint}/${bucket}/${key}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const sum = createHash('sha256').update(body ?? '').digest('hex');
    const request = await signer.sign(url.href, { method, headers: { ...headers, 'X-Amz-Content-Sha256': sum }, body });
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), tryMs);
    try {
      return await take(await fetch(request, { redirect: 'manual', signal: ending.signal }));
    } finally {
      clearTimeout(timer);
    }
  }

  async function send<T>(request: S3Request, take: (answer: Response) => Promise<T>): Promise<T> {
    const { tryMs, allMs } = request.body === undefined ? patience.short : patience.withBody;
    const isDown = failedAt !== undefined;
    if (failedAt !== undefined && Date.now() - failedAt < restMs) throw mediaAway();
    const until = Date.now() + allMs;
    for (let [tries, pauseMs] = [1, firstPauseMs]; ; [tries, pauseMs] = [tries + 1, pauseMs * 3]) {
      const taken = await tryOnce(request, Math.min(tryMs, until - Date.now()), async (answer) => {
        if (answer.status === 507) throw diskFull();
        if (answer.status >= 500 || answer.status === 429) throw new Error(`The store answers ${answer.status}`);
        return { value: await take(answer) };
      }).catch((error: unknown) => {
        if (error instanceof UserError) throw error;
        return undefined;
      });
      if (taken !== undefined) {
        failedAt = undefined;
        return taken.value;
      }
      if (isDown || tries === mostTries || Date.now() + pauseMs >= until) break;
      await wait(pauseMs);
    }
    failedAt = Date.now();
    throw mediaAway();
  }

  return {
    bucket,
    ask: (request) => send(request, async (answer) => ({ status: answer.status, headers: answer.headers, text: await answer.text() })),
    begin: (request) => send(request, (answer) => Promise.resolve(answer)),
  };
}
