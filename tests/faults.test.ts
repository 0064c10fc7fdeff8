import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkBoard, sayCheck } from '../drills/faults/check-board.js';
import { findBrokenLinks } from '../drills/faults/check-links.js';
import { findUntried, sendAgain } from '../drills/faults/crash-points.js';
import { killBoard } from '../drills/faults/crash.js';
import { createSender, type Entry, makeReplyEntry, makeThreadEntry } from '../drills/faults/ledger.js';
import { killWorkers } from '../drills/faults/media-workers.js';
import { type Kind, makePlace, picture } from '../drills/faults/place.js';
import { stopBoard } from '../drills/faults/stop.js';
import { openTestBoard } from './support/test-board.js';

/** The quick forms of drills/faults: `npm run fuzz -- faults` does them at length. On a server they start one of their own. */
const kind: Kind = (process.env['TEST_DATABASE_URL'] ?? '') === '' ? 'embedded' : 'postgres';
const hour = 3_600_000;

describe('a board to which something happens', () => {
  it('has lost nothing when it was killed while many posted, and takes what was not answered once more, once', async () => {
    assert.deepEqual((await killBoard(kind, { rounds: 1, posts: 150 })).faults, []);
  });

  it('answers everybody whom it let in when it is asked to stop', async () => {
    assert.deepEqual((await stopBoard(kind, { rounds: 1, posts: 80 })).faults, []);
  });

  it('loses the pictures alone whose decoder dies, says so, and decodes the next', async () => {
    assert.deepEqual((await killWorkers({ kind, rounds: 3, respawnMs: 30_000 })).faults, []);
  });
});

it('the look at a board after a fault finds what is missing, left over, doubled and miscounted', async () => {
  const place = await makePlace(kind);
  const board = await place.openHere();
  const sender = createSender(board.url);
  try {
    const { db } = board.running.database;
    const entries = [makeThreadEntry('b', [await picture()]), makeThreadEntry('b', [await picture()]), makeThreadEntry('b')];
    for (const entry of entries) await sender.send(entry);
    const [quoted, , quoting] = entries.map(({ place: at }) => at?.no ?? 0);
    entries.push(makeReplyEntry({ slug: 'b', no: quoting ?? 0 }, quoted));
    for (const entry of entries.slice(3)) await sender.send(entry);
    const check = () => checkBoard(db, place.dataDir, entries);
    const before = await check();
    assert.equal(before.acknowledged, 4);
    assert.deepEqual([before.lost, before.duplicateNumbers, before.repeated, before.halfPosts, before.wrongCounts, before.outOfOrder, before.orphans], [0, 0, 0, 0, 0, 0, 0], sayCheck(before));

    const follow = async (change: (page: { status: number; text: string }) => object = () => ({})) =>
      findBrokenLinks(db, {
        get: async (path) => {
          const page = await sender.get(path);
          return path === `/b/thread/${quoted}` ? { ...page, ...change(page) } : page;
        },
      });
    const sound = await follow();
    assert.ok(sound.links > 0);
    assert.deepEqual([sound.pages, sound.toRemoved, sound.broken], [3, 0, []]);
    const link = `/b/thread/${quoting} to /b/thread/${quoted}#p${quoted}`;
    assert.ok((await follow(({ text }) => ({ text: text.replaceAll(` id=p${quoted} `, '') }))).broken.includes(link), 'a link to a post that is not shown');
    assert.deepEqual((await follow(() => ({ status: 404 }))).broken, [link], 'a link to a page that is not there');
    const removed = await follow(() => ({ status: 410 }));
    assert.deepEqual([removed.toRemoved, removed.broken], [1, []], 'a removed thread says so');

    const [first, second, third] = await db.selectFrom('posts').select(['id', 'thread_id', 'body']).orderBy('no').execute();
    const [file] = await db.selectFrom('uploads').select('name').where('post_id', '=', second?.id ?? 0).execute();
    const name = file?.name ?? '';
    await rm(join(place.dataDir, 'media/public', name.slice(0, 2), name.slice(2, 4), name));
    await db.deleteFrom('uploads').where('post_id', '=', first?.id ?? 0).execute();
    await db.updateTable('posts').set({ body: second?.body ?? '' }).where('id', '=', third?.id ?? 0).execute();
    await db.updateTable('threads').set({ reply_count: 7 }).where('id', '=', third?.thread_id ?? 0).execute();
    const after = await check();
    assert.equal(after.lost, 1, 'the post whose words are gone');
    assert.equal(after.repeated, 1, 'the words that stand twice');
    assert.ok(after.halfPosts >= 2, 'a file without bytes, a post without its file');
    assert.equal(after.wrongCounts, 2, 'replies and files');
    assert.equal(after.orphans, 2, 'a picture and its thumbnail that belong to nothing');
  } finally {
    sender.close();
    await board.running.close();
    await place.remove();
  }
});

it('the look at forms that are sent again finds those that make a second post and those that are refused, and kills that came elsewhere', async () => {
  const sendAll = async (outcome: Entry['outcome'], no: number) => {
    const entry = makeThreadEntry('b');
    const send = async (sent: Entry) => void Object.assign(sent, { outcome, place: { board: 'b', thread: no, no } });
    return (await sendAgain({ send }, { sent: [entry], stored: new Map([[entry.mark, 7]]) })).faults.length;
  };
  assert.deepEqual([await sendAll('acknowledged', 7), await sendAll('acknowledged', 8), await sendAll('refused', 7)], [0, 1, 1]);
  const met = { 'before the commit': 2, 'before the answer': 2 };
  assert.deepEqual(findUntried(2, met, { orphans: 4 }, 4), []);
  assert.equal(findUntried(2, { ...met, 'before the commit': 1 }, { orphans: 4 }, 4).length, 1, 'a kill after the commit');
  assert.equal(findUntried(2, { ...met, 'before the answer': 1 }, { orphans: 4 }, 4).length, 1, 'a kill after the answer');
  assert.equal(findUntried(2, met, { orphans: 0 }, 0).length, 1, 'kills that left no file behind');
  assert.equal(findUntried(2, met, { orphans: 4 }, 3).length, 1, 'files that went before their time');
});

it('a clock that jumps an hour on and back locks nobody out, breaks nothing, and origins are erased all the same', async () => {
  const board = await openTestBoard({ settings: { POSTING_LIMITS: 'on' }, pageTrustMs: { thread: 500, board: 1000 } });
  try {
    await board.makeBoard('clock');
    const staff = await board.hireStaff('ada', [{ boardId: null, role: 'moderator' }]);
    const thread = await board.startThread('clock', { body: 'before the jump' });
    for (const [index, jump] of [hour, -2 * hour, hour, -hour, 2 * hour].entries()) {
      board.pass(jump);
      // Nobody has to wait longer than he had to anyway.
      board.pass(60_000);
      await board.reply(thread, `after jump ${index}`);
      const page = await board.get(`/clock/thread/${thread.thread}`);
      assert.match(page.text, new RegExp(`after jump ${index}`), 'the thread shows what was just posted');
      assert.equal((await board.get('/clock/')).status, 200);
      assert.match((await board.get('/clock/catalog')).text, /before the jump/);
      assert.equal((await staff.get('/mod/queue')).status, 200, 'whoever was logged in still is');
      await board.doChores();
    }
    const countOrigins = async () => (await board.db.selectFrom('post_origins').select('post_id').execute()).length;
    assert.equal(await countOrigins(), 6, 'they are known for 72 hours');
    board.pass(73 * hour);
    await board.doChores();
    assert.equal(await countOrigins(), 0);
  } finally {
    await board.close();
  }
});
