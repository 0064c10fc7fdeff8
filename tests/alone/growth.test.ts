import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTextFinder } from '../../src/markup/find-text.js';
import { toSearchable } from '../../src/markup/searchable-words.js';
import { generators, grow, measureCost, prepareQuote, quoteGenerators, readers } from '../support/growth.js';

/** No body may be longer. */
const longest = 20_000;
/** Eight times the text takes eight times the time, or sixty-four times when it is compared with itself. */
const mostTimes = 24;
/** Less than this cannot be told from noise; what is compared with itself takes hundreds at this length. */
const leastMs = 25;

/** Holds that a text of some length costs no more than its length, given what an eighth of it costs. */
function holdGrowth(name: string, act: (length: number) => () => unknown, length = longest): void {
  const [once, eight] = [act(length / 8), act(length)];
  once();
  if (measureCost(eight, 1) < leastMs) return;
  // The tidying up of memory may fall into one measurement, but not into all of them; what grows too fast does so each time.
  const measured = Array.from({ length: 3 }, () => ({ brief: measureCost(once, 9), long: measureCost(eight, 3) }));
  const isHeld = measured.some(({ brief, long }) => long < leastMs || long / brief <= mostTimes);
  assert.ok(isHeld, `${name}: ${measured.map(({ brief, long }) => `${brief.toFixed(1)} ms, then ${long.toFixed(1)} ms`).join('; ')}`);
}

for (const [reader, read] of Object.entries(readers)) {
  test(`no text costs more than its length: ${reader}`, () => {
    assert.ok(generators.length >= 70);
    for (const generator of generators) holdGrowth(generator[0], (length) => {
      const typed = grow(generator, length);
      return () => read(typed);
    });
  });
}

test('no quote costs more than the lengths of what is quoted and of what it may be from', () => {
  for (const [name, make] of Object.entries(quoteGenerators)) holdGrowth(name, (length) => prepareQuote(make(length)), 8 * longest);
});

test('what costs too much is found to do so', () => {
  assert.throws(() => holdGrowth('a pattern that backs up', (length) => () => /a+$/.test(`${'a'.repeat(length)}b`)), /ms, then/);
  assert.throws(() => holdGrowth('a text compared with itself', (length) => () => 'a'.repeat(length).includes(`${'a'.repeat(50)}b${'a'.repeat(length / 2)}`)), /ms, then/);
});

const letters = fc.string({ unit: fc.constantFrom('a', 'a', 'a', 'b', ' ', '\ud83d\ude00'), maxLength: 400 });
const long = fc.tuple(letters, letters, fc.nat(60)).map(([one, other, times]) => one + other.repeat(times));

test('long words are found where they stand', () => {
  const find = createTextFinder();
  fc.assert(fc.property(long, long, fc.nat(200), fc.nat(3000), (held, other, from, length) => {
    for (const words of [other, held.slice(from, from + length)]) assert.equal(find(held, words, from), held.indexOf(words, from));
  }), { numRuns: 2000 });
});

/** How often a database compares two letters when it looks for words (PostgreSQL, varlena.c: Boyer, Moore and Horspool). */
function countSteps(held: string, words: string): number {
  const last = words.length - 1;
  const skips = new Map(Array.from(words.slice(0, last), (letter, at) => [letter, last - at] as const));
  let steps = 0;
  for (let at = last; at < held.length; at += skips.get(held[at] ?? '') ?? words.length) {
    let same = 0;
    while (same <= last && held[at - same] === words[last - same]) same += 1;
    steps += same + 1;
    if (same > last) return steps;
  }
  return steps;
}

test('what a database is asked for costs some steps a letter, and whoever holds the words holds it', () => {
  const isEnough = (part: string) => part.length >= 12;
  const plain = fc.string({ unit: fc.constantFrom('a', 'a', 'a', 'b', 'c'), maxLength: 200 });
  fc.assert(fc.property(plain, plain, fc.nat(60), plain, (one, other, times, held) => {
    const words = one + other.repeat(times);
    const part = toSearchable(words, isEnough);
    assert.ok(words.includes(part));
    const texts = [held.repeat(20), words, `x${words.slice(1)}`.repeat(3), 'a'.repeat(4000)];
    for (const text of part === '' ? [] : texts) assert.ok(countSteps(text, part) <= 18 * text.length, `${countSteps(text, part)} of ${text.length} for ${part}`);
  }), { numRuns: 2000 });
  const evil = `b${'a'.repeat(2000)}`;
  assert.ok(countSteps('a'.repeat(4000), evil) > 900 * 4000, 'the words themselves would cost as much as they are long');
  assert.equal(toSearchable('so what do you mean then..............................', isEnough), 'so what do you mean then.');
  const usual = 'Seedlings that were kept too warm grow long and fall over; it is light that they lack, and no feeding helps. '.repeat(3);
  assert.equal(toSearchable(usual, isEnough), usual);
});
