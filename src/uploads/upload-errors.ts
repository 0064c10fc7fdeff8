import { UserError, withRetryAfter } from '../http/errors.js';

/** Seconds after which a visitor who met a full queue may try again. */
const RETRY_AFTER_SECONDS = 5;

export const notAPicture = (name: string) => new UserError(415, 'uploads.notAPicture', { name }, 'files');
export const typeNotAllowed = (name: string, type: string, allowed: string) =>
  new UserError(415, 'uploads.typeNotAllowed', { name, type, allowed }, 'files');
export const tooManyPixels = (name: string, megapixels: number, side: number) =>
  new UserError(422, 'uploads.tooManyPixels', { name, megapixels, side }, 'files');
export const brokenPicture = (name: string) => new UserError(422, 'uploads.broken', { name }, 'files');
export const animationTooLong = (name: string, limits: { frames: number; seconds: number; megapixels: number }) =>
  new UserError(422, 'uploads.animationTooLong', { name, ...limits }, 'files');
export const tooDemanding = (name: string) => new UserError(422, 'uploads.tooDemanding', { name }, 'files');
export const workerFailed = (name: string) =>
  withRetryAfter(new UserError(503, 'uploads.workerFailed', { name }, 'files'), RETRY_AFTER_SECONDS);
export const uploadsBusy = () => withRetryAfter(new UserError(503, 'uploads.busy', {}, 'files'), RETRY_AFTER_SECONDS);
export const diskFull = () => new UserError(507, 'uploads.diskFull', {}, 'files');
/** The store that keeps the files cannot be reached, or does not answer in time. */
export const mediaAway = () => withRetryAfter(new UserError(503, 'uploads.mediaAway', {}, 'files'), RETRY_AFTER_SECONDS);
export const fileTooLarge = (name: string, maxBytes: number) =>
  new UserError(413, 'uploads.tooLarge', { name, limit: toSizeText(maxBytes) }, 'files');
export const tooManyFiles = (name: string, limit: number) => new UserError(413, 'uploads.tooMany', { name, limit }, 'files');
export const keptExpired = () => new UserError(410, 'uploads.keptExpired', {}, 'files');

export const formTooLarge = (maxBytes: number) => new UserError(413, 'uploads.formTooLarge', { limit: toSizeText(maxBytes) }, 'files');
export const tooManyFields = () => new UserError(413, 'uploads.tooManyFields');
export const fieldTooLong = (maxBytes: number, field?: string) =>
  new UserError(413, 'uploads.fieldTooLong', { limit: toSizeText(maxBytes) }, field);
export const malformedForm = () => new UserError(400, 'uploads.malformed');
export const unsupportedForm = () => new UserError(415, 'uploads.unsupportedForm');

/** True for the errors of a file system that has no room left, or none for this file (disk, quota, limit of a file's size). */
export function isOutOfSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EFBIG');
}

/** Bytes as a short text, in the units that the form's hint has too: 8000000 is "8 MB", 65536 is "66 kB". */
function toSizeText(bytes: number): string {
  if (bytes >= 1_000_000) return `${Number((bytes / 1_000_000).toFixed(1))} MB`;
  return bytes >= 1000 ? `${Math.round(bytes / 1000)} kB` : `${bytes} byte`;
}
