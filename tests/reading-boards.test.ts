import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hidePosts, unhidePosts } from '../src/threads/removal-store.js';
import { setThread, type ThreadSettings } from '../src/threads/thread-state-store.js';
import { assertHides, assertShows, postsOn, textOf, threadsOn } from './support/page-text.js';
import { openTestBoard } from './support/test-board.js';
import { type WrittenPost, writeReply, writeThread } from './support/write-posts.js';

let board: Awaited<ReturnType<typeof openTestBoard>>;
before(async () => {
  board = await openTestBoard();
});
after(() => board.close());

const set = (thread: WrittenPost, settings: ThreadSettings) => board.db.transaction().execute((trx) => setThread(trx, thread.threadId, settings, board.now()));
const hide = (posts: WrittenPost[], as: 'staff' | 'poster', reason: string | null = null) =>
  board.db.transaction().execute((trx) => hidePosts(trx, posts.map((post) => post.id), as, reason, board.now()));

async function getPage(path: string): Promise<string> {
  const answer = await board.get(path);
  assert.equal(answer.status, 200, `${path} answered ${answer.status}`);
  return answer.text;
}

test('the index lists threads by their last bump', async () => {
  const place = await board.makeBoard('bump');
  const [first, second, third] = [await writeThread(board.db, place), await writeThread(board.db, place), await writeThread(board.db, place)];
  assert.deepEqual(threadsOn(await getPage('/bump/')), [third.no, second.no, first.no]);
  await writeReply(board.db, first);
  assert.deepEqual(threadsOn(await getPage('/bump/')), [first.no, third.no, second.no]);
});

test('a sage reply does not bump its thread, and is shown nevertheless', async () => {
  const place = await board.makeBoard('sage');
  const [old, newer] = [await writeThread(board.db, place), await writeThread(board.db, place)];
  const sage = await writeReply(board.db, old, { isSage: true });
  const html = await getPage('/sage/');
  assert.deepEqual(threadsOn(html), [newer.no, old.no]);
  assert.deepEqual(postsOn(html), [newer.no, old.no, sage.no]);
});

test('a sticky thread stands above threads that were bumped later, with its last reply alone', async () => {
  const place = await board.makeBoard('sticky');
  const pinned = await writeThread(board.db, place);
  const replies = [await writeReply(board.db, pinned), await writeReply(board.db, pinned), await writeReply(board.db, pinned)];
  const other = await writeThread(board.db, place);
  await set(pinned, { isSticky: true });
  const html = await getPage('/sticky/');
  assert.deepEqual(threadsOn(html), [pinned.no, other.no]);
  assert.deepEqual(postsOn(html), [pinned.no, replies[2]?.no, other.no]);
  assert.match(textOf(html), /2 replies not shown\./);
});

test('the index shows the OP and the last five replies of a thread, and counts the rest with their files', async () => {
  const place = await board.makeBoard('omit');
  const thread = await writeThread(board.db, place, { fileCount: 1 });
  const replies: WrittenPost[] = [];
  for (const fileCount of [2, 0, 1, 0, 1, 0, 0, 0]) replies.push(await writeReply(board.db, thread, { fileCount }));
  const html = await getPage('/omit/');
  assert.deepEqual(postsOn(html), [thread.no, ...replies.slice(3).map((post) => post.no)]);
  assert.match(textOf(html), /3 replies and 3 files not shown\./);
});

test('removed and deleted replies and their files are neither shown on the index nor counted as left out', async () => {
  const place = await board.makeBoard('gone');
  const thread = await writeThread(board.db, place);
  const replies: WrittenPost[] = [];
  for (let count = 0; count < 9; count += 1) replies.push(await writeReply(board.db, thread, { fileCount: 1 }));
  const [one, two, three, four, ...last] = replies;
  assert.ok(one && two && three && four, 'nine replies');
  assert.match(textOf(await getPage('/gone/')), /4 replies and 4 files not shown\./);
  await hide([one], 'staff', 'advertising');
  await hide([two], 'poster');
  assert.match(textOf(await getPage('/gone/')), /2 replies and 2 files not shown\./);
  await hide(last.slice(0, 1), 'staff', 'advertising');
  const html = await getPage('/gone/');
  assert.deepEqual(postsOn(html), [thread.no, four.no, ...last.slice(1).map((post) => post.no)]);
  assert.match(textOf(html), /1 reply and 1 file not shown\./);
  await board.db.transaction().execute((trx) => unhidePosts(trx, [one.id]));
  assert.match(textOf(await getPage('/gone/')), /2 replies and 2 files not shown\./);
});

test('a removed thread is on no list until the removal is taken back', async () => {
  const place = await board.makeBoard('away');
  const thread = await writeThread(board.db, place);
  await writeReply(board.db, thread);
  await hide([thread], 'staff', 'advertising');
  assert.deepEqual(threadsOn(await getPage('/away/')), []);
  assert.deepEqual(threadsOn(await getPage('/away/catalog')), []);
  await board.db.transaction().execute((trx) => unhidePosts(trx, [thread.id]));
  assert.deepEqual(threadsOn(await getPage('/away/')), [thread.no]);
});

test('an OP that its poster deleted says nothing on any list, while its replies stay', async () => {
  const place = await board.makeBoard('silent');
  const thread = await writeThread(board.db, place, { subject: 'Regretted subject', body: 'Regretted words', fileCount: 1 });
  const reply = await writeReply(board.db, thread);
  assert.match(await getPage('/silent/catalog'), /Regretted subject[^]*Regretted words/);
  await hide([thread], 'poster');
  for (const path of ['/silent/', '/silent/catalog', `/silent/thread/${thread.no}`, '/']) {
    const html = await getPage(path);
    assertHides(html, 'Regretted', '-thumb.jpg');
  }
  assert.deepEqual(postsOn(await getPage('/silent/')), [thread.no, reply.no]);
  assert.deepEqual(threadsOn(await getPage('/silent/catalog')), [thread.no]);
});

test('a board has as many pages as its threads fill, and no more', async () => {
  const place = await board.makeBoard('paged', { threadsPerPage: 2 });
  const threads: WrittenPost[] = [];
  for (let count = 0; count < 5; count += 1) threads.push(await writeThread(board.db, place));
  const nos = threads.map((thread) => thread.no).reverse();
  assert.deepEqual(threadsOn(await getPage('/paged/')), nos.slice(0, 2));
  assert.deepEqual(threadsOn(await getPage('/paged/2')), nos.slice(2, 4));
  const last = await getPage('/paged/3');
  assert.deepEqual(threadsOn(last), nos.slice(4));
  assertShows(last, 'href="/paged/2"');
  assertHides(last, 'rel="next"');
  for (const path of ['/paged/4', '/paged/0', '/paged/01', '/paged/-1', '/paged/1e1']) assert.equal((await board.get(path)).status, 404, path);
});

test('an empty board says so on every page and offers the form', async () => {
  await board.makeBoard('empty');
  const html = await getPage('/empty/');
  assert.match(html, /No threads yet/);
  assert.match(html, /action="\/empty\/thread"/);
  assert.match(await getPage('/empty/catalog'), /No threads yet/);
  assert.match(await getPage('/empty/archive'), /No thread has been archived yet/);
});

test('addresses have one way to be written; others lead to it with their query', async () => {
  const place = await board.makeBoard('clean', { threadsPerPage: 1 });
  const thread = await writeThread(board.db, place);
  await writeThread(board.db, place);
  const expected = {
    '/clean': '/clean/',
    '/clean/1': '/clean/',
    '/clean/2/': '/clean/2',
    '/clean/catalog/?q=a': '/clean/catalog?q=a',
    '/clean/archive/': '/clean/archive',
    '/clean/archive/1': '/clean/archive',
    [`/clean/thread/${thread.no}/?posted=${thread.no}`]: `/clean/thread/${thread.no}?posted=${thread.no}`,
    '/about/': '/about',
  };
  for (const [from, to] of Object.entries(expected)) {
    const answer = await board.get(from);
    assert.deepEqual([answer.status, answer.headers['location']], [301, to], from);
  }
});

test('what is no board is no page, in HTML and in JSON', async () => {
  for (const path of ['/nowhere/', '/nowhere', '/nowhere/catalog', '/nowhere/thread/1', '/Clean/', '/humans.txt', '/threads/', '/nowhere/archive/2']) {
    const page = await board.get(path);
    assert.equal(page.status, 404, path);
    assert.match(page.text, /<h1>Error 404<\/h1>/);
  }
  const answer = await board.getJson('/nowhere/');
  assert.equal(answer.status, 404);
  assert.equal(answer.body.error.code, 'errors.boardNotFound');
  assert.match(answer.body.error.message, /\/nowhere\//);
});

test('the archive lists archived threads, the last archived first; they leave index and catalog', async () => {
  const place = await board.makeBoard('old');
  const [one, two, living] = [await writeThread(board.db, place, { subject: 'One' }), await writeThread(board.db, place, { subject: 'Two' }), await writeThread(board.db, place)];
  await set(two, { isArchived: true });
  board.pass(1000);
  await set(one, { isArchived: true });
  const archive = await getPage('/old/archive');
  assert.deepEqual([...archive.matchAll(/href="\/old\/thread\/(\d+)"/g)].map((found) => Number(found[1])), [one.no, two.no]);
  assert.deepEqual(threadsOn(await getPage('/old/')), [living.no]);
  assert.deepEqual(threadsOn(await getPage('/old/catalog')), [living.no]);
  assert.equal((await board.get('/old/archive/2')).status, 404);
});

test('the catalog is filtered by all words of subject or text, in any case, and not by what a spoiler covers', async () => {
  const place = await board.makeBoard('find');
  const beans = await writeThread(board.db, place, { subject: 'Climbing beans', body: 'Which trellis **holds**? ||The murderer is Miss Amber||' });
  const peas = await writeThread(board.db, place, { subject: 'Peas', body: 'A TRELLIS of hazel' });
  const search = async (query: string) => threadsOn(await getPage(`/find/catalog?q=${encodeURIComponent(query)}`));
  assert.deepEqual(await search('trellis'), [peas.no, beans.no]);
  assert.deepEqual(await search('  trellis   CLIMBING '), [beans.no]);
  assert.deepEqual(await search('ｔｒｅｌｌｉｓ hazel'), [peas.no]);
  assert.deepEqual(await search('murderer'), []);
  const page = await getPage('/find/catalog?q=nothing%22%3E%3Cb%3E');
  assert.match(page, /No thread fits this filter/);
  assertShows(page, 'value="nothing&#34;&gt;&lt;b&gt;"', '0 of 2 threads');
  assertHides(await getPage('/find/catalog'), 'murderer');
});

test('the catalog sorts by bump, age, replies and files, and keeps out what cannot be answered or has no files', async () => {
  const place = await board.makeBoard('sort', { replyLimit: 2 });
  const [many, pictures, plain] = [await writeThread(board.db, place), await writeThread(board.db, place, { fileCount: 3 }), await writeThread(board.db, place)];
  await writeReply(board.db, many);
  await writeReply(board.db, many, { fileCount: 1 });
  await writeReply(board.db, pictures, { isSage: true });
  await set(plain, { isLocked: true, isSticky: true });
  const list = async (query: string) => threadsOn(await getPage(`/sort/catalog?${query}`));
  assert.deepEqual(await list(''), [plain.no, many.no, pictures.no]);
  assert.deepEqual(await list('sort=new'), [plain.no, pictures.no, many.no]);
  assert.deepEqual(await list('sort=replies'), [many.no, pictures.no, plain.no]);
  assert.deepEqual(await list('sort=files'), [pictures.no, many.no, plain.no]);
  assert.deepEqual(await list('files=on'), [many.no, pictures.no]);
  assert.deepEqual(await list('locked=on'), [pictures.no]);
  assert.deepEqual(await list('sort=constructor&q='), [plain.no, many.no, pictures.no]);
});

test('a spoilered picture is not sent to the catalog', async () => {
  const place = await board.makeBoard('veil');
  await writeThread(board.db, place, { fileCount: 1, isSpoiler: true });
  const html = await getPage('/veil/catalog');
  assertHides(html, '-thumb.jpg');
  assertShows(html, 'file__veil');
});

test('the home page says what is going on: today’s posts, living threads and the latest words, with spoilers covered', async () => {
  const place = await board.makeBoard('news', { description: 'Under the clock' });
  const thread = await writeThread(board.db, place, { subject: 'At the station', at: board.now() });
  await writeReply(board.db, thread, { body: 'Yesterday', at: new Date(board.now().getTime() - 86_400_000) });
  await writeReply(board.db, thread, { body: 'Platform **nine**. ||The train is late||', at: board.now() });
  const html = await getPage('/');
  const line = /<tr><th scope="row"><a href="\/news\/">.*?<\/tr>/s.exec(html)?.[0] ?? /<li><a href="\/news\/">.*?<\/li>/s.exec(html)?.[0] ?? '';
  assert.match(textOf(line), /Board news/);
  assert.match(textOf(line), / 2 /);
  const latest = html.slice(html.indexOf('id="latest"'));
  assertShows(latest, 'At the station', 'Platform nine.');
  assertHides(html, 'train is late');
  assert.match(await getPage('/about'), /How quoting works/);
});

test('a busy thread stands once among the latest posts, with its newest words', async () => {
  const place = await board.makeBoard('busy');
  const quiet = await writeThread(board.db, place, { subject: 'A quiet thread' });
  const busy = await writeThread(board.db, place, { subject: 'A busy thread' });
  for (const body of ['First words', 'Second words', 'Newest words']) await writeReply(board.db, busy, { body });
  const latest = (await getPage('/')).split('id="latest"')[1] ?? '';
  assert.deepEqual([...latest.matchAll(/href="\/busy\/thread\/(\d+)#/g)].map((found) => Number(found[1])), [busy.no, quiet.no]);
  assertShows(latest, 'Newest words');
  assertHides(latest, 'Second words');
});

test('an excerpt is what its writer says himself, in one line that is cut between words', async () => {
  const place = await board.makeBoard('words');
  await writeThread(board.db, place, { body: '>>12 >>>/b/7 I agree.\n>somebody else’s words\n\nAnd *more*.' });
  await writeThread(board.db, place, { body: '>nothing but\n>a green story' });
  await writeThread(board.db, place, { body: `${'letter '.repeat(200)}end` });
  const texts = [...(await getPage('/words/catalog')).matchAll(/<p class="clamp">([^<]*)<\/p>/g)].map((found) => found[1] ?? '');
  assert.equal(texts[2], 'I agree. And more.');
  assert.equal(texts[1], '&gt;nothing but &gt;a green story');
  assert.match(texts[0] ?? '', /^letter (letter )+letter…$/);
  assert.ok((texts[0] ?? '').length <= 440, 'too long');
});

test('pages may be kept by anybody who asks again each time, and are not sent twice', async () => {
  const place = await board.makeBoard('kept');
  const thread = await writeThread(board.db, place);
  for (const path of ['/', '/about', '/kept/', '/kept/catalog', '/kept/archive', `/kept/thread/${thread.no}`]) {
    const first = await board.get(path);
    assert.match(String(first.headers['etag']), /^"[\w-]{22}(?:-(?:br|gzip))?"$/, path);
    assert.match(String(first.headers['cache-control']), /^public, max-age=0, s-maxage=1/);
    assert.match(String(first.headers['vary']), /Accept-Language/);
    assert.equal(first.headers['set-cookie'], undefined);
    const again = await board.get(path, { 'If-None-Match': String(first.headers['etag']) });
    assert.deepEqual([again.status, again.text], [304, ''], path);
  }
  const before = await board.get('/kept/');
  await writeReply(board.db, thread);
  const changed = await board.get('/kept/', { 'If-None-Match': String(before.headers['etag']) });
  assert.equal(changed.status, 200);
});
