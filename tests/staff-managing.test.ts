import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import request from 'supertest';
import type { Board } from '../src/boards/board.js';
import type { Role } from '../src/db/tables.js';
import { createStaff } from '../src/staff/manage-staff.js';
import { openTestBoard, type TestBoard } from './support/test-board.js';

type Member = Awaited<ReturnType<TestBoard['hireStaff']>>;

/** Accounts are managed by those who are admins everywhere, and by nobody else. */
describe('managing staff', () => {
  let board: TestBoard;
  let weeds: Board;
  const members = new Map<string, Member>();

  before(async () => {
    board = await openTestBoard();
    weeds = await board.makeBoard('weeds');
    const roles: [string, { boardId: number | null; role: Role }[]][] = [
      ['Janitor', [{ boardId: null, role: 'janitor' }]],
      ['Moderator', [{ boardId: null, role: 'moderator' }]],
      ['Board admin', [{ boardId: weeds.id, role: 'admin' }]],
      ['Admin', [{ boardId: null, role: 'admin' }]],
    ];
    for (const [name, held] of roles) members.set(name, await board.hireStaff(name, held));
  });
  after(() => board.close());

  function getMember(name: string): Member {
    const member = members.get(name);
    assert.ok(member !== undefined);
    return member;
  }
  const host = () => new URL(board.origin()).host;
  const read = (id: number) => board.db.selectFrom('staff as s').leftJoin('staff_roles as r', 'r.staff_id', 's.id').selectAll('s').select(['r.role', 'r.board_id']).where('s.id', '=', id).executeTakeFirstOrThrow();
  let hiredCount = 0;
  const hire = () => {
    hiredCount += 1;
    const roles = [{ boardId: null, role: 'janitor' as const }];
    return createStaff({ db: board.db, actor: { staffId: null, role: 'admin' }, now: board.now() }, { name: `Hired ${hiredCount}`, password: 'a good long password', roles });
  };

  const deeds: { path: string; fields: Record<string, string>; isDone: (id: number, before: Awaited<ReturnType<typeof read>>) => Promise<boolean> }[] = [
    { path: 'roles', fields: { role: 'admin' }, isDone: async (id) => (await read(id)).role === 'admin' },
    { path: 'password', fields: {}, isDone: async (id, before) => (await read(id)).password_hash !== before.password_hash },
    { path: 'disable', fields: {}, isDone: async (id) => (await read(id)).disabled_at !== null },
    { path: 'second-factor', fields: {}, isDone: async (id, before) => before.totp_enabled_at !== null && (await read(id)).totp_enabled_at === null },
  ];

  for (const { path, fields, isDone } of deeds) {
    it(`"${path}" is done for an admin of everything, and for nobody else`, async () => {
      const id = await hire();
      await board.db.updateTable('staff').set({ totp_enabled_at: board.now() }).where('id', '=', id).execute();
      const before = await read(id);
      const url = `/mod/staff/${id}/${path}`;
      for (const name of ['Janitor', 'Moderator', 'Board admin']) {
        const answer = await getMember(name).send(url, fields).set('Host', host());
        assert.equal(answer.status, 403, name);
        assert.equal((await getMember(name).get(`/mod/staff/${id}`).set('Host', host())).status, 403, name);
      }
      const admin = getMember('Admin');
      const visitor = await request(board.server).post(url).set({ Host: host(), 'Sec-Fetch-Site': 'same-origin' }).type('form').send(fields);
      assert.equal(visitor.status, 401);
      assert.equal((await admin.send(url, { ...fields, form_token: getMember('Moderator').member.session.formToken }).set('Host', host())).status, 403, 'with the token of another session');
      assert.equal((await admin.send(url, fields).set({ Host: host(), 'Sec-Fetch-Site': 'cross-site' })).status, 403, 'from another site');
      assert.ok(!(await isDone(id, before)), 'nothing was done so far');
      assert.ok((await admin.send(url, fields).set('Host', host())).status < 400);
      assert.ok(await isDone(id, before));
    });
  }

  it('an account is made by an admin of everything, with a password that is shown once', async () => {
    for (const name of ['Janitor', 'Moderator', 'Board admin']) {
      assert.equal((await getMember(name).send('/mod/staff', { name: `Friend of ${name}`, role: 'admin' }).set('Host', host())).status, 403);
      assert.equal((await getMember(name).get('/mod/staff').set('Host', host())).status, 403);
    }
    const answer = await getMember('Admin').send('/mod/staff', { name: 'Newcomer', role: 'moderator' }).set('Host', host());
    const shown = /[0-9a-z]{5}(?:-[0-9a-z]{5}){3}/.exec(answer.text)?.[0] ?? '';
    const names = (await board.db.selectFrom('staff').select('name').execute()).map((row) => row.name);
    assert.ok(names.includes('Newcomer') && !names.some((name) => name.startsWith('Friend')));
    const login = await board.open().send('/mod/login', { name: 'Newcomer', password: shown });
    assert.deepEqual([login.status, login.headers['location']], [303, '/mod']);
    const rows = await board.db.selectFrom('mod_log').selectAll().where('action', 'like', 'staff.%').execute();
    assert.ok(rows.length > 0 && rows.every((row) => !row.is_public));
    assert.ok(!JSON.stringify(rows).includes(shown));
    assert.doesNotMatch((await board.get('/log')).text, /Newcomer|Hired/);
  });

  it('nobody changes his own account there', async () => {
    const admin = getMember('Admin');
    for (const path of ['roles', 'password', 'disable', 'second-factor']) {
      assert.equal((await admin.send(`/mod/staff/${admin.member.id}/${path}`, { role: 'admin' }).set('Host', host())).status, 403, path);
    }
  });
});
