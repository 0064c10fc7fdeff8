import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';
import accounts from 's3rver/lib/models/account.js';
import type { S3Settings } from '../../src/uploads/s3-client.js';

/** A real S3 store on loopback, with a bucket that is not made yet. It can go away and come back with what it holds. */
export async function startS3Store() {
  const directory = await mkdtemp(join(tmpdir(), 'quoth-s3-'));
  const account = { accessKeyId: `key-${randomBytes(6).toString('hex')}`, secretAccessKey: randomBytes(20).toString('hex') };
  accounts.DUMMY_ACCOUNT.createKeyPair(account.accessKeyId, account.secretAccessKey);
  const open = (port: number) => new S3rver({ address: '127.0.0.1', port, silent: true, directory, vhostBuckets: false });
  let store: S3rver | undefined = open(0);
  const { port } = await store.run();
  const settings: S3Settings = { endpoint: `http://127.0.0.1:${port}`, bucket: 'pictures', region: 'us-east-1', ...account };

  async function goAway(): Promise<void> {
    const closed = store?.close();
    store?.httpServer.closeAllConnections();
    store = undefined;
    await closed;
  }

  return {
    settings,
    /** The same as the board takes it. */
    env: {
      S3_ENDPOINT: settings.endpoint,
      S3_BUCKET: settings.bucket,
      S3_REGION: settings.region,
      S3_ACCESS_KEY_ID: settings.accessKeyId,
      S3_SECRET_ACCESS_KEY: settings.secretAccessKey,
    },
    goAway,
    async comeBack(): Promise<void> {
      store = open(port);
      await store.run();
    },
    /** The keys of all objects in the bucket, as they lie on the disk. */
    async listKeys(): Promise<string[]> {
      const files = await readdir(join(directory, settings.bucket), { recursive: true, encoding: 'utf8' }).catch(() => []);
      return files.filter((file) => file.endsWith('._S3rver_object')).map((file) => file.slice(0, -'._S3rver_object'.length)).sort();
    },
    /** What the store knows of an object, as JSON. */
    readMetadata: (key: string) => readFile(join(directory, settings.bucket, `${key}._S3rver_metadata.json`), 'utf8'),
    async close(): Promise<void> {
      await goAway();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
