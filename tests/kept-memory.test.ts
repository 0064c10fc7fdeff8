import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Board } from '../src/boards/board.js';
import { createPageCache } from '../src/http/page-cache.js';
import { createReadyPage } from '../src/http/ready-page.js';
import { type SafeHtml, toSafeHtml } from '../src/http/safe-html.js';
import { createViews, type Views } from '../src/http/views.js';
import { createPostHtml } from '../src/posts/post-html.js';
import { findThreadHeads } from '../src/posts/post-store.js';
import { createCardHtml } from '../src/threads/card-html.js';
import { findThreadById } from '../src/threads/thread-store.js';
import { openTestBoard, type TestBoard } from './support/test-board.js';
import { writeReply, writeThread, type WrittenPost } from './support/write-posts.js';

/** What is kept in memory is bounded in bytes: by what it really takes, and without what nobody asks for again. */
describe('finished posts and cards in memory', () => {
  let testBoard: TestBoard;
  let board: Board;
  let drawn: string[] = [];
  let views: Views;

  before(async () => {
    testBoard = await openTestBoard();
    board = await testBoard.makeBoard('shed');
    const assets = Object.fromEntries(['quoth.css', 'quoth.js', 'socket.js', 'mod.css', 'mod.js', 'icon.svg'].map((name) => [name, `/assets/${name}`]));
    const real = createViews({ dir: 'views', assets, navigation: () => ({ sections: [] }) });
    views = {
      ...real,
      render: (lang, name, locals) => {
        drawn.push(name);
        return real.render(lang, name, locals);
      },
    };
  });
  after(() => testBoard.close());

  const countDrawn = (name: string) => drawn.filter((each) => each === name).length;

  it('a post that is quoted again and again does not push others out with what it was before', async () => {
    const { db } = testBoard;
    const [quiet, busy] = [await writeThread(db, board), await writeThread(db, board)];
    for (let index = 0; index < 20; index += 1) await writeReply(db, quiet);
    // There is room for all posts of both threads, but not for what an OP was after each of the quotes below.
    const postHtml = createPostHtml({ views, cacheBytes: 110 * 1024 });
    const show = async ({ threadId }: WrittenPost) => postHtml.renderWithBacklinks(db, await findThreadHeads(db, threadId), 'en');
    drawn = [];
    await show(quiet);
    assert.equal(countDrawn('posts/post'), 21);
    for (let index = 0; index < 30; index += 1) {
      const { no } = await writeReply(db, busy, { quotes: [busy] });
      const op = (await show(busy)).get(busy.id);
      assert.ok(op?.html.includes(`#p${no}"`), 'it is shown with each new backlink');
    }
    await show(quiet);
    await show(busy);
    assert.deepEqual([countDrawn('posts/post'), countDrawn('posts/backlinks')], [21 + 31, 30], 'each was drawn once');
  });

  it('a post that has changed is drawn anew', async () => {
    const { db } = testBoard;
    const thread = await writeThread(db, board, { body: 'as it was' });
    const postHtml = createPostHtml({ views });
    const show = async () => String((await postHtml.renderWithBacklinks(db, await findThreadHeads(db, thread.threadId), 'en')).get(thread.id));
    await writeReply(db, thread, { quotes: [thread] });
    assert.match(await show(), /as it was/);
    await db.updateTable('posts').set((eb) => ({ body_html: '<p>as it is</p>', version: eb('version', '+', 1) })).where('id', '=', thread.id).execute();
    assert.match(await show(), /as it is/);
  });

  it('a thread that is busy does not push the cards of others out with what its own was before', async () => {
    const { db } = testBoard;
    const threads: WrittenPost[] = [];
    for (let index = 0; index < 10; index += 1) threads.push(await writeThread(db, board, { subject: `Thread ${index}` }));
    const postHtml = createPostHtml({ views });
    const { renderCards } = createCardHtml({ views, postHtml, cacheBytes: 32 * 1024 });
    const show = async (shown: WrittenPost[]) => {
      const found = await Promise.all(shown.map(({ threadId }) => findThreadById(db, threadId)));
      return renderCards(db, found.filter((thread) => thread !== undefined), 'en');
    };
    drawn = [];
    await show(threads);
    const busy = threads.slice(0, 1);
    for (let index = 1; index <= 30; index += 1) {
      for (const thread of busy) await writeReply(db, thread);
      const [card] = await show(busy);
      assert.ok(card?.html.includes(`<span data-count="replies">${index}</span>`), 'its card counts each reply');
    }
    await show(threads);
    assert.equal(countDrawn('threads/card'), 10 + 30);
  });
});

describe('what kept things count of memory', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const readHeld = () => {
    for (let times = 0; times < 3; times += 1) collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  /** Node's and V8's own affairs meanwhile. */
  const noise = 512 * 1024;

  /** Bytes that things take which are made and kept, in all. */
  async function weigh(count: number, make: (index: number) => unknown): Promise<number> {
    const kept: unknown[] = [];
    kept.push(await make(-1));
    const before = readHeld();
    for (let index = 0; index < count; index += 1) kept.push(await make(index));
    const held = readHeld() - before;
    assert.equal(kept.length, count + 1);
    return held;
  }

  const passing = 'Something else. '.repeat(200);
  const texts = { English: 'Some words of no weight. ', German: 'Größere Wörter für später. ', Russian: 'Слова без особого веса. ', Chinese: '几句没有分量的话。', quoted: '“Some words” → of no weight. ' };

  for (const [name, words] of Object.entries(texts)) {
    it(`a piece of ${name} text is counted with at least what it takes, as text and as bytes`, async () => {
      let counted = 0;
      const held = await weigh(2_000, (index) => {
        const piece: SafeHtml = toSafeHtml(`<article id="p${index}"><p>${words.repeat(20)}${index}</p></article>`);
        counted += piece.heldBytes;
        // Between the bytes of two pieces somebody makes a Buffer that is soon let go.
        assert.ok(piece.bytes.length > 0 && Buffer.from(passing).length > 0);
        return piece;
      });
      assert.ok(held <= counted + noise, `${held} bytes are held, ${counted} are counted`);
      assert.ok(counted < 3 * held, 'and it is not counted so high that the room stands empty');
    });
  }

  it('small Buffers and what was compressed are kept in memory of their own, not in a larger piece that lasts with them', async () => {
    const page = createReadyPage('Words of a page. '.repeat(200));
    const forms = await Promise.all((['identity', 'gzip', 'br'] as const).map(async (encoding) => page.encode(encoding)));
    const short = [createReadyPage('A short page').plain, createReadyPage(Buffer.from('A short page')).plain, toSafeHtml('<p>A piece</p>').bytes];
    for (const bytes of [...forms, ...short]) assert.equal(bytes.buffer.byteLength, bytes.length);
  });

  for (const length of [300, 1_100, 6_000, 60_000]) {
    it(`a page of ${length} bytes counts at least what it takes in every form, with the headers`, async () => {
      const maxBytes = 4 * 2 ** 20;
      const cache = createPageCache({ now: () => new Date(), findChangeNos: () => Promise.resolve(new Map()), generation: () => 1, maxBytes });
      const held = await weigh(Math.ceil(maxBytes / length) + 100, async (index) => {
        const page = createReadyPage(writePage(index, length));
        // The shortest are never compressed.
        for (const encoding of length < 1_000 ? (['identity'] as const) : (['br', 'gzip'] as const)) page.head(encoding, (await page.encode(encoding)).length);
        cache.keep(`en /shed/thread/${index}`, page, { threadId: index, changeNo: 1 });
      });
      assert.ok(held <= maxBytes + noise, `${held} bytes are held of ${maxBytes} at most`);
    });
  }
});

/** Posts of some words, which compress to a quarter or so, as those of a board do. */
function writePage(seed: number, length: number): string {
  let page = '';
  for (let no = 1; page.length < length; no += 1) {
    const words = Array.from({ length: 25 }, (_none, at) => (((seed + 2) * (no + 5) * (at + 3) * 2_654_435_761) % 4_001).toString(36));
    page += `<article id="p${no}" data-version="1"><header><b>Anonymous</b> <time datetime="2026-05-13T09:0${no % 10}:00Z"></time> <a href="/shed/thread/${seed}#p${no}">No. ${no}</a></header>\n<div class="body"><p>${words.join(' ')}</p></div><footer><a href="/shed/thread/${seed}/reply?quote=${no}">Quote</a></footer></article>\n`;
  }
  return page.slice(0, length);
}
