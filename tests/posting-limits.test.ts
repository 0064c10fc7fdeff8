import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../src/http/errors.js';
import { createMemoryLimitStore } from '../src/spam/limit-store.js';
import { createPostingLimits } from '../src/spam/posting-limits.js';
import { createTranslate } from '../src/texts/texts.js';

const ann = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const bob = Buffer.from('ff0102030405060708090a0b0c0d0e0f', 'hex');
const say = createTranslate('en');

/** Limits with a clock that stands still until it is moved. */
function makeLimits(isOff = false) {
  const clock = { seconds: 1_800_000_000 };
  const now = () => new Date(clock.seconds * 1000);
  return { clock, limits: createPostingLimits({ isOff, now }) };
}

async function refuse(attempt: Promise<unknown>): Promise<{ retryAfter: number | undefined; sentence: string; status: number }> {
  const error = await attempt.then(() => undefined, (thrown: unknown) => thrown);
  assert.ok(error instanceof UserError, `expected a refusal, got ${String(error)}`);
  return { status: error.status, retryAfter: error.retryAfter, sentence: say(error.code, error.params) };
}

test('three replies in a row are taken, then one every 15 seconds', async () => {
  const { clock, limits } = makeLimits();
  for (let time = 0; time < 3; time += 1) await limits.takeReply(ann);
  assert.deepEqual(await refuse(limits.takeReply(ann)), {
    status: 429, retryAfter: 15, sentence: 'You can post again in 15 seconds. What you typed is kept.',
  });
  clock.seconds += 14;
  assert.equal((await refuse(limits.takeReply(ann))).sentence, 'You can post again in 1 second. What you typed is kept.');
  clock.seconds += 1;
  await limits.takeReply(ann);
  assert.equal((await refuse(limits.takeReply(ann))).retryAfter, 15);
  clock.seconds += 45;
  for (let time = 0; time < 3; time += 1) await limits.takeReply(ann);
  await refuse(limits.takeReply(ann));
});

test('one author’s haste does not hinder another', async () => {
  const { limits } = makeLimits();
  for (let time = 0; time < 3; time += 1) await limits.takeReply(ann);
  await refuse(limits.takeReply(ann.toString('hex')));
  await limits.takeReply(bob);
});

test('a refused attempt does not lengthen the wait', async () => {
  const { clock, limits } = makeLimits();
  for (let time = 0; time < 3; time += 1) await limits.takeReply(ann);
  for (let second = 0; second < 15; second += 1) {
    for (let attempt = 0; attempt < 20; attempt += 1) assert.equal((await refuse(limits.takeReply(ann))).retryAfter, 15 - second);
    clock.seconds += 1;
  }
  await limits.takeReply(ann);
});

test('what did not happen after all is given back, once', async () => {
  const { limits } = makeLimits();
  await limits.takeReply(ann);
  await limits.takeReply(ann);
  const third = await limits.takeReply(ann);
  await third.giveBack();
  await third.giveBack();
  await limits.takeReply(ann);
  await refuse(limits.takeReply(ann));
});

test('one author starts one thread in five minutes', async () => {
  const { clock, limits } = makeLimits();
  await limits.takeThread(ann, 1);
  assert.deepEqual(await refuse(limits.takeThread(ann, 2)), {
    status: 429, retryAfter: 300, sentence: 'You can start another thread in 5 minutes. What you typed is kept.',
  });
  await limits.takeThread(bob, 1);
  await limits.takeReply(ann);
  clock.seconds += 299;
  await refuse(limits.takeThread(ann, 1));
  clock.seconds += 1;
  const taken = await limits.takeThread(ann, 1);
  await taken.giveBack();
  await limits.takeThread(ann, 1);
});

test('one board takes 20 threads in ten minutes, and whom it refuses may start one elsewhere', async () => {
  const { clock, limits } = makeLimits();
  for (let author = 0; author < 20; author += 1) await limits.takeThread(Buffer.alloc(16, author + 100), 1);
  const refusal = await refuse(limits.takeThread(ann, 1));
  assert.equal(refusal.retryAfter, 30);
  assert.match(refusal.sentence, /Too many threads .* again in 30 seconds\.$/);
  await limits.takeThread(ann, 2);
  clock.seconds += 30;
  await limits.takeThread(bob, 1);
});

test('30 MB of files are taken in ten minutes', async () => {
  const { clock, limits } = makeLimits();
  await limits.takeUploadBytes(ann, 20_000_000);
  const refusal = await refuse(limits.takeUploadBytes(ann, 16_000_000));
  assert.equal(refusal.retryAfter, 120);
  await limits.takeUploadBytes(ann, 10_000_000);
  clock.seconds += 600;
  await limits.takeUploadBytes(bob, 33_000_000);
  assert.match((await refuse(limits.takeUploadBytes(bob, 1_000_000))).sentence, /in 20 seconds, or post without files now\.$/);
});

test('reports and deletions have their own limits', async () => {
  const { limits } = makeLimits();
  const cases = [
    { take: limits.takeReport, most: 5, wait: 120, sentence: 'You sent several reports in a row. You can report again in 120 seconds.' },
    { take: limits.takeDeletion, most: 10, wait: 6, sentence: 'You deleted several posts in a row. You can delete again in 6 seconds.' },
  ];
  for (const { take, most, wait, sentence } of cases) {
    for (let time = 0; time < most; time += 1) await take(ann);
    assert.deepEqual(await refuse(take(ann)), { status: 429, retryAfter: wait, sentence });
  }
});

test('with limits off everything passes', async () => {
  const { limits } = makeLimits(true);
  for (let time = 0; time < 100; time += 1) {
    await limits.takeReply(ann);
    await (await limits.takeThread(ann, 1)).giveBack();
    await limits.takeUploadBytes(ann, 1e9);
    await limits.takeReport(ann);
    await limits.takeDeletion(ann);
  }
});

test('a clock that is set back an hour keeps nobody waiting for that hour', async () => {
  const { clock, limits } = makeLimits();
  for (let time = 0; time < 3; time += 1) await limits.takeReply(ann);
  clock.seconds -= 3600;
  assert.equal((await refuse(limits.takeReply(ann))).retryAfter, 15);
  clock.seconds += 15;
  await limits.takeReply(ann);
});

test('authors who have waited are forgotten', async () => {
  const clock = { ms: 1_800_000_000_000 };
  const store = createMemoryLimitStore(() => new Date(clock.ms));
  const limit = { burst: 3, seconds: 45 };
  for (let author = 0; author < 1000; author += 1) await store.take(`author-${author}`, limit, 1);
  assert.equal(store.size(), 1000);
  clock.ms += 60_000;
  await store.take('somebody', limit, 1);
  assert.equal(store.size(), 1);
});
