import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { toAuthorTags } from '../src/identity/author-tags.js';
import { findClientAddress } from '../src/identity/client-address.js';
import { type Keys, openKeys } from '../src/identity/keys.js';
import { createSessionId, hashSessionId } from '../src/staff/session-cookie.js';
import { insertSession } from '../src/staff/session-store.js';
import { openTestBoard, type Posted, type TestBoard } from './support/test-board.js';
import { dumpTables, openAt } from './support/traces.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const picture = { name: 'same.png', content: await readFile(join(import.meta.dirname, 'fixtures/media/metadata/png-text.png')) };
const sameWords = { name: 'Anybody', body: 'Said the same.', password: 'the same', dropnames: 'on' };

type Visitor = ReturnType<typeof openAt>;

describe('two posts by one author', () => {
  let board: TestBoard;
  let author: Visitor;
  let other: Visitor;
  const said: (Posted & { by: Visitor; day: number })[] = [];
  let threads: Posted[];

  before(async () => {
    board = await openTestBoard();
    for (const slug of ['one', 'two']) await board.makeBoard(slug);
    author = openAt(board, '127.66.2.2');
    other = openAt(board, '127.66.2.3');
    threads = [await board.startThread('one'), await board.startThread('one'), await board.startThread('two')];
  });
  after(() => board.close());

  it('are as like to each other as to anybody else’s, for readers', async () => {
    for (const day of [1, 2]) {
      for (const thread of threads) for (const by of [author, other]) said.push({ ...(await by.reply(thread, sameWords, [picture])), by, day });
      if (day === 1) await sleepOver();
    }
    const pages = await Promise.all(threads.map(async ({ board: slug, thread }) => (await board.get(`/${slug}/thread/${thread}`)).text));
    const answers = await Promise.all(threads.map(async ({ board: slug, thread }) => (await board.getJson(`/${slug}/thread/${thread}/updates?since=0`)).text));
    const articles = pages.flatMap((page) => page.match(/<article class="?post[\s\S]*?<\/article>/g) ?? []).filter((article) => article.includes(sameWords.body));
    assert.equal(articles.length, 12);
    assert.equal(new Set(articles.map(withoutPlace)).size, 1, 'nothing but number, time and place tells them apart');
    const posts = answers.flatMap((answer) => (JSON.parse(answer) as { posts: object[] }).posts.map((post) => JSON.stringify(post))).filter((post) => post.includes(sameWords.body));
    assert.equal(posts.length, 12);
    assert.equal(new Set(posts.map(withoutPlace)).size, 1);
    const files = pages.flatMap((page) => [...page.matchAll(/href="\/media\/([^"]+)"/g)].map((found) => found[1]));
    assert.equal(new Set(files).size, 12, 'the same picture has another name in each post');
  });

  it('have nothing in common that is stored with them, but for the tags that are erased', async () => {
    for (const post of said.slice(0, 2)) assert.equal((await author.send(`/${post.board}/post/${post.no}/report`, { reason: 'spam' })).status, 200);
    const posts = await board.db.selectFrom('posts').select(['secret_hash', 'password_hash']).where('body', '=', sameWords.body).execute();
    const reports = await board.db.selectFrom('reports').select('reporter_tag').execute();
    const forms = await board.db.selectFrom('form_keys').select('key').execute();
    const origins = await board.db.selectFrom('post_origins').select(['day_tag', 'ban_tag', 'range_tag']).execute();
    for (const [values, least] of [
      [posts.map((post) => post.secret_hash?.toString('hex')), 12],
      [posts.map((post) => post.password_hash), 12],
      [reports.map((report) => report.reporter_tag?.toString('hex')), 2],
      [forms.map((form) => form.key.toString('hex')), 6],
    ] as const) {
      assert.ok(values.length >= least && values.every((value) => typeof value === 'string' && value.length >= 32));
      assert.equal(new Set(values).size, values.length);
    }
    const tags = new Set(origins.flatMap((row) => [row.day_tag, row.ban_tag, row.range_tag].map((tag) => tag.toString('hex'))));
    assert.deepEqual(reports.filter((report) => tags.has(report.reporter_tag?.toString('hex') ?? '')), [], 'who reported is not to be found among who wrote');
  });

  it('carry one sign for a moderator, another for the next one, and others again on another day', async () => {
    const [ann, bob] = [await board.hireStaff('Ann', [{ boardId: null, role: 'moderator' }]), await board.hireStaff('Bob', [{ boardId: null, role: 'moderator' }])];
    const signsOf = async (cookie: string) => {
      const signs = new Map<string, string>();
      for (const { board: slug, thread } of threads) {
        const { text } = await board.get(`/mod/${slug}/thread/${thread}`, { Cookie: cookie });
        for (const [, no, sign] of text.matchAll(/<article class="?post[^>]* id=p(\d+)(?:(?!<article)[\s\S])*?<code title="[^"]*">([0-9a-z]{5})<\/code>/g)) signs.set(`${slug} ${no}`, sign ?? '');
      }
      return (by: Visitor, day: number) => [...new Set(said.filter((post) => post.by === by && post.day === day).map((post) => signs.get(`${post.board} ${post.no}`)))];
    };
    const [forAnn, forBob] = [await signsOf(ann.cookie), await signsOf(bob.cookie)];
    const seen = [forAnn(author, 1), forAnn(author, 2), forAnn(other, 1), forAnn(other, 2), forBob(author, 1), forBob(author, 2), forBob(other, 1), forBob(other, 2)];
    for (const signs of seen) assert.ok(signs.length === 1 && signs[0] !== undefined, 'one sign on all boards');
    await sleepOver();
    const later = await signsOf(await logIn(ann.member.id));
    seen.push(later(author, 2), later(other, 2));
    assert.equal(new Set(seen.flat()).size, seen.length, 'no two of them are alike');
  });

  /** The next day, with its own key. */
  async function sleepOver(): Promise<void> {
    board.pass(DAY);
    await board.doChores();
  }

  async function logIn(staffId: number): Promise<string> {
    const id = createSessionId();
    const times = { createdAt: board.now(), lastSeenAt: board.now(), expiresAt: new Date(board.now().getTime() + HOUR) };
    await board.db.transaction().execute((trx) => insertSession(trx, { idHash: hashSessionId(id), staffId, formToken: 'another', isComplete: true, ...times }));
    return `staff=${id}`;
  }
});

/** A post's HTML or JSON without what tells where and when it stands. */
const withoutPlace = (text: string) => text.replaceAll(/\/media\/[\w-]+\.(?=[a-z]+)/g, '/media/').replaceAll(/\/(?:one|two)\//g, '/board/').replaceAll(/\d+/g, 'N');

/** Somebody has the database, and later the keys as well. */
describe('what a stolen database tells of addresses', () => {
  let board: TestBoard;
  let strangeDir: string;
  /** Where people were: posting, reporting, banned. Nobody else was in 127.66.0.0/16. */
  const poster = '127.66.77.88';
  const reporter = '127.66.5.6';
  const banned = '127.66.99.3';
  let thread: Posted;
  let firstDump: string;
  let begin: Date;
  const attempt = async (address: string) => (await openAt(board, address).sendForm(`/one/thread/${thread.thread}/reply`, { body: `Again, ${board.now().toISOString()}` })).status;

  before(async () => {
    board = await openTestBoard();
    strangeDir = await mkdtemp(join(tmpdir(), 'quoth-strange-keys-'));
    await board.makeBoard('one');
    begin = board.now();
    thread = await openAt(board, poster).startThread('one');
    const bad = await openAt(board, banned).reply(thread, 'Bad words.');
    await openAt(board, reporter).send(`/one/post/${thread.no}/report`, { reason: 'spam' });
    const { id } = await board.db.selectFrom('posts').select('id').where('no', '=', bad.no).executeTakeFirstOrThrow();
    const staff = await board.hireStaff('Ann', [{ boardId: null, role: 'moderator' }]);
    const act = { act: 'author.ban', post: id, reason: 'For a test', duration: 365 * 24, scope: 'site' };
    assert.equal((await staff.send('/mod/act', act).set('Origin', board.origin())).status, 303);
    firstDump = await dump();
  });
  after(async () => {
    await board.close();
    await rm(strangeDir, { recursive: true, force: true });
  });

  it('nothing without the keys, whatever is tried for every address; with them who posted', async () => {
    const stored = listStored(firstDump);
    assert.ok(stored.size > 8);
    assert.deepEqual(await attack(stored, guessWithoutKeys(await openKeys({ dir: strangeDir, now: board.now }))), []);
    // The ranges that tags also know lead to everybody around: the client's own tags are what counts.
    assert.deepEqual(await attack(stored, guessWithKeys(await openBoardKeys())), [poster, banned].sort());
  });

  it('nothing of the day any more when its key is destroyed, and nothing at all when the last ban has ended', async () => {
    board.pass(73 * HOUR);
    await board.doChores();
    const left = await board.db.selectFrom('post_origins').select('created_at').execute();
    assert.equal(left.length, 1, 'of all posts the reported one alone is still known');
    board.pass(5 * DAY);
    await board.doChores();
    assert.deepEqual(await board.db.selectFrom('post_origins').select('created_at').execute(), []);
    assert.ok((await listKeys('day')).every((day) => board.now().getTime() - Date.parse(day) <= 4 * DAY), 'days that are over have no key');
    assert.equal(await attempt(banned), 403, 'the ban holds without them');
    assert.equal(await attempt(poster), 303, 'and holds for nobody else');
    assert.deepEqual(await attack(listStored(await dump()), guessWithKeys(await openBoardKeys(), ['ban'])), [poster, banned].sort());

    for (let days = 8; days < 360; days += 8) {
      board.pass(8 * DAY);
      await board.doChores();
    }
    assert.equal(await attempt(banned), 403, 'a ban of a year holds for a year');
    const month = (await listKeys('ban'))[0] ?? '';
    assert.ok(month !== '' && Date.parse(month) <= begin.getTime(), 'its key lives that long');
    assert.deepEqual(await attack(listStored(await dump()), guessWithKeys(await openBoardKeys(), ['ban'])), [banned]);

    board.pass(20 * DAY);
    await board.doChores();
    assert.ok(!(await listKeys('ban')).includes(month), 'and no longer');
    for (const dumped of [firstDump, await dump()]) assert.deepEqual(await attack(listStored(dumped), guessWithKeys(await openBoardKeys())), [], 'old copies say nothing either');
    assert.equal(await attempt(banned), 303);
  });

  const dump = async () => (await dumpTables(board.db)).map(({ content }) => content).join('\n');
  const openBoardKeys = () => openKeys({ dir: join(board.dataDir, 'keys'), now: board.now });

  /** The days at which the keys on the disk begin, the oldest first. */
  async function listKeys(kind: 'day' | 'ban'): Promise<string[]> {
    const names = await readdir(join(board.dataDir, 'keys'));
    return names.flatMap((name) => new RegExp(`^${kind}-(.*)\\.key$`).exec(name)?.[1] ?? []).sort();
  }
});

type Guess = (text: string) => string[];

/** Everything in a dump that could be a tag: its first 16 bytes in hexadecimal. */
const listStored = (dumped: string) => new Set([...dumped.matchAll(/\\x([0-9a-f]{32})|\b([0-9a-f]{32})[0-9a-f]*\b/g)].map((found) => found[1] ?? found[2] ?? ''));

/** The addresses of 127.66.0.0/16 for which one of the guesses is stored. */
async function attack(stored: ReadonlySet<string>, guess: Guess): Promise<string[]> {
  const found: string[] = [];
  for (let high = 0; high < 256; high += 1) {
    for (let low = 0; low < 256; low += 1) {
      const text = `127.66.${high}.${low}`;
      if (guess(text).some((tag) => stored.has(tag))) found.push(text);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return found.sort();
}

/** What somebody can try who knows the program, but not this board's keys: plain hashes, keys that nobody chose, keys of another board. */
function guessWithoutKeys(strange: Keys): Guess {
  const zeros = Buffer.alloc(32);
  return (text) => {
    const address = getAddress(text);
    const spelled = [text, address.prefix, `day\0${address.prefix}`, `client\0${address.prefix}`];
    const hashes = spelled.flatMap((each) => [createHash('sha256').update(each).digest('hex'), createHmac('sha256', zeros).update(each).digest('hex')]);
    const md5 = createHash('md5').update(text).digest('hex');
    return [...[...hashes, md5].map((hash) => hash.slice(0, 32)), ...guessWithKeys(strange)(text)];
  };
}

/** What the keys open: the tags of a client, without those of its range. */
function guessWithKeys(keys: Keys, kinds: readonly ('day' | 'ban')[] = ['day', 'ban']): Guess {
  return (text) => {
    const { dayTag, banTag, allBanTags } = toAuthorTags(keys, getAddress(text));
    const own = [banTag, ...allBanTags.filter((_tag, index) => index % 2 === 0).map(({ tag }) => tag)];
    return [...(kinds.includes('day') ? [dayTag] : []), ...(kinds.includes('ban') ? own : [])].map((tag) => tag.toString('hex'));
  };
}

function getAddress(text: string) {
  const address = findClientAddress(text);
  assert.ok(address !== undefined);
  return address;
}
