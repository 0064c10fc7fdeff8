import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { openTestBoard, type Posted, type TestBoard } from './support/test-board.js';

const picture = { name: 'a.png', content: await readFile('tests/fixtures/media/metadata/png-text.png') };

/** What a poster can take back, and what readers can report. */
describe('after posting', () => {
  let board: TestBoard;
  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('plots');
  });
  after(() => board.close());

  const findPost = async (post: Posted) => {
    const { id } = await board.running.boards.get(post.board);
    return board.db.selectFrom('posts').selectAll().where('board_id', '=', id).where('no', '=', post.no).executeTakeFirstOrThrow();
  };
  const findUploads = async (post: Posted) => board.db.selectFrom('uploads').selectAll().where('post_id', '=', (await findPost(post)).id).execute();
  const listStored = async () =>
    (await readdir(join(board.dataDir, 'media'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => entry.name);
  const show = async (thread: Posted) => (await board.get(`/${thread.board}/thread/${thread.thread}`)).text;
  const askToDelete = (browser: Pick<TestBoard, 'send'>, post: Posted, typed: Record<string, string> = {}) => browser.send(`/${post.board}/post/${post.no}/delete`, { what: 'post', ...typed });

  it('a poster’s deletion hides the post at once, its words are gone at once and its bytes within a minute', async () => {
    const poster = board.open();
    const thread = await board.startThread('plots', { body: 'About moles' });
    const reply = await poster.reply(thread, { body: 'Molehills are a sign of healthy soil', name: 'Ann', subject: 'Moles' }, [picture]);
    const quoting = await board.reply(thread, `>Molehills are a sign of healthy soil\n>>${reply.no} yes`);
    assert.match(await show(thread), new RegExp(` id=p${reply.no}\\b`));
    const [upload] = await findUploads(reply);
    const stored = [upload?.name ?? '', upload?.thumb_name ?? ''];
    const before = await findPost(quoting);

    const answer = await askToDelete(poster, reply);
    assert.equal(answer.status, 303);
    assert.equal(answer.headers['location'], `/plots/thread/${thread.no}`);
    const page = await show(thread);
    assert.doesNotMatch(page, new RegExp(` id=p${reply.no}\\b`));
    assert.match(page, /&gt;Molehills are a sign of healthy soil/, 'the other’s words stay');
    assert.doesNotMatch(page, new RegExp(`#p${reply.no}"`), 'without links to what is gone');
    for (const name of stored) assert.equal((await board.get(`/media/${name}`)).status, 404);
    const emptied = await findPost(reply);
    assert.deepEqual([emptied.body, emptied.body_html, emptied.name, emptied.subject, emptied.own_words, emptied.secret_hash], ['', '', '', '', '', null]);
    assert.ok((await findPost(quoting)).version > before.version);

    assert.ok((await listStored()).includes(stored[0] ?? ''), 'the bytes are still on the disk');
    board.pass(60_000);
    await board.doChores();
    const left = await listStored();
    assert.ok(stored.every((name) => !left.includes(name)));
    assert.notEqual((await findPost(reply)).destroyed_at, null);
    assert.deepEqual(await findUploads(reply), []);
    const row = await board.db.selectFrom('threads').selectAll().where('id', '=', emptied.thread_id).executeTakeFirstOrThrow();
    assert.deepEqual([row.reply_count, row.file_count], [1, 0]);
    assert.equal((await askToDelete(poster, reply)).status, 404);
  });

  it('however much was deleted, nothing of it is left a minute later', async () => {
    const thread = await findPost(await board.startThread('plots', { body: 'A thread that many leave' }));
    await sql`
      insert into posts (thread_id, board_id, no, body, body_html, markup_version, change_no, created_at, removed_as, removed_at)
      select ${thread.thread_id}, ${thread.board_id}, next_post_no(${thread.board_id}), '', '', 1, 1, now(), 'poster', now() from generate_series(1, 450)`.execute(board.db);
    board.pass(60_000);
    await board.doChores();
    const { count } = await board.db.selectFrom('posts').select((eb) => eb.fn.countAll<number>().as('count')).where('removed_as', '=', 'poster').where('destroyed_at', 'is', null).executeTakeFirstOrThrow();
    assert.equal(count, 0);
  });

  it('who deletes a post may send the same words again at once, without script too', async () => {
    const poster = board.open();
    const thread = await board.startThread('plots');
    const path = `/plots/thread/${thread.no}/reply`;
    const first = await poster.sendForm(path, { body: 'Forgot to say sage' });
    const no = Number(/posted=(\d+)/.exec(first.headers['location'] ?? '')?.[1]);
    const again = await poster.sendForm(path, { body: 'Forgot to say sage' });
    assert.equal(again.headers['location'], first.headers['location'], 'sent twice it is one post');
    assert.equal((await askToDelete(poster, { ...thread, no })).status, 303);
    const anew = await poster.sendForm(path, { body: 'Forgot to say sage', sage: 'on' });
    assert.equal(anew.status, 303);
    assert.notEqual(anew.headers['location'], first.headers['location']);
    assert.match(await show(thread), /Forgot to say sage/);
  });

  it('only the files go when that is asked for', async () => {
    const poster = board.open();
    const thread = await board.startThread('plots');
    const reply = await poster.reply(thread, { body: 'Words stay' }, [picture, picture]);
    const names = (await findUploads(reply)).flatMap((upload) => [upload.name, upload.thumb_name]);
    const answer = await askToDelete(poster, reply, { what: 'files' });
    assert.equal(answer.headers['location'], `/plots/thread/${thread.no}#p${reply.no}`);
    const page = await show(thread);
    assert.match(page, /Words stay/);
    for (const name of names) assert.doesNotMatch(page, new RegExp(name));
    await board.doChores();
    const left = await listStored();
    assert.ok(names.length === 4 && names.every((name) => !left.includes(name)));
    assert.equal((await askToDelete(poster, reply, { what: 'files' })).status, 409, 'there is nothing left to delete');
  });

  it('another browser deletes with the password alone', async () => {
    const thread = await board.startThread('plots');
    const reply = await board.open().reply(thread, { body: 'With a password', password: 'Löwenzahn' });
    const other = board.open();
    const wrong = await askToDelete(other, reply, { password: 'Löwenmaul' });
    assert.equal(wrong.status, 403);
    assert.match(wrong.text, /the password does not fit/);
    assert.doesNotMatch(wrong.text, /Löwenmaul/);
    assert.equal((await askToDelete(other, reply)).status, 403);
    assert.match((await findPost(reply)).password_hash ?? '', /^\$argon2id\$/);
    assert.equal((await askToDelete(other, reply, { password: 'Löwenzahn' })).status, 303);
    assert.equal((await findPost(reply)).removed_as, 'poster');
  });

  it('a post without a password opens to no password, and an own secret to no other post', async () => {
    const [one, two] = [board.open(), board.open()];
    const thread = await board.startThread('plots');
    const reply = await one.reply(thread, 'Mine');
    await two.reply(thread, 'Yours');
    for (const password of ['', 'null', 'undefined']) assert.equal((await askToDelete(two, reply, { password })).status, 403);
    assert.equal((await findPost(reply)).removed_at, null);
  });

  it('an OP without replies takes its thread along; with replies its words go and the thread stays', async () => {
    const poster = board.open();
    const alone = await poster.startThread('plots', { subject: 'Nobody answered' });
    const answer = await askToDelete(poster, alone);
    assert.equal(answer.headers['location'], '/plots/');
    assert.doesNotMatch((await board.get('/plots/')).text, /Nobody answered/);

    const answered = await poster.startThread('plots', { subject: 'Wheelbarrows', body: 'One wheel or two?' });
    await board.reply(answered, 'Two wheels');
    assert.equal((await askToDelete(poster, answered)).headers['location'], `/plots/thread/${answered.no}`);
    const page = await show(answered);
    assert.match(page, /Two wheels/);
    assert.doesNotMatch(page, /One wheel or two\?|Wheelbarrows/);
    assert.doesNotMatch((await board.get('/plots/catalog')).text, /Wheelbarrows/);
    assert.equal((await askToDelete(poster, answered)).status, 410);
  });

  it('what staff have removed its poster may still destroy, and then nobody brings it back', async () => {
    const poster = board.open();
    const thread = await board.startThread('plots');
    const reply = await poster.reply(thread, 'Removed first');
    const { id } = await findPost(reply);
    await board.db.updateTable('posts').set({ removed_at: board.now(), removed_as: 'staff', removal_reason: 'Spam' }).where('id', '=', id).execute();
    assert.equal((await askToDelete(poster, reply)).status, 303);
    const post = await findPost(reply);
    assert.deepEqual([post.removed_as, post.body], ['poster', '']);
  });

  it('a post in a thread that staff removed can be destroyed by its poster too', async () => {
    const poster = board.open();
    const thread = await board.startThread('plots');
    const reply = await poster.reply(thread, 'My address is in here');
    await board.db.updateTable('threads').set({ removed_at: board.now(), removal_reason: 'Spam' }).where('id', '=', (await findPost(reply)).thread_id).execute();
    assert.equal((await board.get(`/plots/post/${reply.no}`)).status, 410);
    assert.equal((await askToDelete(board.open(), reply)).status, 403);
    const answer = await askToDelete(poster, reply);
    assert.deepEqual([answer.status, answer.headers['location']], [303, '/plots/']);
    assert.equal((await findPost(reply)).body, '');
  });

  it('a report is counted once for each reporter, thanked for each time, and tells no one who sent it', async () => {
    const thread = await board.startThread('plots');
    const path = `/plots/post/${thread.no}/report`;
    const first = await board.send(path, { reason: 'spam', note: 'Look at this' });
    assert.equal(first.status, 200);
    assert.match(first.text, /Thank you\. Moderators will look at it/);
    assert.match((await board.open().send(path, { reason: 'flood' })).text, /You have reported this post before/);
    const reports = await board.db.selectFrom('reports').selectAll().where('post_id', '=', (await findPost(thread)).id).execute();
    assert.deepEqual(reports.map((report) => [report.reason, report.note]), [['spam', 'Look at this']]);
    const other = await board.startThread('plots');
    await board.send(`/plots/post/${other.no}/report`, { reason: 'spam' });
    const origins = await board.db.selectFrom('post_origins').selectAll().execute();
    const tags = (await board.db.selectFrom('reports').select('reporter_tag').execute()).map((row) => row.reporter_tag?.toString('hex') ?? '');
    assert.equal(new Set(tags).size, tags.length, 'two reports of one reporter have nothing in common');
    assert.ok(origins.every((origin) => !tags.includes(origin.ban_tag.toString('hex')) && !tags.includes(origin.day_tag.toString('hex'))));
  });

  it('a report without a reason or with a long note is refused with its words kept', async () => {
    const thread = await board.startThread('plots');
    const path = `/plots/post/${thread.no}/report`;
    const nothing = await board.send(path, { note: 'No reason chosen' });
    assert.equal(nothing.status, 422);
    assert.match(nothing.text, /id="reason-error"/);
    assert.match(nothing.text, /No reason chosen/);
    const long = await board.send(path, { reason: 'spam', note: 'x'.repeat(301) });
    assert.match(long.text, /id="note-error"/);
    assert.match(long.text, /value="spam" required checked/);
    const json = await board.send(path, { reason: 'nonsense' }, 'application/json');
    assert.deepEqual([json.status, json.body.error.field], [422, 'reason']);
  });

  it('the page of a post shows it with both forms; gone and missing posts have none', async () => {
    const poster = board.open();
    const thread = await board.startThread('plots');
    const reply = await poster.reply(thread, 'To be looked at');
    const page = await board.get(`/plots/post/${reply.no}`);
    assert.equal(page.status, 200);
    assert.match(page.text, /To be looked at/);
    assert.match(page.text, new RegExp(`action="/plots/post/${reply.no}/report"`));
    assert.match(page.text, new RegExp(`action="/plots/post/${reply.no}/delete"`));
    await askToDelete(poster, reply);
    assert.equal((await board.get(`/plots/post/${reply.no}`)).status, 404);
    assert.equal((await board.get('/plots/post/999999')).status, 404);
    assert.equal((await board.get('/plots/post/1e3')).status, 404);
    assert.equal((await board.send('/plots/post/999999/report', { reason: 'spam' })).status, 404);
  });
});

describe('limits after posting', () => {
  let board: TestBoard;
  before(async () => {
    board = await openTestBoard({ settings: { POSTING_LIMITS: 'on' } });
    await board.makeBoard('plots');
  });
  after(() => board.close());

  it('guessing at a password ends after ten tries a minute', async () => {
    const thread = await board.startThread('plots', { password: 'Löwenzahn' });
    const other = board.open();
    const statuses: number[] = [];
    for (let count = 0; count < 12; count += 1) statuses.push((await other.send(`/plots/post/${thread.no}/delete`, { what: 'post', password: `Guess ${count}` })).status);
    assert.deepEqual(statuses.slice(0, 10), Array.from({ length: 10 }, () => 403));
    assert.deepEqual(statuses.slice(10), [429, 429]);
  });

  it('reports are limited, a repeated one and a refused one cost nothing', async () => {
    board.pass(3_600_000);
    const thread = await board.startThread('plots');
    const report = async (no: number, reason = 'spam') => (await board.send(`/plots/post/${no}/report`, { reason })).status;
    for (let count = 0; count < 8; count += 1) assert.equal(await report(thread.no, 'nonsense'), 422);
    for (let count = 0; count < 8; count += 1) assert.equal(await report(thread.no), 200);
    const replies = [];
    for (let count = 0; count < 5; count += 1) {
      board.pass(20_000);
      replies.push(await board.reply(thread, `Reply ${count}`));
    }
    const statuses = [];
    for (const reply of replies) statuses.push(await report(reply.no));
    assert.deepEqual(statuses.slice(0, 4), [200, 200, 200, 200]);
  });
});
