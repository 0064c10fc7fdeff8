import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { tryNames, tryMixture } from '../drills/odd-requests.js';
import { trySlowClients } from '../drills/slow-clients.js';
import { tryFlood, trySlowReaders } from '../drills/socket-crowd.js';
import { tryFrames } from '../drills/socket-frames.js';
import { tryDelivery } from '../drills/socket-readers.js';
import { openSocket } from '../drills/support/web-socket.js';
import { openTestBoard, type Posted, type TestBoard } from './support/test-board.js';

/** Short forms of what `npm run fuzz -- network` does at length. */
describe('the network', () => {
  let board: TestBoard;
  let thread: Posted;
  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('quay');
  });
  after(() => board.close());
  const startThread = async () => {
    thread = await board.startThread('quay');
    return thread;
  };
  /** The board's own faults, as its log tells them. */
  const findFaults = () => board.log.filter((line) => /"level":(?:50|60)/.test(line));

  it('hundreds of slow clients are sent away in time, and others read and post meanwhile', async () => {
    const { lived, good, posted, faults } = await trySlowClients(board.origin(), await startThread(), { headers: 200, bodies: 40, holdMs: 60_000, stopAfter: 240 });
    assert.deepEqual(faults, []);
    assert.ok(lived.length >= 240 && lived.every((ms) => ms > 5_000 && ms < 40_000), `${lived.length} were closed, after ${Math.min(...lived)} to ${Math.max(...lived)} ms`);
    assert.ok(good.length > 20 && posted.length > 0, `${good.length} pages, ${posted.length} posts`);
    assert.deepEqual(findFaults(), []);
  });

  it('requests of every kind get no answer that is a fault of the board', async () => {
    const { statuses, faults } = await tryMixture(board.origin(), await startThread(), { count: 600, connections: 20, seed: 7 });
    assert.deepEqual(faults, []);
    for (const status of [200, 403, 404]) assert.ok((statuses.get(status) ?? 0) > 20, `${status}: ${statuses.get(status)}`);
    assert.deepEqual(findFaults(), []);
  });

  it('thousands of names of parameters, fields and headers are refused or left alone', async () => {
    const { statuses, faults } = await tryNames(board.origin(), await startThread(), { rounds: 1 });
    assert.deepEqual(faults, []);
    assert.equal([...statuses.values()].reduce((sum, count) => sum + count, 0), 6);
    assert.equal(Object.getPrototypeOf({}), Object.prototype);
    assert.equal('1' in {}, false);
  });

  it('frames of no sense end their own socket at most: others are told of posts', async () => {
    const { vectorCount, fuzzedCount, endedCount, arrived, faults } = await tryFrames(board.origin(), await startThread(), { count: 600, seed: 11, atOnce: 8 });
    assert.deepEqual(faults, []);
    assert.ok(vectorCount >= 28 && fuzzedCount >= 600, `${vectorCount} vectors, ${fuzzedCount} frames`);
    assert.ok(endedCount > 20 && arrived.length > 0, `${endedCount} were ended, ${arrived.length} posts arrived`);
    assert.deepEqual(findFaults(), []);
  });

  it('who stops to read is cut off at once, with all that waits for him, and others are told of posts', async () => {
    const { droppedCount, arrived, faults } = await trySlowReaders(board.origin(), process.pid, 'quay', 2, () => undefined);
    assert.deepEqual(faults, []);
    assert.equal(droppedCount, 2);
    assert.ok(arrived.length > 0);
    assert.deepEqual(findFaults(), []);
  });

  it('who talks too much is sent away, and others are told of posts', async () => {
    const { droppedCount, arrived, faults } = await tryFlood(board.origin(), await startThread(), { offenders: 5, perSecond: 500, forMs: 3000 });
    assert.deepEqual(faults, []);
    assert.ok(droppedCount >= 5, `${droppedCount} were sent away`);
    assert.ok(arrived.length > 0);
  });

  it('pages whose lines are cut again and again show every post once and in order', async () => {
    const { postCount, lineCount, faults } = await tryDelivery(board.origin(), await startThread(), { readers: 20, posts: 40, seed: 3 });
    assert.deepEqual(faults, []);
    assert.equal(postCount, 40);
    assert.ok(lineCount > 25, `${lineCount} lines`);
  });

  describe('a socket', () => {
    const origins: Record<string, string | undefined> = {
      'another site': 'https://evil.example', 'no page': undefined, 'a page without an origin': 'null', 'another port': 'http://127.0.0.1:1',
      'another scheme': 'https://127.0.0.1', 'a name that begins like ours': 'http://127.0.0.1.evil.example', 'a name that ends like ours': 'http://evil127.0.0.1',
    };
    it('opens for the board’s own pages alone, whatever cookie comes along, and never by polling', async () => {
      const { cookie } = await board.hireStaff('Bryony', [{ boardId: null, role: 'moderator' }]);
      const own = board.origin();
      const none: Record<string, string> = {};
      for (const cookies of [none, { Cookie: cookie }]) {
        const socket = await openSocket(own, { headers: { Origin: own, ...cookies } });
        socket.close();
        for (const [name, origin] of Object.entries({ ...origins, 'ours with a path': `${own}/` })) {
          await assert.rejects(openSocket(own, { headers: { ...cookies, Origin: origin ?? '' } }), /HTTP\/1\.1 40[03]/, name);
        }
        for (const origin of [own, ...Object.values(origins)]) {
          const polling = await board.get('/socket.io/?EIO=4&transport=polling', { ...cookies, ...(origin === undefined ? {} : { Origin: origin }) });
          assert.equal(polling.status, 400, origin);
        }
      }
    });

    it('hears nothing that is for staff, whatever rooms it asks for', async () => {
      const { thread: no } = await startThread();
      const staff = await board.hireStaff('Tansy', [{ boardId: null, role: 'janitor' }]);
      const heard: string[] = [];
      const told: string[] = [];
      const visitor = await openSocket(board.origin(), { onText: (text) => heard.push(text) });
      const member = await openSocket(board.origin(), { headers: { Cookie: staff.cookie }, onText: (text) => told.push(text) });
      member.send('40/mod');
      visitor.send('40/mod');
      for (const room of ['mod', 'staff', 'queue', 'admin']) assert.deepEqual(await visitor.join({ board: room }), { ok: false, code: 'unknown' });
      for (const room of ['/mod', 'thread:1:en', 'board:quay', 'quay#0', '__proto__', '']) assert.deepEqual(await visitor.join({ board: room }), { ok: false, code: 'malformed' });
      for (const room of [{ board: 'quay' }, { board: 'quay', thread: no, lang: 'en' }]) assert.match(JSON.stringify(await visitor.join(room)), /^\{"ok":true/);
      const until = async (holds: () => boolean) => {
        for (let step = 0; step < 1000 && !holds(); step += 1) await new Promise((resolve) => setTimeout(resolve, 10));
        assert.ok(holds());
      };
      await until(() => told.some((text) => text.startsWith('40/mod,')));
      assert.equal((await board.send(`/quay/post/${thread.no}/report`, { reason: 'spam', note: 'for staff alone' })).status < 400, true);
      await until(() => told.some((text) => text.includes('queue:changed')));
      await board.reply(thread, 'For everybody.');
      await until(() => heard.some((text) => text.includes('For everybody.')));
      assert.deepEqual(heard.filter((text) => /queue|for staff alone|^40\/mod/.test(text)), []);
      visitor.close();
      member.close();
    });
  });
});
