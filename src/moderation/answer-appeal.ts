import type { Kysely } from 'kysely';
import { inTransaction } from '../db/in-transaction.js';
import type { Tables } from '../db/tables.js';
import { type StaffMember, toHighestRole } from '../staff/staff-member.js';
import { notAllowed } from '../http/errors.js';
import { banHours } from './acts.js';
import { longestAppeal } from './ban.js';
import { clearExcerptsOfDeleted, lockBan, updateBan } from './ban-store.js';
import { insertLogEntry } from './mod-log-store.js';
import { answerMissing, answerTooLong, appealClosed, banEnded, notShorter, outcomeMissing, targetGone } from './moderation-errors.js';
import { findTarget } from './target-store.js';
import { tidyLines } from './tidy-words.js';
import { assertCanAnswer } from './undo-rules.js';

/** An answer as it was typed: what becomes of the ban, the hours from now when it is shortened, and words for the poster. */
export interface TypedAnswer {
  outcome: string;
  hours: string;
  text: string;
}

const outcomes = { refused: 'appeal.refuse', shortened: 'appeal.shorten', lifted: 'appeal.lift' } as const;
const isOutcome = (text: string): text is keyof typeof outcomes => Object.hasOwn(outcomes, text);

/**
 * Answers the appeal against a ban, with its row in the public log. The answer is shown on the ban's page.
 * @throws targetGone, notAllowed, banSetHigher; appealClosed, banEnded; outcomeMissing, answerMissing, answerTooLong, notShorter
 */
export async function answerAppeal(
  parts: { db: Kysely<Tables>; now: () => Date },
  member: StaffMember,
  banId: number,
  answer: TypedAnswer,
): Promise<{ logId: number }> {
  const now = parts.now();
  const text = tidyLines(answer.text);
  const { outcome } = answer;
  return inTransaction(parts.db, async (trx) => {
    const ban = await lockBan(trx, banId);
    if (ban === undefined || ban.kind !== 'ban') throw targetGone();
    assertCanAnswer(member, ban);
    if (ban.appeal === null || ban.answer !== null) throw appealClosed();
    if (ban.liftedAt !== null || ban.expiresAt <= now) throw banEnded();
    if (!isOutcome(outcome)) throw outcomeMissing();
    if (text === '') throw answerMissing();
    if (text.length > longestAppeal) throw answerTooLong(longestAppeal);
    const answered = { appeal_answer: text, appeal_outcome: outcome, appeal_answered_at: now };
    const hours = Number(answer.hours);
    const expiresAt = new Date(now.getTime() + hours * 3_600_000);
    if (outcome === 'shortened' && (!banHours.includes(hours) || expiresAt >= ban.expiresAt)) throw notShorter();
    await updateBan(trx, banId, {
      ...answered,
      ...(outcome === 'shortened' ? { expires_at: expiresAt } : {}),
      ...(outcome === 'lifted' ? { lifted_at: now } : {}),
    });
    if (ban.post.id !== null) await clearExcerptsOfDeleted(trx, ban.post.id, now);
    const role = toHighestRole(member, ban.boardId);
    if (role === null) throw notAllowed();
    const post = ban.post.id === null ? undefined : await findTarget(trx, ban.post.id);
    const logId = await insertLogEntry(
      trx,
      {
        staffId: member.id,
        role,
        action: outcomes[outcome],
        boardId: ban.boardId ?? post?.boardId ?? null,
        threadId: post?.threadId ?? null,
        postId: post?.postId ?? null,
        postNo: ban.post.no,
        reason: '',
        isPublic: true,
        details: { banId, scope: ban.boardId === null ? 'site' : 'board', expiresBefore: ban.expiresAt.toISOString() },
      },
      now,
    );
    return { logId };
  });
}
