import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { inTransaction } from '../../src/db/in-transaction.js';
import type { Tables } from '../../src/db/tables.js';
import { findNamedPosts, findQuoteSources } from '../../src/posting/quote-source-store.js';
import { findStandings } from '../../src/posting/standing-store.js';
import { createTestDatabase } from '../support/test-database.js';

/** A board with so many threads that its tables are asked by their indexes. */
async function fillBoard(db: Kysely<Tables>): Promise<void> {
  await sql`insert into board_sections (title) values ('All')`.execute(db);
  await sql`insert into boards (section_id, slug, title, created_at) select id, slug, slug, now() from board_sections, unnest(array['a', 'b', 'c', 'd', 'e', 'f', 'g']) as slug`.execute(db);
  await sql`insert into threads (board_id, no, bump_no, created_at, last_post_at) select boards.id, no, no, now(), now() from boards, generate_series(1, 3000) as no`.execute(db);
  await sql`
    insert into posts (thread_id, board_id, no, is_op, body, body_html, markup_version, change_no, created_at)
    select id, board_id, no, true, 'peas', '<p>peas</p>', 1, 1, now() from threads`.execute(db);
  await sql`analyze`.execute(db);
}

const tags = { dayTag: Buffer.alloc(16), banTag: Buffer.alloc(16), rangeTag: Buffer.alloc(16), banKeyId: '2026-11-24', allBanTags: [{ keyId: '2026-11-24', tag: Buffer.alloc(16) }] };
const question = { boardId: 1, threadNo: 1, formKey: { key: Buffer.alloc(32), repeatSince: new Date() }, tags };

/** Statements that come often keep their plans, on a PostgreSQL server. The embedded database has no need of it. */
describe('statements that come often', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  before(async () => {
    database = await createTestDatabase();
    assert.equal(database.kind, 'postgres', 'set TEST_DATABASE_URL to a PostgreSQL');
    await sql`create table pears (id int primary key, name text not null)`.execute(database.db);
    await sql`insert into pears values (1, 'Conference'), (2, 'Comice')`.execute(database.db);
  });
  after(() => database.close());

  const onOneConnection = <T>(act: (db: Kysely<Tables>) => Promise<T>) => database.db.connection().execute(act);
  const listPrepared = async (db: Kysely<Tables>) => (await sql<{ statement: string; name: string }>`select statement, name from pg_prepared_statements`.execute(db)).rows;
  const findPear = async (db: Kysely<Tables>, id: number) => (await sql<{ name: string }>`select * from pears where id = ${id}`.execute(db)).rows[0];
  const times = async (count: number, act: (index: number) => Promise<unknown>) => {
    for (let index = 0; index < count; index += 1) await act(index);
  };

  it('are prepared from the third time on, and answer the same', async () => {
    await onOneConnection(async (db) => {
      await times(2, () => findPear(db, 1));
      assert.deepEqual(await listPrepared(db), []);
      assert.equal((await findPear(db, 2))?.name, 'Comice');
      assert.equal((await findPear(db, 1))?.name, 'Conference');
      assert.deepEqual((await listPrepared(db)).map(({ statement }) => statement), ['select * from pears where id = $1']);
    });
  });

  it('are planned for milliseconds: nothing is compiled and nothing divided among processes for them', async () => {
    const { rows } = await sql`select current_setting('jit') as jit, current_setting('max_parallel_workers_per_gather') as helpers`.execute(database.db);
    assert.deepEqual(rows, [{ jit: 'off', helpers: '0' }]);
  });

  it('are planned once when every reply asks them, however many replies ask together', async () => {
    const other = await createTestDatabase();
    try {
      await fillBoard(other.db);
      await other.db.connection().execute(async (db) => {
        await times(30, async (index) => {
          const together = Array.from({ length: 1 + (index % 3) });
          await findStandings(db, together.map(() => question));
          await findNamedPosts(db, together.map((_one, at) => ({ slug: 'b', no: at + 1 })));
          await findQuoteSources(db, 1, together.map(() => ({ words: 'the words of a line', run: 'the words of a line' })), [1]);
          await findQuoteSources(db, 1, [], together.map((_one, at) => at + 1));
        });
        const { rows } = await sql<{ generic_plans: number; custom_plans: number }>`
          select generic_plans, custom_plans from pg_prepared_statements where statement like '%unnest(%'`.execute(db);
        // PostgreSQL plans a statement anew for the first five times, to see whether that pays.
        const plans = rows.map(({ generic_plans, custom_plans }) => ({ isKept: generic_plans > 20, custom_plans }));
        assert.deepEqual(plans, Array.from({ length: 4 }, () => ({ isKept: true, custom_plans: 5 })));
      });
    } finally {
      await other.close();
    }
  });

  it('read no more in a long thread than in a short one, also when they were planned before there was anything to read', async () => {
    const other = await createTestDatabase();
    try {
      await other.db.connection().execute(async (db) => {
        await sql`insert into board_sections (title) values ('All')`.execute(db);
        await sql`insert into boards (section_id, slug, title, created_at) select id, 'b', 'b', now() from board_sections`.execute(db);
        await sql`insert into threads (board_id, no, bump_no, created_at, last_post_at) values (1, 1, 1, now(), now())`.execute(db);
        const fill = (from: number, to: number) =>
          sql`
            insert into posts (thread_id, board_id, no, is_op, body, body_html, markup_version, change_no, created_at)
            select 1, 1, no, no = 1, 'peas', '<p>peas</p>', 1, no, now() from generate_series(${from}::int, ${to}::int) as no`.execute(db);
        const ask = async () => {
          assert.equal((await findStandings(db, [question, question])).length, 2);
          assert.equal((await findNamedPosts(db, [{ slug: 'b', no: 1 }])).length, 1);
        };
        /** What this connection has read so far and not yet told the statistics of all. */
        const countRead = async () => {
          const { rows } = await sql<{ count: number }>`select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as count from pg_stat_xact_user_tables where relname = 'posts'`.execute(db);
          return rows[0]?.count ?? 0;
        };
        await fill(1, 2);
        await times(10, ask);
        await fill(3, 2_000);
        await sql`begin`.execute(db);
        const before = await countRead();
        await ask();
        const read = (await countRead()) - before;
        await sql`commit`.execute(db);
        assert.ok(read >= 3 && read <= 6, `${read} posts are read`);
      });
    } finally {
      await other.close();
    }
  });

  it('go on when their tables change, within a transaction too', async () => {
    const columns = ['weight', 'colour'];
    await onOneConnection(async (db) => {
      await times(4, () => findPear(db, 1));
      assert.equal((await listPrepared(db)).length, 1, 'it was prepared');
      await sql`alter table pears add column ${sql.ref(columns[0] ?? '')} int`.execute(db);
      assert.deepEqual(await findPear(db, 1), { id: 1, name: 'Conference', weight: null });
    });
    const byName = async (db: Kysely<Tables>) => (await sql`select * from pears where name = ${'Comice'}`.execute(db)).rows[0];
    await times(4, () => inTransaction(database.db, byName));
    assert.equal(await onOneConnection(async (db) => (await listPrepared(db)).some(({ statement }) => statement.endsWith('name = $1'))), true, 'it was prepared');
    await sql`alter table pears add column ${sql.ref(columns[1] ?? '')} text`.execute(database.db);
    assert.deepEqual(await inTransaction(database.db, byName), { id: 2, name: 'Comice', weight: null, colour: null });
  });

  it('go on without being prepared where prepared statements get lost, as behind a pooler', async () => {
    const other = await createTestDatabase();
    try {
      const byId = async (db: Kysely<Tables>) => (await sql<{ one: number }>`select ${1}::int as one`.execute(db)).rows[0]?.one;
      await other.db.connection().execute(async (db) => {
        await times(4, () => byId(db));
        assert.equal((await listPrepared(db)).length, 1, 'it was prepared');
        await sql`deallocate all`.execute(db);
        assert.equal(await byId(db), 1);
        await times(4, () => byId(db));
        await times(4, () => sql`select ${2}::int as two`.execute(db));
        assert.deepEqual(await listPrepared(db), [], 'nor is anything else');
      });
      let tries = 0;
      assert.equal(await inTransaction(other.db, (trx) => ((tries += 1), byId(trx))), 1);
      assert.equal(tries, 1, 'nothing fails any more');
    } finally {
      await other.close();
    }
  });

  it('are bounded in number, whatever is asked', async () => {
    await onOneConnection(async (db) => {
      await times(400, (index) => times(3, () => sql`select ${index}::int as one, ${sql.raw(String(index))} as two`.execute(db)));
      const prepared = await listPrepared(db);
      assert.ok(prepared.length > 200, 'there were more than enough');
      assert.ok(prepared.length <= 300, `${prepared.length} are prepared`);
    });
  });
});
