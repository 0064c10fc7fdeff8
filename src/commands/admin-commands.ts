import type { Kysely } from 'kysely';
import { z } from 'zod';
import { listSections } from '../boards/board-store.js';
import type { Config } from '../config.js';
import type { Tables } from '../db/tables.js';
import { UserError } from '../http/errors.js';
import { createStaff, type Deed, resetPassword, resetSecondFactor, setDisabled } from '../staff/manage-staff.js';
import { boardUnknown, staffNotFound } from '../staff/staff-errors.js';
import { needsSecondFactor, type StaffRole } from '../staff/staff-member.js';
import { toNameKey, toStaffName } from '../staff/staff-name.js';
import { loginPath } from '../staff/staff-path.js';
import { findStaffByName, listStaff, type StaffAccount } from '../staff/staff-store.js';
import { createTranslate, type TextKey, type TextParams } from '../texts/texts.js';

/** What an admin command answers: the lines to print and where staff log in, or why nothing was done. */
export const adminAnswer = z.union([z.object({ lines: z.array(z.string()), loginAddress: z.string() }), z.object({ refusal: z.string() })]);
export type AdminAnswer = z.infer<typeof adminAnswer>;

const named = z.object({ name: z.string().max(200) });
const withPassword = named.extend({ password: z.string().max(1000) });
const newAccount = withPassword.extend({
  role: z.enum(['janitor', 'moderator', 'admin']).optional(),
  boardSlug: z.string().max(200).optional(),
});

const t = createTranslate('en');
type Lines = Promise<string[]>;

/**
 * The commands behind `npm run admin`, by their names on the control socket. Each takes its arguments unchecked and answers with an
 * AdminAnswer. Who may write to that socket may read the database too, so nobody is asked for a password. `config` is that of the board
 * where one runs: a command in another terminal may have been given another port, or none.
 */
export function createAdminCommands(deps: { db: Kysely<Tables>; now: () => Date; config: Pick<Config, 'publicOrigin' | 'port'> }): Record<string, (args: unknown) => Promise<AdminAnswer>> {
  const { db, config } = deps;
  const loginAddress = `${config.publicOrigin ?? `http://localhost:${config.port}`}${loginPath}`;
  const startDeed = (): Deed => ({ db, actor: { staffId: null, role: 'admin' }, now: deps.now() });
  const onAccount = async (args: unknown, done: TextKey, act: (account: StaffAccount) => Promise<void>): Lines => {
    const account = await getByName(db, named.parse(args).name);
    await act(account);
    return [t(done, { name: account.name })];
  };

  const commands: Record<string, (args: unknown) => Lines> = {
    'admin.create': (args) => createAccount(startDeed(), newAccount.parse(args)),
    'admin.reset-password': (args) => {
      const { password } = withPassword.parse(args);
      return onAccount(args, 'staff.command.passwordReset', (account) => resetPassword(startDeed(), account, password));
    },
    'admin.reset-second-factor': (args) =>
      onAccount(args, 'staff.command.secondFactorReset', ({ id }) => resetSecondFactor(startDeed(), id)),
    'admin.disable': (args) => onAccount(args, 'staff.command.disabled', ({ id }) => setDisabled(startDeed(), id, true)),
    'admin.enable': (args) => onAccount(args, 'staff.command.enabled', ({ id }) => setDisabled(startDeed(), id, false)),
    'admin.list': () => listAccounts(db),
  };
  return Object.fromEntries(Object.entries(commands).map(([name, run]) => [name, (args: unknown) => toAnswer(() => run(args), loginAddress)]));
}

async function createAccount(deed: Deed, asked: z.infer<typeof newAccount>): Lines {
  const name = toStaffName(asked.name);
  const roles = [await toRole(deed.db, asked)];
  await createStaff(deed, { name, password: asked.password, roles });
  const lines = [t('staff.command.created', { name, roles: await sayRoles(deed.db, roles) })];
  return needsSecondFactor(roles) ? [...lines, t('staff.command.secondFactorNext')] : lines;
}

/** Without words about it, the first account somebody makes is the admin; with a board alone it is that board's moderator. */
async function toRole(db: Kysely<Tables>, asked: z.infer<typeof newAccount>): Promise<StaffRole> {
  if (asked.boardSlug === undefined) return { boardId: null, role: asked.role ?? 'admin' };
  const slugs = await listSlugs(db);
  const found = [...slugs].find(([, slug]) => slug === asked.boardSlug);
  if (found === undefined) throw boardUnknown(asked.boardSlug);
  return { boardId: found[0], role: asked.role ?? 'moderator' };
}

async function listAccounts(db: Kysely<Tables>): Lines {
  const accounts = await listStaff(db);
  if (accounts.length === 0) return [t('staff.command.nobody')];
  const lines = accounts.map(async (account) =>
    t('staff.command.line', {
      name: account.name,
      roles: await sayRoles(db, account.roles),
      secondFactor: t(account.hasSecondFactor ? 'staff.list.on' : 'staff.list.off'),
      state: account.disabledAt === null ? '' : t('staff.command.lineDisabled'),
    }),
  );
  return Promise.all(lines);
}

async function getByName(db: Kysely<Tables>, typed: string): Promise<StaffAccount> {
  const account = await findStaffByName(db, toNameKey(toStaffName(typed)));
  if (account === undefined) throw staffNotFound();
  return account;
}

async function sayRoles(db: Kysely<Tables>, roles: readonly StaffRole[]): Promise<string> {
  if (roles.length === 0) return t('staff.role.none');
  const slugs = await listSlugs(db);
  const say = ({ boardId, role }: StaffRole) => {
    const params: TextParams = { role: t(`staff.role.${role}`), slug: slugs.get(boardId ?? 0) ?? '' };
    return t(boardId === null ? 'staff.roleEverywhere' : 'staff.roleOnBoard', params);
  };
  return roles.map(say).join(', ');
}

async function listSlugs(db: Kysely<Tables>): Promise<Map<number, string>> {
  const sections = await listSections(db);
  return new Map(sections.flatMap((section) => section.boards).map(({ id, slug }) => [id, slug]));
}

async function toAnswer(run: () => Lines, loginAddress: string): Promise<AdminAnswer> {
  try {
    return { lines: await run(), loginAddress };
  } catch (error) {
    if (error instanceof UserError) return { refusal: t(error.code, error.params) };
    throw error;
  }
}
