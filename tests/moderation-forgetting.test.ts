import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { findBansBefore } from '../src/moderation/ban-store.js';
import { openTestBoard, type Posted, type TestBoard } from './support/test-board.js';

const hour = 3_600_000;
const day = 24 * hour;

/** What moderation keeps of a post and of its author, once nobody needs it any longer. */
describe('what moderation keeps', () => {
  let board: TestBoard;
  let staff: Awaited<ReturnType<TestBoard['hireStaff']>>;
  let thread: Posted;

  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('shed');
    thread = await board.startThread('shed');
  });
  // The clock is moved on, and sessions end.
  let hiredCount = 0;
  beforeEach(async () => {
    hiredCount += 1;
    staff = await board.hireStaff(`Teasel ${hiredCount}`, [{ boardId: null, role: 'admin' }]);
  });
  after(() => board.close());

  const idOf = async (post: Posted) => (await board.db.selectFrom('posts').select('id').where('no', '=', post.no).where('board_id', '=', (await board.running.boards.get('shed')).id).executeTakeFirstOrThrow()).id;
  const send = (path: string, fields: Record<string, string | number>) => staff.send(path, fields).set('Origin', board.origin());
  const bansOf = async (post: Posted) => board.db.selectFrom('bans').select(['id', 'tag', 'post_excerpt', 'reason']).where('post_id', '=', await idOf(post)).orderBy('id').execute();
  const notesOf = async (post: Posted) => (await board.db.selectFrom('reports').select(['note', 'reason']).where('post_id', '=', await idOf(post)).execute()).map(({ note }) => note);
  const ban = async (post: Posted, duration = 24) => {
    await send('/mod/act', { act: 'author.ban', post: await idOf(post), reason: 'Off topic', duration, scope: 'site' }).expect(303);
    const made = (await bansOf(post)).at(-1);
    assert.ok(made !== undefined && made.tag.length > 0 && made.post_excerpt !== '', 'it keeps the author’s tag and the beginning of the post');
    return made.id;
  };
  const lift = (id: number) => board.db.updateTable('bans').set({ lifted_at: board.now() }).where('id', '=', id).execute();
  const remove = (post: Posted) => board.send(`/shed/post/${post.no}/delete`, { what: 'post' }).expect(303);
  const report = (post: Posted, note: string) => board.send(`/shed/post/${post.no}/report`, { reason: 'spam', note });

  it('of a ban that has ended tells nobody whom it was about, and one that still holds goes on holding', async () => {
    const [short, long] = [await board.reply(thread, 'A short ban for this.'), await board.reply(thread, 'A longer one for this.')];
    await ban(short, 24);
    const longId = await ban(long, 720);
    board.pass(25 * hour);
    await board.doChores();
    const [ended] = await bansOf(short);
    const [standing] = await bansOf(long);
    assert.deepEqual([ended?.tag.length, ended?.reason, (standing?.tag.length ?? 0) > 0], [0, 'Off topic', true]);
    await assert.rejects(board.reply(thread, 'Still banned'), /403/);
    await lift(longId);
    await board.doChores();
    assert.equal((await bansOf(long))[0]?.tag.length, 0);
    await board.reply(thread, 'No longer banned');
    for (const { id } of [...(await bansOf(short)), ...(await bansOf(long))]) assert.deepEqual(await findBansBefore(board.db, id), [], 'bans without tags are no earlier bans of one another');
  });

  it('of the words of a post that its poster deletes goes with it, and what reporters wrote when the report is closed', async () => {
    const post = await board.reply(thread, 'Words that are taken back.');
    await report(post, 'He says: words that are taken back');
    const id = await ban(post);
    await lift(id);
    const other = await board.reply(thread, 'Words that stay.');
    await report(other, 'Words that stay');
    await remove(post);
    assert.equal((await bansOf(post))[0]?.post_excerpt, '', 'the ban');
    assert.deepEqual(await notesOf(post), [''], 'the ban had closed the report');
    assert.deepEqual(await notesOf(other), ['Words that stay'], 'of other posts nothing goes');
  });

  it('is kept while an open appeal needs it, and goes with the answer', async () => {
    const post = await board.reply(thread, 'Words that an appeal is about.');
    const id = await ban(post);
    await board.send(`/bans/${id}/appeal`, { text: 'It was not so.' }).expect(303);
    await remove(post);
    assert.match((await bansOf(post))[0]?.post_excerpt ?? '', /Words that an appeal is about/);
    await send(`/mod/appeals/${id}/answer`, { outcome: 'refused', answer: 'It was.' }).expect(303);
    assert.equal((await bansOf(post))[0]?.post_excerpt, '');
    await lift(id);
  });

  it('goes with the end of the ban when the appeal is never answered', async () => {
    const post = await board.reply(thread, 'Words that nobody looks at.');
    const id = await ban(post);
    await board.send(`/bans/${id}/appeal`, { text: 'Please.' }).expect(303);
    await remove(post);
    board.pass(2 * day);
    await board.doChores();
    const [ended] = await bansOf(post);
    assert.deepEqual([ended?.post_excerpt, ended?.tag.length], ['', 0]);
  });

  it('of an open report stays until somebody has looked at it', async () => {
    const post = await board.reply(thread, 'Words that are reported.');
    await report(post, 'Look at those words');
    await remove(post);
    assert.deepEqual(await notesOf(post), ['Look at those words']);
    await send('/mod/act', { act: 'report.dismiss', post: await idOf(post), reason: '' });
    assert.deepEqual(await notesOf(post), ['']);
  });
});
