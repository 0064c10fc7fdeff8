import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Board } from '../src/boards/board.js';
import { banHours, type ActRequest, type Sanction } from '../src/moderation/acts.js';
import { findBar, findNeededBanKeyIds } from '../src/moderation/ban-store.js';
import { eraseOrigins } from '../src/moderation/erase-origins.js';
import { reportPost } from '../src/moderation/report-post.js';
import { type Desk, openDesk, type TestPost } from './support/moderation-desk.js';

const year = 365 * 24;

/** Acts that follow an author, who is known by keyed tags alone, and only for some days. */
describe('authors', () => {
  let desk: Desk;
  let garden: Board;
  let books: Board;
  let moderator: Awaited<ReturnType<Desk['hireStaff']>>;
  let lastAuthor = 0;

  before(async () => {
    desk = await openDesk();
    garden = await desk.makeBoard('garden');
    books = await desk.makeBoard('books');
    moderator = await desk.hireStaff('Sorrel', [{ boardId: null, role: 'moderator' }]);
  });
  after(() => desk.close());

  const nextAuthor = () => (lastAuthor += 1);
  const perform = (act: ActRequest) => desk.acts.perform(moderator.member, act);
  const replyAs = async (thread: TestPost, author: number) => {
    const reply = await desk.reply(thread);
    await desk.sign(reply, author);
    return reply;
  };
  const findRemoved = async (posts: TestPost[]) => {
    const rows = await desk.db.selectFrom('posts').select('id').where('id', 'in', posts.map((post) => post.id)).where('removed_as', '=', 'staff').orderBy('id').execute();
    return rows.map((row) => row.id);
  };
  const sanction = (postId: number, more: Partial<Sanction> = {}): Sanction => ({ postId, reason: 'Advertising or spam', note: '', isPostRemoved: false, isShown: false, ...more });
  const barOf = (author: number, board: Board) => findBar(desk.db, desk.tagsOf(author), board.id, desk.now());

  describe('removing everything by an author', () => {
    /** Two threads here and one on another board; the author and a bystander write in each. */
    const makeScene = async () => {
      const [author, bystander] = [nextAuthor(), nextAuthor()];
      const here = await desk.startThread(garden);
      const alsoHere = await desk.startThread(garden);
      const elsewhere = await desk.startThread(books);
      const own = { here: [await replyAs(here, author), await replyAs(here, author)], board: [await replyAs(alsoHere, author)], site: [await replyAs(elsewhere, author)] };
      const others = [await replyAs(here, bystander), await replyAs(alsoHere, bystander), await replyAs(elsewhere, bystander)];
      return { own, others, acted: own.here[0] ?? here, ids: (posts: TestPost[]) => posts.map((post) => post.id) };
    };

    it('reaches the thread, the board or the site, as asked, and nobody else', async () => {
      const reaches = [
        { act: 'author.removeThread', parts: ['here'] },
        { act: 'author.removeBoard', parts: ['here', 'board'] },
        { act: 'author.removeSite', parts: ['here', 'board', 'site'] },
      ] as const;
      for (const { act, parts } of reaches) {
        const { own, others, acted, ids } = await makeScene();
        const wanted = parts.flatMap((part) => own[part]);
        const { logId } = await perform({ act, postId: acted.id, reason: 'Flooding' });
        assert.deepEqual(await findRemoved([...own.here, ...own.board, ...own.site, ...others]), ids(wanted), act);
        await desk.acts.undo(moderator.member, logId);
        assert.deepEqual(await findRemoved([...own.here, ...own.board, ...own.site, ...others]), [], act);
      }
    });

    it('undoing restores exactly what this act removed, not what was removed before or after', async () => {
      const { own, acted, ids } = await makeScene();
      const [, second] = own.here;
      assert.ok(second !== undefined);
      await perform({ act: 'post.remove', postId: second.id, reason: 'Off topic' });
      const all = await perform({ act: 'author.removeBoard', postId: acted.id, reason: 'Flooding' });
      const late = await desk.reply(acted);
      await desk.sign(late, lastAuthor - 1);
      await perform({ act: 'post.remove', postId: late.id, reason: 'Off topic' });
      assert.deepEqual(await findRemoved([...own.here, ...own.board, late]), ids([...own.here, ...own.board, late]));
      await desk.acts.undo(moderator.member, all.logId);
      assert.deepEqual(await findRemoved([...own.here, ...own.board, late]), [second.id, late.id]);
    });

    it('what its poster deleted meanwhile does not come back', async () => {
      const { own, acted } = await makeScene();
      const { logId } = await perform({ act: 'author.removeThread', postId: acted.id, reason: 'Flooding' });
      const [, deleted] = own.here;
      assert.ok(deleted !== undefined);
      await desk.db.updateTable('posts').set({ removed_as: 'poster', destroyed_at: desk.now(), body: '' }).where('id', '=', deleted.id).execute();
      await desk.acts.undo(moderator.member, logId);
      const rows = await desk.db.selectFrom('posts').select(['id', 'removed_as']).where('id', 'in', own.here.map((post) => post.id)).orderBy('id').execute();
      assert.deepEqual(rows.map((row) => row.removed_as), [null, 'poster']);
    });

    it('the page of the thread offers to undo it at every post that it removed', async () => {
      const { own, acted } = await makeScene();
      const { logId } = await perform({ act: 'author.removeSite', postId: acted.id, reason: 'Flooding' });
      const [far] = own.site;
      assert.ok(far !== undefined);
      const page = await moderator.get(`/mod/books/thread/${far.threadNo}`);
      assert.ok(page.text.includes(`name="log" value="${logId}"`));
      assert.ok(page.text.includes(`Words of post ${far.no}`));
    });

    it('a janitor may do it in a thread, a moderator of the board on it, and only a role everywhere on the site', async () => {
      const janitor = await desk.hireStaff('Dock', [{ boardId: garden.id, role: 'janitor' }]);
      const local = await desk.hireStaff('Burdock', [{ boardId: garden.id, role: 'moderator' }]);
      const { acted } = await makeScene();
      const ask = (member: typeof janitor, act: 'author.removeThread' | 'author.removeBoard' | 'author.removeSite') =>
        desk.acts.perform(member.member, { act, postId: acted.id, reason: 'Flooding' });
      await assert.rejects(ask(janitor, 'author.removeBoard'), { code: 'errors.notAllowed' });
      await assert.rejects(ask(local, 'author.removeSite'), { code: 'errors.notAllowed' });
      const { logId } = await ask(janitor, 'author.removeThread');
      await desk.acts.undo(janitor.member, logId);
      await ask(local, 'author.removeBoard');
    });
  });

  describe('bans', () => {
    it('hold on their board, on no other, for nobody else, and end by themselves', async () => {
      const [author, other] = [nextAuthor(), nextAuthor()];
      const reply = await replyAs(await desk.startThread(garden), author);
      await perform({ act: 'author.ban', ...sanction(reply.id), hours: 6, scope: 'board' });
      const ban = await barOf(author, garden);
      assert.equal(ban?.reason, 'Advertising or spam');
      assert.deepEqual([ban?.post.no, ban?.post.boardSlug, ban?.post.excerpt], [reply.no, 'garden', `Words of post ${reply.no}`]);
      assert.equal(await barOf(author, books), undefined);
      assert.equal(await barOf(other, garden), undefined);
      desk.pass(5.9);
      assert.notEqual(await barOf(author, garden), undefined);
      desk.pass(0.2);
      assert.equal(await barOf(author, garden), undefined);
    });

    it('from the site hold everywhere and need a role everywhere', async () => {
      const author = nextAuthor();
      const reply = await replyAs(await desk.startThread(garden), author);
      const local = await desk.hireStaff('Comfrey', [{ boardId: garden.id, role: 'moderator' }]);
      const act = { act: 'author.ban' as const, ...sanction(reply.id), hours: 24, scope: 'site' as const };
      await assert.rejects(desk.acts.perform(local.member, act), { code: 'errors.notAllowed' });
      await perform(act);
      assert.notEqual(await barOf(author, garden), undefined);
      assert.notEqual(await barOf(author, books), undefined);
    });

    it('of several the one that lasts longest counts', async () => {
      const author = nextAuthor();
      const thread = await desk.startThread(garden);
      const posts = [await replyAs(thread, author), await replyAs(thread, author), await replyAs(thread, author)];
      const [long, short, site] = posts;
      assert.ok(long && short && site);
      await perform({ act: 'author.ban', ...sanction(long.id, { reason: 'long' }), hours: 168, scope: 'board' });
      await perform({ act: 'author.ban', ...sanction(short.id, { reason: 'short' }), hours: 1, scope: 'board' });
      await perform({ act: 'author.ban', ...sanction(site.id, { reason: 'site' }), hours: 24, scope: 'site' });
      assert.equal((await barOf(author, garden))?.reason, 'long');
      assert.equal((await barOf(author, books))?.reason, 'site');
    });

    it('are undone together with the removal that came with them', async () => {
      const author = nextAuthor();
      const reply = await replyAs(await desk.startThread(garden), author);
      const { logId } = await perform({ act: 'author.ban', ...sanction(reply.id, { isPostRemoved: true, isShown: true }), hours: 24, scope: 'board' });
      const read = () => desk.db.selectFrom('posts').select(['removed_as', 'sanction']).where('id', '=', reply.id).executeTakeFirstOrThrow();
      assert.deepEqual(await read(), { removed_as: 'staff', sanction: 'banned' });
      await desk.acts.undo(moderator.member, logId);
      assert.deepEqual(await read(), { removed_as: null, sanction: null });
      assert.equal(await barOf(author, garden), undefined);
    });

    it('that have ended cannot be undone', async () => {
      const reply = await replyAs(await desk.startThread(garden), nextAuthor());
      const { logId } = await perform({ act: 'author.ban', ...sanction(reply.id), hours: 1, scope: 'board' });
      desk.pass(2);
      await assert.rejects(desk.acts.undo(moderator.member, logId), { code: 'moderation.undoOvertaken' });
    });

    it('are not given twice for one post', async () => {
      const reply = await replyAs(await desk.startThread(garden), nextAuthor());
      const act = { act: 'author.ban' as const, ...sanction(reply.id), hours: 24, scope: 'board' as const };
      await perform(act);
      await assert.rejects(perform(act), { code: 'moderation.alreadySanctioned' });
    });

    it('still hold after the keys have rotated, for as long as they last', async () => {
      const author = nextAuthor();
      const reply = await replyAs(await desk.startThread(garden), author);
      assert.equal(banHours.at(-1), year);
      await perform({ act: 'author.ban', ...sanction(reply.id), hours: year, scope: 'board' });
      for (let day = 0; day < 340; day += 10) {
        desk.pass(240);
        await desk.keys.rotate(await findNeededBanKeyIds(desk.db, desk.now()));
      }
      assert.notEqual(await barOf(author, garden), undefined);
      desk.pass(30 * 24);
      assert.equal(await barOf(author, garden), undefined);
      assert.equal((await findNeededBanKeyIds(desk.db, desk.now())).size, 0);
    });

    it('that were lifted on appeal can still be found when the lifting is taken back after the keys have rotated', async () => {
      const author = nextAuthor();
      const reply = await replyAs(await desk.startThread(garden), author);
      await perform({ act: 'author.ban', ...sanction(reply.id), hours: year, scope: 'board' });
      const ban = await barOf(author, garden);
      const lifted = { appeal: 'Please', appealed_at: desk.now(), appeal_answer: '', appeal_outcome: 'lifted' as const, appeal_answered_at: desk.now(), lifted_at: desk.now() };
      await desk.db.updateTable('bans').set(lifted).where('id', '=', ban?.id ?? 0).execute();
      for (let day = 0; day < 80; day += 10) {
        desk.pass(240);
        await desk.keys.rotate(await findNeededBanKeyIds(desk.db, desk.now()));
      }
      assert.equal(await barOf(author, garden), undefined, 'it is lifted');
      await desk.db.updateTable('bans').set({ lifted_at: null, appeal_outcome: null, appeal_answered_at: null }).where('id', '=', ban?.id ?? 0).execute();
      assert.notEqual(await barOf(author, garden), undefined, 'and stands again');
    });
  });

  describe('warnings', () => {
    it('wait until they are read, on whatever board', async () => {
      const author = nextAuthor();
      const reply = await replyAs(await desk.startThread(garden), author);
      await perform({ act: 'author.warn', ...sanction(reply.id, { note: 'Leave out the second sentence.', isShown: true }) });
      for (const board of [garden, books]) {
        const warning = await barOf(author, board);
        assert.deepEqual([warning?.kind, warning?.note], ['warning', 'Leave out the second sentence.']);
      }
      assert.equal(await barOf(nextAuthor(), garden), undefined);
      assert.equal((await desk.db.selectFrom('posts').select('sanction').where('id', '=', reply.id).executeTakeFirstOrThrow()).sanction, 'warned');
    });

    it('that are taken back are not shown any more', async () => {
      const author = nextAuthor();
      const reply = await replyAs(await desk.startThread(garden), author);
      const { logId } = await perform({ act: 'author.warn', ...sanction(reply.id) });
      await desk.acts.undo(moderator.member, logId);
      assert.equal(await barOf(author, garden), undefined);
    });
  });

  describe('forgetting', () => {
    it('after 72 hours the author of a post is not known any more, and the post can still be removed', async () => {
      const author = nextAuthor();
      const reply = await replyAs(await desk.startThread(garden), author);
      desk.pass(71);
      await eraseOrigins(desk.db, { now: desk.now(), originHours: 72 });
      assert.equal((await desk.db.selectFrom('post_origins').selectAll().where('post_id', '=', reply.id).execute()).length, 1);
      desk.pass(1);
      assert.ok((await eraseOrigins(desk.db, { now: desk.now(), originHours: 72 })) >= 1);
      assert.equal((await desk.db.selectFrom('post_origins').selectAll().where('post_id', '=', reply.id).execute()).length, 0);
      await assert.rejects(perform({ act: 'author.ban', ...sanction(reply.id), hours: 1, scope: 'board' }), { code: 'moderation.authorUnknown' });
      await assert.rejects(perform({ act: 'author.removeThread', postId: reply.id, reason: 'Flooding' }), { code: 'moderation.authorUnknown' });
      await perform({ act: 'post.remove', postId: reply.id, reason: 'Flooding' });
    });

    it('the author of a reported post is known until somebody has looked at it, for seven days at most', async () => {
      const thread = await desk.startThread(garden);
      const posts = [await replyAs(thread, nextAuthor()), await replyAs(thread, nextAuthor())];
      const [open, decided] = posts;
      assert.ok(open && decided);
      for (const post of posts) await reportPost(desk.db, { postId: post.id, reason: 'spam', note: '', reporterTag: Buffer.from('somebody'), now: desk.now() });
      await perform({ act: 'report.dismiss', postId: decided.id, reason: '' });
      const findKnown = async () => {
        await eraseOrigins(desk.db, { now: desk.now(), originHours: 72 });
        const rows = await desk.db.selectFrom('post_origins').select('post_id').where('post_id', 'in', posts.map((post) => post.id)).execute();
        return rows.map((row) => row.post_id);
      };
      desk.pass(73);
      assert.deepEqual(await findKnown(), [open.id]);
      const tags = await desk.db.selectFrom('reports').select('reporter_tag').where('post_id', 'in', posts.map((post) => post.id)).execute();
      assert.deepEqual(tags.map((row) => row.reporter_tag), [null, null]);
      desk.pass(96);
      assert.deepEqual(await findKnown(), []);
    });
  });
});
