import type { TextKey, TextParams } from '../texts/texts.js';

/**
 * A refusal meant for the visitor. Its sentence is the text named by `code` (codes are part of the API); `field` names the
 * form field at fault. Everything that is thrown and is not a UserError is a bug: logged, and answered with a plain page.
 */
export class UserError extends Error {
  constructor(
    readonly status: number,
    readonly code: TextKey,
    readonly params: TextParams = {},
    readonly field?: string,
  ) {
    super(code);
    this.name = 'UserError';
  }

  /** Seconds to wait before trying again; becomes the Retry-After header. */
  retryAfter?: number;
}

/** The same refusal with a Retry-After of so many whole seconds. */
export function withRetryAfter(error: UserError, seconds: number): UserError {
  error.retryAfter = Math.max(1, Math.ceil(seconds));
  return error;
}

export const notFound = () => new UserError(404, 'errors.notFound');
/** What no board can be called is not repeated: those would be a stranger's words, turned ones too, on a page of ours. */
export const boardNotFound = (slug: string) => (/^[a-z0-9]{1,16}$/.test(slug) ? new UserError(404, 'errors.boardNotFound', { slug }) : notFound());
export const threadNotFound = (slug: string, no: number) => new UserError(404, 'errors.threadNotFound', { slug, no: String(no) });
export const postNotFound = (slug: string, no: number) => new UserError(404, 'errors.postNotFound', { slug, no: String(no) });
/** A thread that is gone: by staff, who give a reason, or with its OP, by its poster, who gives none. */
export const threadGone = (slug: string, no: number, reason: string | null) =>
  reason === null ? new UserError(410, 'errors.threadDeleted', { slug, no: String(no) }) : new UserError(410, 'errors.threadRemoved', { reason });
export const methodNotAllowed = () => new UserError(405, 'errors.methodNotAllowed');
export const tooLarge = (limit: string) => new UserError(413, 'errors.tooLarge', { limit });
export const malformed = () => new UserError(400, 'errors.malformed');
export const badHost = () => new UserError(421, 'errors.badHost');
export const crossSite = () => new UserError(403, 'errors.crossSite');
export const formTokenWrong = () => new UserError(403, 'errors.formToken');
export const busy = (retryAfter = 2) => withRetryAfter(new UserError(503, 'errors.busy'), retryAfter);
export const unavailable = () => withRetryAfter(new UserError(503, 'errors.unavailable'), 3);
export const notStaff = () => new UserError(401, 'errors.notStaff');
export const notAllowed = () => new UserError(403, 'errors.notAllowed');
