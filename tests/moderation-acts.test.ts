import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Board } from '../src/boards/board.js';
import { type ActRequest, acts, threadSettings, type ThreadSettingName } from '../src/moderation/acts.js';
import { emptyDeletedPosts, settleDestroyedPost } from '../src/posts/deletion-store.js';
import { hidePosts } from '../src/threads/removal-store.js';
import { type Desk, openDesk, type TestPost } from './support/moderation-desk.js';

/** What moderators do, and that each of it can be taken back, exactly, once. */
describe('acts of moderators', () => {
  let desk: Desk;
  let garden: Board;
  let books: Board;
  let moderator: Awaited<ReturnType<Desk['hireStaff']>>;
  let admin: Awaited<ReturnType<Desk['hireStaff']>>;

  before(async () => {
    desk = await openDesk();
    garden = await desk.makeBoard('garden');
    books = await desk.makeBoard('books');
    moderator = await desk.hireStaff('Sorrel', [{ boardId: null, role: 'moderator' }]);
    admin = await desk.hireStaff('Teasel', [{ boardId: null, role: 'admin' }]);
  });
  after(() => desk.close());

  const perform = (act: ActRequest) => desk.acts.perform(moderator.member, act);
  const readPost = (post: TestPost) => desk.db.selectFrom('posts').selectAll().where('id', '=', post.id).executeTakeFirstOrThrow();
  const readThread = (post: TestPost) => desk.db.selectFrom('threads').selectAll().where('id', '=', post.threadId).executeTakeFirstOrThrow();
  const readEntry = (id: number) => desk.db.selectFrom('mod_log').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const isPublic = async (name: string) => (await desk.storage.find(name, 'public')) !== undefined;

  it('a removed reply is hidden, not counted, and comes back as it was', async () => {
    const thread = await desk.startThread(garden);
    const reply = await desk.reply(thread);
    const { logId } = await perform({ act: 'post.remove', postId: reply.id, reason: 'Off topic' });
    const removed = await readPost(reply);
    assert.equal(removed.removed_as, 'staff');
    assert.equal(removed.removal_reason, 'Off topic');
    assert.equal((await readThread(thread)).reply_count, 0);
    const entry = await readEntry(logId);
    assert.deepEqual([entry.action, entry.role, entry.reason, entry.post_no, entry.board_id], ['post.remove', 'moderator', 'Off topic', reply.no, garden.id]);
    assert.equal(entry.created_at.getTime(), removed.removed_at?.getTime());

    const undone = await desk.acts.undo(moderator.member, logId);
    const restored = await readPost(reply);
    assert.equal(restored.removed_as, null);
    assert.equal(restored.body, `Words of post ${reply.no}`);
    assert.ok(restored.version > removed.version);
    assert.equal((await readThread(thread)).reply_count, 1);
    assert.notEqual((await readEntry(logId)).undone_at, null);
    assert.equal((await readEntry(undone.logId)).undoes_id, logId);
  });

  it('a removal is published with its change number after it is committed', async () => {
    const thread = await desk.startThread(garden);
    const reply = await desk.reply(thread);
    desk.published.length = 0;
    await perform({ act: 'post.remove', postId: reply.id, reason: 'Off topic' });
    assert.deepEqual(desk.published, [{ touched: [{ threadId: thread.threadId, changeNo: (await readThread(thread)).change_no }], kind: 'state' }]);
  });

  it('removing an OP takes its thread away, and undoing brings both back', async () => {
    const thread = await desk.startThread(garden);
    await desk.reply(thread);
    const { logId } = await perform({ act: 'post.remove', postId: thread.id, reason: 'Illegal content' });
    assert.notEqual((await readThread(thread)).removed_at, null);
    await desk.acts.undo(moderator.member, logId);
    const restored = await readThread(thread);
    assert.equal(restored.removed_at, null);
    assert.equal(restored.reply_count, 1);
    assert.equal(desk.published.at(-1)?.kind, 'new');
  });

  it('a removed thread comes back for its replies, even if its OP was taken back by its poster meanwhile', async () => {
    const [thread, alone] = [await desk.startThread(garden), await desk.startThread(garden)];
    const reply = await desk.reply(thread, { body: 'An answer that helps others' });
    const takeBack = (post: TestPost) =>
      desk.db.transaction().execute(async (trx) => {
        await hidePosts(trx, [post.id], 'poster', null, desk.now());
        await emptyDeletedPosts(trx, [post.id]);
        await settleDestroyedPost(trx, post.id, desk.now());
      });
    const logIds: number[] = [];
    for (const op of [thread, alone]) {
      logIds.push((await perform({ act: 'post.remove', postId: op.id, reason: 'Off topic' })).logId);
      await takeBack(op);
    }
    await desk.acts.undo(moderator.member, logIds[0] ?? 0);
    assert.equal((await readThread(thread)).removed_at, null);
    assert.deepEqual([(await readPost(thread)).removed_as, (await readPost(thread)).body], ['poster', '']);
    assert.equal((await readPost(reply)).removed_at, null);
    await assert.rejects(desk.acts.undo(moderator.member, logIds[1] ?? 0), { code: 'moderation.undoOvertaken' });
    assert.notEqual((await readThread(alone)).removed_at, null);
  });

  it('what is removed already cannot be removed again, and nothing is written down', async () => {
    const reply = await desk.reply(await desk.startThread(garden));
    await perform({ act: 'post.remove', postId: reply.id, reason: 'Off topic' });
    const count = (await desk.db.selectFrom('mod_log').select('id').execute()).length;
    await assert.rejects(perform({ act: 'post.remove', postId: reply.id, reason: 'Again' }), { code: 'moderation.nothingToDo' });
    assert.equal((await desk.db.selectFrom('mod_log').select('id').execute()).length, count);
    assert.equal((await readPost(reply)).removal_reason, 'Off topic');
  });

  it('an act is undone once', async () => {
    const reply = await desk.reply(await desk.startThread(garden));
    const { logId } = await perform({ act: 'post.remove', postId: reply.id, reason: 'Off topic' });
    const undone = await desk.acts.undo(moderator.member, logId);
    await assert.rejects(desk.acts.undo(moderator.member, logId), { code: 'moderation.alreadyUndone' });
    await assert.rejects(desk.acts.undo(moderator.member, undone.logId), { code: 'moderation.cannotUndo' });
  });

  it('of two who undo the same act at once, one does it and the other is told', async () => {
    const reply = await desk.reply(await desk.startThread(garden));
    const { logId } = await perform({ act: 'post.remove', postId: reply.id, reason: 'Off topic' });
    const results = await Promise.allSettled([desk.acts.undo(moderator.member, logId), desk.acts.undo(admin.member, logId)]);
    assert.deepEqual(results.map((result) => result.status).sort(), ['fulfilled', 'rejected']);
  });

  it('the files of a removed post leave the public place and come back under new names', async () => {
    const reply = await desk.reply(await desk.startThread(garden));
    const name = await desk.attach(reply);
    assert.ok(await isPublic(name));
    const { logId } = await perform({ act: 'post.remove', postId: reply.id, reason: 'Off topic' });
    assert.ok(!(await isPublic(name)));
    await desk.acts.undo(moderator.member, logId);
    const upload = await desk.db.selectFrom('uploads').selectAll().where('post_id', '=', reply.id).executeTakeFirstOrThrow();
    assert.notEqual(upload.name, name);
    assert.ok(await isPublic(upload.name));
    assert.ok(await isPublic(upload.thumb_name));
    assert.ok(!(await isPublic(name)));
  });

  it('one file of several is removed, and one restored', async () => {
    const reply = await desk.reply(await desk.startThread(garden));
    const names = [await desk.attach(reply), await desk.attach(reply)];
    const uploads = await desk.db.selectFrom('uploads').select(['id', 'name']).where('post_id', '=', reply.id).orderBy('position').execute();
    assert.deepEqual(uploads.map((upload) => upload.name), names);
    const { logId } = await perform({ act: 'file.remove', postId: reply.id, uploadId: uploads[1]?.id, reason: 'Illegal content' });
    assert.ok(await isPublic(names[0] ?? ''));
    assert.ok(!(await isPublic(names[1] ?? '')));
    assert.equal((await readThread(reply)).file_count, 1);
    await desk.acts.undo(moderator.member, logId);
    assert.equal((await readThread(reply)).file_count, 2);
    const back = await desk.db.selectFrom('uploads').selectAll().where('id', '=', uploads[1]?.id ?? 0).executeTakeFirstOrThrow();
    assert.ok(await isPublic(back.name));
  });

  it('a removed file of a post that is removed too does not come back before its post', async () => {
    const reply = await desk.reply(await desk.startThread(garden));
    await desk.attach(reply);
    const file = await perform({ act: 'file.remove', postId: reply.id, reason: 'Off topic' });
    const post = await perform({ act: 'post.remove', postId: reply.id, reason: 'Off topic' });
    await desk.acts.undo(moderator.member, file.logId);
    const hidden = await desk.db.selectFrom('uploads').selectAll().where('post_id', '=', reply.id).executeTakeFirstOrThrow();
    assert.equal(hidden.removed_at, null);
    assert.ok(!(await isPublic(hidden.name)));
    await desk.acts.undo(moderator.member, post.logId);
    const shown = await desk.db.selectFrom('uploads').selectAll().where('post_id', '=', reply.id).executeTakeFirstOrThrow();
    assert.ok(await isPublic(shown.name));
  });

  it('with a removed thread go the files of its replies, and they come back with it under new names', async () => {
    const thread = await desk.startThread(garden);
    const reply = await desk.reply(thread);
    const other = await desk.reply(thread);
    const [name, gone] = [await desk.attach(reply), await desk.attach(other)];
    const before = await readPost(reply);
    const own = await perform({ act: 'post.remove', postId: other.id, reason: 'Off topic' });
    const { logId } = await perform({ act: 'post.remove', postId: thread.id, reason: 'Illegal content' });
    assert.ok(!(await isPublic(name)));
    const page = await moderator.get(`/mod/garden/thread/${thread.no}`);
    assert.ok(page.text.includes(`/mod/media/${name}`), 'staff still see what it is about');
    assert.ok(!page.text.includes(`"/media/${name}`));

    await desk.acts.undo(moderator.member, own.logId);
    const readName = async (post: TestPost) => (await desk.db.selectFrom('uploads').select('name').where('post_id', '=', post.id).executeTakeFirstOrThrow()).name;
    assert.ok(!(await isPublic(await readName(other))), 'a reply that comes back in a removed thread keeps its files hidden');

    await desk.acts.undo(moderator.member, logId);
    const [shown, alsoShown] = [await readName(reply), await readName(other)];
    assert.ok(shown !== name && alsoShown !== gone);
    assert.ok((await isPublic(shown)) && (await isPublic(alsoShown)));
    assert.ok(!(await isPublic(name)) && !(await isPublic(gone)));
    const after = await readPost(reply);
    assert.ok(after.version > before.version && after.change_no === (await readThread(thread)).change_no, 'open pages learn the new names');
  });

  it('a spoiler is put on a file and taken away again', async () => {
    const reply = await desk.reply(await desk.startThread(garden));
    await desk.attach(reply);
    const isSpoiler = async () => (await desk.db.selectFrom('uploads').select('is_spoiler').where('post_id', '=', reply.id).executeTakeFirstOrThrow()).is_spoiler;
    const { logId } = await perform({ act: 'file.spoiler', postId: reply.id, reason: '' });
    assert.equal(await isSpoiler(), true);
    await assert.rejects(perform({ act: 'file.spoiler', postId: reply.id, reason: '' }), { code: 'moderation.nothingToDo' });
    await desk.acts.undo(moderator.member, logId);
    assert.equal(await isSpoiler(), false);
    await assert.rejects(perform({ act: 'file.unspoiler', postId: reply.id, reason: '' }), { code: 'moderation.nothingToDo' });
  });

  for (const act of Object.keys(threadSettings) as ThreadSettingName[]) {
    it(`${act} sets what it says and nothing else, and is undone`, async () => {
      const thread = await desk.startThread(garden);
      const columns = { isSticky: 'is_sticky', isLocked: 'is_locked', isBumplocked: 'is_bumplocked', isCyclical: 'is_cyclical' } as const;
      const [setting, wanted] = Object.entries(threadSettings[act])[0] ?? [];
      const read = async () => {
        const row = await readThread(thread);
        return { isSticky: row.is_sticky, isLocked: row.is_locked, isBumplocked: row.is_bumplocked, isCyclical: row.is_cyclical, isArchived: row.archived_at !== null };
      };
      const before = { isSticky: false, isLocked: false, isBumplocked: false, isCyclical: false, isArchived: false, [String(setting)]: wanted !== true };
      const set = setting === 'isArchived' ? { archived_at: wanted === true ? null : desk.now() } : { [columns[String(setting) as keyof typeof columns]]: wanted !== true };
      await desk.db.updateTable('threads').set(set).where('id', '=', thread.threadId).execute();
      assert.deepEqual(await read(), before);

      const { logId } = await perform({ act, threadId: thread.threadId, reason: 'Long trial' });
      assert.deepEqual(await read(), { ...before, [String(setting)]: wanted });
      const entry = await readEntry(logId);
      assert.deepEqual([entry.action, entry.post_no, entry.thread_id, entry.is_public], [act, thread.no, thread.threadId, true]);
      await assert.rejects(perform({ act, threadId: thread.threadId, reason: '' }), { code: 'moderation.nothingToDo' });
      await desk.acts.undo(moderator.member, logId);
      assert.deepEqual(await read(), before);
    });
  }

  it('a lock that was overtaken by an unlock cannot be undone, nor can one below a later lock', async () => {
    const thread = await desk.startThread(garden);
    const first = await perform({ act: 'thread.lock', threadId: thread.threadId, reason: '' });
    await perform({ act: 'thread.unlock', threadId: thread.threadId, reason: '' });
    await assert.rejects(desk.acts.undo(moderator.member, first.logId), { code: 'moderation.undoOvertaken' });
    const last = await perform({ act: 'thread.lock', threadId: thread.threadId, reason: '' });
    await assert.rejects(desk.acts.undo(moderator.member, first.logId), { code: 'moderation.undoOvertaken' });
    assert.equal((await readThread(thread)).is_locked, true);
    await desk.acts.undo(moderator.member, last.logId);
    assert.equal((await readThread(thread)).is_locked, false);
    assert.equal((await readEntry(first.logId)).undone_at, null);
  });

  it('a thread is moved with new numbers and moved back as it was, and its other addresses lead to it', async () => {
    const thread = await desk.startThread(garden);
    const reply = await desk.reply(thread);
    const later = await desk.startThread(garden);
    const { bump_no: bumpNo } = await readThread(thread);
    const { logId } = await perform({ act: 'thread.move', threadId: thread.threadId, toBoardId: books.id, reason: 'A question about books' });
    const moved = await readPost(reply);
    assert.equal(moved.board_id, books.id);
    const entry = await readEntry(logId);
    assert.equal(entry.board_id, books.id);
    assert.equal(entry.post_no, (await readThread(thread)).no);
    const page = await moderator.get(`/mod/garden/thread/${thread.no}?done=${logId}`);
    assert.equal(page.headers.location, `/mod/books/thread/${(await readThread(thread)).no}?done=${logId}`);
    await assert.rejects(perform({ act: 'thread.move', threadId: thread.threadId, toBoardId: books.id, reason: '' }), { code: 'moderation.nothingToDo' });

    const answer = await desk.reply({ ...thread, board: books });
    await desk.acts.undo(moderator.member, logId);
    const back = await readPost(reply);
    assert.deepEqual([back.board_id, back.no, (await readThread(thread)).no], [garden.id, reply.no, thread.no], 'its addresses of before');
    const numbered = await readPost(answer);
    assert.ok(numbered.board_id === garden.id && numbered.no > later.no, 'what was written in between has a number of its own');
    const aliases = await desk.db.selectFrom('post_aliases').select(['board_id', 'no']).where('post_id', '=', reply.id).execute();
    assert.deepEqual(aliases, [{ board_id: books.id, no: moved.no }]);
    assert.equal((await readThread(thread)).bump_no, numbered.no);
    await desk.acts.perform(moderator.member, { act: 'post.remove', postId: answer.id, reason: 'Off topic' });
    assert.equal((await readThread(thread)).bump_no, bumpNo);
  });

  it('a move that was followed by another cannot be undone', async () => {
    const third = await desk.makeBoard('film');
    const thread = await desk.startThread(garden);
    const { logId } = await perform({ act: 'thread.move', threadId: thread.threadId, toBoardId: books.id, reason: '' });
    await perform({ act: 'thread.move', threadId: thread.threadId, toBoardId: third.id, reason: '' });
    await assert.rejects(desk.acts.undo(moderator.member, logId), { code: 'moderation.undoOvertaken' });
    assert.equal((await readThread(thread)).board_id, third.id);
  });

  it('a purge destroys text, name, files and notes for good, and leaves the line in the log', async () => {
    const thread = await desk.startThread(garden);
    const reply = await desk.reply(thread, { body: 'Words that must not exist' });
    const name = await desk.attach(reply);
    await desk.sign(reply, 1);
    await desk.db.insertInto('reports').values({ post_id: reply.id, reason: 'illegal', note: 'it says must not exist', created_at: desk.now() }).execute();
    await desk.acts.perform(admin.member, { act: 'author.ban', postId: reply.id, reason: 'Illegal content', note: '', hours: 24, scope: 'board', isPostRemoved: false, isShown: false });
    const removal = await perform({ act: 'post.remove', postId: reply.id, reason: 'Off topic' });
    const { logId } = await desk.acts.perform(admin.member, { act: 'post.purge', postId: reply.id, reason: 'Illegal content' });

    const row = await readPost(reply);
    assert.deepEqual([row.body, row.body_html, row.own_words, row.name, row.subject, row.removal_reason], ['', '', '', '', '', 'Illegal content']);
    assert.notEqual(row.destroyed_at, null);
    assert.equal((await desk.db.selectFrom('uploads').selectAll().where('post_id', '=', reply.id).execute()).length, 0);
    assert.equal(await desk.storage.find(name, 'private'), undefined);
    assert.equal(await desk.storage.find(name, 'public'), undefined);
    const tables = await Promise.all([desk.db.selectFrom('bans').selectAll().execute(), desk.db.selectFrom('reports').selectAll().execute(), desk.db.selectFrom('mod_log').selectAll().execute()]);
    assert.ok(!JSON.stringify(tables).includes('must not exist'));
    assert.equal((await readEntry(logId)).post_no, reply.no);
    await assert.rejects(desk.acts.undo(admin.member, logId), { code: 'moderation.cannotUndo' });
    await assert.rejects(desk.acts.undo(admin.member, removal.logId), { code: 'moderation.undoOvertaken' });
    assert.equal((await readPost(reply)).removed_as, 'staff');
  });

  it('every act of the table is public, but for reports', () => {
    const hidden = Object.entries(acts).filter(([, rule]) => rule.isPrivate).map(([name]) => name);
    assert.deepEqual(hidden, ['report.dismiss']);
  });

  it('a failed act leaves nothing behind', async () => {
    const reply = await desk.reply(await desk.startThread(garden));
    const lonely = await desk.hireStaff('Yarrow', [{ boardId: books.id, role: 'moderator' }]);
    const count = (await desk.db.selectFrom('mod_log').select('id').execute()).length;
    await assert.rejects(desk.acts.perform(lonely.member, { act: 'post.remove', postId: reply.id, reason: 'Off topic' }), { code: 'errors.notAllowed' });
    await assert.rejects(perform({ act: 'author.ban', postId: reply.id, reason: 'x', note: '', hours: 1, scope: 'board', isPostRemoved: true, isShown: true }), {
      code: 'moderation.authorUnknown',
    });
    assert.equal((await readPost(reply)).removed_as, null);
    assert.equal((await desk.db.selectFrom('mod_log').select('id').execute()).length, count);
  });

  it('nobody moves a thread to a board where he may not', async () => {
    const thread = await desk.startThread(garden);
    const local = await desk.hireStaff('Burdock', [{ boardId: garden.id, role: 'moderator' }]);
    await assert.rejects(desk.acts.perform(local.member, { act: 'thread.move', threadId: thread.threadId, toBoardId: books.id, reason: '' }), { code: 'errors.notAllowed' });
    assert.equal((await readThread(thread)).board_id, garden.id);
  });

  it('what a higher role decided stays with that role; what one did oneself can be taken back', async () => {
    const janitor = await desk.hireStaff('Dock', [{ boardId: garden.id, role: 'janitor' }]);
    const one = await desk.reply(await desk.startThread(garden));
    const other = await desk.reply(await desk.startThread(garden));
    const high = await perform({ act: 'post.remove', postId: one.id, reason: 'Off topic' });
    await assert.rejects(desk.acts.undo(janitor.member, high.logId), { code: 'moderation.decidedHigher' });
    const own = await desk.acts.perform(janitor.member, { act: 'post.remove', postId: other.id, reason: 'Off topic' });
    await desk.acts.undo(janitor.member, own.logId);
    await desk.acts.undo(admin.member, high.logId);
  });
});
