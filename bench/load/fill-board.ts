import pg from 'pg';
import { type Postgres, queryOnce } from '../rig/start-postgres.js';
import type { BoardClient } from './board-client.js';
import { createRandom, writeWords } from './words.js';
import { makeMark, startThread, writeReplies } from './write-replies.js';

/** Posts come in blocks: a thousand threads that were answered at the same time, so that a thread's posts lie scattered as they do in life. */
const blockPosts = 100_000;
const blockThreads = 1_000;
const boardCount = 50;
/** The first block fills the first boards alone: they list as many threads on a small board as on a large one. */
const firstBoards = 5;
const livingBlocks = 10;
const sampleCount = 500;

/** Where ids of filled rows begin; those that the board gave out are far below. */
const postsFrom = 100_000_000;
const threadsFrom = 1_000_000;
/** What the board gives out from then on lies above all that will be filled. */
const freeFrom = 2_000_000_000;

export interface BoardFiller {
  /** Fills up to so many posts, with all indexes and statistics at the end; the board must not run meanwhile. Answers with the seconds it took. */
  fillTo: (posts: number) => Promise<number>;
}

/**
 * Makes 50 boards, and takes the rows of some hundred posts, which the board itself has written, as the samples of which all others are
 * copied. Threads have from 60 to 1,300 posts; a tenth of the posts quotes its OP; on each board 200 threads live, the others are archived.
 */
export async function prepareFilling(postgres: Postgres, client: BoardClient, slug: string): Promise<BoardFiller> {
  const random = createRandom(77);
  const thread = await startThread(client, slug, writeWords(random));
  await writeReplies(client, Array.from({ length: sampleCount }, () => ({ thread, mark: makeMark(), body: writeWords(random) })), 8);
  const ask = (text: string, values: unknown[] = []) => queryOnce(postgres.adminUrl, text, values);
  await ask(`create table bench_samples as select row_number() over () - 1 as n, p.* from posts p join threads t on t.id = p.thread_id where t.no = $1 and not p.is_op limit ${sampleCount}`, [thread.no]);
  // By the board's own role, to which the numbers of its boards must belong.
  await queryOnce(postgres.url, `insert into boards (section_id, slug, title, bump_limit, reply_limit, created_at)
    select (select min(id) from board_sections), 'g' || i, 'Board ' || i, 1000000, 1000000, now() from generate_series(1, ${boardCount}) i`);
  await ask("create table bench_boards as select row_number() over (order by id) - 1 as n, id from boards where slug ~ '^g[0-9]'");
  await ask(`create function bench_thread(i int) returns int language sql immutable as
    $$ select case when i <= ${blockThreads} then i else 1 + floor(${blockThreads} * power((i::bigint * 7919 % 99991) / 99991.0::float8, 1.6))::int end $$`);
  await raiseSequences(postgres.adminUrl);
  await ask("alter system set max_wal_size = '16GB'");
  await ask('select pg_reload_conf()');
  let blocks = 0;
  return {
    async fillTo(posts) {
      const startedAt = performance.now();
      const wanted = Math.ceil(posts / blockPosts);
      const rebuild = await dropIndexes(postgres.adminUrl);
      const waiting = Array.from({ length: wanted - blocks }, (_, index) => blocks + index).values();
      await Promise.all(Array.from({ length: 2 }, () => fillBlocks(postgres.adminUrl, waiting)));
      blocks = wanted;
      await rebuild();
      await ask('vacuum analyze');
      await ask('checkpoint');
      return (performance.now() - startedAt) / 1000;
    },
  };
}

/** All indexes of posts but that of their ids go, and come back by what this answers with. */
async function dropIndexes(url: string): Promise<() => Promise<void>> {
  const indexes = await queryOnce(
    url,
    `select i.indexname as name, i.indexdef as definition, c.conname as constraint_name from pg_indexes i
     left join pg_constraint c on c.conname = i.indexname and c.contype = 'u'
     where i.schemaname = 'public' and i.tablename = 'posts' and i.indexname <> 'posts_pkey'`,
  );
  for (const { name, constraint_name: constraint } of indexes) await queryOnce(url, constraint === null ? `drop index ${String(name)}` : `alter table posts drop constraint ${String(name)}`);
  return async () => {
    for (const { name, definition, constraint_name: constraint } of indexes) {
      await queryOnce(url, `set maintenance_work_mem = '1GB'; ${String(definition)}`);
      if (constraint !== null) await queryOnce(url, `alter table posts add constraint ${String(name)} unique using index ${String(name)}`);
    }
  };
}

async function fillBlocks(url: string, waiting: Iterable<number>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // What refers to what is right by its making, and need not be looked up for each row.
    await client.query("set session_replication_role = 'replica'; set synchronous_commit = off");
    for (const block of waiting) await client.query(toBlockSql(block));
  } finally {
    await client.end();
  }
}

function toBlockSql(block: number): string {
  const posts = postsFrom + block * blockPosts;
  const threads = threadsFrom + block * blockThreads;
  const at = `now() - interval '300 days' + (${block * blockPosts} + i) * interval '2.4 s'`;
  const spread = `select i, bench_thread(i) as j from generate_series(1, ${blockPosts}) i`;
  const board = `join bench_boards b on b.n = g.j % ${block === 0 ? firstBoards : boardCount}`;
  const isLiving = block === 0 ? 'true' : `b.n >= ${firstBoards} and ${block} <= ${livingBlocks}`;
  return `begin;
    insert into threads (id, board_id, no, change_no, bump_no, reply_count, archived_at, created_at, last_post_at) overriding system value
    select ${threads} + g.j, min(b.id), ${posts} + g.j, max(i), ${posts} + max(i), count(*) - 1, case when ${isLiving} then null else now() end, min(${at}), max(${at})
    from (${spread}) g ${board} group by g.j, b.n;
    insert into posts (id, thread_id, board_id, no, is_op, subject, body, body_html, markup_version, own_words, quoted_words, has_bumped, change_no, backlinks_change_no, secret_hash, created_at)
    select ${posts} + i, ${threads} + g.j, b.id, ${posts} + i, i <= ${blockThreads}, case when i <= ${blockThreads} then 'A thread of long ago' else '' end,
      s.body, s.body_html, s.markup_version, s.own_words, s.quoted_words, true, i, case when i <= ${blockThreads} then 1 else 0 end, s.secret_hash, ${at}
    from (${spread}) g ${board} join bench_samples s on s.n = i * 31 % ${sampleCount} order by i;
    insert into quotes (post_id, position, quoted_post_id, kind)
    select ${posts} + i, 0, ${posts} + g.j, 'number' from (${spread}) g where i > ${blockThreads} and i % 10 = 0;
    commit`;
}

async function raiseSequences(url: string): Promise<void> {
  await queryOnce(url, `select setval(pg_get_serial_sequence('posts', 'id'), ${freeFrom}), setval(pg_get_serial_sequence('threads', 'id'), ${freeFrom})`);
  await queryOnce(url, `select setval(('board_numbers_' || id)::regclass, ${freeFrom}) from bench_boards`);
}
