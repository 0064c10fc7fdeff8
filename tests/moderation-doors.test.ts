import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import request from 'supertest';
import type { Board } from '../src/boards/board.js';
import { type ActName, acts } from '../src/moderation/acts.js';
import { toBackPath, withDone } from '../src/moderation/mod-path.js';
import { reportPost } from '../src/moderation/report-post.js';
import { type Desk, openDesk, type TestPost } from './support/moderation-desk.js';

/** Who gets in where, and what gets out. */
describe('doors of moderation', () => {
  let desk: Desk;
  let garden: Board;
  let books: Board;
  let staff: Record<'janitor' | 'moderator' | 'admin' | 'everywhere' | 'foreign', Awaited<ReturnType<Desk['hireStaff']>>>;

  before(async () => {
    desk = await openDesk();
    garden = await desk.makeBoard('garden');
    books = await desk.makeBoard('books');
    staff = {
      janitor: await desk.hireStaff('Dock', [{ boardId: garden.id, role: 'janitor' }]),
      moderator: await desk.hireStaff('Sorrel', [{ boardId: garden.id, role: 'moderator' }]),
      admin: await desk.hireStaff('Teasel', [{ boardId: garden.id, role: 'admin' }]),
      everywhere: await desk.hireStaff('Yarrow', [{ boardId: null, role: 'moderator' }]),
      foreign: await desk.hireStaff('Burdock', [{ boardId: books.id, role: 'admin' }]),
    };
  });
  after(() => desk.close());

  /** A signed reply with a picture and a report, on the board garden: everything can be done to it. */
  const makePost = async (): Promise<TestPost> => {
    const post = await desk.reply(await desk.startThread(garden));
    await desk.sign(post, 7);
    await desk.attach(post);
    await reportPost(desk.db, { postId: post.id, reason: 'spam', note: '', reporterTag: null, now: desk.now() });
    return post;
  };

  const allowed: Record<string, readonly (keyof typeof staff)[]> = {
    janitor: ['janitor', 'moderator', 'admin', 'everywhere'],
    moderator: ['moderator', 'admin', 'everywhere'],
    admin: ['admin'],
    everywhere: ['everywhere'],
  };
  const cells: Record<ActName | 'banSite', keyof typeof allowed> = {
    'post.remove': 'janitor',
    'post.purge': 'admin',
    'report.dismiss': 'janitor',
    'file.remove': 'janitor',
    'file.spoiler': 'janitor',
    'file.unspoiler': 'janitor',
    'author.removeThread': 'janitor',
    'author.removeBoard': 'moderator',
    'author.removeSite': 'everywhere',
    'author.ban': 'moderator',
    banSite: 'everywhere',
    'author.warn': 'moderator',
    'thread.sticky': 'moderator',
    'thread.unsticky': 'moderator',
    'thread.lock': 'moderator',
    'thread.unlock': 'moderator',
    'thread.bumplock': 'moderator',
    'thread.unbumplock': 'moderator',
    'thread.cyclical': 'moderator',
    'thread.uncyclical': 'moderator',
    'thread.archive': 'moderator',
    'thread.unarchive': 'moderator',
    'thread.move': 'everywhere',
  };

  for (const [cell, from] of Object.entries(cells)) {
    it(`${cell} is for ${from} and up, on their boards, and for nobody else`, async () => {
      const act = cell === 'banSite' ? 'author.ban' : (cell as ActName);
      for (const [who, member] of Object.entries(staff)) {
        const post = await makePost();
        if (act === 'file.unspoiler') await desk.db.updateTable('uploads').set({ is_spoiler: true }).where('post_id', '=', post.id).execute();
        if (act.startsWith('thread.un')) {
          const set = { is_sticky: true, is_locked: true, is_bumplocked: true, is_cyclical: true, archived_at: desk.now() };
          await desk.db.updateTable('threads').set(set).where('id', '=', post.threadId).execute();
        }
        const scope = cell === 'banSite' ? 'site' : 'board';
        const fields = { act, post: post.id, thread: post.threadId, reason: 'Off topic', duration: 24, scope, to_board: 'books', confirm: 'on', back: '/mod' };
        const answer = await member.send('/mod/act', fields);
        assert.equal(answer.status, allowed[from]?.includes(who as keyof typeof staff) ? 303 : 403, `${who}: ${answer.text}`);
      }
    });
  }

  it('the cells are all acts there are', () => {
    assert.deepEqual(Object.keys(cells).filter((name) => name !== 'banSite').sort(), Object.keys(acts).sort());
  });

  it('a form without the token of its session does nothing', async () => {
    const post = await makePost();
    for (const form_token of ['', 'token-of-Sorrel']) {
      const answer = await staff.janitor.send('/mod/act', { act: 'post.remove', post: post.id, reason: 'Off topic', form_token });
      assert.equal(answer.status, 403);
    }
    const undo = await staff.janitor.send('/mod/undo', { log: 1, form_token: '' });
    assert.equal(undo.status, 403);
    const row = await desk.db.selectFrom('posts').select('removed_as').where('id', '=', post.id).executeTakeFirstOrThrow();
    assert.equal(row.removed_as, null);
  });

  it('visitors are led to the login, and their forms are refused', async () => {
    const post = await makePost();
    for (const path of ['/mod', '/mod/queue', '/mod/queue/list', '/mod/log', '/mod/garden/', `/mod/garden/thread/${post.threadNo}`, `/mod/post/${post.id}`]) {
      const answer = await request(desk.app).get(path);
      assert.equal(answer.status, 303, path);
      assert.match(String(answer.headers.location), /^\/mod\/login/);
    }
    for (const path of ['/mod/act', '/mod/undo', '/mod/appeals/1/answer']) {
      const answer = await request(desk.app).post(path).set('Sec-Fetch-Site', 'same-origin').type('form').send({ act: 'post.remove', post: post.id });
      assert.equal(answer.status, 401, path);
    }
  });

  it('pages of a board are for those who work there, and are kept by nobody', async () => {
    const post = await makePost();
    for (const path of ['/mod/garden/', `/mod/garden/thread/${post.threadNo}`, `/mod/post/${post.id}`]) {
      assert.equal((await staff.foreign.get(path)).status, 403, path);
      const answer = await staff.janitor.get(path);
      assert.ok(answer.status < 400, path);
      assert.equal(answer.headers['cache-control'], 'no-store');
    }
    assert.equal((await staff.janitor.get(`/mod/post/${post.id}`)).headers.location, `/mod/garden/thread/${post.threadNo}#p${post.no}`);
    assert.equal((await staff.janitor.get('/mod/garden/thread/999999')).status, 404);
    assert.equal((await staff.janitor.get('/mod/nowhere/')).status, 404);
  });

  it('pictures of removed posts are for staff of their board alone', async () => {
    const post = await makePost();
    const { name } = await desk.db.selectFrom('uploads').select('name').where('post_id', '=', post.id).executeTakeFirstOrThrow();
    await staff.janitor.send('/mod/act', { act: 'post.remove', post: post.id, reason: 'Off topic' });
    const answer = await staff.janitor.get(`/mod/media/${name}`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'image/jpeg');
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.match(String(answer.headers['content-security-policy']), /sandbox/);
    assert.equal((await staff.foreign.get(`/mod/media/${name}`)).status, 403);
    assert.equal((await request(desk.app).get(`/mod/media/${name}`)).status, 303);
    assert.equal((await staff.janitor.get('/mod/media/..%2Fsecret')).status, 404);
    const page = (await staff.janitor.get(`/mod/garden/thread/${post.threadNo}`)).text;
    assert.ok(page.includes(`/mod/media/${name}`));
    assert.ok(page.includes(`Words of post ${post.no}`));
  });

  it('the page of a thread offers what the role allows, and no more', async () => {
    const post = await makePost();
    const offers = async (who: keyof typeof staff) => {
      const page = (await staff[who].get(`/mod/garden/thread/${post.threadNo}`)).text;
      return [...new Set([...page.matchAll(/name="act" value="([a-zA-Z.]+)"/g)].map((found) => found[1] ?? ''))].sort();
    };
    const janitor = ['author.removeThread', 'file.remove', 'file.spoiler', 'post.remove', 'report.dismiss'];
    assert.deepEqual(await offers('janitor'), janitor);
    const moderator = [...janitor, 'author.ban', 'author.removeBoard', 'author.warn', 'thread.archive', 'thread.bumplock', 'thread.cyclical', 'thread.lock', 'thread.move', 'thread.sticky'];
    assert.deepEqual(await offers('moderator'), moderator.sort());
    assert.deepEqual(await offers('admin'), [...moderator, 'post.purge'].sort());
    assert.deepEqual(await offers('everywhere'), [...moderator, 'author.removeSite'].sort());
  });

  it('a purge asks whether it is meant, and then does it', async () => {
    const post = await makePost();
    const asked = await staff.admin.send('/mod/act', { act: 'post.purge', post: post.id, reason: 'Illegal content', back: '/mod' });
    assert.equal(asked.status, 422);
    assert.match(asked.text, /name="confirm"/);
    assert.match(asked.text, /value="Illegal content"/);
    assert.equal((await staff.admin.send('/mod/act', { act: 'post.purge', post: post.id, reason: 'Illegal content', confirm: 'on' })).status, 303);
    const row = await desk.db.selectFrom('posts').select('body').where('id', '=', post.id).executeTakeFirstOrThrow();
    assert.equal(row.body, '');
  });

  it('a form that lacks something comes back with everything that was typed', async () => {
    const post = await makePost();
    const answer = await staff.moderator.send('/mod/act', { act: 'author.ban', post: post.id, reason: ' ', note: 'Please <stop>', duration: '72', scope: 'board', remove: 'on', back: '/mod/garden/' });
    assert.equal(answer.status, 422);
    for (const part of ['value="Please &lt;stop&gt;"', '<option value="72" selected>', 'name="remove" checked', 'href="#act-reason"', 'value="/mod/garden/"']) assert.ok(answer.text.includes(part), part);
    assert.equal((await staff.moderator.send('/mod/act', { act: 'post.destroy', post: post.id })).status, 400);
    assert.equal((await staff.moderator.send('/mod/act', { act: 'post.remove', post: '1;drop', reason: 'x' })).status, 400);
    assert.equal((await staff.moderator.send('/mod/act', { act: 'post.remove', post: 999_999, reason: 'x' })).status, 404);
  });

  it('forms lead back to pages of moderators and nowhere else', () => {
    for (const path of ['/mod', '/mod/queue?filter=reports&case=12', '/mod/garden/', '/mod/garden/thread/1#p2']) assert.equal(toBackPath(path), path);
    for (const path of ['', '//evil.example', '/\\evil.example', 'https://evil.example/mod', '/mod/../..//evil', '/mod//evil.example', '/model', '/mod?x=//evil']) {
      assert.equal(toBackPath(path), '/mod/queue', path);
    }
    assert.equal(withDone('/mod/garden/thread/1?done=4#p2', 9), '/mod/garden/thread/1?done=9#p2');
    assert.equal(withDone('/mod/queue?filter=reports', 9), '/mod/queue?filter=reports&done=9');
  });

  it('the public log says what was done by which role and why, marks what was undone, and names nobody', async () => {
    const post = await makePost();
    await reportPost(desk.db, { postId: post.id, reason: 'other', note: 'a secret note of a reporter', reporterTag: Buffer.from('r'), now: desk.now() });
    const banned = await staff.moderator.send('/mod/act', { act: 'author.ban', post: post.id, reason: 'Advertising <again>', note: 'words for the poster', duration: 168, scope: 'board', remove: 'on' });
    const logId = Number(/done=(\d+)/.exec(String(banned.headers.location))?.[1]);
    const page = await request(desk.app).get('/log');
    assert.equal(page.status, 200);
    const line = new RegExp(`<tr id="l${logId}">.*?</tr>`, 's').exec(page.text)?.[0] ?? '';
    for (const part of ['Banned 7 days', 'post removed', 'Advertising &lt;again&gt;', `/garden/thread/${post.threadNo}#p${post.no}`, '2026-05-', '>Moderator<']) assert.ok(line.includes(part), part);

    const { day_tag: dayTag, ban_tag: banTag } = await desk.db.selectFrom('post_origins').selectAll().where('post_id', '=', post.id).executeTakeFirstOrThrow();
    const secrets = ['Sorrel', 'Dock', 'Teasel', 'words for the poster', 'a secret note', 'Reports dismissed', dayTag.toString('hex'), banTag.toString('hex'), dayTag.toString('base64'), banTag.toString('base64'), '10.9.8'];
    for (const secret of secrets) assert.ok(!page.text.includes(secret), secret);
    const seen = (await staff.everywhere.get('/mod/log')).text;
    assert.ok(seen.includes('Sorrel'));
    for (const secret of [dayTag.toString('hex'), banTag.toString('hex'), '10.9.8']) assert.ok(!seen.includes(secret));

    const near = (await staff.moderator.get('/mod/log')).text;
    const far = (await staff.foreign.get('/mod/log')).text;
    assert.ok(near.includes('words for the poster'), 'for those who moderate there');
    assert.ok(far.includes('Banned 7 days') && !far.includes('words for the poster'), 'and not for those who do not');

    await desk.acts.undo(staff.moderator.member, logId);
    const after = (await request(desk.app).get('/log')).text;
    assert.match(after, new RegExp(`<tr id="l${logId}">.*?<s>Banned 7 days</s>.*?Undone 2026-05-`, 's'));
    assert.match(after, /Undone<.*Banned 7 days, post removed</s);
  });

  it('the public log is narrowed by board and action, and has pages', async () => {
    const thread = await desk.startThread(books);
    for (let count = 0; count < 30; count += 1) {
      for (const act of ['thread.lock', 'thread.unlock'] as const) await desk.acts.perform(staff.everywhere.member, { act, threadId: thread.threadId, reason: `round ${count}` });
    }
    const first = (await request(desk.app).get('/log?board=books&action=threads')).text;
    assert.equal([...first.matchAll(/<tr id="l/g)].length, 50);
    assert.ok(!first.includes('/garden/ <a'));
    const second = (await request(desk.app).get('/log?board=books&action=threads&page=2')).text;
    assert.ok([...second.matchAll(/<tr id="l/g)].length >= 10);
    assert.match(first, /href="\/log\?board=books&amp;action=threads&amp;page=2"/);
    for (const path of ['/log?page=99', '/log?page=x', '/log?action=dismissed', '/log?board=nowhere']) assert.equal((await request(desk.app).get(path)).status, 404, path);
  });

  it('every moderator sees another sign for the same author', async () => {
    const post = await makePost();
    const findTag = async (who: keyof typeof staff) => /<code title="[^"]*">(\w{5})<\/code>/.exec((await staff[who].get(`/mod/garden/thread/${post.threadNo}`)).text)?.[1];
    const tags = [await findTag('janitor'), await findTag('moderator')];
    assert.ok(tags[0] !== undefined && tags[1] !== undefined);
    assert.notEqual(tags[0], tags[1]);
    assert.equal(await findTag('janitor'), tags[0]);
  });

  it('the list of a board shows removed threads to staff', async () => {
    const thread = await desk.startThread(garden, { subject: 'A thread that went away' });
    await desk.acts.perform(staff.moderator.member, { act: 'post.remove', postId: thread.id, reason: 'Off topic' });
    const list = (await staff.janitor.get('/mod/garden/?show=removed')).text;
    assert.match(list, /A thread that went away.*Removed: Off topic/s);
    const page = (await staff.janitor.get(`/mod/garden/thread/${thread.no}`)).text;
    assert.match(page, /This thread is removed/);
    assert.match(page, /Words of post/);
  });
});
