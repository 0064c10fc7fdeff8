import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Role } from '../src/db/tables.js';
import { UserError } from '../src/http/errors.js';
import { createLoginThrottle } from '../src/staff/login-throttle.js';
import { type Act, assertAllowed, isAllowed, isAllowedSomewhere, policy } from '../src/staff/permissions.js';
import { assertPasswordAcceptable, burnPasswordTime, createPassword, hashPassword, isPassword } from '../src/staff/passwords.js';
import { createRecoveryCodes, hashRecoveryCode } from '../src/staff/recovery-codes.js';
import {
  createSecondFactorSecret,
  findCodeStep,
  findEnrolmentSecret,
  sealSecret,
  toEnrolmentField,
  toEnrolmentPicture,
  unsealSecret,
} from '../src/staff/second-factor.js';
import type { StaffMember } from '../src/staff/staff-member.js';
import { findStaffName, toNameKey } from '../src/staff/staff-name.js';
import { toReturnPath } from '../src/staff/staff-path.js';
import { toCode } from './support/staff-door.js';

const BOARD = 7;
const OTHER_BOARD = 8;

test('each role may do exactly what the policy gives it, on its board and everywhere', () => {
  const janitor: Act[] = ['queue.read', 'report.dismiss', 'post.remove', 'file.remove', 'file.spoiler', 'author.removeThread'];
  const moderator: Act[] = [
    ...janitor, 'author.warn', 'author.ban', 'author.removeBoard', 'thread.sticky', 'thread.lock', 'thread.bumplock', 'thread.cyclical',
    'thread.archive', 'thread.move', 'appeal.answer', 'post.capcode',
  ];
  const admin: Act[] = [...moderator, 'post.purge', 'log.readPrivate'];
  const onSite: Record<Role, Act[]> = {
    janitor: [],
    moderator: ['author.removeSite', 'author.banSite'],
    admin: ['author.removeSite', 'author.banSite', 'staff.manage'],
  };
  const onBoard: Record<Role, Act[]> = { janitor, moderator, admin };
  const acts = Object.keys(policy).filter((name): name is Act => Object.hasOwn(policy, name));
  assert.equal(acts.length, new Set([...admin, ...onSite.admin]).size, 'every act has an expectation here');

  for (const role of ['janitor', 'moderator', 'admin'] as const) {
    const ofBoard = createMember([{ boardId: BOARD, role }]);
    const ofSite = createMember([{ boardId: null, role }]);
    for (const act of acts) {
      const may = onBoard[role].includes(act);
      const mayOnSite = may || onSite[role].includes(act);
      assert.equal(isAllowed(ofBoard, act, BOARD), may, `${role} of the board: ${act} there`);
      assert.equal(isAllowed(ofBoard, act, OTHER_BOARD), false, `${role} of the board: ${act} on another`);
      assert.equal(isAllowed(ofBoard, act, null), false, `${role} of the board: ${act} everywhere`);
      assert.equal(isAllowedSomewhere(ofBoard, act), may, `${role} of the board: ${act} somewhere`);
      assert.equal(isAllowed(ofSite, act, BOARD), mayOnSite, `${role} everywhere: ${act} on a board`);
      assert.equal(isAllowed(ofSite, act, null), mayOnSite, `${role} everywhere: ${act} everywhere`);
      assert.equal(isAllowed(createMember([]), act, BOARD), false, `nobody: ${act}`);
    }
  }
});

test('the higher of two roles counts where both hold', () => {
  const member = createMember([{ boardId: null, role: 'janitor' }, { boardId: BOARD, role: 'moderator' }]);
  assert.equal(isAllowed(member, 'thread.lock', BOARD), true);
  assert.equal(isAllowed(member, 'thread.lock', OTHER_BOARD), false);
  assert.equal(isAllowed(member, 'post.remove', OTHER_BOARD), true);
  assert.throws(() => assertAllowed(member, 'thread.lock', OTHER_BOARD), (error) => error instanceof UserError && error.status === 403);
});

test('an act that the policy does not name is nobody’s', () => {
  const admin = createMember([{ boardId: null, role: 'admin' }]);
  for (const act of ['toString', 'constructor', '__proto__', 'post.rewrite']) {
    assert.equal(Reflect.apply(isAllowed, undefined, [admin, act, null]), false, act);
  }
});

test('after five failures the waits double, up to a quarter of an hour, and a success forgives', () => {
  let at = Date.parse('2026-11-24T10:00:00Z');
  const throttle = createLoginThrottle({ now: () => new Date(at) });
  const attempt = { account: 'ada', client: 'x' };
  const waits: number[] = [];
  for (let failure = 0; failure < 5; failure += 1) assert.equal(throttle.begin(attempt), 0);
  for (let failure = 0; failure < 13; failure += 1) {
    const wait = throttle.begin(attempt);
    waits.push(wait);
    at += wait * 1000;
    assert.equal(throttle.begin(attempt), 0, `after ${wait} s`);
  }
  assert.deepEqual(waits.slice(0, 10), [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
  assert.deepEqual(waits.slice(10), [900, 900, 900]);
  assert.ok(throttle.begin(attempt) > 0, 'premise: it is still held off');
  throttle.succeed(attempt);
  assert.equal(throttle.begin(attempt), 0);
});

test('one client may fail twenty times in ten minutes, at whichever accounts', () => {
  let at = Date.parse('2026-11-24T10:00:00Z');
  const throttle = createLoginThrottle({ now: () => new Date(at) });
  for (let account = 0; account < 20; account += 1) assert.equal(throttle.begin({ account: `n${account}`, client: 'x' }), 0);
  assert.equal(throttle.begin({ account: 'one more', client: 'x' }), 600);
  assert.equal(throttle.begin({ account: 'one more', client: 'y' }), 0, 'other clients are not held off');
  at += 600_000;
  assert.equal(throttle.begin({ account: 'one more', client: 'x' }), 0);
});

test('logging in rightly again and again is never too much', () => {
  const throttle = createLoginThrottle({ now: () => new Date('2026-11-24T10:00:00Z') });
  for (let login = 0; login < 300; login += 1) {
    assert.equal(throttle.begin({ account: 'ada', client: 'x' }), 0);
    throttle.succeed({ account: 'ada', client: 'x' });
  }
});

test('ten thousand guesses from fifty clients get at most 120 tries an hour, and the owner still gets in from a known browser', () => {
  let at = Date.parse('2026-11-24T10:00:00Z');
  const throttle = createLoginThrottle({ now: () => new Date(at) });
  let triedCount = 0;
  for (let guess = 0; guess < 10_000; guess += 1) {
    if (throttle.begin({ account: 'ada', client: `c${guess % 50}` }) === 0) triedCount += 1;
    at += 359;
  }
  assert.ok(at - Date.parse('2026-11-24T10:00:00Z') < 3_600_000, 'premise: within one hour');
  assert.ok(triedCount > 50 && triedCount <= 120, `${triedCount} tries`);
  assert.ok(throttle.begin({ account: 'ada', client: 'owner' }) > 0, 'premise: the account is under attack');
  assert.equal(throttle.begin({ account: 'ada', client: 'owner', isKnown: true }), 0);
});

test('the throttle forgets the ones untouched for longest rather than grow', () => {
  const throttle = createLoginThrottle({ now: () => new Date('2026-11-24T10:00:00Z'), maxEntries: 10 });
  for (let failure = 0; failure < 6; failure += 1) throttle.begin({ account: 'ada', client: 'x' });
  assert.ok(throttle.begin({ account: 'ada', client: 'x' }) > 0);
  for (let client = 0; client < 10; client += 1) throttle.begin({ account: 'bob', client: `y${client}` });
  assert.equal(throttle.begin({ account: 'ada', client: 'x' }), 0);
});

test('codes of the present step and its two neighbours are right, others are not', () => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  // RFC 6238, appendix B, cut to six digits: at 1111111111 s the code is 14050471.
  const at = new Date(1_111_111_111_000);
  assert.equal(toCode(secret, at), '050471', 'premise: the test counts as the RFC does');
  const step = Math.floor(at.getTime() / 30_000);
  assert.equal(findCodeStep(secret, '050471', at), step);
  assert.equal(findCodeStep(secret, ' 050-471 ', at), step);
  for (const [shift, expected] of [[-2, null], [-1, step - 1], [0, step], [1, step + 1], [2, null]] as const) {
    assert.equal(findCodeStep(secret, toCode(secret, new Date(at.getTime() + shift * 30_000)), at), expected, `${shift} steps away`);
  }
  for (const typed of ['', '50471', '0504711', '05047a', '٠٥٠٤٧١', '050471\0']) assert.equal(findCodeStep(secret, typed, at), null, JSON.stringify(typed));
});

test('a stored second factor opens under its key and for its account alone', () => {
  const key = randomBytes(32);
  const secret = createSecondFactorSecret();
  const sealed = sealSecret(key, 5, secret);
  assert.equal(unsealSecret(key, 5, sealed), secret);
  assert.ok(!sealed.toString('latin1').includes(secret));
  assert.throws(() => unsealSecret(key, 6, sealed));
  assert.throws(() => unsealSecret(randomBytes(32), 5, sealed));
});

test('an enrolment page is good for its session and a quarter of an hour', () => {
  const key = randomBytes(32);
  const at = new Date('2026-11-24T10:00:00Z');
  const field = toEnrolmentField(key, 'token', 'SECRET', at);
  assert.equal(findEnrolmentSecret(key, 'token', field, new Date(at.getTime() + 15 * 60_000)), 'SECRET');
  assert.equal(findEnrolmentSecret(key, 'token', field, new Date(at.getTime() + 15 * 60_000 + 1)), undefined);
  assert.equal(findEnrolmentSecret(key, 'other token', field, at), undefined);
  const forged = [createHmac('sha256', key).update(field).digest('base64url'), `${field.slice(0, -1)}${field.endsWith('A') ? 'B' : 'A'}AAA`, '', '[]'];
  for (const text of forged) assert.equal(findEnrolmentSecret(key, 'token', text, at), undefined);
});

test('the picture of an enrolment is an SVG of shapes alone, whatever the account is named', async () => {
  const { html } = await toEnrolmentPicture(createSecondFactorSecret(), { name: '<script>"&', site: 'Quoth' });
  assert.match(html, /^<svg [^<>]*>(<path [^<>]*\/>)+<\/svg>\s*$/);
  assert.doesNotMatch(html, /script|style|href|http:(?!\/\/www\.w3\.org\/2000\/svg)/);
});

test('recovery codes are ten, all different, and found again however they are copied', () => {
  const codes = createRecoveryCodes();
  assert.equal(new Set(codes).size, 10);
  for (const code of codes) assert.match(code, /^(?:[0-9a-z]{5}-){4}[0-9a-z]{5}$/);
  const [code = ''] = codes;
  const copied = ` ${code.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'I')}\n`;
  assert.deepEqual(hashRecoveryCode(copied), hashRecoveryCode(code));
  assert.notDeepEqual(hashRecoveryCode(codes[1] ?? ''), hashRecoveryCode(code));
});

test('passwords are kept as argon2id at the set cost and compared in one form', async () => {
  const hash = await hashPassword('Straße nach Süden');
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.equal(await isPassword(hash, 'Straße nach Süden'.normalize('NFD')), true);
  assert.equal(await isPassword(hash, 'Strasse nach Süden'), false);
  await burnPasswordTime('anything');
});

test('more than two hashes wait, and more than twenty who wait are told that the board is busy', async () => {
  const asked = Array.from({ length: 30 }, () => hashPassword('a long password'));
  const settled = await Promise.allSettled(asked);
  const refused = settled.filter((one) => one.status === 'rejected');
  assert.equal(refused.length, 8);
  for (const { reason } of refused) assert.ok(reason instanceof UserError && reason.status === 503 && reason.retryAfter !== undefined);
  await hashPassword('and then it goes on');
});

test('a password must be twelve characters and more than the name', () => {
  const refusals: [string, string][] = [
    ['short words', 'staff.passwordTooShort'],
    ['🦔🦔🦔🦔🦔🦔', 'staff.passwordTooShort'],
    ['Ada Lovelace', 'staff.passwordIsName'],
    ['adalovelace-ADALOVELACE', 'staff.passwordIsName'],
    ['x'.repeat(201), 'staff.passwordTooLong'],
  ];
  for (const [password, code] of refusals) {
    assert.throws(() => assertPasswordAcceptable('Ada Lovelace', password), (error) => error instanceof UserError && error.code === code, password);
  }
  assertPasswordAcceptable('Ada Lovelace', 'Ada Lovelace writes notes');
  for (let count = 0; count < 50; count += 1) assertPasswordAcceptable('Ada Lovelace', createPassword());
});

test('names that look alike are one account', () => {
  assert.equal(toNameKey(' Ada  Lovelace '), toNameKey('ADA lovelace'));
  assert.equal(toNameKey('Ａｄａ'), toNameKey('ada'));
  for (const name of ['Ada', 'Øyvind K.', '猫と本', 'mod_2-b', 'a'.repeat(32)]) assert.equal(findStaffName(name), name);
  for (const name of ['', 'a', '-a', ' ', 'a\0b', 'a\nb'.repeat(20), '<b>bold</b>', 'a'.repeat(33), '\ud800\ud800', 'a@b']) {
    assert.equal(findStaffName(name), undefined, JSON.stringify(name));
  }
});

test('after a login one comes back to a staff page and nowhere else', () => {
  for (const path of ['/mod', '/mod/staff/3', '/mod/b/thread/12?view=reports&page=2', '/mod?queue=appeals', '/mod/account/second-factor', '/mod/b/', '/mod/b/?show=removed']) {
    assert.equal(toReturnPath(path), path);
  }
  const elsewhere = [
    'https://evil.example/', '//evil.example', '///evil.example', '/\\evil.example', '\\\\evil.example', 'evil.example', '/evil', '/',
    '/mod//evil.example', '/mod/../../evil', '/mod/..', '/mod/%2e%2e/', '/mod\\..\\', '/mod/\n//evil', '/mod\r\nSet-Cookie: a=b', '/moderate',
    '/mod//', '/mod//evil.example', '/mod@evil.example', '/mod.evil.example', '/mod:80', 'javascript:alert(1)', ' /mod', '/mod ', '/mod/login', '/mod/login/second-factor', '/mod/logout',
    '/mod/login?to=/mod', '/mod?to=https://evil.example', '/mod#//evil', '/mod/\t/evil', `/mod/${'a'.repeat(400)}`, '/MOD', '', undefined, null, 7,
    ['/mod', '//evil.example'], { toString: () => '//evil.example' },
  ];
  for (const path of elsewhere) assert.equal(toReturnPath(path), '/mod', String(path));
});

function createMember(roles: StaffMember['roles']): StaffMember {
  return { id: 1, name: 'Ada', roles, hasSecondFactor: true, session: { formToken: 'token' } };
}
