import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../http/errors.js';
import { storeUploads } from '../posting/store-uploads.js';
import type { NewUpload } from '../posts/upload-store.js';
import type { MediaStorage } from '../uploads/media-storage.js';
import type { UploadProcessor } from '../uploads/process-upload.js';
import { drawPicture } from './draw-picture.js';
import type { Random } from './random.js';

export interface PictureParts {
  processor: Pick<UploadProcessor, 'process'>;
  storage: MediaStorage;
  /** An existing private folder. */
  tempDir: string;
}

/** Draws a picture and takes it in like a visitor's. None when it is refused, for want of room or of a free worker. */
export async function storeDrawing(parts: PictureParts, random: Random): Promise<NewUpload[]> {
  const { file, name, alt } = drawPicture(random);
  const path = join(parts.tempDir, `seed-${randomBytes(8).toString('hex')}`);
  const received = { path, originalName: name, bytes: file.length, position: 0, fieldName: 'files' };
  const sent = { originalName: name, bytes: file.length, alt, isSpoiler: random.chance(0.06), received, token: undefined, isFaulty: false };
  try {
    await writeFile(path, file, { mode: 0o600 });
    return await storeUploads(parts, [sent], { allowedTypes: ['png'], dropsNames: false });
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  } finally {
    await rm(path, { force: true });
  }
}
