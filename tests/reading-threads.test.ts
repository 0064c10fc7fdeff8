import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { changeFiles } from '../src/threads/file-store.js';
import { hidePosts, unhidePosts } from '../src/threads/removal-store.js';
import { moveThread, setThread, type ThreadSettings } from '../src/threads/thread-state-store.js';
import { assertHides, assertShows, postsOn } from './support/page-text.js';
import { openTestBoard } from './support/test-board.js';
import { type WrittenPost, writeReply, writeThread } from './support/write-posts.js';

let board: Awaited<ReturnType<typeof openTestBoard>>;
before(async () => {
  board = await openTestBoard();
});
after(() => board.close());

const pathOf = (thread: WrittenPost) => `/${thread.board.slug}/thread/${thread.threadNo}`;
const set = (thread: WrittenPost, settings: ThreadSettings) => board.db.transaction().execute((trx) => setThread(trx, thread.threadId, settings, board.now()));
const hide = (post: WrittenPost, as: 'staff' | 'poster', reason: string | null = null) =>
  board.db.transaction().execute((trx) => hidePosts(trx, [post.id], as, reason, board.now()));
const numbers = (posts: { no: number }[]) => posts.map((post) => post.no);

/** The change number that a thread page carries. */
const cursorOf = (html: string) => Number(/data-change="(\d+)"/.exec(html)?.[1]);

async function getChanges(thread: WrittenPost, since: number) {
  const answer = await board.get(`${pathOf(thread)}/updates?since=${since}`);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers['cache-control'], 'no-store');
  return answer.body;
}

test('a thread shows its posts in order, each with the posts that quote it', async () => {
  const place = await board.makeBoard('order');
  const thread = await writeThread(board.db, place, { subject: 'Six seasons' });
  const first = await writeReply(board.db, thread);
  const second = await writeReply(board.db, thread, { quotes: [thread, first] });
  const { text } = await board.get(pathOf(thread));
  assert.deepEqual(postsOn(text), [thread.no, first.no, second.no]);
  const pieceOf = ({ no }: WrittenPost) => text.split('</article>').find((piece) => new RegExp(` id=p${no}\\b`).test(piece)) ?? '';
  for (const quoted of [thread, first]) assert.match(pieceOf(quoted), new RegExp(`<footer[^>]* id="backlinks-${quoted.no}">[^]*>&gt;&gt;${second.no}</a></footer>$`));
  assertShows(pieceOf(second), `>${second.no}</a>`);
  assertHides(pieceOf(second), '<footer');
  assert.match(text, /<h1>Six seasons<\/h1>/);
  assert.match(text, /<title>Six seasons - \/order\/ - Quoth<\/title>/);
});

test('a thread that takes replies has a form, and others say why they have none', async () => {
  const place = await board.makeBoard('states', { replyLimit: 2 });
  const shown = async (thread: WrittenPost) => {
    const { text } = await board.get(pathOf(thread));
    const parts = [...text.matchAll(/data-reply-state="(\w+)"( hidden)?/g)].filter((found) => found[2] === undefined);
    return [...new Set(parts.map((found) => found[1]))];
  };
  const thread = await writeThread(board.db, place);
  assert.deepEqual(await shown(thread), ['open']);
  await set(thread, { isLocked: true });
  assert.deepEqual(await shown(thread), ['locked']);
  await set(thread, { isLocked: false });
  await writeReply(board.db, thread);
  await writeReply(board.db, thread);
  assert.deepEqual(await shown(thread), ['full']);
  await set(thread, { isCyclical: true });
  assert.deepEqual(await shown(thread), ['open']);
  await set(thread, { isArchived: true });
  assert.deepEqual(await shown(thread), ['archived']);
});

test('a removed reply leaves a tombstone with its reason, a deleted one leaves nothing', async () => {
  const place = await board.makeBoard('tomb');
  const thread = await writeThread(board.db, place);
  const [removed, deleted, kept] = [await writeReply(board.db, thread), await writeReply(board.db, thread), await writeReply(board.db, thread)];
  await hide(removed, 'staff', 'advertising for trellises');
  await hide(deleted, 'poster');
  const { text } = await board.get(pathOf(thread));
  assert.deepEqual(postsOn(text), [thread.no, removed.no, kept.no]);
  assertShows(text, 'advertising for trellises');
  assertHides(text, `Words of post ${removed.no}<`);
  assert.match(text, /1 reply</);
});

test('a removed thread answers 410 with the reason, in HTML and in JSON, until it is back', async () => {
  const place = await board.makeBoard('gone');
  const thread = await writeThread(board.db, place);
  const reply = await writeReply(board.db, thread);
  await hide(thread, 'staff', 'stolen pictures');
  for (const path of [pathOf(thread), `${pathOf(thread)}?posted=${reply.no}`, `${pathOf(thread)}/updates?since=1`]) {
    const answer = await board.get(path);
    assert.equal(answer.status, 410, path);
    assert.match(answer.text, /stolen pictures/);
  }
  const json = await board.getJson(pathOf(thread));
  assert.deepEqual([json.status, json.body.error.code], [410, 'errors.threadRemoved']);
  const updates = await board.get(`${pathOf(thread)}/updates?since=1`);
  assert.equal(updates.body.error.code, 'errors.threadRemoved');
  await board.db.transaction().execute((trx) => unhidePosts(trx, [thread.id]));
  assert.deepEqual(postsOn((await board.get(pathOf(thread))).text), [thread.no, reply.no]);
});

test('a thread that its poster deleted before anybody replied answers 410 and says who deleted it', async () => {
  const place = await board.makeBoard('owned');
  const thread = await writeThread(board.db, place);
  await hide(thread, 'poster');
  const answer = await board.get(pathOf(thread));
  assert.equal(answer.status, 410);
  assert.match(answer.text, /deleted by its poster/);
});

test('the number of a reply leads to its place in its thread, and a number that is nothing is no page', async () => {
  const place = await board.makeBoard('lead');
  const thread = await writeThread(board.db, place);
  const reply = await writeReply(board.db, thread);
  const deleted = await writeReply(board.db, thread);
  await hide(deleted, 'poster');
  const answer = await board.get(`/lead/thread/${reply.no}`);
  assert.deepEqual([answer.status, answer.headers['location']], [301, `${pathOf(thread)}#p${reply.no}`]);
  for (const no of [deleted.no, 999_999, '0', '01', '1.5', 'x', '9999999999999999']) assert.equal((await board.get(`/lead/thread/${no}`)).status, 404, String(no));
  const updates = await board.get(`/lead/thread/${reply.no}/updates?since=0`);
  assert.deepEqual([updates.status, updates.body.error.code], [404, 'errors.threadNotFound']);
});

test('a moved thread is found under its old address, with the reader’s own post under its new number', async () => {
  const [from, to] = [await board.makeBoard('from'), await board.makeBoard('to')];
  await writeThread(board.db, to);
  const thread = await writeThread(board.db, from);
  const reply = await writeReply(board.db, thread);
  const { newNo } = await board.db.transaction().execute((trx) => moveThread(trx, thread.threadId, to.id));
  const now = await board.db.selectFrom('posts').select('no').where('id', '=', reply.id).executeTakeFirstOrThrow();
  const lead = async (path: string) => {
    const answer = await board.get(path);
    assert.equal(answer.status, 301, path);
    return answer.headers['location'];
  };
  assert.equal(await lead(pathOf(thread)), `/to/thread/${newNo}`);
  assert.equal(await lead(`/from/thread/${reply.no}`), `/to/thread/${newNo}#p${now.no}`);
  assert.equal(await lead(`${pathOf(thread)}?posted=${reply.no}`), `/to/thread/${newNo}?posted=${now.no}#p${now.no}`);
  assert.equal((await board.get(`/to/thread/${newNo}?posted=${now.no}`)).status, 200);
  const changes = await getChanges(thread, 1);
  assert.deepEqual([changes.state.movedTo, changes.posts, changes.board], [`/to/thread/${newNo}`, [], 'from']);
});

test('right after posting the page is read anew for its poster and kept by nobody', async () => {
  const place = await board.makeBoard('posted');
  const thread = await writeThread(board.db, place);
  const reply = await writeReply(board.db, thread);
  const answer = await board.get(`${pathOf(thread)}?posted=${reply.no}`);
  assert.deepEqual([answer.status, answer.headers['cache-control']], [200, 'no-store']);
  assert.match(answer.text, new RegExp(`data-posted="${reply.no}"`));
  const plain = await board.get(pathOf(thread));
  assertHides(plain.text, 'data-posted');
  for (const posted of ['999999', '', 'x', `0${reply.no}`]) {
    const other = await board.get(`${pathOf(thread)}?posted=${posted}`);
    assert.deepEqual([other.status, other.headers['location'], other.headers['cache-control']], [302, pathOf(thread), 'no-store'], posted);
  }
});

test('a page that was away gets exactly the posts that it missed, once', async () => {
  const place = await board.makeBoard('missed');
  const thread = await writeThread(board.db, place);
  await writeReply(board.db, thread);
  const since = cursorOf((await board.get(pathOf(thread))).text);
  assert.deepEqual((await getChanges(thread, since)).posts, []);
  const [one, two] = [await writeReply(board.db, thread), await writeReply(board.db, thread, { isSage: true, fileCount: 1 })];
  const changes = await getChanges(thread, since);
  assert.deepEqual([changes.from, changes.board, changes.thread], [since, 'missed', thread.no]);
  assert.deepEqual(numbers(changes.posts), [one.no, two.no]);
  for (const post of changes.posts) assert.match(post.html, new RegExp(`^<article class=post [^]*Words of post ${post.no}<`));
  assert.deepEqual([changes.state.replyCount, changes.state.fileCount], [3, 1]);
  const page = (await board.get(pathOf(thread))).text;
  assert.equal(changes.to, cursorOf(page));
  // The page and the answer carry the same pieces.
  assertShows(page, ...changes.posts.map((post: { html: string }) => post.html));
  const later = await getChanges(thread, changes.to);
  assert.deepEqual([later.posts, later.removed, later.backlinks, later.to], [[], [], [], changes.to]);
});

test('a page that was away learns of new and lost backlinks, and their posts are not sent again', async () => {
  const place = await board.makeBoard('links');
  const thread = await writeThread(board.db, place);
  const quoted = await writeReply(board.db, thread);
  const since = cursorOf((await board.get(pathOf(thread))).text);
  const quoting = await writeReply(board.db, thread, { quotes: [quoted] });
  const changes = await getChanges(thread, since);
  assert.deepEqual(numbers(changes.posts), [quoting.no]);
  assert.deepEqual(numbers(changes.backlinks), [quoted.no]);
  assert.match(changes.backlinks[0].html, new RegExp(`^<footer[^>]* id="backlinks-${quoted.no}"[^]*#p${quoting.no}"`));
  await hide(quoting, 'poster');
  const after = await getChanges(thread, changes.to);
  assert.deepEqual([after.posts, after.removed, after.backlinks], [[], [quoting.no], [{ no: quoted.no, html: '' }]]);
});

test('a page that was away learns of removals, what came back, changed files and the thread’s state', async () => {
  const place = await board.makeBoard('state');
  const thread = await writeThread(board.db, place);
  const [removed, pictured] = [await writeReply(board.db, thread), await writeReply(board.db, thread, { fileCount: 1 })];
  let { to } = await getChanges(thread, 0);
  await hide(removed, 'staff', 'advertising');
  let changes = await getChanges(thread, to);
  assert.deepEqual(numbers(changes.posts), [removed.no]);
  assert.match(changes.posts[0].html, /post--gone[^]*advertising/);
  assert.equal(changes.state.replyCount, 1);
  to = changes.to;
  await board.db.transaction().execute((trx) => unhidePosts(trx, [removed.id]));
  await board.db.transaction().execute((trx) => changeFiles(trx, pictured.id, { kind: 'spoiler', isSpoiler: true }));
  changes = await getChanges(thread, to);
  assert.deepEqual(numbers(changes.posts), [removed.no, pictured.no]);
  assert.match(changes.posts[0].html, new RegExp(`Words of post ${removed.no}`));
  assert.match(changes.posts[1].html, /file__veil/);
  to = changes.to;
  await set(thread, { isLocked: true, isSticky: true });
  changes = await getChanges(thread, to);
  assert.deepEqual([changes.posts, changes.state.isLocked, changes.state.isSticky], [[], true, true]);
  assert.ok(changes.to > to, 'the state has a change number too');
});

test('a question for changes without a proper number is refused', async () => {
  const place = await board.makeBoard('since');
  const thread = await writeThread(board.db, place);
  for (const query of ['', '?since=', '?since=-1', '?since=x', '?since=1&since=2', '?since=1e3']) {
    const answer = await board.get(`${pathOf(thread)}/updates${query}`);
    assert.deepEqual([answer.status, answer.body.error.code], [400, 'errors.malformed'], query);
  }
});

test('reading writes nothing and sets no cookie', async () => {
  const place = await board.makeBoard('quiet');
  const thread = await writeThread(board.db, place, { fileCount: 1 });
  await writeReply(board.db, thread, { quotes: [thread] });
  const tables = await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public' order by 1`.execute(board.db);
  assert.ok(tables.rows.length > 10, 'the tables are there');
  const look = async () => {
    const rows: string[] = [];
    for (const { name } of tables.rows) {
      const hash = await sql<{ hash: string | null }>`select md5(string_agg(r::text, ',' order by r::text)) as hash from ${sql.table(name)} r`.execute(board.db);
      rows.push(`${name} ${hash.rows[0]?.hash}`);
    }
    return rows;
  };
  const rows = await look();
  for (const path of ['/', '/about', '/quiet/', '/quiet/catalog?q=a', '/quiet/archive', pathOf(thread), `${pathOf(thread)}/updates?since=0`, `${pathOf(thread)}?posted=${thread.no}`, '/quiet/thread/99']) {
    const answer = await board.get(path);
    assert.equal(answer.headers['set-cookie'], undefined, path);
  }
  assert.deepEqual(await look(), rows);
});

test('a thread of 300 posts is at most 45 KiB on the wire', async () => {
  const place = await board.makeBoard('long', { replyLimit: 500 });
  const thread = await writeThread(board.db, place, { fileCount: 1 });
  const syllables = 'tea plan son lea riv ton slo bri cop let win gar eve nor ter bre pap eng qui har lad mo ru di fen os'.split(' ');
  let seed = 7;
  const draw = (below: number) => Math.floor(((seed = (seed * 48271) % 2147483647) / 2147483647) * below);
  const words = Array.from({ length: 800 }, () => Array.from({ length: 1 + draw(3) }, () => syllables[draw(syllables.length)]).join(''));
  // Some words are much more frequent than others, as in any language.
  const pick = () => words[Math.floor(draw(words.length) ** 2 / words.length)] ?? '';
  let last = thread;
  for (let count = 1; count < 300; count += 1) {
    const body = Array.from({ length: 24 }, pick).join(' ');
    last = await writeReply(board.db, thread, { body, html: `<p>${body}</p>`, quotes: count % 2 === 0 ? [last] : [], fileCount: count % 12 === 0 ? 1 : 0 });
  }
  const { text } = await board.get(pathOf(thread));
  assert.equal(postsOn(text).length, 300);
  const bytes = gzipSync(text, { level: 6 }).length;
  assert.ok(bytes > 15 * 1024, 'the text is no easier to pack than real text');
  assert.ok(bytes <= 45 * 1024, `${bytes} bytes`);
});
