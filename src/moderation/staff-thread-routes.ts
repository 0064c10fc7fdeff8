import type { Request, Response, Router } from 'express';
import type { Kysely } from 'kysely';
import type { BoardList } from '../boards/board-list.js';
import type { Board } from '../boards/board.js';
import type { Tables } from '../db/tables.js';
import { notFound, threadNotFound } from '../http/errors.js';
import { getContext } from '../http/request.js';
import { toNumberParam, toText } from '../http/sent-params.js';
import { findThreadHeads } from '../posts/post-store.js';
import { type StaffMember, toHighestRole } from '../staff/staff-member.js';
import { assertAllowed } from '../staff/permissions.js';
import type { StaffSessions } from '../staff/sessions.js';
import { getStaff } from '../staff/staff-request.js';
import { findMovedThread, findThread, type PlacedThread } from '../threads/thread-store.js';
import { createTranslate, type Language } from '../texts/texts.js';
import { banHours, threadSettings, type ThreadSettingName } from './acts.js';
import { toLine } from './log-page.js';
import { findStandingActs } from './mod-log-store.js';
import { toStaffBoardPath, toStaffPostPath, toStaffThreadPath } from './mod-path.js';
import { countStaffThreads, findStaffThreads } from './queue-store.js';
import { actReasons } from './reasons.js';
import { sayHours, toMoment } from './say-when.js';
import { sendModPage } from './send-mod-page.js';
import { findStaffPosts, type StaffPostParts } from './staff-posts.js';
import { toOffer } from './staff-reach.js';
import { findTarget } from './target-store.js';
import { toExcerpt } from './tidy-words.js';
import { findToast } from './toast.js';

export interface StaffThreadParts extends StaffPostParts {
  db: Kysely<Tables>;
  boards: BoardList;
  sessions: Pick<StaffSessions, 'requireStaff'>;
}

const threadsPerPage = 50;
const threadKinds = ['living', 'removed', 'archived'] as const;

/** A board's threads, and a thread with a bar on each post, for those who moderate there. Removed things are shown whole. */
export function addStaffThreadRoutes(router: Router, parts: StaffThreadParts): void {
  const requireStaff = parts.sessions.requireStaff('queue.read');

  router.get('/mod/post/:id', requireStaff, async (req, res) => {
    const id = toNumberParam(req.params.id);
    const target = await findTarget(parts.db, id);
    if (target === undefined) throw notFound();
    assertAllowed(getStaff(req), 'queue.read', target.boardId);
    res.redirect(303, toStaffPostPath(target.boardSlug, target.threadNo, target.no));
  });

  router.get('/mod/:slug/', requireStaff, async (req, res) => {
    const { board, member } = await getPlace(parts, req);
    const t = createTranslate(getContext(req).lang);
    const locals = { board, ...(await findThreadList(parts, req, board)) };
    const toast = await findToast(parts.db, t, member, req.query.done);
    sendModPage(parts.views, req, res, { view: 'board', title: t('moderation.board.title', { slug: board.slug }), current: null, boardSlug: board.slug, toast, locals });
  });

  router.get('/mod/:slug/thread/:no', requireStaff, async (req, res) => {
    const { board, member } = await getPlace(parts, req);
    const no = toNumberParam(req.params.no);
    const thread = await findThread(parts.db, board.id, no);
    if (thread === undefined) return leadToMoved(parts, req, res, board, no);
    const t = createTranslate(getContext(req).lang);
    const title = thread.subject === '' ? t('threads.untitled', { no: String(thread.no) }) : thread.subject;
    const toast = await findToast(parts.db, t, member, req.query.done);
    const locals = await findThreadLocals(parts, member, board, thread, getContext(req).lang);
    sendModPage(parts.views, req, res, { view: 'thread', title, current: null, boardSlug: board.slug, toast, locals });
  });
}

/** A thread that moved is shown where it is now. @throws threadNotFound */
async function leadToMoved(parts: StaffThreadParts, req: Request, res: Response, board: Board, no: number): Promise<void> {
  const moved = await findMovedThread(parts.db, board.id, no);
  if (moved === undefined) throw threadNotFound(board.slug, no);
  const done = toText(req.query.done);
  res.redirect(303, `${toStaffThreadPath(moved.boardSlug, moved.threadNo)}${/^\d{1,15}$/.test(done) ? `?done=${done}` : ''}`);
}

async function findThreadLocals(parts: StaffThreadParts, member: StaffMember, board: Board, thread: PlacedThread, lang: Language) {
  const t = createTranslate(lang);
  const heads = await findThreadHeads(parts.db, thread.id);
  const offer = toOffer(member, board.id);
  const standing = (await findStandingActs(parts.db, [thread.opId], [])).filter((entry) => entry.action.startsWith('thread.'));
  const sections = await parts.boards.sections();
  return {
    board,
    thread,
    posts: await findStaffPosts(parts, member, heads, lang),
    path: toStaffThreadPath(board.slug, thread.no),
    offer,
    settings: toSettingButtons(thread).filter((name) => offer[name]),
    standing: standing.map((entry) => toLine(t, entry, member)),
    hours: banHours.map((hours) => ({ value: hours, text: sayHours(t, hours), isChosen: hours === 168 })),
    reasons: actReasons,
    otherBoards: sections.flatMap((section) => section.boards).map(({ slug }) => slug).filter((slug) => slug !== board.slug),
    capcode: offer.capcode && thread.removedAt === null && !thread.isArchived ? toHighestRole(member, board.id) : null,
  };
}

/** @throws boardNotFound, notAllowed */
async function getPlace(parts: StaffThreadParts, req: Request): Promise<{ board: Board; member: StaffMember }> {
  const board = await parts.boards.get(String(req.params.slug));
  const member = getStaff(req);
  assertAllowed(member, 'queue.read', board.id);
  return { board, member };
}

async function findThreadList(parts: StaffThreadParts, req: Request, board: Board) {
  const kind = threadKinds.find((name) => name === toText(req.query.show)) ?? 'living';
  const page = req.query.page === undefined ? 1 : toNumberParam(toText(req.query.page));
  const pageCount = Math.max(1, Math.ceil((await countStaffThreads(parts.db, board.id, kind)) / threadsPerPage));
  if (page > pageCount) throw notFound();
  const rows = await findStaffThreads(parts.db, board.id, kind, (page - 1) * threadsPerPage, threadsPerPage);
  return {
    threads: rows.map((row) => ({
      no: row.no,
      href: toStaffThreadPath(board.slug, row.no),
      title: row.subject,
      excerpt: toExcerpt(row.body, 100),
      replyCount: row.reply_count,
      fileCount: row.file_count,
      reportCount: row.report_count ?? 0,
      isSticky: row.is_sticky,
      isLocked: row.is_locked,
      isBumplocked: row.is_bumplocked,
      isCyclical: row.is_cyclical,
      isArchived: row.archived_at !== null,
      removal: row.removed_at === null ? null : (row.removal_reason ?? ''),
      lastPostAt: toMoment(row.last_post_at),
    })),
    kinds: threadKinds.map((name) => ({ name, href: `${toStaffBoardPath(board.slug)}${name === 'living' ? '' : `?show=${name}`}`, isCurrent: name === kind })),
    page,
    pageCount,
    query: kind === 'living' ? '' : `show=${kind}`,
  };
}

/** The button of each switch says what pressing it would do. */
function toSettingButtons(thread: { isSticky: boolean; isLocked: boolean; isBumplocked: boolean; isCyclical: boolean; isArchived: boolean }): ThreadSettingName[] {
  const names = Object.keys(threadSettings) as ThreadSettingName[];
  const now: Record<string, boolean> = { ...thread };
  return names.filter((name) => Object.entries(threadSettings[name]).every(([setting, isSet]) => now[setting] !== isSet));
}
