import type { Request, Response, Router } from 'express';
import type { UserError } from '../http/errors.js';
import { getContext } from '../http/request.js';
import { toText } from '../http/sent-params.js';
import { isAllowed } from '../staff/permissions.js';
import type { StaffSessions } from '../staff/sessions.js';
import type { StaffMember } from '../staff/staff-member.js';
import { getStaff } from '../staff/staff-request.js';
import { createTranslate } from '../texts/texts.js';
import type { TypedAnswer } from './answer-appeal.js';
import { longestAppeal } from './ban.js';
import { type CaseKey, findCaseKey, queueFilters, queueListPath, queuePath, toQueuePath, toStaffBoardPath } from './mod-path.js';
import { type CaseParts, findAppealView, findReportView } from './queue-case.js';
import { findQueue, type Queue } from './queue-list.js';
import { sendModPage } from './send-mod-page.js';
import { findToast } from './toast.js';

export type QueueParts = CaseParts;

/**
 * GET `/mod` and `/mod/queue?filter=reports|appeals&case=`: the queue, and one case of it. `case` is a post's id, or `a` and a
 * ban's; GET `/mod/queue/list` is the list alone, for pages that are told that it changed.
 */
export function addQueueRoutes(router: Router, parts: QueueParts & { sessions: Pick<StaffSessions, 'requireStaff'> }): void {
  const requireStaff = parts.sessions.requireStaff('queue.read');
  router.get(['/mod', queuePath], requireStaff, (req, res) => showQueue(parts, req, res));
  router.get(queueListPath, requireStaff, async (req, res) => {
    const { lang } = getContext(req);
    const queue = await findQueue(parts, createTranslate(lang), getStaff(req), readAsked(req));
    res.type('html').send(parts.views.render(lang, 'moderation/queue-list', toListLocals(queue)).html);
  });
}

/** Shows the queue with the case that was asked for, or with `again`: an answer to an appeal that was refused, as it was typed. */
export async function showQueue(
  parts: QueueParts,
  req: Request,
  res: Response,
  again?: { key: CaseKey; refusal: UserError; answer: TypedAnswer },
): Promise<void> {
  const { lang } = getContext(req);
  const t = createTranslate(lang);
  const member = getStaff(req);
  const asked = readAsked(req);
  const queue = await findQueue(parts, t, member, again === undefined ? asked : { ...asked, key: again.key });
  const { current } = queue;
  const locals = {
    ...toListLocals(queue),
    report: current?.kind === 'report' ? ((await findReportView(parts, member, current.report, lang)) ?? null) : null,
    appeal: current?.kind === 'appeal' ? await findAppealView(parts, member, current.ban, lang) : null,
    listHref: `${queueListPath}${toQueuePath(asked.filter, asked.key).slice(queuePath.length)}`,
    nextHref: queue.nextHref,
    boards: await findOwnBoards(parts, member),
    isClosed: queue.isClosed,
    answer: again?.answer ?? { outcome: '', hours: '', text: '' },
    fault: again === undefined ? null : { field: again.refusal.field ?? null, message: t(again.refusal.code, again.refusal.params) },
    longestAnswer: longestAppeal,
  };
  const title = t('moderation.queue.title', { count: queue.openCount });
  const toast = await findToast(parts.db, t, member, req.query.done);
  sendModPage(parts.views, req, res, { view: 'queue', title, current: 'queue', isWide: true, status: again?.refusal.status, toast, locals });
}

/** The boards whose threads a member may look through. */
async function findOwnBoards(parts: QueueParts, member: StaffMember): Promise<{ slug: string; title: string; href: string }[]> {
  const boards = (await parts.boards.sections()).flatMap((section) => section.boards);
  return boards.filter((board) => isAllowed(member, 'queue.read', board.id)).map(({ slug, title }) => ({ slug, title, href: toStaffBoardPath(slug) }));
}

const toListLocals = (queue: Queue) => ({ lines: queue.lines, tabs: queue.tabs, openCount: queue.openCount });

function readAsked(req: Request) {
  const filter = queueFilters.find((name) => name === toText(req.query.filter)) ?? 'all';
  return { filter, key: findCaseKey(toText(req.query.case)) };
}
