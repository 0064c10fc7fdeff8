import { UserError, withRetryAfter } from '../http/errors.js';

export const loginWrong = () => new UserError(401, 'staff.loginWrong');
export const codeWrong = () => new UserError(401, 'staff.codeWrong', {}, 'code');
export const currentPasswordWrong = () => new UserError(403, 'staff.currentPasswordWrong', {}, 'current');
/** A new second factor whose code does not fit, or whose page has grown too old. */
export const newCodeWrong = () => new UserError(422, 'staff.newCodeWrong', {}, 'code');
export const enrolmentExpired = () => new UserError(422, 'staff.enrolmentExpired', {}, 'code');
export const passwordTooShort = (least: number) => new UserError(422, 'staff.passwordTooShort', { least }, 'password');
export const passwordTooLong = (most: number) => new UserError(422, 'staff.passwordTooLong', { most }, 'password');
export const passwordIsName = () => new UserError(422, 'staff.passwordIsName', {}, 'password');
export const passwordsDiffer = () => new UserError(422, 'staff.passwordsDiffer', {}, 'again');
export const nameInvalid = () => new UserError(422, 'staff.nameInvalid', {}, 'name');
export const nameTaken = (name: string) => new UserError(409, 'staff.nameTaken', { name }, 'name');
export const staffNotFound = () => new UserError(404, 'staff.notFound');
export const ownAccount = () => new UserError(403, 'staff.ownAccount');
export const boardUnknown = (slug: string) => new UserError(404, 'errors.boardNotFound', { slug });

/** Too many attempts in a row; `seconds` until the next one. */
export function tooManyAttempts(seconds: number): UserError {
  const isLong = seconds > 90;
  const params = { unit: isLong ? 'minutes' : 'seconds', count: Math.max(1, Math.ceil(isLong ? seconds / 60 : seconds)) };
  return withRetryAfter(new UserError(429, 'staff.tooManyAttempts', params), seconds);
}
