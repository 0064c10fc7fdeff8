import { readFile, rm } from 'node:fs/promises';
import type { Log } from '../log.js';
import { isMediaName, type MediaPlace, type MediaStorage } from './media-storage.js';
import type { S3Bucket } from './s3-bucket.js';
import { MEDIA_LIFE, toMediaHeaders } from './send-media.js';

/*
 * What lies in the bucket:
 *   media/<name>            public pictures: an address in front of the store may show these to everybody, and nothing else
 *   private/<name>          those of removed posts
 *   copies/<name>/<other>   empty; says that a picture was brought back under another name, so that both are destroyed together
 */
const prefixes: Record<MediaPlace, string> = { public: 'media/', private: 'private/' };
const places = ['public', 'private'] as const;
/** On a copy: the name that it had before. */
const formerName = 'x-amz-meta-former-name';

/** What could not be hidden because the store was away is tried again so often (ms). */
const usualRetryMs = 5_000;

/**
 * Keeps media in a bucket of an S3 store, under flat keys. What is listed carries the time of the store's own clock. A picture that cannot be hidden
 * now is not shown from here any more, and is hidden when the store is back.
 */
export function createS3MediaStorage(options: { bucket: S3Bucket; log: Pick<Log, 'error' | 'info'>; retryMs?: number }): MediaStorage {
  const { bucket, log, retryMs = usualRetryMs } = options;
  const takeTurn = createTurns();
  const late = createLateHiding(hideNow, { log, retryMs });

  async function hideNow(name: string): Promise<void> {
    await takeTurn(name, async () => {
      if (!(await bucket.copy(toKey(name, 'public'), toKey(name, 'private')))) return;
      await bucket.remove(toKey(name, 'public'));
    });
  }

  async function removeName(name: string): Promise<void> {
    await takeTurn(name, async () => {
      for (const place of places) await bucket.remove(toKey(name, place));
    });
    for await (const { key } of bucket.list(toCopyKey(name, ''))) await bucket.remove(key);
  }

  return {
    async put(tempPath, name) {
      try {
        await bucket.put(toKey(name, 'public'), await readFile(tempPath), toObjectHeaders(name));
      } finally {
        await rm(tempPath, { force: true });
      }
    },

    async hide(name) {
      toKey(name, 'public');
      await hideNow(name).catch((error: unknown) => late.add(name, error));
    },

    async restore(name, newName) {
      const [key, mark] = [toKey(newName, 'public'), toCopyKey(name, newName)];
      await bucket.put(mark, Buffer.alloc(0), {});
      for (const place of ['private', 'public'] as const) {
        if (await bucket.copy(toKey(name, place), key, { ...toObjectHeaders(newName), [formerName]: name })) return true;
      }
      await bucket.remove(mark);
      return false;
    },

    async destroy(name) {
      late.drop(name);
      for (const each of await findAllNames(bucket, name)) await removeName(each);
    },

    async forget(name) {
      late.drop(name);
      await removeName(name);
    },

    async find(name, place) {
      if (!isMediaName(name) || (place === 'public' && late.has(name))) return undefined;
      const headers = await bucket.head(toKey(name, place));
      return headers === undefined ? undefined : { bytes: Number(headers.get('content-length')) };
    },

    async open(name, place, range) {
      if (!isMediaName(name) || (place === 'public' && late.has(name))) return undefined;
      const key = toKey(name, place);
      if (range === undefined) return bucket.open(key);
      // Not all stores count from the end in the same way.
      const first = 'suffix' in range ? Math.max(0, Number((await bucket.head(key))?.get('content-length')) - range.suffix) : range.first;
      return bucket.open(key, `bytes=${first}-${'suffix' in range ? '' : (range.last ?? '')}`);
    },

    async *list(place) {
      for await (const { key, modifiedAt } of bucket.list(prefixes[place])) {
        const name = key.slice(prefixes[place].length);
        if (isMediaName(name)) yield { name, modifiedAt };
      }
    },

    freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER),
  };
}

function toKey(name: string, place: MediaPlace): string {
  if (!isMediaName(name)) throw new Error('Not a name of stored media');
  return prefixes[place] + name;
}

const toCopyKey = (name: string, other: string) => `copies/${name}/${other}`;

/** With these the store serves a picture by itself as the board does, as far as a store can. */
function toObjectHeaders(name: string): Record<string, string> {
  const { 'Content-Type': type = '', 'Content-Disposition': disposition = '' } = toMediaHeaders(name);
  return { 'Content-Type': type, 'Content-Disposition': disposition, 'Cache-Control': MEDIA_LIFE };
}

/** The names that the bytes of a picture have or may have: what it was before, and what it was brought back as. */
async function findAllNames(bucket: S3Bucket, name: string): Promise<Set<string>> {
  const names = new Set([toKey(name, 'public').slice(prefixes.public.length)]);
  for (const each of names) {
    for (const place of places) {
      const former = (await bucket.head(toKey(each, place)))?.get(formerName) ?? '';
      if (isMediaName(former)) names.add(former);
    }
    for await (const { key } of bucket.list(toCopyKey(each, ''))) {
      const other = key.slice(toCopyKey(each, '').length);
      if (isMediaName(other)) names.add(other);
    }
  }
  return names;
}

/** One act on a name after the other: a copy that is still under way would bring back what is being destroyed. */
function createTurns(): (name: string, act: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>();
  return async (name, act) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(act, act);
    last.set(name, turn);
    try {
      await turn;
    } finally {
      if (last.get(name) === turn) last.delete(name);
    }
  };
}

/**
 * Pictures that are still to be hidden. They are known to this process alone: what it leaves undone is done at the next start,
 * where whatever was hidden lately is looked at again.
 */
function createLateHiding(hide: (name: string) => Promise<void>, options: { log: Pick<Log, 'error' | 'info'>; retryMs: number }) {
  const names = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  async function tryAll(): Promise<void> {
    for (const name of names) {
      const isDone = await hide(name).then(() => true, () => false);
      if (!isDone) break;
      names.delete(name);
    }
    timer = undefined;
    if (names.size > 0) plan();
    else options.log.info('media.hidden.late');
  }
  function plan(): void {
    timer ??= setTimeout(() => void tryAll(), options.retryMs).unref();
  }

  return {
    has: (name: string) => names.has(name),
    drop: (name: string) => void names.delete(name),
    add(name: string, error: unknown): void {
      if (names.size === 0) options.log.error('media.hide.failed', { error });
      names.add(name);
      plan();
    },
  };
}
