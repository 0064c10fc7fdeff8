import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

/** The parts of the browser's script that need no page. The rest is tried in a real browser. */

interface Changes {
  board: string;
  thread: number;
  from: number;
  to: number;
  posts: { no: number; html: string }[];
  removed: number[];
  backlinks: { no: number; html: string }[];
  state: { fileCount?: number; movedTo?: string };
}
interface Cursor {
  receive: (changes: Changes) => void;
  catchUp: () => Promise<void>;
  position: () => number;
}
interface Source {
  post: number;
  no: number;
  own: string;
  quoted: string;
}

const load = (name: string) => import(pathToFileURL(join(import.meta.dirname, '../../public/js', name)).href);
interface CursorScript {
  createChangeCursor: (options: { at: number; apply: (changes: Changes) => void; ask: (since: number) => Promise<Changes | undefined>; gapMs?: number }) => Cursor;
  readPush: (push: Omit<Changes, 'removed' | 'backlinks'> & Partial<Changes>, page: { board: string; thread: number }) => Changes | Pick<Changes, 'state'>;
}
const { createChangeCursor, readPush }: CursorScript = await load('change-cursor.js');
const { findQuotes, fold }: { findQuotes: (text: string, sources: Source[]) => number[]; fold: (text: string) => string } = await load('find-quotes.js');

const toChanges = (from: number, to: number): Changes => ({
  board: 'garden',
  thread: 3,
  from,
  to,
  posts: [{ no: to, html: '' }],
  removed: [],
  backlinks: [],
  state: { fileCount: 2, movedTo: undefined },
});
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A cursor over a server that stands at `serverAt`; `applied` are the change numbers that were shown, in order. */
function makeReader(at: number, serverAt: () => number, gapMs = 10) {
  const applied: [number, number][] = [];
  const asked: number[] = [];
  const cursor = createChangeCursor({
    at,
    gapMs,
    apply: ({ from, to }) => void applied.push([from, to]),
    ask: async (since) => {
      asked.push(since);
      await pause(20);
      return toChanges(since, serverAt());
    },
  });
  return { applied, asked, cursor };
}

test('pushes that follow each other are shown once each, and one that comes twice is not shown again', () => {
  const { applied, asked, cursor } = makeReader(5, () => 5);
  cursor.receive(toChanges(5, 6));
  cursor.receive(toChanges(5, 6));
  cursor.receive(toChanges(6, 8));
  cursor.receive(toChanges(5, 6));
  assert.deepEqual(applied, [[5, 6], [6, 8]]);
  assert.deepEqual(asked, []);
});

test('a push that is late is waited for, and nothing is asked', async () => {
  const { applied, asked, cursor } = makeReader(5, () => 7, 20_000);
  cursor.receive(toChanges(6, 7));
  await pause(20);
  assert.deepEqual(applied, []);
  cursor.receive(toChanges(5, 6));
  assert.deepEqual(applied, [[5, 6], [6, 7]]);
  assert.deepEqual(asked, []);
});

test('a push that never comes is asked for', async () => {
  const { applied, asked, cursor } = makeReader(5, () => 9);
  cursor.receive(toChanges(8, 9));
  while (applied.length === 0) await pause(5);
  assert.deepEqual(asked, [5]);
  assert.deepEqual(applied, [[5, 9]]);
  assert.equal(cursor.position(), 9);
});

test('pushes that arrive while the missed ones are asked for are shown after them', async () => {
  const { applied, cursor } = makeReader(5, () => 8);
  const asking = cursor.catchUp();
  cursor.receive(toChanges(7, 8));
  cursor.receive(toChanges(8, 9));
  assert.deepEqual(applied, []);
  await asking;
  assert.deepEqual(applied, [[5, 8], [8, 9]]);
});

test('asking again while a question is open asks once more, so that nothing committed in between is missed', async () => {
  let serverAt = 6;
  const { applied, asked, cursor } = makeReader(5, () => serverAt);
  const first = cursor.catchUp();
  await pause(30);
  const second = cursor.catchUp();
  serverAt = 7;
  await Promise.all([first, second, cursor.catchUp()]);
  assert.deepEqual(applied, [[5, 6], [6, 7]]);
  assert.ok(asked.length <= 3);
});

test('a failed question leaves the place as it was, and the next one brings everything', async () => {
  let isDown = true;
  const applied: [number, number][] = [];
  const cursor = createChangeCursor({
    at: 5,
    apply: ({ from, to }) => void applied.push([from, to]),
    ask: async (since) => {
      if (isDown) throw new Error('down');
      return toChanges(since, 9);
    },
  });
  await cursor.catchUp();
  assert.equal(cursor.position(), 5);
  isDown = false;
  await cursor.catchUp();
  assert.deepEqual(applied, [[5, 9]]);
});

test('a thread that moved puts no post of its new numbers into its old page, and one that came back is at home', () => {
  const push = { ...toChanges(5, 6), board: 'books', thread: 1 };
  assert.deepEqual(readPush(push, { board: 'garden', thread: 3 }), { state: { fileCount: 2, movedTo: '/books/thread/1' } });
  assert.deepEqual(readPush({ ...push, board: 'garden' }, { board: 'garden', thread: 3 }), { state: { fileCount: 2, movedTo: '/garden/thread/1' } });
  assert.deepEqual(readPush({ ...push, state: { fileCount: 2, movedTo: '/books/thread/1' } }, { board: 'books', thread: 1 }), push);
});

test('what a push leaves out is empty for the page that gets it', () => {
  const { removed: _removed, backlinks: _backlinks, ...push } = toChanges(5, 6);
  assert.deepEqual(readPush({ ...push, state: {} }, { board: 'garden', thread: 3 }), { ...push, removed: [], backlinks: [], state: { fileCount: 0, movedTo: undefined } });
});

const toSource = (post: number, own: string, quoted = ''): Source => ({ post, no: post, own: fold(own), quoted: fold(quoted) });
const sources = [
  toSource(1, 'A contact sheet keeps the failures in view.'),
  toSource(2, 'It keeps them in order too.', '>keeps the failures in view'),
  toSource(3, 'The notes are the only part\nI could not have scanned.'),
];

test('a quoting line finds the post whose own words it repeats, whatever the case, spacing and line breaks', () => {
  assert.deepEqual(findQuotes('>KEEPS the  failures\nyes', sources), [1]);
  assert.deepEqual(findQuotes('>the only part I could\nindeed', sources), [3]);
  assert.deepEqual(findQuotes('>the notes are\n>the only part\nagreed', sources), [3]);
});

test('lines of one run that come from different posts find each of them', () => {
  assert.deepEqual(findQuotes('>keeps the failures in view\n>could not have scanned', sources), [1, 3]);
});

test('short lines, numbers and words that nobody wrote find nothing', () => {
  assert.deepEqual(findQuotes('>in view', sources), []);
  assert.deepEqual(findQuotes('>>456\nkeeps the failures in view', sources), []);
  assert.deepEqual(findQuotes('>a sentence that stands nowhere', sources), []);
});
