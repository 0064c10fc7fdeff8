import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { toAuthorTags, toViewTag } from '../../src/identity/author-tags.js';
import { findClientAddress } from '../../src/identity/client-address.js';
import { openKeys } from '../../src/identity/keys.js';
import { ensurePosterSecret, isPosterSecret, readPosterSecret, toSecretHash } from '../../src/identity/poster-secret.js';
import { seal, unseal } from '../../src/identity/seal.js';
import { splitName, toTripcode } from '../../src/identity/tripcode.js';

const root = mkdtempSync(join(tmpdir(), 'quoth-tags-'));
after(() => rmSync(root, { recursive: true, force: true }));
const clock = { at: Date.parse('2026-11-24T10:00:00Z') };
const keys = await openKeys({ dir: join(root, 'keys'), now: () => new Date(clock.at) });
const otherKeys = await openKeys({ dir: join(root, 'other'), now: () => new Date(clock.at) });

function getAddress(text: string) {
  const address = findClientAddress(text);
  assert.ok(address !== undefined);
  return address;
}

function makeExchange(cookie?: string) {
  const req = new IncomingMessage(new Socket());
  if (cookie !== undefined) req.headers.cookie = cookie;
  return { req, res: new ServerResponse(req) };
}

test('an author has the same tags again, other people and other scopes have others', () => {
  const one = toAuthorTags(keys, getAddress('198.51.100.7'));
  assert.deepEqual(toAuthorTags(keys, getAddress('::ffff:198.51.100.7')), one);
  for (const tag of [one.dayTag, one.banTag, one.rangeTag]) assert.equal(tag.length, 16);
  assert.equal(new Set([one.dayTag, one.banTag, one.rangeTag].map(String)).size, 3);
  const neighbour = toAuthorTags(keys, getAddress('198.51.100.8'));
  assert.notDeepEqual(neighbour.banTag, one.banTag);
  assert.notDeepEqual(neighbour.dayTag, one.dayTag);
  assert.deepEqual(neighbour.rangeTag, one.rangeTag);
  assert.equal(one.banKeyId, keys.banKeys()[0]?.id);
  assert.deepEqual(one.allBanTags, [{ keyId: one.banKeyId, tag: one.banTag }, { keyId: one.banKeyId, tag: one.rangeTag }]);
});

test('without the keys no address fits a tag, with them it does', () => {
  const { banTag } = toAuthorTags(keys, getAddress('127.3.2.1'));
  const candidates = Array.from({ length: 1024 }, (_, index) => `127.3.${2 + (index >> 8)}.${index & 255}`);
  const count = (guess: typeof keys) => candidates.filter((text) => toAuthorTags(guess, getAddress(text)).banTag.equals(banTag)).length;
  assert.equal(count(otherKeys), 0);
  assert.equal(count(keys), 1, 'the premise: the address is among the candidates');
});

test('moderators see the same author by different signs, and by others tomorrow', () => {
  const { dayTag } = toAuthorTags(keys, getAddress('198.51.100.7'));
  const seen = toViewTag(keys, { staffId: 1, dayTag });
  assert.match(seen, /^[0-9a-z]{5}$/);
  assert.equal(toViewTag(keys, { staffId: 1, dayTag }), seen);
  assert.notEqual(toViewTag(keys, { staffId: 2, dayTag }), seen);
  assert.notEqual(toViewTag(keys, { staffId: 1, dayTag: toAuthorTags(keys, getAddress('198.51.100.9')).dayTag }), seen);
});

test('the same author has another day tag on another day', async () => {
  const before = toAuthorTags(keys, getAddress('198.51.100.7'));
  const view = toViewTag(keys, { staffId: 1, dayTag: before.dayTag });
  clock.at += 86_400_000;
  await keys.rotate(new Set());
  const later = toAuthorTags(keys, getAddress('198.51.100.7'));
  assert.notDeepEqual(later.dayTag, before.dayTag);
  assert.deepEqual(later.banTag, before.banTag);
  assert.notEqual(toViewTag(keys, { staffId: 1, dayTag: before.dayTag }), view);
});

test('a name is cut at its first number sign, however it is typed, and the secret is nowhere in what is left', () => {
  assert.deepEqual(splitName('Ann'), { name: 'Ann', secret: null });
  assert.deepEqual(splitName(''), { name: '', secret: null });
  assert.deepEqual(splitName('Ann#one'), { name: 'Ann', secret: 'one' });
  assert.deepEqual(splitName('Ann##one'), { name: 'Ann', secret: 'one' });
  assert.deepEqual(splitName(' Ann #one two'), { name: 'Ann', secret: 'one two' });
  assert.deepEqual(splitName('#one'), { name: '', secret: 'one' });
  assert.deepEqual(splitName('Ann#'), { name: 'Ann', secret: null });
  assert.deepEqual(splitName('Ann##'), { name: 'Ann', secret: null });
  assert.deepEqual(splitName('Ann#a#b'), { name: 'Ann', secret: 'a#b' });
  assert.deepEqual(splitName('Ann###b'), { name: 'Ann', secret: '#b' });
  assert.deepEqual(splitName('アン＃＃秘密'), { name: 'アン', secret: '秘密' });
});

test('a tripcode is 60 bits, the same for the same secret under the same key', () => {
  const tripcode = toTripcode(keys, 'one');
  assert.match(tripcode, /^![0-9a-z]{12}$/);
  assert.equal(toTripcode(keys, 'one'), tripcode);
  assert.equal(toTripcode(keys, 'caf\u00e9'), toTripcode(keys, 'cafe\u0301'));
  assert.equal(toTripcode(keys, '１'), toTripcode(keys, '1'));
  assert.notEqual(toTripcode(keys, 'One'), tripcode);
  assert.notEqual(toTripcode(otherKeys, 'one'), tripcode);
  const many = new Set(Array.from({ length: 2000 }, (_, index) => toTripcode(keys, String(index))));
  assert.equal(many.size, 2000);
  assert.ok([...many].some((code) => code.endsWith('z')), 'the last sign has all five bits');
});

test('the first post sets one cookie, and only the secret in it deletes the post', () => {
  const { req, res } = makeExchange();
  const secret = ensurePosterSecret(req, res, { isSecure: true });
  assert.equal(ensurePosterSecret(req, res, { isSecure: true }), secret, 'asked twice in one answer');
  assert.match(secret, /^[\w-]{43}$/);
  assert.deepEqual(res.getHeader('Set-Cookie'), `__Host-own=${secret}; Secure; Path=/; HttpOnly; SameSite=Strict`);
  const back = makeExchange(`a=b; __Host-own=${secret}; c=d`);
  assert.equal(readPosterSecret(back.req, { isSecure: true }), secret);
  assert.equal(ensurePosterSecret(back.req, back.res, { isSecure: true }), secret);
  assert.equal(back.res.getHeader('Set-Cookie'), undefined);

  const hash = toSecretHash(secret, 17);
  assert.equal(hash.length, 32);
  assert.equal(isPosterSecret(hash, secret, 17), true);
  assert.equal(isPosterSecret(hash, secret, 18), false);
  assert.equal(isPosterSecret(hash, `${secret.slice(0, -1)}_`, 17), secret.endsWith('_'));
  assert.equal(isPosterSecret(hash, undefined, 17), false);
  assert.equal(isPosterSecret(null, secret, 17), false);
  assert.equal(isPosterSecret(Buffer.alloc(5), secret, 17), false);
  assert.notDeepEqual(toSecretHash(secret, 18), hash, 'rows of one poster do not look alike');
});

test('on https a plain cookie is not taken for the poster’s, and a malformed one never is', () => {
  const planted = 'A'.repeat(43);
  assert.equal(readPosterSecret(makeExchange(`own=${planted}`).req, { isSecure: false }), planted);
  assert.equal(readPosterSecret(makeExchange(`own=${planted}`).req, { isSecure: true }), undefined);
  for (const cookie of [`own=${'A'.repeat(42)}`, `own=${'A'.repeat(44)}`, `down=${planted}`, `own="${planted}"`, 'own=', '']) {
    assert.equal(readPosterSecret(makeExchange(cookie).req, { isSecure: false }), undefined, cookie);
  }
  const { req, res } = makeExchange();
  const secret = ensurePosterSecret(req, res, { isSecure: false });
  assert.equal(res.getHeader('Set-Cookie'), `own=${secret}; Path=/; HttpOnly; SameSite=Strict`);
});

test('what is sealed opens with its key alone, unchanged', () => {
  const plain = Buffer.from('the second factor');
  const sealed = seal(keys.sealing, plain);
  assert.ok(!sealed.includes(plain));
  assert.deepEqual(unseal(keys.sealing, sealed), plain);
  assert.notDeepEqual(seal(keys.sealing, plain), sealed, 'a fresh nonce each time');
  assert.throws(() => unseal(otherKeys.sealing, sealed));
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => unseal(keys.sealing, changed), `byte ${at}`);
  }
  for (const length of [0, 5, 12, 27]) assert.throws(() => unseal(keys.sealing, sealed.subarray(0, length)), `${length} bytes`);
});
