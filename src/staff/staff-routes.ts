import express, { type Request, type Response, type Router } from 'express';
import type { Kysely } from 'kysely';
import type { BoardList } from '../boards/board-list.js';
import type { Tables } from '../db/tables.js';
import type { UserError } from '../http/errors.js';
import { toNumberParam, toText } from '../http/sent-params.js';
import type { Views } from '../http/views.js';
import { toRoleLines } from './account-routes.js';
import { createStaff, type Deed, resetPassword, resetSecondFactor, setDisabled, setRoles } from './manage-staff.js';
import { createPassword } from './passwords.js';
import { assertAllowed } from './permissions.js';
import type { StaffSessions } from './sessions.js';
import { staffNotFound } from './staff-errors.js';
import { roles as allRoles, type StaffRole, toActor } from './staff-member.js';
import { toStaffNav } from './staff-nav.js';
import { readForm, sendStaffPage, toMinute, tryOrRefuse } from './staff-pages.js';
import { staffListPath, toStaffPath } from './staff-path.js';
import { assertFormToken, getStaff, readField } from './staff-request.js';
import { findStaff, listStaff, type StaffAccount } from './staff-store.js';

interface StaffParts {
  db: Kysely<Tables>;
  now: () => Date;
  views: Views;
  sessions: StaffSessions;
  boards: Pick<BoardList, 'findById' | 'sections'>;
}

/** Admins manage accounts. Mounted at the root, after `sessions.loadStaff` for /mod. */
export function createStaffRouter(parts: StaffParts): Router {
  const router = express.Router({ caseSensitive: true });
  const requireAdmin = parts.sessions.requireStaff('staff.manage');
  router.get(staffListPath, requireAdmin, (req, res) => showList(parts, req, res));
  router.get(`${staffListPath}/:id`, requireAdmin, async (req, res) => showMember(parts, req, res, await getAccount(parts, req)));
  addCreation(router, parts);
  addDeeds(router, parts);
  return router;
}

function addCreation(router: Router, parts: StaffParts): void {
  router.post(staffListPath, parts.sessions.requireStaff('staff.manage'), readForm, async (req, res) => {
    const deed = startDeed(parts, req);
    const name = readField(req, 'name');
    const password = createPassword();
    const role = findRole(readField(req, 'role'));
    const roles = role === undefined ? [] : [{ boardId: null, role }];
    const { done: id, refusal } = await tryOrRefuse(() => createStaff(deed, { name, password, roles }));
    if (id === undefined) return showList(parts, req, res, refusal);
    const account = await findStaff(parts.db, id);
    if (account === undefined) throw staffNotFound();
    showNewPassword(parts, req, res, account, password);
  });
}

/** One route each, so that a log of requests says what was done. */
function addDeeds(router: Router, parts: StaffParts): void {
  const deeds: Record<string, (deed: Deed, account: StaffAccount, req: Request) => Promise<void>> = {
    roles: async (deed, account, req) => setRoles(deed, account.id, await readRoles(parts, req)),
    'second-factor': (deed, account) => resetSecondFactor(deed, account.id),
    disable: (deed, account) => setDisabled(deed, account.id, true),
    enable: (deed, account) => setDisabled(deed, account.id, false),
  };
  const requireAdmin = parts.sessions.requireStaff('staff.manage');
  for (const [path, act] of Object.entries(deeds)) {
    router.post(`${staffListPath}/:id/${path}`, requireAdmin, readForm, async (req, res) => {
      const deed = startDeed(parts, req);
      const account = await getAccount(parts, req);
      const { refusal } = await tryOrRefuse(() => act(deed, account, req));
      if (refusal !== undefined) return showMember(parts, req, res, account, refusal);
      res.redirect(303, `${toStaffPath(account.id)}?done=${path}`);
    });
  }
  router.post(`${staffListPath}/:id/password`, requireAdmin, readForm, async (req, res) => {
    const deed = startDeed(parts, req);
    const account = await getAccount(parts, req);
    const password = createPassword();
    const { refusal } = await tryOrRefuse(() => resetPassword(deed, account, password));
    if (refusal !== undefined) return showMember(parts, req, res, account, refusal);
    showNewPassword(parts, req, res, account, password);
  });
}

/** @throws notStaff, formTokenWrong, notAllowed */
function startDeed(parts: StaffParts, req: Request): Deed {
  assertFormToken(req);
  const member = getStaff(req);
  assertAllowed(member, 'staff.manage', null);
  return { db: parts.db, actor: toActor(member), now: parts.now() };
}

async function getAccount(parts: StaffParts, req: Request): Promise<StaffAccount> {
  const id = toNumberParam(req.params.id);
  // The column is a 32-bit number: a larger one would be an error of the database instead of an empty answer.
  const account = id < 2 ** 31 ? await findStaff(parts.db, id) : undefined;
  if (account === undefined) throw staffNotFound();
  return account;
}

const findRole = (text: string) => allRoles.find((role) => role === text);

/** The roles of the form: field `role` for everywhere, `role-<id>` for each board. */
async function readRoles(parts: StaffParts, req: Request): Promise<StaffRole[]> {
  const boards = (await parts.boards.sections()).flatMap((section) => section.boards);
  const fields = [{ boardId: null, field: 'role' }, ...boards.map(({ id }) => ({ boardId: id, field: `role-${id}` }))];
  return fields.flatMap(({ boardId, field }) => {
    const role = findRole(readField(req, field));
    return role === undefined ? [] : [{ boardId, role }];
  });
}

async function showList(parts: StaffParts, req: Request, res: Response, refusal?: UserError): Promise<void> {
  const member = getStaff(req);
  const accounts = await listStaff(parts.db);
  const lines = accounts.map(async (account) => ({
    href: toStaffPath(account.id),
    name: account.name,
    roles: await toRoleLines(account.roles, parts.boards),
    hasSecondFactor: account.hasSecondFactor,
    since: toMinute(account.createdAt).slice(0, 10),
    isDisabled: account.disabledAt !== null,
    isSelf: account.id === member.id,
  }));
  const locals = {
    nav: toStaffNav(member, 'staff'),
    formToken: member.session.formToken,
    staff: await Promise.all(lines),
    roles: allRoles,
    values: { name: readField(req, 'name'), role: readField(req, 'role') },
  };
  sendStaffPage(parts.views, req, res, { view: 'staff', title: 'staff.listTitle', locals, refusal });
}

async function showMember(parts: StaffParts, req: Request, res: Response, account: StaffAccount, refusal?: UserError): Promise<void> {
  const member = getStaff(req);
  const done = toText(req.query.done);
  const roleOn = (boardId: number | null) => account.roles.find((role) => role.boardId === boardId)?.role ?? '';
  const sections = await parts.boards.sections();
  const locals = {
    nav: toStaffNav(member, 'staff'),
    formToken: member.session.formToken,
    name: account.name,
    href: toStaffPath(account.id),
    listHref: staffListPath,
    isSelf: account.id === member.id,
    hasSecondFactor: account.hasSecondFactor,
    disabledSince: account.disabledAt === null ? null : toMinute(account.disabledAt),
    roles: allRoles,
    roleEverywhere: roleOn(null),
    boards: sections.flatMap((section) => section.boards).map(({ id, slug, title }) => ({ id, slug, title, role: roleOn(id) })),
    done: ['roles', 'second-factor', 'disable', 'enable'].includes(done) ? done.replace('second-factor', 'secondFactor') : null,
  };
  sendStaffPage(parts.views, req, res, { view: 'member', title: 'staff.memberTitle', titleParams: { name: account.name }, locals, refusal });
}

function showNewPassword(parts: StaffParts, req: Request, res: Response, account: StaffAccount, password: string): void {
  const locals = { nav: toStaffNav(getStaff(req), 'staff'), name: account.name, password, href: toStaffPath(account.id) };
  sendStaffPage(parts.views, req, res, { view: 'new-password', title: 'staff.newPasswordTitle', titleParams: { name: account.name }, locals });
}
