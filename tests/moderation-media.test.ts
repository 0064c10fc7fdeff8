import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Board } from '../src/boards/board.js';
import type { ActRequest } from '../src/moderation/acts.js';
import { hideLateMedia, hideMedia } from '../src/threads/settle-removal.js';
import { type Desk, openDesk, type TestPost } from './support/moderation-desk.js';

/** A thread that is taken away takes the pictures of all its posts out of public reach, not those of its first post alone. */
describe('pictures of a removed thread', () => {
  let desk: Desk;
  let garden: Board;
  let admin: Awaited<ReturnType<Desk['hireStaff']>>;

  before(async () => {
    desk = await openDesk();
    garden = await desk.makeBoard('garden');
    admin = await desk.hireStaff('Teasel', [{ boardId: null, role: 'admin' }]);
  });
  after(() => desk.close());

  const perform = (act: ActRequest) => desk.acts.perform(admin.member, act);
  const undo = (logId: number) => desk.acts.undo(admin.member, logId);
  const isPublic = async (name: string) => (await desk.storage.find(name, 'public')) !== undefined;
  const isPrivate = async (name: string) => (await desk.storage.find(name, 'private')) !== undefined;
  const readUpload = (post: TestPost) => desk.db.selectFrom('uploads').selectAll().where('post_id', '=', post.id).executeTakeFirstOrThrow();
  const readPost = (post: TestPost) => desk.db.selectFrom('posts').selectAll().where('id', '=', post.id).executeTakeFirstOrThrow();

  async function makeThread() {
    const thread = await desk.startThread(garden);
    const reply = await desk.reply(thread);
    await desk.attach(thread);
    return { thread, reply, name: await desk.attach(reply) };
  }
  const removeThread = (thread: TestPost) => perform({ act: 'post.remove', postId: thread.id, reason: 'Illegal content' });

  it('leave public reach with it, and come back with it under new names that its readers are told of', async () => {
    const { thread, reply, name } = await makeThread();
    assert.ok(await isPublic(name));
    const { logId } = await removeThread(thread);
    assert.ok(!(await isPublic(name)));
    assert.ok(!(await isPublic((await readUpload(reply)).thumb_name)));
    assert.ok(await isPrivate(name));

    const before = await readPost(reply);
    await undo(logId);
    const upload = await readUpload(reply);
    const shown = await readPost(reply);
    assert.notEqual(upload.name, name);
    assert.ok(await isPublic(upload.name));
    assert.ok(await isPublic(upload.thumb_name));
    assert.ok(!(await isPublic(name)));
    assert.ok(shown.version > before.version, 'a kept piece would still show the old address');
    const { change_no: changeNo } = await desk.db.selectFrom('threads').select('change_no').where('id', '=', thread.threadId).executeTakeFirstOrThrow();
    assert.equal(shown.change_no, changeNo);
  });

  it('are still there for staff', async () => {
    const { thread, name } = await makeThread();
    await removeThread(thread);
    const page = (await admin.get(`/mod/garden/thread/${thread.threadNo}`)).text;
    assert.ok(page.includes(`/mod/media/${name}`));
    assert.ok(!page.includes(`"/media/${name}`));
    assert.equal((await admin.get(`/mod/media/${name}`)).status, 200);
  });

  it('do not come back one by one while the thread is away', async () => {
    const { thread, reply } = await makeThread();
    const removal = await perform({ act: 'post.remove', postId: reply.id, reason: 'Off topic' });
    const { logId } = await removeThread(thread);
    await undo(removal.logId);
    const hidden = await readUpload(reply);
    assert.equal((await readPost(reply)).removed_at, null);
    assert.ok(!(await isPublic(hidden.name)));
    await undo(logId);
    assert.ok(await isPublic((await readUpload(reply)).name));
  });

  it('that were removed by themselves stay away when it comes back', async () => {
    const { thread, reply } = await makeThread();
    const second = await desk.reply(thread);
    await desk.attach(second);
    await perform({ act: 'file.remove', postId: reply.id, reason: 'Illegal content' });
    await perform({ act: 'post.remove', postId: second.id, reason: 'Off topic' });
    const { logId } = await removeThread(thread);
    await undo(logId);
    for (const post of [reply, second]) assert.ok(!(await isPublic((await readUpload(post)).name)));
    assert.ok(await isPublic((await readUpload(thread)).name));
  });

  it('are hidden too when its first post is purged', async () => {
    const { thread, name } = await makeThread();
    await perform({ act: 'post.purge', postId: thread.id, reason: 'Illegal content' });
    assert.ok(!(await isPublic(name)));
    assert.ok(await isPrivate(name));
  });

  it('stay in public when their thread came back before they were moved', async () => {
    const { thread, reply } = await makeThread();
    const { logId } = await removeThread(thread);
    await undo(logId);
    // The removal's own work on the files, done late.
    await hideMedia(desk.db, desk.storage, [thread.id]);
    for (const post of [thread, reply]) assert.ok(await isPublic((await readUpload(post)).name));
  });

  it('that a crash left in public are hidden at the next start', async () => {
    const { thread, name } = await makeThread();
    await desk.db.updateTable('threads').set({ removed_at: desk.now(), removal_reason: 'Illegal content' }).where('id', '=', thread.threadId).execute();
    assert.ok(await isPublic(name));
    await hideLateMedia(desk.db, desk.storage, desk.now());
    assert.ok(!(await isPublic(name)));
  });
});
