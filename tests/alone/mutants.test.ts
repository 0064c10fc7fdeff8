import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { breakFiles, readMutants } from '../../drills/support/mutant.js';

const root = join(import.meta.dirname, '../..');

test('every deliberate fault still fits the source, and names tests that there are', () => {
  const mutants = readMutants();
  assert.ok(mutants.length >= 30, `${mutants.length} faults`);
  for (const mutant of mutants) {
    assert.ok(mutant.tests.length > 0 && mutant.tests.every((file) => /^tests\/[\w/-]+\.test\.ts$/.test(file) && existsSync(join(root, file))), `${mutant.name}: ${mutant.tests.join(' ')}`);
    assert.ok(breakFiles(mutant, root).size > 0, mutant.name);
  }
});

test('a deliberate fault that is stale is told', () => {
  const stale = { name: 'stale', what: 'nothing', tests: [], hunks: [{ file: 'package.json', old: 'no such line\n', fresh: 'another\n' }] };
  assert.throws(() => breakFiles(stale, root), /stale: in package\.json its lines are found 0 times/);
});
