import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { openTestBoard, type TestBoard } from './support/test-board.js';

const picture = { name: 'fence posts.png', content: await readFile('tests/fixtures/media/metadata/png-text.png') };
const photo = { name: '/home/ann/photo.jpg', content: await readFile('tests/fixtures/media/metadata/exif-gps-xmp.jpg') };

/** The path of a post, from the form to the page. */
describe('posting', () => {
  let board: TestBoard;
  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('plots');
    await board.makeBoard('shelf');
  });
  after(() => board.close());

  const findPost = (slug: string, no: number) =>
    board.db.selectFrom('posts as p').innerJoin('boards as b', 'b.id', 'p.board_id').selectAll('p').where('b.slug', '=', slug).where('p.no', '=', no).executeTakeFirstOrThrow();
  const findThread = async (slug: string, no: number) => {
    const post = await findPost(slug, no);
    return board.db.selectFrom('threads').selectAll().where('id', '=', post.thread_id).executeTakeFirstOrThrow();
  };

  it('a new thread leads its poster to the thread, where it is shown', async () => {
    const answer = await board.sendForm('/plots/thread', { subject: 'Raised beds', body: 'How deep?' });
    assert.equal(answer.status, 303);
    const [, no] = /^\/plots\/thread\/(\d+)\?posted=\1#p\1$/.exec(answer.headers['location'] ?? '') ?? [];
    assert.ok(no, `leads to ${answer.headers['location']}`);
    const page = await board.get(`/plots/thread/${no}?posted=${no}`);
    assert.equal(page.status, 200);
    assert.match(page.text, /Raised beds/);
    assert.match(page.text, /How deep\?/);
  });

  it('a reply is told to script as JSON with its place', async () => {
    const thread = await board.startThread('plots');
    const answer = await board.sendForm(`/plots/thread/${thread.no}/reply`, { body: 'Two feet.' }, [], 'application/json');
    assert.equal(answer.status, 201);
    const { no } = answer.body;
    assert.deepEqual(answer.body, { board: 'plots', thread: thread.no, no, location: `/plots/thread/${thread.no}?posted=${no}#p${no}` });
    assert.equal((await findPost('plots', no)).body, 'Two feet.');
  });

  it('a form without files may be sent urlencoded, as text browsers do', async () => {
    const thread = await board.startThread('plots');
    const answer = await board.send(`/plots/thread/${thread.no}/reply`, { body: 'From a text browser' });
    assert.equal(answer.status, 303);
  });

  it('name, tripcode, subject and sage are stored, and the secret is not', async () => {
    const thread = await board.startThread('plots');
    const secret = 'Fledermaus-9182';
    const one = await board.reply(thread, { name: `Ann ## ${secret}`, subject: 'On depth', sage: 'on', body: 'Deep enough' });
    const other = await board.reply(thread, { name: `Ann#${secret}`.replace('#', '＃ '), body: 'Again' });
    const post = await findPost('plots', one.no);
    assert.equal(post.name, 'Ann');
    assert.match(post.tripcode ?? '', /^![a-z0-9]{12}$/i);
    assert.equal((await findPost('plots', other.no)).tripcode, post.tripcode, 'the same secret gives the same tripcode');
    assert.equal(post.subject, 'On depth');
    assert.equal(post.is_sage, true);
    assert.ok(!JSON.stringify(await board.db.selectFrom('posts').selectAll().execute()).includes('Fledermaus'));
    assert.ok(!board.log.join('').includes('Fledermaus'));
  });

  it('a name cannot pass for one with a tripcode', async () => {
    const thread = await board.startThread('plots');
    const names = ['Ann !3ab9kq27xw1p', 'Ann !!3ab9kq27xw1p', 'Ann! Well!', 'Wow!'];
    const shown = [];
    for (const name of names) shown.push((await findPost('plots', (await board.reply(thread, { name, body: `I am ${name}` })).no)).name);
    assert.deepEqual(shown, ['Ann 3ab9kq27xw1p', 'Ann 3ab9kq27xw1p', 'Ann! Well!', 'Wow!']);
  });

  it('files are decoded, stored and shown with their description, spoiler mark and harmless name', async () => {
    const thread = await board.startThread('plots', { alt1: 'A fence', spoiler2: 'on' }, [picture, photo]);
    const post = await findPost('plots', thread.no);
    const uploads = await board.db.selectFrom('uploads').selectAll().where('post_id', '=', post.id).orderBy('position').execute();
    assert.deepEqual(uploads.map((upload) => [upload.type, upload.original_name, upload.alt, upload.is_spoiler]), [
      ['png', 'fence posts.png', 'A fence', false],
      ['jpeg', 'photo.jpg', '', true],
    ]);
    for (const name of uploads.flatMap((upload) => [upload.name, upload.thumb_name])) assert.equal((await board.get(`/media/${name}`)).status, 200);
    assert.equal((await findThread('plots', thread.no)).file_count, 2);
    const page = await board.get(`/plots/thread/${thread.no}`);
    assert.match(page.text, /alt="A fence"/);
  });

  it('names of files are dropped when the poster asks for it', async () => {
    const thread = await board.startThread('plots', { dropnames: 'on' }, [picture]);
    const upload = await board.db.selectFrom('uploads').selectAll().where('post_id', '=', (await findPost('plots', thread.no)).id).executeTakeFirstOrThrow();
    assert.equal(upload.original_name, 'file-1.png');
  });

  it('a number and repeated words become quotes, and each quoted post gets a backlink', async () => {
    const thread = await board.startThread('plots', { body: 'The soil must be deep enough for carrots to grow.' });
    const elsewhere = await board.startThread('shelf', { body: 'A book about soil.' });
    const reply = await board.reply(thread, `>>>/shelf/${elsewhere.no}\n>deep enough for carrots to grow\nIndeed.`);
    const post = await findPost('plots', reply.no);
    const quotes = await board.db.selectFrom('quotes').selectAll().where('post_id', '=', post.id).orderBy('position').execute();
    const op = await findPost('plots', thread.no);
    const book = await findPost('shelf', elsewhere.no);
    assert.deepEqual(quotes.map((quote) => [quote.kind, quote.quoted_post_id]), [['number', book.id], ['text', op.id]]);
    assert.equal(op.backlinks_change_no, post.change_no, 'in its own thread the backlink is part of the same change');
    assert.equal(book.backlinks_change_no, (await findThread('shelf', elsewhere.no)).change_no, 'the other thread has a change of its own');
    assert.match((await board.get(`/shelf/thread/${elsewhere.no}`)).text, new RegExp(`href="/plots/thread/${thread.no}#p${reply.no}"`));
  });

  it('the reply page without script shows the quoted post and fills its number in', async () => {
    const thread = await board.startThread('plots', { body: 'Words to be quoted' });
    const page = await board.get(`/plots/thread/${thread.no}/reply?quote=${thread.no}`);
    assert.equal(page.status, 200);
    assert.match(page.text, new RegExp(`<textarea[^>]*>\\s*&gt;&gt;${thread.no}\\n`));
    assert.match(page.text, /Words to be quoted/);
    assert.equal((await board.get(`/plots/thread/${thread.no}/reply?quote=999999`)).status, 200, 'a quote of nothing is left out');
    assert.equal((await board.get('/plots/thread/999999/reply')).status, 404);
  });

  it('the page of a new thread has a form that works as it stands', async () => {
    const page = await board.get('/plots/new');
    assert.equal(page.status, 200);
    assert.match(page.text, /action="\/plots\/thread"/);
    assert.equal((await board.get('/plots/thread')).headers['location'], '/plots/new');
    assert.equal((await board.get('/nowhere/new')).status, 404);
  });

  it('the author is noted as keyed tags alone, and the browser gets one secret with its first post', async () => {
    const browser = board.open();
    const thread = await browser.startThread('plots');
    const post = await findPost('plots', thread.no);
    const origin = await board.db.selectFrom('post_origins').selectAll().where('post_id', '=', post.id).executeTakeFirstOrThrow();
    assert.equal(origin.ban_tag.length, 16);
    assert.equal(post.secret_hash?.length, 32);
    const again = await browser.sendForm(`/plots/thread/${thread.no}/reply`, { body: 'Same browser' });
    assert.equal(again.status, 303);
    assert.equal(again.headers['set-cookie'], undefined, 'the secret is there already');
    assert.equal((await board.open().get(`/plots/thread/${thread.no}`)).headers['set-cookie'], undefined, 'readers get none');
  });

  it('nothing of what was posted is in the log', async () => {
    const thread = await board.startThread('plots', { name: 'Quillwort', subject: 'Sedgewarbler', body: 'Butterwort', alt1: 'Sundew' }, [{ ...picture, name: 'bladderwort.png' }]);
    await board.sendForm(`/plots/thread/${thread.no}/reply`, { body: '', name: 'Quillwort' });
    const said = board.log.join('');
    assert.match(said, /post\.created/);
    assert.match(said, /post\.refused/);
    assert.doesNotMatch(said, /Quillwort|Sedgewarbler|Butterwort|Sundew|bladderwort|127\.0\.0\.1/);
  });

  it('a form from another site is refused', async () => {
    const thread = await board.startThread('plots');
    const answer = await board.sendForm(`/plots/thread/${thread.no}/reply`, { body: 'Forged' }).set({ 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' });
    assert.equal(answer.status, 403);
    assert.equal((await findThread('plots', thread.no)).reply_count, 0);
  });
});

describe('posting under a role', () => {
  let board: TestBoard;
  before(async () => {
    board = await openTestBoard({ settings: { POSTING_LIMITS: 'on' } });
    await board.makeBoard('plots');
    await board.makeBoard('shelf');
  });
  after(() => board.close());

  it('a moderator posts with his role in a locked thread, without limits and without an origin', async () => {
    const plots = await board.running.boards.get('plots');
    const member = await board.hireStaff('Sorrel', [{ boardId: plots.id, role: 'moderator' }]);
    const thread = await board.startThread('plots');
    await board.db.updateTable('threads').set({ is_locked: true }).execute();
    for (let count = 0; count < 5; count += 1) {
      const answer = await member.send(`/plots/thread/${thread.no}/reply`, { capcode: 'moderator', body: `Notice ${count}` });
      assert.equal(answer.status, 303, answer.text);
      assert.equal(answer.headers['set-cookie'], undefined);
    }
    const posts = await board.db.selectFrom('posts').select(['id', 'capcode', 'secret_hash']).where('is_op', '=', false).execute();
    assert.deepEqual(posts.map((post) => [post.capcode, post.secret_hash]), Array.from({ length: 5 }, () => ['moderator', null]));
    const origins = await board.db.selectFrom('post_origins').select('post_id').execute();
    assert.ok(posts.every((post) => origins.every((origin) => origin.post_id !== post.id)));
    assert.match((await board.get(`/plots/thread/${thread.no}`)).text, /## Moderator/);
  });

  it('a refused form of staff stays theirs', async () => {
    const plots = await board.running.boards.get('plots');
    const member = await board.hireStaff('Yarrow', [{ boardId: plots.id, role: 'moderator' }]);
    const { no } = await board.db.selectFrom('threads').select('no').executeTakeFirstOrThrow();
    const answer = await member.send(`/plots/thread/${no}/reply`, { capcode: 'moderator', body: 'x'.repeat(9000) });
    assert.equal(answer.status, 422);
    assert.match(answer.text, /name="capcode" value="moderator"/);
    assert.match(answer.text, new RegExp(`name="form_token" value="${member.member.session.formToken}"`));
    const forged = await board.open().send(`/plots/thread/${no}/reply`, { capcode: 'moderator', form_token: 'guess', body: '' });
    assert.doesNotMatch(forged.text, /name="capcode"/);
  });

  it('a role is refused to visitors, to janitors, on foreign boards, above one’s own and without the form’s token', async () => {
    const plots = await board.running.boards.get('plots');
    const moderator = await board.hireStaff('Teasel', [{ boardId: plots.id, role: 'moderator' }]);
    const janitor = await board.hireStaff('Dock', [{ boardId: plots.id, role: 'janitor' }]);
    const { no } = await board.db.selectFrom('threads').select('no').executeTakeFirstOrThrow();
    const path = `/plots/thread/${no}/reply`;
    const before = await board.db.selectFrom('posts').select('id').execute();
    const fields = { capcode: 'moderator', body: 'I say so' };
    const refused = [
      await board.open().send(path, { ...fields, form_token: moderator.member.session.formToken }),
      await janitor.send(path, fields),
      await janitor.send(path, { ...fields, capcode: 'janitor' }),
      await moderator.send(path, { ...fields, capcode: 'admin' }),
      await moderator.send(path, { ...fields, capcode: 'god' }),
      await moderator.send('/shelf/thread', fields),
      await moderator.send(path, { ...fields, form_token: janitor.member.session.formToken }),
    ];
    assert.deepEqual(refused.map((answer) => answer.status), [401, 403, 403, 403, 403, 403, 403]);
    for (const answer of refused) assert.match(answer.text, /I say so/, 'what was typed is given back');
    assert.equal((await board.db.selectFrom('posts').select('id').execute()).length, before.length);
  });
});
