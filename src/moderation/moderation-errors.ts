import { UserError } from '../http/errors.js';

export const nothingToDo = () => new UserError(409, 'moderation.nothingToDo');
export const alreadyUndone = () => new UserError(409, 'moderation.alreadyUndone');
export const undoOvertaken = () => new UserError(409, 'moderation.undoOvertaken');
export const cannotUndo = () => new UserError(409, 'moderation.cannotUndo');
export const decidedHigher = () => new UserError(403, 'moderation.decidedHigher');
export const banSetHigher = () => new UserError(403, 'moderation.banSetHigher');
export const authorUnknown = () => new UserError(409, 'moderation.authorUnknown');
export const alreadySanctioned = () => new UserError(409, 'moderation.alreadySanctioned');
export const targetGone = () => new UserError(404, 'moderation.targetGone');
export const reportReasonMissing = () => new UserError(422, 'moderation.reportReasonMissing', {}, 'reason');
export const reportNoteTooLong = (most: number) => new UserError(422, 'moderation.tooLong', { most }, 'note');
export const appealMissing = () => new UserError(422, 'moderation.appealMissing', {}, 'text');
export const appealTooLong = (most: number) => new UserError(422, 'moderation.tooLong', { most }, 'text');
export const appealedAlready = () => new UserError(409, 'moderation.appealedAlready');
export const appealClosed = () => new UserError(409, 'moderation.appealClosed');
export const banEnded = () => new UserError(409, 'moderation.banEnded');
export const answerMissing = () => new UserError(422, 'moderation.answerMissing', {}, 'answer');
export const answerTooLong = (most: number) => new UserError(422, 'moderation.tooLong', { most }, 'answer');
export const outcomeMissing = () => new UserError(422, 'moderation.outcomeMissing', {}, 'outcome');
export const notShorter = () => new UserError(422, 'moderation.notShorter', {}, 'hours');

/** The answer to a banned poster whose program does not read pages: why, until when (UTC), and where to appeal. */
export const posterBanned = (ban: { reason: string; until: string; path: string }) => new UserError(403, 'moderation.posterBanned', ban);
/** The same for a warning that has not been read yet. */
export const posterWarned = (warning: { reason: string; path: string }) => new UserError(403, 'moderation.posterWarned', warning);
