import { UserError } from '../http/errors.js';

export const boardNotThere = (slug: string, slugs: string) => new UserError(404, 'seed.boardNotThere', { slug, slugs });
export const noBoardFits = (slugs: string) => new UserError(404, 'seed.noBoardFits', { slugs });
export const noRoomForReplies = (threadCount: number, replyLimit: number) => new UserError(422, 'seed.noRoomForReplies', { threadCount, replyLimit });
export const noRoomForPosts = (slug: string, least: number) => new UserError(422, 'seed.noRoomForPosts', { slug, least });
