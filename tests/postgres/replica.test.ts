import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { openReplica } from '../../src/db/open-replica.js';
import { createLog } from '../../src/log.js';
import { startPostgresPair, until } from '../support/postgres-pair.js';
import { openTestBoard, type Posted, type TestBoard } from '../support/test-board.js';
import { createTestDatabase } from '../support/test-database.js';

/** A board whose pages are read from a streaming replica, on two servers of its own. `pause` makes it certain that the replica lags behind. */
describe('a board that reads from a replica', () => {
  let pair: Awaited<ReturnType<typeof startPostgresPair>>;
  let board: TestBoard;
  let databaseName: string;

  before(async () => {
    pair = await startPostgresPair();
    process.env['TEST_DATABASE_URL'] = pair.primary.toUrl('postgres');
    const database = await createTestDatabase();
    databaseName = new URL(database.url ?? '').pathname.slice(1);
    await pair.catchUp();
    const settings = { DATABASE_URL: pair.primary.toUrl(databaseName), DATABASE_READ_URL: pair.replica.toUrl(databaseName) };
    board = await openTestBoard({ settings, database, pageTrustMs: { thread: 500, board: 1000 } });
    await board.makeBoard('weir');
  });
  after(async () => {
    await board.close();
    await pair.close();
  });

  const threadPath = (thread: Posted) => `/weir/thread/${thread.thread}`;
  /** A page as somebody sees it who comes a little later, when nothing is believed without asking. */
  async function show(path: string): Promise<string> {
    board.pass(1500);
    const page = await board.get(path);
    assert.equal(page.status, 200, path);
    return page.text;
  }
  /** Changes a text without telling anybody: who shows it has asked the primary. */
  const overwrite = (thread: Posted, body: string) =>
    board.db
      .updateTable('posts')
      .set((eb) => ({ body, body_html: `<p>${body}</p>`, version: eb('version', '+', 1) }))
      .where('no', '=', thread.no)
      .where('board_id', '=', board.db.selectFrom('boards').select('id').where('slug', '=', 'weir'))
      .execute();
  /** What another process would do: a reply that this one is not told of. */
  async function replyElsewhere(thread: Posted): Promise<void> {
    const elsewhere = await openTestBoard({ settings: {}, database: { ...board.running.database, url: undefined, close: () => Promise.resolve() } });
    await elsewhere.reply(thread, 'From elsewhere');
    await elsewhere.close();
  }
  const countLogged = (event: string) => board.log.filter((line) => line.includes(`"event":"${event}"`)).length;
  const boardPaths = ['/', '/weir/', '/weir/catalog'];

  it('asks the replica for its pages when that has everything', async () => {
    const [thread, unseen] = [await board.startThread('weir', { body: 'as it was' }), await board.startThread('weir', { body: 'as it was too' })];
    await pair.pause();
    for (const path of [...boardPaths, threadPath(thread), '/weir/archive']) await show(path);
    for (const each of [thread, unseen]) await overwrite(each, 'as the primary has it');
    assert.match(await show(threadPath(unseen)), /as it was too/);
    assert.match(await show('/weir/'), /as it was/);
    assert.match(await show('/weir/catalog'), /as it was/);
    assert.match(await show('/'), /as it was/);
    await pair.goOn();
    for (const path of boardPaths) assert.match(await show(path), /as the primary has it/, path);
  });

  it('shows what is posted here at once, to everybody and on every page, however far the replica is behind', async () => {
    const thread = await board.startThread('weir', { subject: 'Before the flood' });
    await pair.pause();
    try {
      await show(threadPath(thread));
      const reply = await board.reply(thread, 'Water everywhere');
      const posted = await board.get(`${threadPath(thread)}?posted=${reply.no}`);
      assert.match(posted.text, /Water everywhere/);
      assert.equal(posted.headers['cache-control'], 'no-store');
      assert.match((await board.get(threadPath(thread))).text, /Water everywhere/);
      assert.match((await board.getJson(`${threadPath(thread)}/updates?since=0`)).text, /Water everywhere/);
      assert.match(await show('/weir/'), /Water everywhere/);
      assert.match(await show('/'), /Water everywhere/);

      const fresh = await board.startThread('weir', { subject: 'After the flood' });
      assert.match((await board.get(threadPath(fresh))).text, /After the flood/, 'the replica knows of no such thread');
      for (const path of ['/weir/', '/weir/catalog']) assert.match(await show(path), /After the flood/, path);
    } finally {
      await pair.goOn();
    }
  });

  it('keeps no old page under a new number, nor goes back to one, while the replica lags and when it has caught up', async () => {
    const thread = await board.startThread('weir');
    await show(threadPath(thread));
    await pair.pause();
    await replyElsewhere(thread);
    assert.match(await show(threadPath(thread)), /From elsewhere/, 'the primary was asked for the number, and for the page');
    for (let round = 0; round < 5; round += 1) assert.match(await show(threadPath(thread)), /From elsewhere/);
    assert.match(await show('/weir/'), /From elsewhere/, 'what one page made known holds for the others');
    await pair.goOn();
    await board.reply(thread, 'After it');
    await pair.catchUp();
    for (let round = 0; round < 3; round += 1) assert.match(await show(threadPath(thread)), /From elsewhere[\s\S]*After it/);
  });

  it('takes what is removed off its pages at once, though the replica still has it', async () => {
    const staff = await board.hireStaff('Sedge', [{ boardId: null, role: 'moderator' }]);
    const thread = await board.startThread('weir', { subject: 'To be removed', body: 'Ugly words' });
    const id = await board.db.selectFrom('posts').select('id').where('no', '=', thread.no).where('board_id', '=', (await board.running.boards.get('weir')).id).executeTakeFirstOrThrow();
    await pair.pause();
    try {
      for (const path of ['/weir/', '/weir/catalog', threadPath(thread)]) assert.match(await show(path), /Ugly words/);
      await staff.send('/mod/act', { act: 'post.remove', post: String(id.id), reason: 'For a test' }).set('Origin', board.origin());
      assert.equal((await board.get(threadPath(thread))).status, 410);
      for (const path of boardPaths) assert.doesNotMatch(await show(path), /Ugly words/, path);
    } finally {
      await pair.goOn();
    }
  });

  it('goes on with the primary when the replica stands still or is gone, and asks it again when it is back', async () => {
    const thread = await board.startThread('weir', { body: 'steady words' });
    await pair.catchUp();
    for (const path of boardPaths) await show(path);
    const backCount = countLogged('replica.back');
    await pair.replica.signalConnections('SIGSTOP');
    try {
      await overwrite(thread, 'words of the primary');
      assert.match(await show('/weir/'), /words of the primary/, 'after a wait');
      assert.ok(countLogged('replica.away') > 0);
    } finally {
      await pair.replica.signalConnections('SIGCONT');
    }
    await until(async () => countLogged('replica.back') > backCount);

    await pair.replica.stop();
    for (const path of [...boardPaths, threadPath(thread)]) await show(path);
    await board.reply(thread, 'and on');
    await pair.replica.start();
    await until(async () => countLogged('replica.back') > backCount + 1);
    await pair.pause();
    await show('/weir/');
    await overwrite(thread, 'nobody asks for these');
    assert.match(await show('/weir/'), /words of the primary/, 'the replica is asked again');
    await pair.goOn();
  });

  it('does not take another database for its replica', async () => {
    const name = `other_${randomBytes(4).toString('hex')}`;
    await pair.primary.query(`create database ${name} owner quoth`);
    await assert.rejects(openReplica(pair.primary.toUrl(name), board.db, createLog('silent')), /DATABASE_READ_URL names no streaming replica/);
    const gone = await openReplica('postgres://quoth@127.0.0.1:1/nowhere', board.db, createLog('silent'));
    await gone.close();
  });
});
