import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import { toText } from '../http/sent-params.js';
import type { StaffMember } from '../staff/staff-member.js';
import type { Translate } from '../texts/texts.js';
import { findLogEntry } from './mod-log-store.js';
import { sayWhole } from './say-act.js';
import { canUndo } from './undo-rules.js';

/** What a member has just done, with the way back. */
export interface Toast {
  text: string;
  /** The log entry to undo, or null when that cannot be. */
  undoId: number | null;
}

/** The toast for the log entry that `done` names, when it is the member's own. */
export async function findToast(db: Kysely<Tables>, t: Translate, member: StaffMember, done: unknown): Promise<Toast | null> {
  const id = toText(done);
  if (!/^[1-9]\d{0,14}$/.test(id)) return null;
  const entry = await findLogEntry(db, Number(id));
  if (entry === undefined || entry.staffId !== member.id) return null;
  const params = { did: sayWhole(t, entry), no: String(entry.postNo ?? ''), slug: entry.boardSlug ?? '' };
  const text = t(entry.postNo === null || entry.boardSlug === null ? 'moderation.doneNowhere' : 'moderation.done', params);
  return { text: entry.reason === '' ? text : t('moderation.doneBecause', { done: text, reason: entry.reason }), undoId: canUndo(member, entry) ? entry.id : null };
}
