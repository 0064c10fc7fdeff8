import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fillReferences } from '../src/markup/fill-references.js';
import { readQuotableText } from '../src/markup/quotable-text.js';
import { markupVersion } from '../src/markup/render-markup.js';
import { writeBody } from '../src/posting/write-body.js';
import { createTestDatabase } from './support/test-database.js';

const { db, close } = await createTestDatabase();
after(close);

const now = new Date('2026-05-13T09:05:00Z');
const section = await db.insertInto('board_sections').values({ title: 'Tests' }).returning('id').executeTakeFirstOrThrow();
let boardCount = 0;

async function makeBoard() {
  boardCount += 1;
  const slug = `board${boardCount}`;
  const { id } = await db.insertInto('boards').values({ section_id: section.id, slug, title: slug, created_at: now }).returning('id').executeTakeFirstOrThrow();
  return { id, slug };
}

/** A thread that grows by `say`; numbers of its posts begin with `firstNo`. */
async function makeThread(board: { id: number; slug: string }, opBody: string, firstNo = 101) {
  const thread = await db.insertInto('threads').values({ board_id: board.id, no: firstNo, bump_no: firstNo, created_at: now, last_post_at: now }).returning('id').executeTakeFirstOrThrow();
  let no = firstNo - 1;
  const write = (body: string) => writeBody(db, { boardId: board.id, boardSlug: board.slug, threadId: thread.id }, body);
  const insert = async (written: Awaited<ReturnType<typeof write>>, isOp = false) => {
    no += 1;
    const { id } = await db
      .insertInto('posts')
      .values({
        thread_id: thread.id,
        board_id: board.id,
        no,
        is_op: isOp,
        body: written.body,
        body_html: written.html,
        markup_version: markupVersion,
        own_words: written.ownWords,
        quoted_words: written.quotedWords,
        change_no: 1,
        created_at: now,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { id, no, ...written };
  };
  const op = await insert(await writeBody(db, { boardId: board.id, boardSlug: board.slug, threadId: null }, opBody), true);
  return { id: thread.id, op, write, say: async (body: string) => insert(await write(body)) };
}

type Written = Awaited<ReturnType<typeof writeBody>>;
const toTextQuotes = ({ quotes }: Written) => quotes.filter((quote) => quote.kind === 'text');
const toQuotedIds = (written: Written) => toTextQuotes(written).map((quote) => quote.quotedPostId);

test('a quoting line finds the post that it came from, and says where the words stand in it', async () => {
  const board = await makeBoard();
  const thread = await makeThread(board, 'I dug one bed.\n\nThe carrots liked it, the beans did not.');
  const reply = await thread.say('>the carrots liked it\nMine too.');
  assert.deepEqual(reply.quotes, [{ position: 0, quotedPostId: thread.op.id, kind: 'text', rangeStart: 15, rangeEnd: 35 }]);
  assert.equal(readQuotableText(thread.op.html).text.slice(15, 35), 'The carrots liked it');
  assert.equal(reply.html, `<blockquote class="quote quote--src" data-post="${thread.op.id}" data-range="15-35"><p>&gt;the carrots liked it <a class="src" data-post="${thread.op.id}"></a></p></blockquote>\n<p>Mine too.</p>`);
  assert.deepEqual(reply.quotedThreadIds, [thread.id]);
  assert.equal(reply.sanitizerChanged, false);
});

test('a quote of a quote goes to the post whose own words they are, the latest that says them', async () => {
  const thread = await makeThread(await makeBoard(), 'something else altogether');
  await thread.say('we all say this sentence here');
  const second = await thread.say('we all say this sentence here, too');
  const quoting = await thread.say('>we all say this sentence here\nI do not.');
  assert.deepEqual(toQuotedIds(quoting), [second.id]);
  assert.deepEqual(toQuotedIds(await thread.write('>we all say this sentence here')), [second.id]);
});

test('a post that the reply names is preferred, and short words of it are found', async () => {
  const thread = await makeThread(await makeBoard(), 'we all say this sentence here');
  const second = await thread.say('we all say this sentence here');
  const reply = await thread.write(`>>${thread.op.no}\n>we all say this sentence here\n>say this\nno`);
  assert.deepEqual(toQuotedIds(reply), [thread.op.id, thread.op.id]);
  assert.deepEqual(toQuotedIds(await thread.write('>say this\nno')), []);
  assert.deepEqual(toQuotedIds(await thread.write(`>>${second.no}\n>say this\nno`)), [second.id]);
});

test('the lines of one run may come from several posts, each in a block of its own', async () => {
  const thread = await makeThread(await makeBoard(), 'the first of the lines that are quoted');
  const second = await thread.say('the second of the lines that are quoted');
  const reply = await thread.write('>the first of the lines\n>I made this one up myself\n>the second of the lines\nWell.');
  assert.deepEqual(toQuotedIds(reply), [thread.op.id, second.id]);
  assert.deepEqual(reply.html.match(/<blockquote class="[^"]+"/g), ['<blockquote class="quote quote--src"', '<blockquote class="quote"', '<blockquote class="quote quote--src"']);
});

test('a post that says the whole run is found among many that say a line of it', async () => {
  const thread = await makeThread(await makeBoard(), 'a line that everybody says\nand then the other line');
  for (let count = 0; count < 12; count++) await thread.say('a line that everybody says');
  assert.deepEqual(toQuotedIds(await thread.write('>a line that everybody says\n>and then the other line')), [thread.op.id]);
});

test('nothing is found in removed posts, in other threads, or in a new thread', async () => {
  const board = await makeBoard();
  const thread = await makeThread(board, 'nothing of interest');
  const removed = await thread.say('words that somebody took away again');
  assert.deepEqual(toQuotedIds(await thread.write('>words that somebody took away')), [removed.id]);
  await db.updateTable('posts').set({ removed_at: now, removed_as: 'staff' }).where('id', '=', removed.id).execute();
  assert.deepEqual(toQuotedIds(await thread.write('>words that somebody took away')), []);
  const other = await makeThread(board, 'words that stand elsewhere only', 201);
  assert.deepEqual(toQuotedIds(await thread.write('>words that stand elsewhere only')), []);
  assert.deepEqual(toQuotedIds(await other.write('>words that stand elsewhere only')), [other.op.id]);
  assert.deepEqual((await writeBody(db, { boardId: board.id, boardSlug: board.slug, threadId: null }, '>words that stand elsewhere only')).quotes, []);
});

test('signs that are patterns in a database are words here', async () => {
  const thread = await makeThread(await makeBoard(), 'exactly 100%_of \\them were there');
  assert.deepEqual(toQuotedIds(await thread.write('>exactly 100%_of \\them')), [thread.op.id]);
  assert.deepEqual(toQuotedIds(await thread.write('>exactly 1%them were there')), []);
  assert.deepEqual(toQuotedIds(await thread.write('>exactly 100%_of _them')), []);
});

test('numbers lead to posts of this board, of other boards, and to where a moved thread stands', async () => {
  const here = await makeBoard();
  const there = await makeBoard();
  const thread = await makeThread(here, 'op');
  const other = await makeThread(there, 'op', 501);
  await db.insertInto('post_aliases').values({ board_id: here.id, no: 77, post_id: other.op.id }).execute();
  const reply = await thread.write(`>>101 >>77 >>>/${there.slug}/501 >>>/${there.slug}/ >>>/nowhere/ >>999 >>>/nowhere/1 >>101`);
  assert.deepEqual(reply.quotes.map(({ quotedPostId, kind }) => [quotedPostId, kind]), [[thread.op.id, 'number'], [other.op.id, 'number']]);
  assert.deepEqual(reply.quotedThreadIds.toSorted(), [thread.id, other.id].toSorted());
  const shown = fillReferences(reply.html, (id) => ({ href: `/x/thread/1#p${id}`, refText: `id ${id}`, srcText: '' }));
  const link = (id: number) => `<a class="ref" href="/x/thread/1#p${id}">id ${id}</a>`;
  assert.equal(
    shown,
    `<p>${link(thread.op.id)} ${link(other.op.id)} ${link(other.op.id)} <a class="ref" href="/${there.slug}/">&gt;&gt;&gt;/${there.slug}/</a> &gt;&gt;&gt;/nowhere/ &gt;&gt;999 &gt;&gt;&gt;/nowhere/1 ${link(thread.op.id)}</p>`,
  );
});

test('a tombstone can be named; what is shown in no form cannot', async () => {
  const board = await makeBoard();
  const thread = await makeThread(board, 'op');
  const [byStaff, byPoster] = [await thread.say('one'), await thread.say('two')];
  await db.updateTable('posts').set({ removed_at: now, removed_as: 'staff' }).where('id', '=', byStaff.id).execute();
  await db.updateTable('posts').set({ removed_at: now, removed_as: 'poster' }).where('id', '=', byPoster.id).execute();
  const reply = await thread.write(`>>${byStaff.no} >>${byPoster.no}`);
  assert.deepEqual(reply.quotes.map((quote) => quote.quotedPostId), [byStaff.id]);
  const gone = await makeThread(board, 'op', 301);
  await db.updateTable('threads').set({ removed_at: now }).where('id', '=', gone.id).execute();
  assert.deepEqual((await thread.write('>>301')).quotes, []);
});

test('the words of a post are kept folded, its own apart from those it quotes', async () => {
  const board = await makeBoard();
  const thread = await makeThread(board, 'op');
  const { ownWords, quotedWords } = await thread.write(`>>101\n>QUOTED   Words\n>>> of two\n\n**Own** wörds “here” >>101\nÜber ||all||`);
  assert.equal(ownWords, 'own wörds "here" über all');
  assert.equal(quotedWords, 'quoted words of two');
});

test('quotes of a quote block that moves over line ends keep their place when the quoted post is hidden', async () => {
  const thread = await makeThread(await makeBoard(), 'a passage that gets quoted');
  const middle = await thread.say(`>>101 see\n>a passage that gets quoted\nand then my own long answer`);
  const reply = await thread.write('>my own long answer');
  const [quote] = toTextQuotes(reply);
  const { text } = readQuotableText(fillReferences(middle.html, () => undefined));
  assert.equal(text.slice(quote?.rangeStart ?? 0, quote?.rangeEnd ?? 0), 'my own long answer');
});
