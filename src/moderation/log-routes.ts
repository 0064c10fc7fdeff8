import type { Router } from 'express';
import type { Kysely } from 'kysely';
import type { BoardList } from '../boards/board-list.js';
import type { Tables } from '../db/tables.js';
import { getContext } from '../http/request.js';
import type { Views } from '../http/views.js';
import { isAllowed } from '../staff/permissions.js';
import type { StaffSessions } from '../staff/sessions.js';
import { getStaff } from '../staff/staff-request.js';
import { createTranslate } from '../texts/texts.js';
import { findLogPage } from './log-page.js';
import { publicLogPath, staffLogPath } from './mod-path.js';
import { sendModPage } from './send-mod-page.js';
import { toBoardReach } from './staff-reach.js';
import { findToast } from './toast.js';

export interface LogRouteParts {
  db: Kysely<Tables>;
  views: Views;
  boards: Pick<BoardList, 'get' | 'sections'>;
}

/** GET `/log?board=&action=&page=`: what moderators did, by role, for everybody. */
export function addPublicLog(router: Router, parts: LogRouteParts): void {
  router.get(publicLogPath, async (req, res) => {
    const { lang } = getContext(req);
    const t = createTranslate(lang);
    const log = await findLogPage(parts, t, req.query, null);
    const locals = { log, path: publicLogPath, isStaff: false, nav: null, formToken: '', toast: null };
    res.set({ 'Cache-Control': 'no-cache', Vary: 'Accept-Language' }).type('html');
    res.send(parts.views.page(lang, 'moderation/log', { title: t('moderation.log.title') }, locals));
  });
}

/** GET `/mod/log`: the same with names, with what is not public, and with the buttons that take acts back. */
export function addStaffLog(router: Router, parts: LogRouteParts & { sessions: Pick<StaffSessions, 'requireStaff'> }): void {
  router.get(staffLogPath, parts.sessions.requireStaff('queue.read'), async (req, res) => {
    const member = getStaff(req);
    const t = createTranslate(getContext(req).lang);
    const reader = { member, boardIds: toBoardReach(member, 'queue.read'), hasDeeds: isAllowed(member, 'log.readPrivate', null) };
    const log = await findLogPage(parts, t, req.query, reader);
    const toast = await findToast(parts.db, t, member, req.query.done);
    const locals = { log, path: staffLogPath, isStaff: true };
    sendModPage(parts.views, req, res, { view: 'log', title: t('moderation.log.title'), current: 'log', toast, locals });
  });
}
