import { join } from 'node:path';
import type { Config } from '../config.js';
import { UserError } from '../http/errors.js';
import type { Log } from '../log.js';
import { createLocalMediaStorage, type MediaStorage } from './media-storage.js';
import { createS3Bucket } from './s3-bucket.js';
import { createS3Client, type S3Client, type S3Settings } from './s3-client.js';
import { createS3MediaStorage } from './s3-media.js';

/**
 * Opens the place of all media: a bucket when the settings S3_* name one, else a folder of the data directory. `mayMakeBucket` tells whether
 * a missing bucket is no loss, because no post has a picture yet. A store that is away is no reason not to start: posts can be read.
 * @throws Error with a sentence that names the setting when the store refuses
 */
export async function openMediaStorage(
  config: Readonly<Config>,
  parts: { now: () => Date; log: Pick<Log, 'error' | 'warn' | 'info'>; mayMakeBucket: () => Promise<boolean> },
): Promise<MediaStorage> {
  const { now, log, mayMakeBucket } = parts;
  const settings = toS3Settings(config);
  if (settings === undefined) return createLocalMediaStorage({ dir: join(config.dataDir, 'media'), now });
  const client = createS3Client(settings);
  try {
    await assertUsable(client, settings, mayMakeBucket);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.warn('media.away', { meaning: 'The store that S3_ENDPOINT names cannot be reached at the moment.' });
  }
  return createS3MediaStorage({ bucket: createS3Bucket(client), log });
}

/** The five belong together: readConfig sees to it that there are all or none. */
function toS3Settings(config: Readonly<Config>): S3Settings | undefined {
  const { s3Endpoint: endpoint, s3Bucket: bucket, s3Region: region, s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey } = config;
  if (endpoint === undefined || bucket === undefined || region === undefined || accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { endpoint, bucket, region, accessKeyId, secretAccessKey };
}

async function assertUsable(client: S3Client, settings: S3Settings, mayMakeBucket: () => Promise<boolean>): Promise<void> {
  const { status, text } = await client.ask({ method: 'GET', query: { 'max-keys': '1' } });
  if (status === 200 && text.includes('<ListBucketResult')) return;
  const isMissing = status === 404 && text.includes('<Code>NoSuchBucket</Code>');
  if (isMissing && (await mayMakeBucket())) return makeBucket(client, settings);
  if (isMissing) throw new Error(`S3_BUCKET ${settings.bucket} is not there, and posts have pictures that must be in it.`);
  throw new Error(toRefusal(status));
}

async function makeBucket(client: S3Client, { region, bucket }: S3Settings): Promise<void> {
  const place = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
  const body = region === 'us-east-1' ? undefined : Buffer.from(place);
  const { status } = await client.ask({ method: 'PUT', body });
  if (status !== 200) throw new Error(`S3_BUCKET ${bucket} is not there, and cannot be made: ${toRefusal(status)}`);
}

function toRefusal(status: number): string {
  if (status === 401 || status === 403) return 'The store that S3_ENDPOINT names refuses S3_ACCESS_KEY_ID with S3_SECRET_ACCESS_KEY, or they may not use S3_BUCKET.';
  if (status === 400 || status === 301 || status === 307) return `The store that S3_ENDPOINT names does not take S3_REGION or S3_BUCKET (${status}).`;
  return `The store that S3_ENDPOINT names answers ${status}: it may be no S3 store.`;
}
