import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { columnsOf, heldColumns, type Holding, holdings } from '../src/db/held-columns.js';
import { toPrivacyPage } from '../src/pages/privacy-page.js';
import { createTranslate } from '../src/texts/texts.js';
import { textOf } from './support/page-text.js';
import { openTestBoard, type TestBoard } from './support/test-board.js';

const t = createTranslate('en');

/** The page that says what is held, and whether it is true. */
describe('the page about what is held', () => {
  let board: TestBoard;

  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('held');
  });
  after(() => board.close());

  it('knows every column of the database, and no other', async () => {
    const { rows } = await sql<{ name: string }>`
      select table_name || '.' || column_name as name from information_schema.columns
      where table_schema = 'public' and table_name not like 'kysely_%'`.execute(board.db);
    const classified = Object.entries(heldColumns).flatMap(([table, columns]) => Object.keys(columns).map((column) => `${table}.${column}`));
    assert.ok(rows.length > 100);
    assert.deepEqual(rows.map(({ name }) => name).sort(), classified.sort(), 'each column has a row in src/db/held-columns.ts');
  });

  it('shows each column once, and is linked from every page', async () => {
    const { text } = await board.get('/privacy');
    const shown = [...text.matchAll(/<code>([a-z_]+\.[a-z_]+)<\/code>/g)].map((found) => found[1]);
    assert.equal(new Set(shown).size, shown.length);
    const columns = Object.keys(holdings).flatMap((name) => columnsOf(name as Holding));
    assert.deepEqual([...shown].sort(), columns.sort());
    for (const path of ['/', '/about', '/held/', '/log']) assert.match((await board.get(path)).text, /<a href="\/privacy">/, path);
    assert.equal((await board.get('/privacy/')).headers.location, '/privacy');
  });

  it('says the hours that hold here', async () => {
    assert.match(textOf((await board.get('/privacy')).text), /72 hours after posting; with an open report up to 7 days/);
    const say = (hours: number) => toPrivacyPage(t, hours).groups[0]?.rows[0]?.until;
    assert.equal(say(0), 'ten minutes at most after posting; with an open report up to 7 days');
    assert.equal(say(168), '168 hours after posting; with an open report up to 7 days');
  });

  it('agrees with the table in SECURITY.md', () => {
    const security = readFileSync(join(import.meta.dirname, '../SECURITY.md'), 'utf8');
    const { groups, elsewhere } = toPrivacyPage(t, 72);
    const rows = [
      ...groups.flatMap(({ rows: held }) => held.map(({ what, where, until }) => `| ${what} | \`${where.replaceAll(', ', '`, `')}\` | ${until} |`)),
      ...elsewhere.map(({ what, where, until }) => `| ${what} | ${where.replace(/DATA_DIR\/\w+/, '`$&`')} | ${until} |`),
    ];
    const section = security.slice(security.indexOf('## What is kept'), security.indexOf('## What the operator'));
    const said = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| What'));
    assert.deepEqual(said, rows);
  });

  it('is right about posts: what goes with a post is gone within a minute of its deletion', async () => {
    const visitor = board.open();
    const thread = await board.startThread('held');
    const typed = { name: 'Ann ##a secret', subject: 'Mine', body: `>>${thread.no}\n>The first words.\nWords of mine.`, password: 'my password' };
    const picture = { name: 'mine.jpg', content: readFileSync(join(import.meta.dirname, 'fixtures/media/metadata/jpeg-com.jpg')) };
    const reply = await visitor.reply(thread, typed, [picture]);
    const { id } = await board.db.selectFrom('posts').select('id').where('no', '=', reply.no).where('is_op', '=', false).executeTakeFirstOrThrow();
    const filled = async () => (await findFilled(board, id, ['words', 'signs', 'pictures', 'quotes', 'deletion', 'forms'])).sort();
    const before = await filled();
    for (const name of ['posts.body', 'posts.tripcode', 'posts.password_hash', 'uploads.name', 'quotes.kind', 'form_keys.key']) assert.ok(before.includes(name), name);
    assert.equal((await visitor.send(`/held/post/${reply.no}/delete`, { what: 'post' })).status, 303);
    await board.doChores();
    assert.deepEqual(await filled(), []);
  });

  it('is right about reports and forms: both tags are gone when it says so', async () => {
    const thread = await board.startThread('held');
    assert.equal((await board.open().send(`/held/post/${thread.no}/report`, { reason: 'spam' })).status, 200);
    const count = async () => {
      const { rows } = await sql<{ forms: number; reporters: number; reports: number }>`
        select (select count(*) from form_keys) as forms, count(reporter_tag) as reporters, count(*) as reports from reports`.execute(board.db);
      return rows[0];
    };
    const before = await count();
    assert.ok(before !== undefined && before.forms > 0 && before.reporters === 1);
    board.pass(24 * 3_600_000 + 60_000);
    await board.doChores();
    assert.deepEqual(await count(), { forms: 0, reporters: 1, reports: 1 });
    board.pass(48 * 3_600_000);
    await board.doChores();
    assert.deepEqual(await count(), { forms: 0, reporters: 0, reports: 1 });
  });
});

/** Which columns of these kinds hold something about a post. */
async function findFilled(board: TestBoard, postId: number, kinds: Holding[]): Promise<string[]> {
  const filled: string[] = [];
  for (const name of kinds.flatMap((kind) => columnsOf(kind))) {
    const [table = '', column = ''] = name.split('.');
    const key = table === 'posts' ? 'id' : 'post_id';
    const { rows } = await sql`select 1 from ${sql.table(table)} where ${sql.ref(key)} = ${postId} and ${sql.ref(column)}::text <> ''`.execute(board.db);
    if (rows.length > 0) filled.push(name);
  }
  return filled;
}
