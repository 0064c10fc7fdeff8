import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import request from 'supertest';
import type { Board } from '../src/boards/board.js';
import { findBar } from '../src/moderation/ban-store.js';
import { reportPost } from '../src/moderation/report-post.js';
import { type Desk, openDesk, type TestPost } from './support/moderation-desk.js';

/** Reports and appeals, and the queue in which moderators work through them. */
describe('the queue', () => {
  let desk: Desk;
  let garden: Board;
  let books: Board;
  let moderator: Awaited<ReturnType<Desk['hireStaff']>>;
  let lastReporter = 0;
  let lastAuthor = 0;

  before(async () => {
    desk = await openDesk();
    garden = await desk.makeBoard('garden');
    books = await desk.makeBoard('books');
    moderator = await desk.hireStaff('Sorrel', [{ boardId: null, role: 'moderator' }]);
  });
  after(() => desk.close());

  const report = (post: TestPost, reason = 'spam', note = '', reporter = (lastReporter += 1)) =>
    reportPost(desk.db, { postId: post.id, reason, note, reporterTag: Buffer.from(`reporter ${reporter}`), now: desk.now() });
  const isOpen = async (post: TestPost) => (await moderator.get('/mod/queue/list')).text.includes(`case=${post.id}"`);
  const readReports = (post: TestPost) => desk.db.selectFrom('reports').select(['resolution', 'resolved_by']).where('post_id', '=', post.id).orderBy('id').execute();
  const signed = async (board: Board) => {
    const post = await desk.reply(await desk.startThread(board));
    const author = (lastAuthor += 1);
    await desk.sign(post, author);
    return { post, author };
  };
  const visit = (author: number, path: string) => request(desk.app).get(path).set('X-Author', String(author));
  const sendAs = (author: number, path: string, fields: object) =>
    request(desk.app).post(path).set({ 'X-Author': String(author), 'Sec-Fetch-Site': 'same-origin' }).type('form').send(fields);

  describe('reports', () => {
    it('one reporter reports a post once, others can too', async () => {
      const { post } = await signed(garden);
      assert.equal(await report(post, 'spam', '', 1001), 'created');
      assert.equal(await report(post, 'illegal', '', 1001), 'already');
      assert.equal(await report(post, 'spam', '', 1002), 'created');
      assert.equal((await readReports(post)).length, 2);
    });

    it('need a reason from the list, and a note that is not too long', async () => {
      const { post } = await signed(garden);
      await assert.rejects(report(post, 'because'), { code: 'moderation.reportReasonMissing', field: 'reason' });
      await assert.rejects(report(post, 'other', 'x'.repeat(301)), { code: 'moderation.tooLong', field: 'note' });
    });

    it('are settled by acting on the post, and open again when that is undone', async () => {
      const { post } = await signed(garden);
      await report(post);
      await report(post);
      assert.ok(await isOpen(post));
      const { logId } = await desk.acts.perform(moderator.member, { act: 'post.remove', postId: post.id, reason: 'Advertising or spam' });
      assert.deepEqual(await readReports(post), [
        { resolution: 'acted', resolved_by: moderator.member.id },
        { resolution: 'acted', resolved_by: moderator.member.id },
      ]);
      assert.ok(!(await isOpen(post)));
      await desk.acts.undo(moderator.member, logId);
      assert.deepEqual((await readReports(post)).map((row) => row.resolution), [null, null]);
      assert.ok(await isOpen(post));
    });

    it('are settled on every post that is removed along', async () => {
      const { post, author } = await signed(garden);
      const other = await desk.reply(post);
      await desk.sign(other, author);
      await report(other);
      await desk.acts.perform(moderator.member, { act: 'author.removeBoard', postId: post.id, reason: 'Flooding' });
      assert.deepEqual((await readReports(other)).map((row) => row.resolution), ['acted']);
    });

    it('are dismissed without a trace in the public log, and that can be undone', async () => {
      const { post } = await signed(garden);
      await report(post);
      const { logId } = await desk.acts.perform(moderator.member, { act: 'report.dismiss', postId: post.id, reason: '' });
      assert.ok(!(await isOpen(post)));
      assert.deepEqual((await readReports(post)).map((row) => row.resolution), ['dismissed']);
      assert.ok(!(await request(desk.app).get('/log')).text.includes(`id="l${logId}"`));
      assert.ok((await moderator.get('/mod/log')).text.includes(`id="l${logId}"`));
      const undone = await desk.acts.undo(moderator.member, logId);
      assert.ok(await isOpen(post));
      assert.ok(!(await request(desk.app).get('/log')).text.includes(`id="l${undone.logId}"`));
      await assert.rejects(desk.acts.perform(moderator.member, { act: 'report.dismiss', postId: (await signed(garden)).post.id, reason: '' }), {
        code: 'moderation.nothingToDo',
      });
    });

    it('of a reported post count when its thread is moved from the queue, and of no other', async () => {
      const { post } = await signed(garden);
      const stranger = await signed(garden);
      await report(post);
      await report(stranger.post);
      await desk.acts.perform(moderator.member, { act: 'thread.move', threadId: post.threadId, toBoardId: books.id, reason: '', casePostId: stranger.post.id });
      assert.ok(await isOpen(stranger.post));
      await desk.acts.perform(moderator.member, { act: 'thread.lock', threadId: post.threadId, reason: '', casePostId: post.id });
      assert.ok(!(await isOpen(post)));
    });
  });

  describe('its page', () => {
    it('puts illegal things first, then what was reported most, then what has waited longest', async () => {
      const board = await desk.makeBoard('order');
      const janitor = await desk.hireStaff('Order', [{ boardId: board.id, role: 'janitor' }]);
      const posts = [];
      for (let count = 0; count < 4; count += 1) posts.push((await signed(board)).post);
      const [old, young, twice, illegal] = posts;
      assert.ok(old && young && twice && illegal);
      await report(old);
      desk.pass(0.1);
      await report(young);
      await report(twice);
      await report(twice);
      await report(illegal, 'illegal');
      const list = await janitor.get('/mod/queue/list');
      const order = [...list.text.matchAll(/case=(\d+)"/g)].map((found) => Number(found[1]));
      assert.deepEqual(order, [illegal.id, twice.id, old.id, young.id]);
      assert.match(list.text, /×2/);
    });

    it('shows a janitor the boards of his own and no others', async () => {
      const janitor = await desk.hireStaff('Dock', [{ boardId: garden.id, role: 'janitor' }]);
      const [own, foreign] = [(await signed(garden)).post, (await signed(books)).post];
      await report(own);
      await report(foreign, 'illegal');
      const list = (await janitor.get('/mod/queue/list')).text;
      assert.ok(list.includes(`case=${own.id}"`));
      assert.ok(!list.includes(`case=${foreign.id}"`));
      const page = await janitor.get(`/mod/queue?case=${foreign.id}`);
      assert.equal(page.status, 200);
      assert.ok(!page.text.includes(`Words of post ${foreign.no}<`));
    });

    it('shows the case between its neighbours, with pictures veiled and its reports told apart from their reporters', async () => {
      const { post } = await signed(garden);
      const neighbour = await desk.reply(post, { body: 'What came afterwards' });
      await desk.attach(neighbour);
      await desk.attach(post);
      await report(post, 'spam', 'same text was in the <Sunday> thread');
      const page = (await moderator.get(`/mod/queue?case=${post.id}`)).text;
      assert.ok(page.includes('same text was in the &lt;Sunday&gt; thread'));
      assert.ok(page.includes('What came afterwards'));
      assert.equal([...page.matchAll(/data-veil/g)].length, 1);
      assert.equal([...page.matchAll(/<img/g)].length, 1);
      assert.ok(!page.includes('reporter '));
    });

    it('goes on to the next case after a decision and offers to undo it', async () => {
      const board = await desk.makeBoard('next');
      const janitor = await desk.hireStaff('Next', [{ boardId: board.id, role: 'janitor' }]);
      const [first, second] = [(await signed(board)).post, (await signed(board)).post];
      await report(first);
      desk.pass(0.1);
      await report(second);
      const page = (await janitor.get('/mod')).text;
      assert.match(page, new RegExp(`Words of post ${first.no}<`));
      const back = /<form class="acts panel".*?name="back" value="([^"]*)"/s.exec(page)?.[1] ?? '';
      assert.equal(back, `/mod/queue?case=${second.id}`);
      const answer = await janitor.send('/mod/act', { act: 'post.remove', post: first.id, reason: 'Advertising or spam', back });
      assert.equal(answer.status, 303);
      const next = (await janitor.get(String(answer.headers.location))).text;
      assert.match(next, new RegExp(`Words of post ${second.no}<`));
      assert.match(next, /class="toast".*Removed: No\. \d+ in \/next\/ \(Advertising or spam\)/s);
      const log = /data-toast.*?name="log" value="(\d+)"/s.exec(next)?.[1] ?? '';
      assert.equal((await janitor.send('/mod/undo', { log, back: '/mod' })).status, 303);
      assert.ok((await janitor.get('/mod/queue/list')).text.includes(`case=${first.id}"`));
    });

    it('says so when somebody else has decided the case meanwhile', async () => {
      const { post } = await signed(garden);
      await report(post);
      await desk.acts.perform(moderator.member, { act: 'report.dismiss', postId: post.id, reason: '' });
      assert.match((await moderator.get(`/mod/queue?case=${post.id}`)).text, /Somebody else has decided that case/);
    });

    it('takes along what is removed with its thread, until that is undone', async () => {
      const thread = await desk.startThread(garden);
      const reply = await desk.reply(thread);
      await report(reply);
      const { logId } = await desk.acts.perform(moderator.member, { act: 'post.remove', postId: thread.id, reason: 'Off topic' });
      assert.ok(!(await isOpen(reply)));
      await desk.acts.undo(moderator.member, logId);
      assert.ok(await isOpen(reply));
    });

    it('tells open pages that the number of cases has changed', async () => {
      const { post } = await signed(garden);
      await report(post);
      desk.openCounts.length = 0;
      await desk.acts.perform(moderator.member, { act: 'report.dismiss', postId: post.id, reason: '' });
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(desk.openCounts.length, 1);
      assert.match((await moderator.get('/mod/queue/list')).text, new RegExp(`All ${desk.openCounts[0]}<`));
      assert.deepEqual(desk.failures, []);
    });
  });

  describe('a banned poster', () => {
    const ban = async (by = moderator, hours = 168) => {
      const { post, author } = await signed(garden);
      await desk.acts.perform(by.member, { act: 'author.ban', postId: post.id, reason: 'Advertising, third time', note: 'Please stop.', hours, scope: 'board', isPostRemoved: true, isShown: false });
      const found = await findBar(desk.db, desk.tagsOf(author), garden.id, desk.now());
      assert.ok(found !== undefined);
      return { id: found.id, post, author };
    };

    it('sees why, until when, for which post and what was noted for him; others see nothing', async () => {
      const { id, post, author } = await ban();
      const page = await visit(author, `/bans/${id}`);
      assert.equal(page.status, 200);
      for (const part of ['Advertising, third time', 'Please stop.', `No. ${post.no} on /garden/`, `Words of post ${post.no}`, '2026-05-', 'Appeal']) assert.ok(page.text.includes(part), part);
      assert.ok(!page.text.includes('Sorrel'));
      assert.equal((await visit(author + 100, `/bans/${id}`)).status, 404);
      assert.equal((await visit(author, `/bans/999999`)).status, 404);
    });

    it('appeals once; a refused appeal keeps its words', async () => {
      const { id, author } = await ban();
      const empty = await sendAs(author, `/bans/${id}/appeal`, { text: '  ' });
      assert.equal(empty.status, 422);
      const long = await sendAs(author, `/bans/${id}/appeal`, { text: `It was a joke ${'x'.repeat(1000)}` });
      assert.equal(long.status, 422);
      assert.ok(long.text.includes('It was a joke xxx'));
      assert.equal((await sendAs(author + 100, `/bans/${id}/appeal`, { text: 'Not mine' })).status, 404);
      const sent = await sendAs(author, `/bans/${id}/appeal`, { text: 'It was a joke about a sourdough' });
      assert.deepEqual([sent.status, sent.headers.location], [303, `/bans/${id}`]);
      assert.match((await visit(author, `/bans/${id}`)).text, /It was a joke about a sourdough/);
      const again = await sendAs(author, `/bans/${id}/appeal`, { text: 'And another thing' });
      assert.equal(again.status, 409);
      assert.equal((await desk.db.selectFrom('bans').select('appeal').where('id', '=', id).executeTakeFirstOrThrow()).appeal, 'It was a joke about a sourdough');
    });

    it('keeps what he was about to post through an appeal', async () => {
      const { id, author } = await ban();
      const page = await sendAs(author, `/bans/${id}/appeal`, { text: 'Sorry', typed_subject: 'Beds', typed_body: 'A long <reply>' });
      assert.equal(page.status, 200);
      assert.match(page.text, /A long &lt;reply&gt;<\/textarea>/);
    });

    it('reads the answer, and is free when it lifts the ban; that can be undone too', async () => {
      const { id, author, post } = await ban();
      await sendAs(author, `/bans/${id}/appeal`, { text: 'It was mine to sell' });
      const queue = await moderator.get(`/mod/queue?case=a${id}`);
      assert.match(queue.text, /It was mine to sell/);
      assert.match(queue.text, /You set this ban yourself/);
      const other = await desk.hireStaff(`Teasel${id}`, [{ boardId: garden.id, role: 'moderator' }]);
      assert.doesNotMatch((await other.get(`/mod/queue?case=a${id}`)).text, /You set this ban yourself/);

      const refused = await other.send(`/mod/appeals/${id}/answer`, { outcome: 'lifted', answer: '', back: '/mod' });
      assert.equal(refused.status, 422);
      assert.match(refused.text, /value="lifted" checked/);
      const answered = await other.send(`/mod/appeals/${id}/answer`, { outcome: 'lifted', answer: 'The rule allows it.', back: '/mod' });
      assert.equal(answered.status, 303);
      assert.equal(await findBar(desk.db, desk.tagsOf(author), garden.id, desk.now()), undefined);
      assert.match((await visit(author, `/bans/${id}`)).text, /The rule allows it\./);
      assert.match((await request(desk.app).get('/log?action=appeals')).text, new RegExp(`Ban lifted.*No\\. ${post.no}<`, 's'));

      const logId = Number(/done=(\d+)/.exec(String(answered.headers.location))?.[1]);
      await desk.acts.undo(other.member, logId);
      assert.notEqual(await findBar(desk.db, desk.tagsOf(author), garden.id, desk.now()), undefined);
      assert.match((await other.get('/mod/queue/list?filter=appeals')).text, new RegExp(`case=a${id}"`));
    });

    it('has a shorter ban when the answer shortens it, never a longer one', async () => {
      const { id, author } = await ban();
      await sendAs(author, `/bans/${id}/appeal`, { text: 'Too long' });
      assert.equal((await moderator.send(`/mod/appeals/${id}/answer`, { outcome: 'shortened', hours: 720, answer: 'No' })).status, 422);
      assert.equal((await moderator.send(`/mod/appeals/${id}/answer`, { outcome: 'shortened', hours: 24, answer: 'A day then' })).status, 303);
      const found = await findBar(desk.db, desk.tagsOf(author), garden.id, desk.now());
      assert.equal(found?.expiresAt.getTime(), desk.now().getTime() + 24 * 3_600_000);
      assert.equal((await moderator.send(`/mod/appeals/${id}/answer`, { outcome: 'lifted', answer: 'Twice' })).status, 409);
    });

    it('is not answered by a janitor, nor by a moderator of another board', async () => {
      const { id, author } = await ban();
      await sendAs(author, `/bans/${id}/appeal`, { text: 'Hello' });
      const janitor = await desk.hireStaff(`Janitor${id}`, [{ boardId: garden.id, role: 'janitor' }]);
      const foreign = await desk.hireStaff(`Foreign${id}`, [{ boardId: books.id, role: 'moderator' }]);
      for (const each of [janitor, foreign]) {
        assert.ok(!(await each.get('/mod/queue/list')).text.includes(`case=a${id}"`));
        assert.equal((await each.send(`/mod/appeals/${id}/answer`, { outcome: 'refused', answer: 'No' })).status, 403);
      }
    });

    it('against a ban that an admin set is not answered by a moderator, who is told so, but by an admin', async () => {
      const head = await desk.hireStaff('Head', [{ boardId: garden.id, role: 'admin' }]);
      const { id, author } = await ban(head);
      await sendAs(author, `/bans/${id}/appeal`, { text: 'Hello' });
      const shown = await moderator.get(`/mod/queue?case=a${id}`);
      assert.match(shown.text, /Somebody with a higher role set this ban/);
      assert.ok(!shown.text.includes(`/mod/appeals/${id}/answer`));
      const refused = await moderator.send(`/mod/appeals/${id}/answer`, { outcome: 'lifted', answer: 'Off you go' });
      assert.deepEqual([refused.status, /higher role/.test(refused.text)], [403, true]);
      assert.notEqual(await findBar(desk.db, desk.tagsOf(author), garden.id, desk.now()), undefined);
      const chief = await desk.hireStaff('Chief', [{ boardId: garden.id, role: 'admin' }]);
      assert.ok((await chief.get(`/mod/queue?case=a${id}`)).text.includes(`/mod/appeals/${id}/answer`));
      assert.equal((await chief.send(`/mod/appeals/${id}/answer`, { outcome: 'lifted', answer: 'Off you go' })).status, 303);
      assert.equal(await findBar(desk.db, desk.tagsOf(author), garden.id, desk.now()), undefined);
    });

    it('who was warned reads it once and goes on with what he had typed', async () => {
      const { post, author } = await signed(garden);
      await desk.acts.perform(moderator.member, { act: 'author.warn', postId: post.id, reason: 'Off topic', note: '', isPostRemoved: false, isShown: false });
      const { id } = await desk.db.selectFrom('bans').select('id').where('post_id', '=', post.id).executeTakeFirstOrThrow();
      assert.match((await visit(author, `/bans/${id}`)).text, /I have read this/);
      const seen = await sendAs(author, `/bans/${id}/seen`, { typed_subject: '', typed_body: 'My reply' });
      assert.match(seen.text, /You can go on posting\..*My reply/s);
      assert.notEqual((await desk.db.selectFrom('bans').select('seen_at').where('id', '=', id).executeTakeFirstOrThrow()).seen_at, null);
      assert.equal((await sendAs(author, `/bans/${id}/appeal`, { text: 'Why' })).status, 404);
    });
  });
});
