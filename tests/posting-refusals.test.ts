import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { insertBan } from '../src/moderation/ban-store.js';
import { openTestBoard, type TestBoard } from './support/test-board.js';

const png = await readFile('tests/fixtures/media/metadata/png-text.png');
const jpg = await readFile('tests/fixtures/media/metadata/exif-gps-xmp.jpg');
const broken = await readFile('tests/fixtures/media/mismatch/html-as.jpg');
const picture = { name: 'kept.png', content: png };

const readToken = (page: string, n: number) => new RegExp(`name="kept${n}" value="([^"]+)"`).exec(page)?.[1];

/** Nothing that somebody typed is lost, and every refusal says what was wrong and where. */
describe('refused forms', () => {
  let board: TestBoard;
  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('strict', { isSubjectRequired: true, isFileRequired: true, maxBodyLength: 50 });
    await board.makeBoard('plain');
    await board.db.updateTable('boards').set({ max_lines: 3, max_files: 2, max_file_bytes: 100_000, allowed_types: ['png', 'gif'] }).where('slug', '=', 'strict').execute();
    await board.running.boards.refresh();
  });
  after(() => board.close());

  const countPosts = async () => (await board.db.selectFrom('posts').select('id').execute()).length;
  const refusal = async (slug: string, typed: Record<string, string>, files: { name: string; content: Buffer }[] = []) => {
    const answer = await board.sendForm(`/${slug}/thread`, typed, files, 'application/json');
    return [answer.status, answer.body.error?.code, answer.body.error?.field];
  };

  it('each limit of a board is told with its field', async () => {
    const good = { subject: 'Subject', body: 'Body' };
    assert.deepEqual(await refusal('strict', { ...good, subject: '' }, [picture]), [422, 'refusals.subjectMissing', 'subject']);
    assert.deepEqual(await refusal('strict', { ...good, subject: 's'.repeat(101) }, [picture]), [422, 'refusals.subjectTooLong', 'subject']);
    assert.deepEqual(await refusal('strict', good), [422, 'refusals.fileMissing', 'files']);
    assert.deepEqual(await refusal('strict', { ...good, body: 'x'.repeat(51) }, [picture]), [422, 'refusals.bodyTooLong', 'body']);
    assert.deepEqual(await refusal('strict', { ...good, body: '1\n2\n3\n4' }, [picture]), [422, 'refusals.tooManyLines', 'body']);
    assert.deepEqual(await refusal('strict', { ...good, body: 'half \u0000' }, [picture]), [422, 'refusals.forbiddenCharacter', 'body']);
    assert.deepEqual(await refusal('strict', { ...good, name: 'n'.repeat(101) }, [picture]), [422, 'refusals.nameTooLong', 'name']);
    assert.deepEqual(await refusal('strict', { ...good, password: 'p'.repeat(101) }, [picture]), [422, 'refusals.passwordTooLong', 'password']);
    assert.deepEqual(await refusal('strict', { ...good, alt1: 'a'.repeat(501) }, [picture]), [422, 'refusals.altTooLong', 'files']);
    assert.deepEqual(await refusal('strict', good, [picture, picture, picture]), [422, 'refusals.tooManyFiles', 'files']);
    assert.deepEqual(await refusal('strict', good, [{ name: 'big.png', content: Buffer.concat([png, Buffer.alloc(100_001)]) }]), [413, 'uploads.tooLarge', 'files']);
    assert.deepEqual(await refusal('strict', good, [{ name: 'empty.png', content: Buffer.alloc(0) }]), [422, 'refusals.fileEmpty', 'files']);
    assert.deepEqual(await refusal('strict', good, [{ name: 'photo.jpg', content: jpg }]), [415, 'uploads.typeNotAllowed', 'files']);
    assert.deepEqual(await refusal('strict', good, [{ name: 'page.png', content: broken }]), [415, 'uploads.notAPicture', 'files']);
    assert.deepEqual(await refusal('plain', { ...good, body: ' \u200b\n ' }), [422, 'refusals.bodyEmpty', 'body']);
    assert.equal(await countPosts(), 0);
    assert.deepEqual(await refusal('strict', { ...good, body: 'x'.repeat(50) }, [picture]), [201, undefined, undefined], 'what is exactly at the limit is taken');
  });

  it('everything wrong with a form is said at once, and all that was typed comes back', async () => {
    const typed = { subject: '', body: `<b>"Too long"</b> ${'x'.repeat(60)}`, name: 'Ann' };
    const answer = await board.sendForm('/strict/thread', typed, []);
    assert.equal(answer.status, 422);
    assert.match(answer.text, /id="subject-error"/);
    assert.match(answer.text, /id="body-error"/);
    assert.match(answer.text, /id="files-error"/);
    assert.match(answer.text, /&lt;b&gt;&#34;Too long&#34;&lt;\/b&gt; x{60}/);
    assert.match(answer.text, /value="Ann"/);
    assert.equal(answer.headers['cache-control'], 'no-store');
  });

  it('a tripcode’s secret and a password are never sent back', async () => {
    for (const accept of ['text/html', 'application/json']) {
      const answer = await board.sendForm('/plain/thread', { name: 'Ann##Geheimnis', password: 'Kennwort', body: '' }, [], accept);
      assert.equal(answer.status, 422);
      assert.doesNotMatch(answer.text, /Geheimnis|Kennwort/);
      if (accept === 'text/html') assert.match(answer.text, /The secret of your tripcode is not sent back/);
    }
  });

  it('files of a refused form are kept, can be dropped or sent on, and keep their descriptions', async () => {
    const first = await board.sendForm('/plain/thread', { body: 'x'.repeat(9000), alt1: 'One', alt2: 'Two', spoiler2: 'on' }, [picture, { name: 'second.png', content: png }]);
    assert.equal(first.status, 422);
    const [one, two] = [readToken(first.text, 1), readToken(first.text, 2)];
    assert.ok(one && two);
    assert.match(first.text, /name="alt2" value="Two"/);
    assert.match(first.text, /name="spoiler2" checked/);
    const posted = await board.sendForm('/plain/thread', { body: 'Short', kept1: one, dropkept1: 'on', alt1: 'One', kept2: two, alt2: 'Two', spoiler2: 'on', alt3: 'Three' }, [{ name: 'new.png', content: png }], 'application/json');
    assert.equal(posted.status, 201, posted.text);
    const uploads = await board.db.selectFrom('uploads as u').innerJoin('posts as p', 'p.id', 'u.post_id').select(['u.original_name', 'u.alt', 'u.is_spoiler']).where('p.body', '=', 'Short').orderBy('u.position').execute();
    assert.deepEqual(uploads, [
      { original_name: 'second.png', alt: 'Two', is_spoiler: true },
      { original_name: 'new.png', alt: 'Three', is_spoiler: false },
    ]);
    const again = await board.sendForm('/plain/thread', { body: 'Used token', kept1: two }, [], 'application/json');
    assert.deepEqual([again.status, again.body.error.code], [410, 'refusals.keptFileGone']);
  });

  it('a kept file that is refused with other faults is kept again and again', async () => {
    let page = (await board.sendForm('/plain/thread', { body: 'x'.repeat(9000) }, [picture])).text;
    for (let tries = 0; tries < 2; tries += 1) {
      page = (await board.sendForm('/plain/thread', { body: 'x'.repeat(9001), kept1: readToken(page, 1) ?? '' })).text;
      assert.ok(readToken(page, 1));
    }
    const posted = await board.sendForm('/plain/thread', { body: 'At last', kept1: readToken(page, 1) ?? '' });
    assert.equal(posted.status, 303);
  });

  it('a file that can never be taken is not kept, the good ones beside it are', async () => {
    const answer = await board.sendForm('/plain/thread', { body: 'Two files' }, [picture, { name: 'page.png', content: broken }]);
    assert.equal(answer.status, 415);
    assert.match(answer.text, /page\.png is not a/);
    assert.match(answer.text, /kept\.png/);
    assert.equal(readToken(answer.text, 2), undefined);
    assert.equal((await board.sendForm('/plain/thread', { body: 'Two files', kept1: readToken(answer.text, 1) ?? '' })).status, 303);
  });

  it('a forged token of a kept file opens nothing', async () => {
    const answer = await board.sendForm('/plain/thread', { body: 'Forged', kept1: 'eyJhIjoxfQ.AAAA' }, [], 'application/json');
    assert.deepEqual([answer.status, answer.body.error.code], [410, 'refusals.keptFileGone']);
  });

  it('refused posts leave no file behind, neither in the media nor on the way in', async () => {
    const listMedia = async () => (await readdir(join(board.dataDir, 'media'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;
    const before = await listMedia();
    await board.sendForm('/plain/thread', { body: 'Bad' }, [picture, { name: 'page.png', content: broken }], 'application/json');
    assert.equal(await listMedia(), before);
    assert.deepEqual(await readdir(join(board.dataDir, 'incoming')), []);
  });
});

describe('limits and bans of posters', () => {
  let board: TestBoard;
  before(async () => {
    board = await openTestBoard({ settings: { POSTING_LIMITS: 'on' } });
    await board.makeBoard('plain');
  });
  after(() => board.close());
  const hour = 3_600_000;

  it('who is faster than the board takes posts is told how long to wait, and loses nothing', async () => {
    const thread = await board.startThread('plain');
    for (let count = 0; count < 3; count += 1) await board.reply(thread, `Reply ${count}`);
    const answer = await board.sendForm(`/plain/thread/${thread.no}/reply`, { body: 'One too many' }, [picture]);
    assert.equal(answer.status, 429);
    assert.ok(Number(answer.headers['retry-after']) > 0);
    assert.match(answer.text, /You can post again in \d+ seconds/);
    assert.match(answer.text, /One too many/);
    assert.ok(readToken(answer.text, 1), 'the file is kept');
    board.pass(16_000);
    await board.reply(thread, 'Now it goes');
  });

  it('a refused post costs no turn', async () => {
    board.pass(hour);
    const thread = await board.startThread('plain');
    board.pass(hour);
    for (let count = 0; count < 6; count += 1) await board.sendForm(`/plain/thread/${thread.no}/reply`, { body: 'Bad picture' }, [{ name: 'page.png', content: broken }], 'application/json');
    for (let count = 0; count < 3; count += 1) await board.reply(thread, `Still three ${count}`);
  });

  it('decoding what is no picture is paid for with bytes, so that it cannot be asked for without end', async () => {
    board.pass(hour);
    const thread = await board.startThread('plain');
    board.pass(hour);
    const junk = { name: 'junk.png', content: Buffer.concat([png.subarray(0, 60), Buffer.alloc(7_900_000)]) };
    const codes = [];
    for (let count = 0; count < 5; count += 1) codes.push((await board.sendForm(`/plain/thread/${thread.no}/reply`, { body: `Junk ${count}` }, [junk], 'application/json')).body.error.code);
    assert.deepEqual(codes.slice(0, 3), ['uploads.broken', 'uploads.broken', 'uploads.broken']);
    assert.equal(codes.at(-1), 'limits.upload');
    await board.reply(thread, 'Words still go');
  });

  const barFrom = async (kind: 'ban' | 'warning', no: number) => {
    const post = await board.db.selectFrom('posts').select(['id', 'board_id', 'body']).where('no', '=', no).where('is_op', '=', true).executeTakeFirstOrThrow();
    const origin = await board.db.selectFrom('post_origins').selectAll().where('post_id', '=', post.id).executeTakeFirstOrThrow();
    const ban = { kind, boardId: post.board_id, tag: origin.ban_tag, keyId: origin.ban_key_id, reason: 'Flooding', post: { id: post.id, boardSlug: 'plain', no, excerpt: post.body }, role: 'moderator' as const, staffId: (await board.hireStaff(`Mod${kind}`, [{ boardId: null, role: 'moderator' }])).member.id, expiresAt: new Date(board.now().getTime() + hour) };
    return board.db.transaction().execute((trx) => insertBan(trx, ban, board.now()));
  };

  it('a banned poster sees why, what was typed is kept, and no file is looked at', async () => {
    board.pass(hour);
    const thread = await board.startThread('plain');
    board.pass(hour);
    const id = await barFrom('ban', thread.no);
    const answer = await board.sendForm(`/plain/thread/${thread.no}/reply`, { body: 'My answer' }, [{ name: 'page.png', content: broken }]);
    assert.equal(answer.status, 403);
    assert.match(answer.text, /Flooding/);
    assert.match(answer.text, /My answer/);
    const json = await board.sendForm(`/plain/thread/${thread.no}/reply`, { body: 'My answer' }, [], 'application/json');
    assert.deepEqual([json.status, json.body.error.code], [403, 'moderation.posterBanned']);
    await board.db.deleteFrom('bans').where('id', '=', id).execute();
    await board.reply(thread, 'Free again');
  });

  it('a warned poster reads the warning once and goes on', async () => {
    board.pass(hour);
    const thread = await board.startThread('plain');
    board.pass(hour);
    const id = await barFrom('warning', thread.no);
    const answer = await board.sendForm(`/plain/thread/${thread.no}/reply`, { body: 'My answer' });
    assert.equal(answer.status, 403);
    assert.match(answer.text, /My answer/);
    assert.equal((await board.send(`/bans/${id}/seen`, {})).status, 200);
    assert.equal((await board.sendForm(`/plain/thread/${thread.no}/reply`, { body: 'My answer' })).status, 303);
  });
});
