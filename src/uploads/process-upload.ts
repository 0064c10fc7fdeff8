import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { UserError } from '../http/errors.js';
import { createDiskRoom } from './disk-room.js';
import type { MadePicture, MediaReply } from './media-job.js';
import { createMediaProcess } from './media-process.js';
import type { MediaOutcome, MediaProcess } from './media-process.js';
import { sniffPictureType } from './picture-header.js';
import { mediaTypes, pictureLimits } from './picture-limits.js';
import type { MediaType } from './picture-limits.js';
import {
  animationTooLong,
  brokenPicture,
  diskFull,
  notAPicture,
  tooDemanding,
  tooManyPixels,
  typeNotAllowed,
  uploadsBusy,
  workerFailed,
} from './upload-errors.js';

export type { MediaType };

/** A picture made anew: its full size and its thumbnail wait in temporary files (`MediaStorage.put` takes them). */
export type ProcessedUpload = {
  type: MediaType;
  extension: 'jpg' | 'png' | 'webp' | 'gif';
  mime: string;
  bytes: number;
  width: number;
  height: number;
  isAnimated: boolean;
  path: string;
  thumbPath: string;
  thumbWidth: number;
  thumbHeight: number;
  thumbExtension: 'webp';
  /** Removes what was not put into the storage. May be called again. */
  discard(): Promise<void>;
};

export type ProcessorOptions = {
  /** An existing private folder for finished pictures on their way, best on the disk of the media. */
  outputDir: string;
  workerCount?: number;
  queueLimit?: number;
  jobTimeoutMs?: number;
  maxRssBytes?: number;
  recycleAfter?: number;
  /** See disk-room.ts. */
  minFreeBytes?: number;
};

export type UploadProcessor = {
  /**
   * Decodes and re-encodes one received file, which stays where it is. Throws a UserError for the field 'files': 415 not a
   * picture or not an allowed type, 422 broken or too costly, 503 queue full or worker lost, 507 disk full. `originalName` is
   * what the refusal calls the file.
   */
  process(file: { path: string; originalName?: string }, options: { allowedTypes: MediaType[] }): Promise<ProcessedUpload>;
  /** How many jobs run and wait just now. */
  load(): { busyCount: number; waitingCount: number };
  /** Ends the workers; jobs that wait or run end with 503. */
  close(): Promise<void>;
};

/** What a file is called that came without a name. */
const NAMELESS = 'file';
const EXTENSIONS = { jpeg: 'jpg', png: 'png', webp: 'webp', gif: 'gif' } as const;
const TYPE_NAMES: Record<MediaType, string> = { jpeg: 'JPEG', png: 'PNG', webp: 'WebP', gif: 'GIF' };

/** Makes the queue in front of the worker processes (see media-worker.ts). Workers start with the first job. */
export function createUploadProcessor(options: ProcessorOptions): UploadProcessor {
  const room = createDiskRoom({ dir: options.outputDir, minFreeBytes: options.minFreeBytes });
  const queue = createWorkerQueue(options);
  let lastId = 0;

  return {
    async process(file, { allowedTypes }) {
      if (await room.isFull()) throw diskFull();
      lastId += 1;
      const stem = join(options.outputDir, randomBytes(16).toString('hex'));
      const job = { id: lastId, inputPath: file.path, fullPath: `${stem}.full`, thumbPath: `${stem}.thumb`, allowedTypes };
      const discard = () => Promise.all([job.fullPath, job.thumbPath].map((path) => rm(path, { force: true }))).then(() => undefined);
      try {
        const outcome = await queue.run((worker) => worker.run(job));
        const picture = getPicture(outcome, file.originalName ?? NAMELESS, allowedTypes);
        const bytes = await getCheckedSize(job.fullPath, picture.type);
        await getCheckedSize(job.thumbPath, 'webp');
        return { ...toProcessed(picture), bytes, path: job.fullPath, thumbPath: job.thumbPath, discard };
      } catch (error) {
        await discard();
        throw error;
      }
    },
    load: () => queue.load(),
    close: () => queue.close(),
  };
}

type WorkerQueue = {
  run(act: (worker: MediaProcess) => Promise<MediaOutcome>): Promise<MediaOutcome>;
  load(): { busyCount: number; waitingCount: number };
  close(): Promise<void>;
};

function createWorkerQueue(options: ProcessorOptions): WorkerQueue {
  const { workerCount = 2, queueLimit = 20, jobTimeoutMs = 15_000, maxRssBytes = 512 * 2 ** 20, recycleAfter = 200 } = options;
  const workers = Array.from({ length: workerCount }, () => createMediaProcess({ jobTimeoutMs, maxRssBytes, recycleAfter }));
  const idle = [...workers];
  let waiting: ((worker: MediaProcess | undefined) => void)[] = [];
  let isClosed = false;

  function acquire(): MediaProcess | undefined | Promise<MediaProcess | undefined> {
    const worker = idle.pop();
    if (worker !== undefined) return worker;
    if (waiting.length >= queueLimit) throw uploadsBusy();
    return new Promise((resolve) => waiting.push(resolve));
  }

  function release(worker: MediaProcess): void {
    const next = waiting.shift();
    if (next === undefined) idle.push(worker);
    else next(worker);
  }

  return {
    async run(act) {
      if (isClosed) throw uploadsBusy();
      const worker = await acquire();
      if (worker === undefined) throw uploadsBusy();
      try {
        return await act(worker);
      } finally {
        release(worker);
      }
    },
    load: () => ({ busyCount: workers.length - idle.length, waitingCount: waiting.length }),
    async close() {
      isClosed = true;
      for (const giveUp of waiting) giveUp(undefined);
      waiting = [];
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

/** The picture the worker made, or its refusal thrown. A worker may have been taken over by a file: its words are checked. */
function getPicture(outcome: MediaOutcome, name: string, allowedTypes: MediaType[]): MadePicture {
  if (outcome.outcome !== 'replied') throw outcome.outcome === 'tooDemanding' ? tooDemanding(name) : workerFailed(name);
  const { reply } = outcome;
  if (reply.outcome === 'refused') throw toRefusal(reply, name, allowedTypes);
  const { type, width, height, thumbWidth, thumbHeight, isAnimated } = reply.picture;
  const isSound =
    mediaTypes.includes(type) &&
    allowedTypes.includes(type) &&
    typeof isAnimated === 'boolean' &&
    [width, height].every((side) => isBetween(side, pictureLimits.maxSide)) &&
    [thumbWidth, thumbHeight].every((side) => isBetween(side, pictureLimits.thumbSide));
  if (!isSound) throw workerFailed(name);
  return reply.picture;
}

function isBetween(side: number, max: number): boolean {
  return Number.isInteger(side) && side >= 1 && side <= max;
}

function toRefusal(reply: MediaReply & { outcome: 'refused' }, name: string, allowedTypes: MediaType[]): UserError {
  const { maxPixels, maxSide, maxFrames, maxAnimatedPixels, maxDurationMs } = pictureLimits;
  const typeName = reply.type === undefined ? '' : TYPE_NAMES[reply.type];
  switch (reply.code) {
    case 'notAPicture':
      return notAPicture(name);
    case 'typeNotAllowed':
      return typeNotAllowed(name, typeName, allowedTypes.map((type) => TYPE_NAMES[type]).join(', '));
    case 'tooManyPixels':
      return tooManyPixels(name, maxPixels / 1e6, maxSide);
    case 'animationTooLong':
      return animationTooLong(name, { frames: maxFrames, seconds: maxDurationMs / 1000, megapixels: maxAnimatedPixels / 1e6 });
    case 'diskFull':
      return diskFull();
    default:
      return brokenPicture(name);
  }
}

/** Size of a finished file in bytes; its first bytes must be of the type it will be served as. */
async function getCheckedSize(path: string, type: MediaType): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(12), 0, 12, 0);
    if (bytesRead < 12 || sniffPictureType(buffer) !== type) throw new Error('A media worker wrote something else than it said');
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

function toProcessed({ type, width, height, isAnimated, thumbWidth, thumbHeight }: MadePicture) {
  const thumbExtension = 'webp' as const;
  return { type, extension: EXTENSIONS[type], mime: `image/${type}`, width, height, isAnimated, thumbWidth, thumbHeight, thumbExtension };
}
