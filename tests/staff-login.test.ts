import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import request from 'supertest';
import type { Board } from '../src/boards/board.js';
import type { Role } from '../src/db/tables.js';
import { createRequestContext } from '../src/http/request.js';
import { createLoginRouter } from '../src/staff/login-routes.js';
import { createStaff, setDisabled, setRoles } from '../src/staff/manage-staff.js';
import { createRecoveryCodes, hashRecoveryCode } from '../src/staff/recovery-codes.js';
import { createSecondFactorSecret, sealSecret } from '../src/staff/second-factor.js';
import { deleteSessionsOf } from '../src/staff/session-store.js';
import { replaceSecondFactor } from '../src/staff/staff-store.js';
import { authorAt, openDesk } from './support/moderation-desk.js';
import { toCode } from './support/staff-door.js';
import { openTestBoard, type TestBoard } from './support/test-board.js';

const password = 'six seasons in a bed';
const MINUTE = 60_000;

/** The doors of staff, from the login on: who gets in, how far, and for how long. */
describe('logging in', () => {
  let board: TestBoard;
  let garden: Board;

  before(async () => {
    board = await openTestBoard();
    garden = await board.makeBoard('weeds');
  });
  after(() => board.close());

  const deed = () => ({ db: board.db, actor: { staffId: null, role: 'admin' as const }, now: board.now() });
  const hire = (name: string, role: Role, boardId: number | null = null) => createStaff(deed(), { name, password, roles: [{ boardId, role }] });
  const logIn = (browser: ReturnType<TestBoard['open']>, name: string, to = '', typed = password) => browser.send('/mod/login', { name, password: typed, to });
  const readCookie = (answer: request.Response) => /staff=([\w-]{43})/.exec([answer.headers['set-cookie'] ?? ''].flat().join())?.[1];
  const readInput = (page: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '';
  const getWith = (id: string | undefined, path: string) => request(board.server).get(path).set({ Host: new URL(board.origin()).host, Cookie: `staff=${id}` });

  /** An admin with a second factor: the way in is gone through as a browser does. */
  async function enrol(name: string) {
    const id = await hire(name, 'admin');
    const browser = board.open();
    await logIn(browser, name);
    const page = (await browser.get('/mod/account/second-factor')).text;
    const secret = (/<code>([A-Z2-7 ]+)<\/code>/.exec(page)?.[1] ?? '').replaceAll(' ', '');
    const token = readInput(page, 'form_token');
    const sent = { form_token: token, enrolment: readInput(page, 'enrolment'), to: '/mod' };
    const answer = await browser.send('/mod/account/second-factor', { ...sent, code: toCode(secret, board.now()) });
    assert.equal(answer.status, 200);
    const codes = [...answer.text.matchAll(/<li><code>([0-9a-z-]+)<\/code>/g)].map((found) => found[1] ?? '');
    return { id, browser, secret, codes };
  }

  it('a moderator gets in with name and password, and to the page he had asked for', async () => {
    await hire('Sorrel', 'moderator', garden.id);
    const browser = board.open();
    assert.equal((await browser.get('/mod/weeds/')).headers['location'], '/mod/login?to=%2Fmod%2Fweeds%2F');
    const answer = await logIn(browser, 'sorrel', '/mod/weeds/');
    assert.deepEqual([answer.status, answer.headers['location']], [303, '/mod/weeds/']);
    const cookie = String(answer.headers['set-cookie']);
    assert.match(cookie, /staff=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict/);
    const page = await browser.get('/mod/weeds/');
    assert.deepEqual([page.status, page.headers['cache-control']], [200, 'no-store']);
  });

  it('an unknown name, a wrong password and an account that is shut out are refused in the same words', async () => {
    const id = await hire('Yarrow', 'moderator');
    const pages = [];
    pages.push(await logIn(board.open(), 'Yarrow', '', 'not the password'));
    pages.push(await logIn(board.open(), 'Lovage', '', password));
    await setDisabled(deed(), id, true);
    pages.push(await logIn(board.open(), 'Yarrow'));
    for (const page of pages) {
      assert.deepEqual([page.status, readCookie(page)], [401, undefined]);
      assert.equal(page.text.replaceAll('Lovage', 'Yarrow'), pages[0]?.text);
    }
    assert.match(pages[0]?.text ?? '', /The name or the password is not right\./);
  });

  it('an unknown name costs as much as a wrong password: who waits for the answer learns nothing', async () => {
    await hire('Bistort', 'moderator');
    const measure = async (name: string) => {
      const costs: number[] = [];
      for (let turn = 0; turn < 4; turn += 1) {
        const before = process.cpuUsage();
        assert.equal((await logIn(board.open(), name, '', 'not the password')).status, 401);
        const { user, system } = process.cpuUsage(before);
        costs.push((user + system) / 1000);
        board.pass(20 * MINUTE);
      }
      return Math.min(...costs);
    };
    const [wrong, unknown] = [await measure('Bistort'), await measure('Nobody')];
    assert.ok(wrong > 5, `a password is hashed at a cost: ${wrong} ms`);
    assert.ok(unknown > wrong / 2 && unknown < wrong * 2, `${unknown} ms for an unknown name and ${wrong} ms for a wrong password`);
  });

  it('a session id that was planted before is worth nothing after', async () => {
    await hire('Tansy', 'moderator');
    const planted = 'A'.repeat(43);
    const host = new URL(board.origin()).host;
    const answer = await request(board.server).post('/mod/login').set({ Host: host, 'Sec-Fetch-Site': 'same-origin', Cookie: `staff=${planted}` }).type('form').send({ name: 'Tansy', password });
    assert.equal(answer.status, 303);
    assert.notEqual(readCookie(answer), planted);
    assert.equal((await getWith(readCookie(answer), '/mod/account')).status, 200);
    assert.equal((await getWith(planted, '/mod/account')).status, 303);
  });

  it('whoever reads the table of sessions finds nothing in it to log in with', async () => {
    const id = await hire('Madder', 'moderator');
    const session = readCookie(await logIn(board.open(), 'Madder')) ?? '';
    assert.equal((await getWith(session, '/mod/account')).status, 200);
    const { id_hash: stored } = await board.db.selectFrom('staff_sessions').select('id_hash').where('staff_id', '=', id).executeTakeFirstOrThrow();
    for (const read of [stored.toString(), stored.toString('base64url'), stored.toString('hex'), Buffer.from(stored.toString(), 'base64url').toString()]) {
      assert.ok(!read.includes(session) && !session.includes(read), 'the id is not stored as it is');
    }
    assert.equal((await getWith(stored.toString('base64url'), '/mod/account')).status, 303);
  });

  it('an admin gets no further than setting up a second factor, and then all the way', async () => {
    await hire('Teasel', 'admin');
    const browser = board.open();
    const first = await logIn(browser, 'Teasel', '/mod/staff');
    assert.equal(first.headers['location'], '/mod/account/second-factor?to=%2Fmod%2Fstaff');
    const page = (await browser.get('/mod/account/second-factor?to=/mod/staff')).text;
    const token = readInput(page, 'form_token');
    for (const path of ['/mod', '/mod/staff', '/mod/log', '/mod/account', '/mod/weeds/']) assert.match(String((await browser.get(path)).headers['location']), /^\/mod\/account\/second-factor/, path);
    for (const path of ['/mod/staff', '/mod/act', '/mod/undo', '/mod/account/password', '/mod/account/sessions']) {
      assert.equal((await browser.send(path, { form_token: token })).status, 401, path);
    }
    const secret = (/<code>([A-Z2-7 ]+)<\/code>/.exec(page)?.[1] ?? '').replaceAll(' ', '');
    const sent = { form_token: token, enrolment: readInput(page, 'enrolment'), to: '/mod/staff' };
    assert.equal((await browser.send('/mod/account/second-factor', { ...sent, code: '000000' })).status, 422);
    const done = await browser.send('/mod/account/second-factor', { ...sent, code: toCode(secret, board.now()) });
    assert.equal(done.status, 200);
    assert.equal(done.text.match(/<li><code>/g)?.length, 10);
    assert.equal((await browser.get('/mod/staff')).status, 200);
    assert.equal((await getWith(readCookie(first), '/mod/account/second-factor')).status, 303, 'the session of the first step is over');
  });

  it('with a second factor the password alone opens nothing, and no code is taken twice', async () => {
    const { secret, codes } = await enrol('Vervain');
    board.pass(MINUTE);
    const browser = board.open();
    const first = await logIn(browser, 'Vervain');
    assert.equal(first.headers['location'], '/mod/login/second-factor');
    for (const path of ['/mod', '/mod/staff', '/mod/account', '/mod/account/second-factor']) assert.match(String((await browser.get(path)).headers['location']), /^\/mod\/login\/second-factor/, path);
    const token = readInput((await browser.get('/mod/login/second-factor')).text, 'form_token');
    assert.equal((await browser.send('/mod/account/second-factor', { form_token: token, code: '000000' })).status, 401);
    assert.equal((await browser.send('/mod/login/second-factor', { form_token: 'another', code: toCode(secret, board.now()) })).status, 403);
    assert.equal((await browser.send('/mod/login/second-factor', { form_token: token, code: '000000' })).status, 401);
    const code = toCode(secret, board.now());
    assert.equal((await browser.send('/mod/login/second-factor', { form_token: token, code })).headers['location'], '/mod');
    assert.equal((await browser.get('/mod/staff')).status, 200);

    const other = board.open();
    await logIn(other, 'Vervain');
    const otherToken = readInput((await other.get('/mod/login/second-factor')).text, 'form_token');
    assert.equal((await other.send('/mod/login/second-factor', { form_token: otherToken, code })).status, 401);
    assert.equal((await other.send('/mod/login/second-factor', { form_token: otherToken, code: codes[0] })).headers['location'], '/mod/account?done=recovery');
    const third = board.open();
    await logIn(third, 'Vervain');
    const thirdToken = readInput((await third.get('/mod/login/second-factor')).text, 'form_token');
    assert.equal((await third.send('/mod/login/second-factor', { form_token: thirdToken, code: codes[0] })).status, 401);
  });

  it('a session ends after two hours without a request, an admin’s after half an hour, and every one after twelve hours', async () => {
    await hire('Betony', 'moderator');
    const moderator = board.open();
    await logIn(moderator, 'Betony');
    const { browser: admin } = await enrol('Comfrey');
    const isIn = async (browser: typeof admin) => (await browser.get('/mod/account')).status === 200;
    board.pass(29 * MINUTE);
    assert.ok((await isIn(moderator)) && (await isIn(admin)));
    board.pass(31 * MINUTE);
    assert.ok((await isIn(moderator)) && !(await isIn(admin)));
    for (let hour = 1; hour < 11; hour += 1) {
      board.pass(60 * MINUTE);
      assert.ok(await isIn(moderator), `after ${hour + 1} hours of work`);
    }
    board.pass(61 * MINUTE);
    assert.ok(!(await isIn(moderator)));
    const again = board.open();
    await logIn(again, 'Betony');
    board.pass(121 * MINUTE);
    assert.ok(!(await isIn(again)));
  });

  it('new roles, being shut out, a new password and logging out end sessions at once', async () => {
    const id = await hire('Arnica', 'moderator');
    const enter = async () => {
      const browser = board.open();
      const cookie = readCookie(await logIn(browser, 'Arnica'));
      const token = readInput((await browser.get('/mod/account')).text, 'form_token');
      return { browser, cookie, token, isIn: async () => (await getWith(cookie, '/mod/account')).status === 200 };
    };
    const one = await enter();
    assert.ok(await one.isIn());
    await setRoles(deed(), id, [{ boardId: garden.id, role: 'janitor' }]);
    assert.ok(!(await one.isIn()));

    const two = await enter();
    await setDisabled(deed(), id, true);
    assert.ok(!(await two.isIn()));
    await setDisabled(deed(), id, false);
    assert.ok(!(await two.isIn()), 'and letting somebody in again does not bring them back');

    const [three, four] = [await enter(), await enter()];
    const typed = { form_token: three.token, password: 'a better one, longer', again: 'a better one, longer' };
    assert.equal((await three.browser.send('/mod/account/password', { ...typed, current: 'a guess of a thief' })).status, 403);
    const changed = await three.browser.send('/mod/account/password', { ...typed, current: password });
    assert.equal(changed.status, 303);
    assert.ok(!(await three.isIn()) && !(await four.isIn()));
    assert.equal((await three.browser.get('/mod/account')).status, 200, 'whoever changed it goes on under a new id');

    const kept = readCookie(changed);
    const token = readInput((await three.browser.get('/mod/account')).text, 'form_token');
    assert.equal((await three.browser.send('/mod/logout', { form_token: 'another' })).status, 403);
    assert.equal((await three.browser.send('/mod/logout', { form_token: token })).status, 303);
    assert.equal((await getWith(kept, '/mod/account')).status, 303);
  });
});

describe('a step of the login that is on its way', () => {
  it('leads nowhere when the account is changed at that moment', async () => {
    const desk = await openDesk();
    try {
      const { db, now, keys, sessions } = desk.parts;
      const id = await createStaff({ db, actor: { staffId: null, role: 'admin' }, now: now() }, { name: 'Woodruff', password, roles: [{ boardId: null, role: 'admin' }] });
      const secret = createSecondFactorSecret();
      const factor = { sealed: sealSecret(keys.sealing, id, secret), usedStep: 0, recoveryHashes: createRecoveryCodes().map(hashRecoveryCode) };
      await db.transaction().execute((trx) => replaceSecondFactor(trx, id, factor, now()));
      let endsSessions = false;
      const app = express();
      app.use(createRequestContext({ readAddress: () => authorAt(1), publicOrigin: undefined }));
      app.use(sessions.loadStaff);
      // What an admin's reset does, between the reading of the session and the locking of the account.
      app.use(async (_req, _res, next) => {
        if (endsSessions) await db.transaction().execute((trx) => deleteSessionsOf(trx, id));
        next();
      });
      app.use(createLoginRouter(desk.parts));
      const browser = request.agent(app);
      await browser.post('/mod/login').type('form').send({ name: 'Woodruff', password });
      const page = (await browser.get('/mod/login/second-factor')).text;
      const sent = { form_token: /name="form_token" value="([^"]*)"/.exec(page)?.[1], code: toCode(secret, now()) };
      endsSessions = true;
      const answer = await browser.post('/mod/login/second-factor').type('form').send(sent);
      assert.equal(answer.headers['set-cookie'], undefined);
      assert.equal((await db.selectFrom('staff_sessions').selectAll().execute()).length, 0);
    } finally {
      await desk.close();
    }
  });
});
