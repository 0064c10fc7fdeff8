import type { Translate } from '../texts/texts.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A time for a template: what machines read, and to the minute in UTC what people read. */
export interface Moment {
  iso: string;
  text: string;
}

export const toMoment = (at: Date): Moment => ({ iso: at.toISOString().slice(0, 16) + 'Z', text: at.toISOString().slice(0, 16).replace('T', ' ') });

/** How long a ban lasts: "6 hours", "7 days", "1 year". */
export function sayHours(t: Translate, hours: number): string {
  if (hours >= 8760 && hours % 8760 === 0) return t('moderation.span', { unit: 'years', count: hours / 8760 });
  if (hours >= 24 && hours % 24 === 0) return t('moderation.span', { unit: 'days', count: hours / 24 });
  return t('moderation.span', { unit: 'hours', count: hours });
}

/** How long ago something was, in its largest unit: "just now", "9 min ago", "3 h ago", "2 d ago". */
export function sayAgo(t: Translate, at: Date, now: Date): string {
  const elapsed = Math.max(0, now.getTime() - at.getTime());
  if (elapsed < MINUTE) return t('moderation.justNow');
  if (elapsed < HOUR) return t('moderation.ago', { unit: 'minutes', count: Math.floor(elapsed / MINUTE) });
  if (elapsed < 2 * DAY) return t('moderation.ago', { unit: 'hours', count: Math.floor(elapsed / HOUR) });
  return t('moderation.ago', { unit: 'days', count: Math.floor(elapsed / DAY) });
}

/** How long there is still to go, in two units: "6 days and 21 hours". */
export function sayLeft(t: Translate, until: Date, now: Date): string {
  const left = Math.max(MINUTE, until.getTime() - now.getTime());
  if (left >= DAY) return t('moderation.leftDays', { days: Math.floor(left / DAY), hours: Math.floor((left % DAY) / HOUR) });
  return t('moderation.leftHours', { hours: Math.floor(left / HOUR), minutes: Math.ceil((left % HOUR) / MINUTE) });
}
