import type { Kysely } from 'kysely';
import type { BoardList } from '../boards/board-list.js';
import type { Tables } from '../db/tables.js';
import type { Views } from '../http/views.js';
import { toPostPath } from '../posts/post.js';
import { createTranslate, type Language, type TextKey } from '../texts/texts.js';
import { type Ban, isActive, longestAppeal, toBanPath } from './ban.js';
import { findBansBefore } from './ban-store.js';
import { publicLogPath } from './mod-path.js';
import { sayHours, sayLeft, toMoment } from './say-when.js';
import { findTarget } from './target-store.js';

export interface BanPageParts {
  db: Kysely<Tables>;
  views: Views;
  boards: Pick<BoardList, 'sections'>;
  now: () => Date;
}

/** What differs from one showing of a ban's page to another. */
export interface BanPageOptions {
  /** What the poster was about to post; given back to be copied, since it was not posted. */
  typed?: { subject: string; body: string } | null;
  /** An appeal that was refused, as it was typed, and why. */
  appeal?: { text: string; fault: { field: string | null; message: string } };
  /** The warning was read just now. */
  isSeen?: boolean;
}

/**
 * The page that tells a poster of a ban or a warning: why, until when, for which post, how to appeal, and the answer. The posting
 * path sends it, with status 403, in place of what was asked for; nothing that was typed is lost.
 */
export async function renderBanPage(parts: BanPageParts, lang: Language, ban: Ban, options: BanPageOptions = {}): Promise<string> {
  const t = createTranslate(lang);
  const now = parts.now();
  const post = ban.post.id === null ? undefined : await findTarget(parts.db, ban.post.id);
  const hours = Math.round((ban.expiresAt.getTime() - ban.createdAt.getTime()) / 3_600_000);
  const sections = await parts.boards.sections();
  const view = {
    ban: {
      id: ban.id,
      path: toBanPath(ban.id),
      boardSlug: ban.boardSlug,
      reason: ban.reason,
      note: ban.note,
      role: `staff.role.${ban.role}` as const,
      since: toMoment(ban.createdAt),
      until: toMoment(ban.expiresAt),
      duration: sayHours(t, hours),
      left: sayLeft(t, ban.expiresAt, now),
      servedHours: Math.max(0, Math.floor((now.getTime() - ban.createdAt.getTime()) / 3_600_000)),
      hours,
      isActive: isActive(ban, now),
      isLifted: ban.liftedAt !== null,
      isSeen: options.isSeen === true || ban.seenAt !== null,
      post: {
        slug: ban.post.boardSlug,
        no: ban.post.no,
        lines: ban.post.excerpt.split('\n'),
        // A post that is still there can be looked at.
        href: post === undefined || post.removedAs !== null ? null : toPostPath(post.boardSlug, post.threadNo, post.no),
      },
      appeal: ban.appeal,
      answer: ban.answer === null ? null : { text: ban.answer.text, outcome: `moderation.answer.${ban.answer.outcome}` satisfies TextKey, at: toMoment(ban.answer.at) },
    },
    earlier: (await findBansBefore(parts.db, ban.id)).slice(0, 5).map((each) => ({ kind: each.kind, at: toMoment(each.createdAt).text.slice(0, 10), reason: each.reason })),
    logHref: `${publicLogPath}?board=${post?.boardSlug ?? ban.post.boardSlug}`,
    otherBoardCount: Math.max(0, sections.flatMap((section) => section.boards).length - 1),
    typed: options.typed ?? null,
    appealText: options.appeal?.text ?? '',
    fault: options.appeal?.fault ?? null,
    longestAppeal,
  };
  const isBan = ban.kind === 'ban';
  const title = t(isBan ? 'moderation.ban.pageTitle' : 'moderation.warning.pageTitle');
  return parts.views.page(lang, isBan ? 'moderation/ban' : 'moderation/warning', { title, isUnlisted: true }, view);
}
