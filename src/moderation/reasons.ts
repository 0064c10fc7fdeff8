import type { TextKey } from '../texts/texts.js';

/** Why a post can be reported. Moderators choose from the same list, without the last, when they act. */
export const reportReasons: readonly { value: string; key: TextKey }[] = [
  { value: 'illegal', key: 'moderation.reason.illegal' },
  { value: 'private', key: 'moderation.reason.private' },
  { value: 'spam', key: 'moderation.reason.spam' },
  { value: 'offtopic', key: 'moderation.reason.offtopic' },
  { value: 'flood', key: 'moderation.reason.flood' },
  { value: 'unmarked', key: 'moderation.reason.unmarked' },
  { value: 'other', key: 'moderation.reason.other' },
];

/** The reasons that moderators are offered, in the order of the keys 1 to 6. */
export const actReasons = reportReasons.filter(({ value }) => value !== 'other');

/** The text of a report's reason; of one that is no longer in the list, `other`. */
export function toReasonKey(value: string): TextKey {
  return reportReasons.find((reason) => reason.value === value)?.key ?? 'moderation.reason.other';
}

/** Reports with this reason come before all others. */
export const urgentReason = 'illegal';
