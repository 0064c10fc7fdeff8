import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sendCopies } from '../../drills/faults/copies.js';
import { killAtPoints } from '../../drills/faults/crash-points.js';
import { takeAway } from '../../drills/faults/database-away.js';
import { fillDisk } from '../../drills/faults/disk-full.js';
import { raceForNumbers } from '../../drills/faults/number-race.js';
import { raceRemovals } from '../../drills/faults/removal-race.js';
import { soakBoard } from '../../drills/faults/soak.js';

/** The quick forms of `npm run fuzz -- crash-points postgres-killed postgres-away disk-full copies number-race removal-race soak`, on a server of their own. Ends are generous: machines differ. */
describe('a board whose PostgreSQL goes away', () => {
  it('shows its pages, refuses posts with their words kept, and goes on by itself when the server was killed', async () => {
    const { faults } = await takeAway({ leaving: 'killed', rounds: 2, writers: 20, awayMs: 1_500, mostMs: 20_000 });
    assert.deepEqual(faults, []);
  });

  it('does the same when the server stands still and does not even hang up', async () => {
    const { faults } = await takeAway({ leaving: 'stopped', rounds: 1, writers: 20, awayMs: 7_000, mostMs: 20_000 });
    assert.deepEqual(faults, []);
  });

  it('refuses pictures for which there is no room, takes texts meanwhile, and pictures again when there is', async () => {
    const { faults } = await fillDisk('files', { refusedMs: 20_000, recoveredMs: 30_000 });
    assert.deepEqual(faults, []);
  });
});

describe('a board that is killed at the worst moment', () => {
  it('leaves no file behind whose post was not stored, and leads a form that was not answered to the one post it made', async () => {
    assert.deepEqual((await killAtPoints({ kills: 1 })).faults, []);
  });
});

it('a board in use shows its pages through one fault after the other, and has lost nothing at the end', async () => {
  assert.deepEqual((await soakBoard({ minutes: 0, everyMs: 1_000, isWeighed: false })).faults, []);
});

describe('a board on which many post at once', () => {
  it('makes one post of each form, however many copies come at once', async () => {
    assert.deepEqual((await sendCopies({ kind: 'postgres', clients: 12, copies: 10 })).faults, []);
  });

  it('counts right while writers, deletions and falling threads race', async () => {
    assert.deepEqual((await raceForNumbers('postgres', { writers: 20, posts: 12 })).faults, []);
  });

  it('keeps counts, order and links right while replies, deletions, removals and their undoing meet at the same posts', async () => {
    assert.deepEqual((await raceRemovals('postgres', { workers: 15, operations: 900 })).faults, []);
  });
});
