import type { Kysely } from 'kysely';
import type { BoardList } from '../boards/board-list.js';
import type { Tables } from '../db/tables.js';
import { notFound } from '../http/errors.js';
import { toNumberParam, toText } from '../http/sent-params.js';
import { toPostPath } from '../posts/post.js';
import { isAllowed } from '../staff/permissions.js';
import type { StaffMember } from '../staff/staff-member.js';
import type { TextKey, Translate } from '../texts/texts.js';
import { authorRemovals, threadSettings } from './acts.js';
import { toStaffPostPath } from './mod-path.js';
import { countLogEntries, findLogEntries, type LogAudience, type LogEntry } from './mod-log-store.js';
import { sayDid, sayWhole, toMark } from './say-act.js';
import { type Moment, toMoment } from './say-when.js';
import { canUndo } from './undo-rules.js';

const entriesPerPage = 50;

/** What the log can be narrowed to. */
const groups: readonly { name: string; key: TextKey; actions: readonly string[]; isPrivate?: true }[] = [
  { name: 'removed', key: 'moderation.group.removed', actions: ['post.remove', 'post.purge', 'file.remove', ...authorRemovals] },
  { name: 'banned', key: 'moderation.group.banned', actions: ['author.ban'] },
  { name: 'warned', key: 'moderation.group.warned', actions: ['author.warn'] },
  { name: 'spoilered', key: 'moderation.group.spoilered', actions: ['file.spoiler', 'file.unspoiler'] },
  { name: 'threads', key: 'moderation.group.threads', actions: [...Object.keys(threadSettings), 'thread.move'] },
  { name: 'appeals', key: 'moderation.group.appeals', actions: ['appeal.refuse', 'appeal.shorten', 'appeal.lift'] },
  { name: 'undone', key: 'moderation.group.undone', actions: ['undo'] },
  { name: 'dismissed', key: 'moderation.group.dismissed', actions: ['report.dismiss'], isPrivate: true },
];

/** One line of the log as its template shows it. `staffName`, `note` and `canUndo` are for staff alone. */
export interface LogLine {
  id: number;
  did: string;
  more: string;
  /** Both in one piece. */
  whole: string;
  icon: string;
  tone: string;
  at: Moment;
  boardSlug: string | null;
  no: number | null;
  href: string | null;
  reason: string;
  role: TextKey;
  undoneAt: Moment | null;
  staffName: string | null;
  note: string;
  canUndo: boolean;
}

/** All that views/moderation/log.ejs gets besides what differs between the public and the staff. */
export interface LogPage {
  lines: LogLine[];
  filter: { board: string; action: string };
  boards: string[];
  groups: { name: string; key: TextKey }[];
  page: number;
  pageCount: number;
  /** The address of this log narrowed alike, but for the page. */
  query: string;
}

/**
 * A page of the log for `member`, or for the public when there is none. The query's `board`, `action` and `page` narrow it.
 * @throws boardNotFound; notFound for an action or a page that there is not
 */
export async function findLogPage(
  parts: { db: Kysely<Tables>; boards: Pick<BoardList, 'get' | 'sections'> },
  t: Translate,
  sent: { board?: unknown; action?: unknown; page?: unknown },
  reader: { member: StaffMember; boardIds: number[] | null; hasDeeds: boolean } | null,
): Promise<LogPage> {
  const filter = { board: toText(sent.board), action: toText(sent.action) };
  const page = sent.page === undefined ? 1 : toNumberParam(toText(sent.page));
  const shown = groups.filter((group) => reader !== null || group.isPrivate !== true);
  const group = shown.find(({ name }) => name === filter.action);
  if (filter.action !== '' && group === undefined) throw notFound();
  const audience: LogAudience = reader === null ? { kind: 'public' } : { kind: 'staff', boardIds: reader.boardIds, hasDeeds: reader.hasDeeds };
  const boardId = filter.board === '' ? undefined : (await parts.boards.get(filter.board)).id;
  const wanted = { audience, boardId, actions: group?.actions };
  const pageCount = Math.max(1, Math.ceil((await countLogEntries(parts.db, wanted)) / entriesPerPage));
  if (page > pageCount) throw notFound();
  const entries = await findLogEntries(parts.db, wanted, (page - 1) * entriesPerPage, entriesPerPage);
  const sections = await parts.boards.sections();
  return {
    lines: entries.map((entry) => toLine(t, entry, reader?.member ?? null)),
    filter,
    boards: sections.flatMap((section) => section.boards).map((board) => board.slug),
    groups: shown.map(({ name, key }) => ({ name, key })),
    page,
    pageCount,
    query: [...(filter.board === '' ? [] : [`board=${filter.board}`]), ...(filter.action === '' ? [] : [`action=${filter.action}`])].join('&'),
  };
}

const roleKeys = {
  janitor: 'staff.role.janitor',
  moderator: 'staff.role.moderator',
  admin: 'staff.role.admin',
  automatic: 'moderation.automatic',
} as const;

/** An entry as a line. The public is told the role and nothing else of whoever acted. */
export function toLine(t: Translate, entry: LogEntry, member: StaffMember | null): LogLine {
  const { place } = entry;
  const toHref = member === null ? toPostPath : toStaffPostPath;
  return {
    id: entry.id,
    ...sayDid(t, entry),
    whole: sayWhole(t, entry),
    ...toMark(entry.action),
    at: toMoment(entry.createdAt),
    boardSlug: entry.boardSlug,
    no: entry.postNo,
    href: place === null ? null : toHref(place.boardSlug, place.threadNo, place.no),
    reason: entry.reason,
    role: roleKeys[entry.role],
    undoneAt: entry.undoneAt === null ? null : toMoment(entry.undoneAt),
    staffName: member === null ? null : entry.staffName,
    // Words for a banned poster are for him, and for those who moderate where he was banned.
    note: member !== null && isAllowed(member, 'queue.read', entry.boardId) ? (entry.details.note ?? '') : '',
    canUndo: member !== null && canUndo(member, entry),
  };
}
