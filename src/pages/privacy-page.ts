import { columnsOf, type Holding, holdings, tablesOf } from '../db/held-columns.js';
import { keyKeptDays } from '../identity/keys.js';
import { reportedHours } from '../moderation/erase-origins.js';
import { formKeyKeptMs } from '../posting/form-key.js';
import { absoluteLimit } from '../staff/session-rules.js';
import type { Translate } from '../texts/texts.js';
import { KEPT_MS } from '../uploads/keep-upload.js';

/** A row of what is held. */
export interface HeldRow {
  what: string;
  where: string;
  until: string;
}

/** A row about columns of the database: who gets to see them, and which they are. */
export interface HeldColumnsRow extends HeldRow {
  seenBy: string;
  columns: string[];
}

/** What the page shows: columns by whom they are about, and what is outside the database. */
export interface PrivacyPage {
  groups: { id: string; of: string; rows: HeldColumnsRow[] }[];
  elsewhere: HeldRow[];
}

const HOUR = 3_600_000;
const MINUTE = 60_000;
const whom = ['posters', 'reporters', 'banned', 'staff', 'nobody'] as const;
/** What is held, but in no column. */
const places = ['address', 'rates', 'dayKeys', 'banKeys', 'lastingKeys', 'originals', 'kept', 'ownCookie', 'themeCookie', 'memory', 'lines'] as const;

/** Everything that is held, in words. `originHours` is the setting ORIGIN_HOURS; all other times are those that the code keeps. */
export function toPrivacyPage(t: Translate, originHours: number): PrivacyPage {
  const names = Object.keys(holdings).filter((name): name is Holding => name in holdings);
  return {
    groups: whom.map((of) => ({ id: `of-${of}`, of: t(`privacy.of.${of}`), rows: names.filter((name) => holdings[name].of === of).map((name) => toRow(t, name, originHours)) })),
    elsewhere: places.map((place) => ({ what: t(`privacy.what.${place}`), where: t(`privacy.where.${place}`), until: sayPlaceUntil(t, place) })),
  };
}

function toRow(t: Translate, name: Holding, originHours: number): HeldColumnsRow {
  const { seenBy } = holdings[name];
  return {
    what: t(`privacy.what.${name}`),
    where: tablesOf(name).join(', '),
    seenBy: name === 'origins' ? t('privacy.seenBy.origins') : t(`privacy.seenBy.${seenBy}`),
    until: sayUntil(t, name, originHours),
    columns: columnsOf(name),
  };
}

function sayUntil(t: Translate, name: Holding, originHours: number): string {
  const { until } = holdings[name];
  switch (until) {
    case 'origins':
      return t('privacy.until.origins', { hours: originHours, reportedDays: Math.ceil(Math.max(originHours, reportedHours) / 24) });
    case 'reporters':
      return t('privacy.until.reporters', { hours: originHours });
    case 'forms':
      return t('privacy.until.forms', { hours: formKeyKeptMs / HOUR });
    case 'banKey':
      return t('privacy.until.banKey', { days: keyKeptDays.ban });
    case 'session':
      return t('privacy.until.session', { hours: absoluteLimit / HOUR });
    default:
      return t(`privacy.until.${until}`);
  }
}

function sayPlaceUntil(t: Translate, place: (typeof places)[number]): string {
  if (place === 'dayKeys') return t('privacy.until.dayKeys', { days: keyKeptDays.day });
  if (place === 'banKeys') return t('privacy.until.banKeys', { days: keyKeptDays.ban });
  return place === 'kept' ? t('privacy.until.kept', { minutes: KEPT_MS / MINUTE }) : t(`privacy.until.${place}`);
}
