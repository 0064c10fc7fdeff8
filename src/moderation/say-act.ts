import type { StaffDeed } from '../staff/staff-log-store.js';
import type { TextKey, Translate } from '../texts/texts.js';
import { acts, type ActRule, isActName } from './acts.js';
import type { ActDetails, LogEntry } from './mod-log-store.js';
import { sayHours } from './say-when.js';

const deeds: Record<StaffDeed, TextKey> = {
  create: 'staff.did.create',
  roles: 'staff.did.roles',
  resetPassword: 'staff.did.resetPassword',
  resetSecondFactor: 'staff.did.resetSecondFactor',
  disable: 'staff.did.disable',
  enable: 'staff.did.enable',
  changePassword: 'staff.did.changePassword',
  setSecondFactor: 'staff.did.setSecondFactor',
};

const answers: Record<string, TextKey> = {
  'appeal.refuse': 'moderation.did.appeal.refuse',
  'appeal.shorten': 'moderation.did.appeal.shorten',
  'appeal.lift': 'moderation.did.appeal.lift',
};

/** What the short word of an act leaves open. */
const mores: Record<string, TextKey> = {
  'file.remove': 'moderation.more.files',
  'file.spoiler': 'moderation.more.files',
  'file.unspoiler': 'moderation.more.files',
  'author.removeThread': 'moderation.more.removeThread',
  'author.removeBoard': 'moderation.more.removeBoard',
  'author.removeSite': 'moderation.more.removeSite',
  'author.ban': 'moderation.more.ban',
  'author.warn': 'moderation.more.warn',
  'thread.move': 'moderation.more.move',
  'appeal.shorten': 'moderation.more.appeal',
  'appeal.lift': 'moderation.more.appeal',
};

type Said = Pick<LogEntry, 'action' | 'details'> & { undoes?: LogEntry['undoes'] };

/** What was done, in a word or two, and what there is to add to that: "Banned 7 days" and "post removed". */
export function sayDid(t: Translate, entry: Said): { did: string; more: string } {
  const { action, details } = entry;
  if (action === 'undo') return { did: t('moderation.did.undo'), more: entry.undoes ? sayWhole(t, entry.undoes) : '' };
  const deed = Object.entries(deeds).find(([name]) => action === `staff.${name}`)?.[1];
  if (deed !== undefined) return { did: t('moderation.did.staff'), more: t(deed) };
  const params = toParams(t, details);
  const more = mores[action];
  const key = isActName(action) ? (`moderation.did.${action}` as const) : (answers[action] ?? 'moderation.did.other');
  return { did: t(key, params), more: more === undefined ? '' : t(more, params) };
}

/** The same in one piece. */
export function sayWhole(t: Translate, entry: Said): string {
  const { did, more } = sayDid(t, entry);
  return more === '' ? did : t('moderation.didMore', { did, more });
}

/** Every text of an act is given the same values and takes what it needs. */
function toParams(t: Translate, details: ActDetails) {
  const count = details.postIds?.length ?? 0;
  return {
    count,
    files: details.uploadIds?.length ?? 0,
    removed: count > 0 ? 'yes' : 'no',
    duration: details.hours === undefined ? '' : sayHours(t, details.hours),
    scope: details.scope ?? 'board',
    from: details.fromSlug ?? '',
  };
}

/** How the log marks an action: its icon and its class. */
export function toMark(action: string): Pick<ActRule, 'icon' | 'tone'> {
  if (action === 'undo') return { icon: 'undo', tone: 'good' };
  if (isActName(action)) return { icon: acts[action].icon, tone: acts[action].tone };
  if (action === 'appeal.refuse') return { icon: 'close', tone: '' };
  if (answers[action] !== undefined) return { icon: 'clock', tone: 'good' };
  return { icon: 'gear', tone: '' };
}
