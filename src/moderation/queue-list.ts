import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import type { StaffMember } from '../staff/staff-member.js';
import type { Translate } from '../texts/texts.js';
import type { Ban } from './ban.js';
import { findOpenAppeals } from './ban-store.js';
import { type CaseKey, type QueueFilter, queueFilters, toCaseText, toQueuePath } from './mod-path.js';
import { countOpenAppeals, countReportCases, findReportCases, type ReportCase } from './queue-store.js';
import { toReasonKey } from './reasons.js';
import { sayAgo } from './say-when.js';
import { toBoardReach } from './staff-reach.js';
import { toExcerpt } from './tidy-words.js';

/** So many cases are listed; what is left comes up as these are worked off. */
const listedCases = 200;

/** A line of the list, as its template shows it. */
export interface QueueLine {
  key: CaseKey;
  href: string;
  isCurrent: boolean;
  icon: string;
  why: string;
  /** How many reports; null for appeals. */
  count: number | null;
  text: string;
  meta: string;
}

/** What waits for `member`, and which of it is being looked at. */
export interface Queue {
  lines: QueueLine[];
  tabs: { filter: QueueFilter; href: string; count: number; isCurrent: boolean }[];
  openCount: number;
  /** The case asked for, or the first one when none was; undefined when it is no longer open, or nothing is. */
  current: { kind: 'report'; report: ReportCase } | { kind: 'appeal'; ban: Ban } | undefined;
  /** Where to go when the current case is decided. */
  nextHref: string;
  /** A case was asked for that has been decided meanwhile. */
  isClosed: boolean;
}

/** Reads the queue of a member: only boards where he has a role, appeals only where he may answer them. */
export async function findQueue(
  parts: { db: Kysely<Tables>; now: () => Date },
  t: Translate,
  member: StaffMember,
  asked: { filter: QueueFilter; key: CaseKey | undefined },
): Promise<Queue> {
  const { db } = parts;
  const now = parts.now();
  const reportReach = toBoardReach(member, 'queue.read');
  const appealReach = toBoardReach(member, 'appeal.answer');
  const reports = asked.filter === 'appeals' ? [] : await findReportCases(db, reportReach, listedCases);
  const appeals = asked.filter === 'reports' ? [] : await findOpenAppeals(db, appealReach, now, listedCases);
  const found = [...reports.map((report) => ({ kind: 'report' as const, report })), ...appeals.map((ban) => ({ kind: 'appeal' as const, ban }))];
  const wanted = asked.key === undefined ? undefined : toCaseText(asked.key);
  const index = wanted === undefined ? 0 : found.findIndex((each) => toCaseText(toKey(each)) === wanted);
  const isClosed = wanted !== undefined && index === -1;
  const current = found[isClosed ? 0 : index];
  const next = found[(isClosed ? 0 : index) + 1];
  const counts = { reports: await countReportCases(db, reportReach), appeals: await countOpenAppeals(db, appealReach, now) };
  const total = counts.reports + counts.appeals;
  return {
    lines: found.map((each) => ({ ...toLine(t, each, now), href: toQueuePath(asked.filter, toKey(each)), isCurrent: each === current })),
    tabs: queueFilters.map((filter) => ({
      filter,
      href: toQueuePath(filter),
      count: filter === 'all' ? total : counts[filter],
      isCurrent: filter === asked.filter,
    })),
    openCount: total,
    current,
    nextHref: toQueuePath(asked.filter, next === undefined ? undefined : toKey(next)),
    isClosed,
  };
}

type Found = NonNullable<Queue['current']>;

const toKey = (found: Found): CaseKey =>
  found.kind === 'report' ? { kind: 'report', postId: found.report.postId } : { kind: 'appeal', banId: found.ban.id };

function toLine(t: Translate, found: Found, now: Date): Omit<QueueLine, 'href' | 'isCurrent'> {
  if (found.kind === 'report') {
    const { report } = found;
    return {
      key: toKey(found),
      icon: 'flag',
      why: t(toReasonKey(report.topReason)),
      count: report.reportCount,
      text: toExcerpt(report.body, 80) || t('moderation.noText'),
      meta: t('moderation.caseMeta', { slug: report.boardSlug, no: String(report.no), ago: sayAgo(t, report.firstAt, now) }),
    };
  }
  const { ban } = found;
  return {
    key: toKey(found),
    icon: 'undo',
    why: t('moderation.appeal'),
    count: null,
    text: toExcerpt(ban.appeal?.text ?? '', 80),
    meta: t('moderation.caseMeta', { slug: ban.post.boardSlug, no: String(ban.post.no), ago: sayAgo(t, ban.appeal?.at ?? ban.createdAt, now) }),
  };
}
