import { UserError } from '../http/errors.js';

export const bodyEmpty = () => new UserError(422, 'refusals.bodyEmpty', {}, 'body');
export const bodyTooLong = (length: number, limit: number) => new UserError(422, 'refusals.bodyTooLong', { length, limit }, 'body');
export const tooManyLines = (count: number, limit: number) => new UserError(422, 'refusals.tooManyLines', { count, limit }, 'body');
export const forbiddenCharacter = (field: string) => new UserError(422, 'refusals.forbiddenCharacter', {}, field);
export const nameTooLong = (limit: number) => new UserError(422, 'refusals.nameTooLong', { limit }, 'name');
export const subjectTooLong = (limit: number) => new UserError(422, 'refusals.subjectTooLong', { limit }, 'subject');
export const subjectMissing = () => new UserError(422, 'refusals.subjectMissing', {}, 'subject');
export const passwordTooLong = (limit: number) => new UserError(422, 'refusals.passwordTooLong', { limit }, 'password');
export const fileMissing = () => new UserError(422, 'refusals.fileMissing', {}, 'files');
export const boardTakesFewer = (limit: number) => new UserError(422, 'refusals.tooManyFiles', { limit }, 'files');
export const fileEmpty = (name: string) => new UserError(422, 'refusals.fileEmpty', { name }, 'files');
export const altTooLong = (limit: number) => new UserError(422, 'refusals.altTooLong', { limit }, 'files');
export const keptFileGone = () => new UserError(410, 'refusals.keptFileGone', {}, 'files');
export const filesNotKept = () => new UserError(422, 'refusals.filesNotKept', {}, 'files');

export const threadLocked = () => new UserError(409, 'refusals.threadLocked');
export const threadFull = (limit: number) => new UserError(409, 'refusals.threadFull', { limit });
export const threadArchived = () => new UserError(409, 'refusals.threadArchived');
export const cannotUseCapcode = () => new UserError(403, 'refusals.cannotUseCapcode');
/** Something broke while a post was made: it is written down under the request's id, and what was typed is given back. */
export const postingFailed = (requestId: string) => new UserError(500, 'errors.internal', { requestId });

export const postGone = () => new UserError(410, 'refusals.postGone');
export const wrongPassword = () => new UserError(403, 'refusals.wrongPassword', {}, 'password');
export const noFiles = () => new UserError(409, 'refusals.noFiles', {}, 'what');
