import type { UploadType } from '../db/tables.js';
import { UserError } from '../http/errors.js';
import { normalizeLine } from '../markup/normalize-text.js';
import type { NewUpload } from '../posts/upload-store.js';
import { type MediaStorage, newMediaName, toThumbName } from '../uploads/media-storage.js';
import type { ProcessedUpload, UploadProcessor } from '../uploads/process-upload.js';
import type { SentFile } from './sent-files.js';

/**
 * Decodes files, makes them anew and puts them into the storage, where they are orphans until their post is committed. When one is
 * refused nothing stays, and it is marked as faulty if it can never be taken.
 */
export async function storeUploads(
  parts: { processor: Pick<UploadProcessor, 'process'>; storage: MediaStorage },
  files: SentFile[],
  options: { allowedTypes: UploadType[]; dropsNames: boolean },
): Promise<NewUpload[]> {
  const stored: NewUpload[] = [];
  try {
    for (const [index, file] of files.entries()) {
      if (file.received === undefined) throw new Error('a kept file was not taken');
      const made = await parts.processor.process(file.received, { allowedTypes: options.allowedTypes }).catch((error: unknown) => {
        file.isFaulty = error instanceof UserError && error.status < 500;
        throw error;
      });
      const name = options.dropsNames ? `file-${index + 1}.${made.extension}` : file.originalName;
      const upload = toNewUpload(made, newMediaName(made.extension), name, file);
      // Noted first: if only one of the two gets in, it is destroyed with the others.
      stored.push(upload);
      await putBoth(parts.storage, made, upload);
    }
    return stored;
  } catch (error) {
    await destroyUploads(parts.storage, stored);
    throw error;
  }
}

async function putBoth(storage: MediaStorage, made: ProcessedUpload, upload: NewUpload): Promise<void> {
  try {
    await storage.put(made.path, upload.name);
    await storage.put(made.thumbPath, upload.thumbName);
  } finally {
    await made.discard();
  }
}

/** Takes files of a post that was not made out of the storage again. */
export async function destroyUploads(storage: MediaStorage, uploads: NewUpload[]): Promise<void> {
  for (const upload of uploads) {
    await storage.destroy(upload.name);
    await storage.destroy(upload.thumbName);
  }
}

function toNewUpload(made: ProcessedUpload, name: string, originalName: string, file: SentFile): NewUpload {
  return {
    name,
    thumbName: toThumbName(name),
    type: made.type,
    bytes: made.bytes,
    width: made.width,
    height: made.height,
    thumbWidth: made.thumbWidth,
    thumbHeight: made.thumbHeight,
    originalName,
    alt: normalizeLine(file.alt),
    isSpoiler: file.isSpoiler,
  };
}
