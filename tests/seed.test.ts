import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { readSeedOptions } from '../src/commands/seed-options.js';
import { showProgress } from '../src/commands/show-progress.js';
import { callControl } from '../src/control/control-socket.js';
import { writeBody } from '../src/posting/write-body.js';
import { findPastimes, planThreads, spreadReplies } from '../src/seed/plan-threads.js';
import { createRandom } from '../src/seed/random.js';
import { seedAnswer, type SeedArgs } from '../src/seed/seed-command.js';
import { recountThreads } from '../src/threads/removal-store.js';
import { openTestBoard, type TestBoard } from './support/test-board.js';

let board: TestBoard;

before(async () => {
  board = await openTestBoard();
});
after(() => board.close());

/** What `npm run seed` does while the board runs. */
async function seed(order: Partial<SeedArgs>) {
  const done: unknown[] = [];
  const asked: SeedArgs = { boardSlug: null, threadCount: 4, postCount: 90, seed: 11, ...order };
  const outcome = await callControl(board.dataDir, 'seed', asked, (progress) => done.push(progress));
  assert.ok(outcome.isRunning);
  return { answer: seedAnswer.parse(outcome.result), done };
}

const postsOf = (boardId: number) => board.db.selectFrom('posts').selectAll().where('board_id', '=', boardId).orderBy('no').execute();
const threadsOf = (boardId: number) => board.db.selectFrom('threads').selectAll().where('board_id', '=', boardId).orderBy('bump_no', 'desc').execute();

describe('seeding a board that serves', () => {
  it('writes exactly as many threads and posts as were asked for, and tells how far it is', async () => {
    const here = await board.makeBoard('exact');
    const { answer, done } = await seed({ boardSlug: 'exact', threadCount: 7, postCount: 203 });
    assert.ok('lines' in answer, JSON.stringify(answer));
    assert.match(answer.lines.join('\n'), /7 threads with 203 posts/);
    assert.equal((await threadsOf(here.id)).length, 7);
    assert.equal((await postsOf(here.id)).length, 203);
    assert.deepEqual(done.at(-1), { done: 203 });
    assert.equal(done.length, 7);
  });

  it('leaves counts, bumps and change numbers that a recount and the posts agree with', async () => {
    const here = await board.makeBoard('counts', { bumpLimit: 20 });
    await seed({ boardSlug: 'counts', threadCount: 5, postCount: 160 });
    const threads = await threadsOf(here.id);
    assert.ok(threads.some((thread) => thread.reply_count > 20), 'one thread is over the bump limit');
    for (const thread of threads) {
      const posts = await board.db.selectFrom('posts').selectAll().where('thread_id', '=', thread.id).orderBy('no').execute();
      const [op, ...replies] = posts;
      assert.equal(op?.is_op, true);
      assert.equal(op.no, thread.no);
      assert.deepEqual(posts.map((post) => post.change_no), posts.map((_, at) => at + 1));
      assert.deepEqual(replies.map((reply) => reply.has_bumped), replies.map((reply, at) => !reply.is_sage && at < 20));
      assert.ok(thread.change_no >= posts.length);
      assert.deepEqual(posts.map((post) => post.created_at.getTime()), posts.map((post) => post.created_at.getTime()).sort((one, other) => one - other));
      await board.db.transaction().execute((trx) => recountThreads(trx, [thread.id]));
    }
    assert.deepEqual(await threadsOf(here.id), threads);
  });

  it('numbers posts by time, within the weeks before now', async () => {
    const here = await board.makeBoard('times');
    await seed({ boardSlug: 'times', threadCount: 6, postCount: 120 });
    const posts = await postsOf(here.id);
    const times = posts.map((post) => post.created_at.getTime());
    assert.deepEqual(times, times.toSorted((one, other) => one - other));
    assert.deepEqual(posts.map((post) => post.id), posts.map((post) => post.id).toSorted((one, other) => one - other));
    assert.ok((times.at(-1) ?? Infinity) <= board.now().getTime());
    assert.ok((times[0] ?? 0) > board.now().getTime() - 40 * 86_400_000);
  });

  it('stores what posting the same words would have stored, text quotes and their ranges included', async () => {
    const here = await board.makeBoard('words');
    await seed({ boardSlug: 'words', threadCount: 2, postCount: 100 });
    const posts = await postsOf(here.id);
    let textQuotes = 0;
    for (const thread of await threadsOf(here.id)) {
      const written = posts.filter((post) => post.thread_id === thread.id);
      for (const post of written.toReversed()) {
        // Seen from its own time: later posts are out of reach while the earlier ones are asked.
        await board.db.updateTable('posts').set({ removed_at: board.now(), removed_as: 'cycled' }).where('id', '=', post.id).execute();
        const again = await writeBody(board.db, { boardId: here.id, boardSlug: 'words', threadId: post.is_op ? null : thread.id }, post.body);
        const quotes = await board.db.selectFrom('quotes').selectAll().where('post_id', '=', post.id).orderBy('position').execute();
        assert.equal(post.body_html, again.html);
        assert.equal(post.own_words, again.ownWords);
        assert.equal(post.quoted_words, again.quotedWords);
        assert.deepEqual(
          quotes.map((quote) => [quote.position, quote.quoted_post_id, quote.kind, quote.range_start, quote.range_end]),
          again.quotes.map((quote) => [quote.position, quote.quotedPostId, quote.kind, quote.rangeStart, quote.rangeEnd]),
        );
        textQuotes += quotes.filter((quote) => quote.kind === 'text').length;
      }
    }
    assert.ok(textQuotes > 20, `only ${textQuotes} text quotes`);
    await board.db.updateTable('posts').set({ removed_at: null, removed_as: null }).where('board_id', '=', here.id).execute();
  });

  it('makes pages on which quotes lead to their sources, and every quoted post knows of it', async () => {
    const here = await board.makeBoard('sources');
    await seed({ boardSlug: 'sources', threadCount: 1, postCount: 60 });
    const [thread] = await threadsOf(here.id);
    assert.ok(thread);
    const page = (await board.get(`/sources/thread/${thread.no}`)).text;
    const sources = [...page.matchAll(/<a\s+class="src"[^>]*href="([^"]*)"/g)].map((found) => found[1]);
    assert.ok(sources.length > 10, `only ${sources.length} sources`);
    for (const href of sources) assert.match(page, new RegExp(` id=${href?.split('#')[1]}\\b`));
    const stale = await board.db
      .selectFrom('posts as p')
      .select(['p.no', 'p.backlinks_change_no', sql<number>`(select max(q.change_no) from quotes join posts q on q.id = quotes.post_id where quoted_post_id = p.id)`.as('last')])
      .where('p.thread_id', '=', thread.id)
      .execute();
    assert.ok(stale.some((post) => post.last !== null));
    assert.deepEqual(stale.filter((post) => post.backlinks_change_no !== (post.last ?? 0)), []);
  });

  it('shows the threads on the index in the order of their bumps', async () => {
    const here = await board.makeBoard('bumped');
    await seed({ boardSlug: 'bumped', threadCount: 6, postCount: 80 });
    const page = (await board.get('/bumped/')).text;
    const threads = await threadsOf(here.id);
    const places = threads.map((thread) => page.indexOf(`id=p${thread.no} `));
    assert.ok(places.every((place) => place > 0));
    assert.deepEqual(places, places.toSorted((one, other) => one - other));
    for (const thread of threads) {
      const last = await board.db.selectFrom('posts').select(sql<number>`max(no)`.as('no')).where('thread_id', '=', thread.id).where('has_bumped', '=', true).executeTakeFirst();
      assert.equal(thread.bump_no, last?.no ?? thread.no);
    }
  });

  it('draws a few pictures that are served, each with a description', async () => {
    const here = await board.makeBoard('drawn', { isFileRequired: true });
    await seed({ boardSlug: 'drawn', threadCount: 2, postCount: 6 });
    const uploads = await board.db.selectFrom('uploads as u').innerJoin('posts as p', 'p.id', 'u.post_id').selectAll('u').where('p.board_id', '=', here.id).where('p.is_op', '=', true).execute();
    assert.equal(uploads.length, 2);
    for (const upload of uploads) {
      assert.match(upload.alt, /^Drawing of /);
      const served = await board.get(`/media/${upload.name}`);
      assert.equal(served.status, 200);
      assert.equal(served.headers['content-type'], 'image/png');
    }
  });

  it('notes nobody as the author', async () => {
    const here = await board.makeBoard('nobody');
    await seed({ boardSlug: 'nobody' });
    const origins = await board.db.selectFrom('post_origins as o').innerJoin('posts as p', 'p.id', 'o.post_id').select('o.post_id').where('p.board_id', '=', here.id).execute();
    assert.equal((await postsOf(here.id)).length, 90);
    assert.deepEqual(origins, []);
  });

  it('archives its own oldest threads where a board has no room, and none that were there', async () => {
    const here = await board.makeBoard('small', { maxThreads: 4 });
    const old = await board.startThread('small', { subject: 'It was here first' });
    const { answer } = await seed({ boardSlug: 'small', threadCount: 6, postCount: 40 });
    assert.ok('lines' in answer);
    assert.match(answer.lines.join('\n'), /3 of the threads are in the archive/);
    const threads = await threadsOf(here.id);
    assert.equal(threads.filter((thread) => thread.archived_at === null).length, 4);
    assert.equal(threads.find((thread) => thread.no === old.thread)?.archived_at, null);
    const seeded = threads.filter((thread) => thread.no !== old.thread);
    assert.deepEqual(seeded.map((thread) => thread.archived_at !== null), [false, false, false, true, true, true]);
  });

  it('makes the same words again from the same number', async () => {
    const one = await board.makeBoard('same1', { maxThreads: 50 });
    const other = await board.makeBoard('same2', { maxThreads: 50 });
    const third = await board.makeBoard('same3', { maxThreads: 50 });
    await seed({ boardSlug: 'same1', seed: 5 });
    await seed({ boardSlug: 'same2', seed: 5 });
    await seed({ boardSlug: 'same3', seed: 6 });
    const bodies = async (boardId: number) => (await postsOf(boardId)).filter((post) => !post.body.includes('>>')).map((post) => post.body);
    assert.deepEqual(await bodies(one.id), await bodies(other.id));
    assert.notDeepEqual(await bodies(one.id), await bodies(third.id));
  });

  it('without a board spreads over those that a pastime fits, and leaves the others alone', async () => {
    const { answer } = await seed({ threadCount: 6, postCount: 30 });
    assert.ok('lines' in answer);
    assert.match(answer.lines[0] ?? '', /\/b\/ \/books\/ \/film\/ \/garden\/ \/kitchen\/ \/transit\//);
    assert.doesNotMatch(answer.lines[0] ?? '', /\/meta\//);
  });

  it('says in a sentence why it cannot', async () => {
    await board.makeBoard('tight', { replyLimit: 5 });
    await board.makeBoard('tiny', { maxBodyLength: 50 });
    assert.match(JSON.stringify((await seed({ boardSlug: 'nowhere' })).answer), /There is no board \/nowhere\/\. These are there: .*garden/);
    assert.match(JSON.stringify((await seed({ boardSlug: 'tight' })).answer), /do not fit into 4 threads: a thread takes up to 5 replies/);
    assert.match(JSON.stringify((await seed({ boardSlug: 'tiny' })).answer), /allows less than 400 letters/);
  });
});

describe('the command line of npm run seed', () => {
  const read = (line: string) => readSeedOptions(line.split(' ').filter((word) => word !== ''), 42);

  it('makes 30 threads with 600 posts when nothing else is said', () => {
    assert.deepEqual(read(''), { boardSlug: null, threadCount: 30, postCount: 600, seed: 42 });
  });

  it('takes the sizes that are named, and fits the one that is left out', () => {
    assert.deepEqual(read('--board /garden/ --threads 1000 --posts 100000 --seed 7'), { boardSlug: 'garden', threadCount: 1000, postCount: 100_000, seed: 7 });
    assert.deepEqual(read('--posts 5000'), { boardSlug: null, threadCount: 250, postCount: 5000, seed: 42 });
    assert.deepEqual(read('--threads 3'), { boardSlug: null, threadCount: 3, postCount: 60, seed: 42 });
    assert.deepEqual(read('--posts 4'), { boardSlug: null, threadCount: 1, postCount: 4, seed: 42 });
  });

  for (const [line, sentence] of [
    ['--threads 1001', '--threads is a whole number from 1 to 1,000.'],
    ['--threads 0', '--threads is a whole number from 1 to 1,000.'],
    ['--posts many', '--posts is a whole number from 1 to 100,000.'],
    ['--posts 100001', '--posts is a whole number from 1 to 100,000.'],
    ['--posts 1.5', '--posts is a whole number from 1 to 100,000.'],
    ['--threads 10 --posts 5', '10 threads need at least as many posts: each has a first one.'],
    ['--seed -1', "Option '--seed' argument is ambiguous"],
    ['--seed x', '--seed is a whole number from 0 to 4294967295.'],
    ['garden', 'That was more than the command takes: garden'],
    ['--size 3', "Unknown option '--size'"],
  ] as const) {
    it(`answers "${line}" with a sentence`, () => {
      const answer = read(line);
      assert.ok('fault' in answer);
      assert.ok(answer.fault.startsWith(sentence), answer.fault);
    });
  }

  it('writes a line every 10 percent where there is no terminal', () => {
    const lines: string[] = [];
    const out = new Writable({ decodeStrings: false, write: (chunk, _encoding, next) => (lines.push(String(chunk)), next()) });
    const progress = showProgress(50, (done) => `${done} of 50`, out);
    for (let done = 1; done <= 50; done += 1) progress.update(done);
    progress.stop();
    assert.deepEqual(lines, Array.from({ length: 10 }, (_, at) => `${(at + 1) * 5} of 50\n`));
  });
});

describe('the plan of a seeding', () => {
  it('spreads replies exactly, most threads short and some long', () => {
    const sizes = spreadReplies(20_000, Array.from({ length: 400 }, () => 500), createRandom(1));
    assert.ok(sizes);
    assert.equal(sizes.reduce((sum, size) => sum + size, 0), 20_000);
    assert.ok(sizes.every((size) => size >= 0 && size <= 500));
    assert.ok(sizes.filter((size) => size <= 40).length > 200);
    assert.ok(sizes.filter((size) => size >= 300).length >= 2);
  });

  it('fills threads to the brim when there is room for no more, and refuses one reply above that', () => {
    assert.deepEqual(spreadReplies(30, [10, 10, 10], createRandom(2)), [10, 10, 10]);
    assert.equal(spreadReplies(31, [10, 10, 10], createRandom(2)), undefined);
  });

  it('knows which boards its pastimes fit', async () => {
    const sections = await board.running.boards.sections();
    const boards = sections.flatMap((section) => section.boards);
    const meta = boards.find(({ slug }) => slug === 'meta');
    const garden = boards.find(({ slug }) => slug === 'garden');
    assert.ok(meta && garden);
    assert.equal(findPastimes(meta).isKnown, false);
    assert.equal(findPastimes(garden).pastimes.length, 1);
    const plan = planThreads({ boards: [garden], threadCount: 12, postCount: 12, now: board.now() }, createRandom(3));
    assert.equal(new Set(plan?.map(({ dispute }) => dispute)).size, 6);
  });

  it('draws every number of its range about as often', () => {
    const random = createRandom(99);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let left = 20_000; left > 0; left -= 1) {
      const at = random.whole(0, 9);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    assert.ok(counts.every((count) => count > 1_850 && count < 2_150), counts.join(' '));
  });
});

it('a seeding by the command itself works without a running board', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'quoth-seed-'));
  try {
    const entry = join(import.meta.dirname, '../src/commands/seed.ts');
    const ran = await promisify(execFile)(process.execPath, ['--import', 'tsx', entry, '--threads', '2', '--posts', '20', '--board', 'garden'], { env: { ...process.env, DATA_DIR: dir, DATABASE_URL: '' } });
    assert.match(ran.stdout, /Wrote 2 threads with 20 posts .* on \/garden\//);
    assert.match(ran.stderr, /20 of 20 posts/);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
