import type { Request, Response, Router } from 'express';
import type { Kysely } from 'kysely';
import type { BoardList } from '../boards/board-list.js';
import type { Tables } from '../db/tables.js';
import { getContext } from '../http/request.js';
import { toNumberParam } from '../http/sent-params.js';
import type { Views } from '../http/views.js';
import type { StaffSessions } from '../staff/sessions.js';
import { readForm, tryOrRefuse } from '../staff/staff-pages.js';
import { assertFormToken, getStaff, readField } from '../staff/staff-request.js';
import { createTranslate } from '../texts/texts.js';
import { parseActForm, type ParsedAct } from './act-form.js';
import { banHours, isThreadSettingName } from './acts.js';
import { answerAppeal } from './answer-appeal.js';
import type { Acts } from './create-acts.js';
import { actPath, toBackPath, toQueuePath, undoPath, withDone } from './mod-path.js';
import { showQueue, type QueueParts } from './queue-routes.js';
import { actReasons } from './reasons.js';
import { sayHours } from './say-when.js';
import { sendModPage } from './send-mod-page.js';
import { toOffer } from './staff-reach.js';
import { findTarget, findThreadTarget } from './target-store.js';

export interface ActRouteParts extends QueueParts {
  db: Kysely<Tables>;
  now: () => Date;
  views: Views;
  boards: BoardList;
  sessions: Pick<StaffSessions, 'requireStaff'>;
  acts: Acts;
  announceQueue: () => void;
}

/** The forms that change something: acts, undoing them, answers to appeals. Each leads back to where it was sent from. */
export function addActRoutes(router: Router, parts: ActRouteParts): void {
  const requireStaff = parts.sessions.requireStaff('queue.read');

  router.post(actPath, requireStaff, readForm, async (req, res) => {
    assertFormToken(req);
    const parsed = await parseActForm((name) => readField(req, name), parts.boards);
    if (parsed.faults !== undefined) return showRefused(parts, req, res, parsed);
    const { logId } = await parts.acts.perform(getStaff(req), parsed.request);
    res.redirect(303, withDone(toBackPath(readField(req, 'back')), logId));
  });

  router.post(undoPath, requireStaff, readForm, async (req, res) => {
    assertFormToken(req);
    const { logId } = await parts.acts.undo(getStaff(req), toNumberParam(readField(req, 'log')));
    res.redirect(303, withDone(toBackPath(readField(req, 'back')), logId));
  });

  router.post('/mod/appeals/:id/answer', requireStaff, readForm, async (req, res) => {
    assertFormToken(req);
    const banId = toNumberParam(req.params.id);
    const answer = { outcome: readField(req, 'outcome'), hours: readField(req, 'hours'), text: readField(req, 'answer') };
    const { done, refusal } = await tryOrRefuse(() => answerAppeal(parts, getStaff(req), banId, answer));
    if (refusal?.field !== undefined) return showQueue(parts, req, res, { key: { kind: 'appeal', banId }, refusal, answer });
    if (refusal !== undefined) throw refusal;
    parts.announceQueue();
    res.redirect(303, withDone(toBackPath(readField(req, 'back')), done.logId));
  });
}

/** The act once more, with what was typed and what is missing: also how a purge asks whether it is meant. */
async function showRefused(parts: ActRouteParts, req: Request, res: Response, parsed: ParsedAct & { faults: object }): Promise<void> {
  const t = createTranslate(getContext(req).lang);
  const { act, values, faults } = parsed;
  const isThreadAct = act === 'thread.move' || isThreadSettingName(act);
  const id = toNumberParam(isThreadAct ? values.thread : values.post);
  const target = isThreadAct ? await findThreadTarget(parts.db, id) : await findTarget(parts.db, id);
  const offer = target === undefined ? undefined : toOffer(getStaff(req), target.boardId);
  const locals = {
    act,
    values,
    faults: faults.map((fault) => ({ field: fault.field, message: t(fault.key, fault.params) })),
    target: target === undefined ? null : { slug: target.boardSlug, no: target.no },
    canBanSite: offer?.banSite ?? false,
    back: toBackPath(values.back),
    hours: banHours.map((hours) => ({ value: hours, text: sayHours(t, hours) })),
    reasons: actReasons,
    boards: (await parts.boards.sections()).flatMap((section) => section.boards).map((board) => board.slug),
    queuePath: toQueuePath('all'),
  };
  sendModPage(parts.views, req, res, { view: 'act', title: t(`moderation.act.${act}` as const), current: null, status: 422, locals });
}
