import { createHash } from 'node:crypto';
import { Kysely, PostgresDialect, type PostgresPoolClient, type PostgresQueryResult, sql } from 'kysely';
import pg from 'pg';
import type { Written } from '../load/write-replies.js';
import type { RowInserter } from './insert-rows.js';

interface BenchTables {
  bench_threads: { id: number; reply_count: number; last_post_at: Date };
  bench_posts: { id?: never; thread_id: number; body: string; html: string; created_at: Date };
}

const threadCount = 1_000;

/**
 * The least that a reply can be through Kysely: one statement that inserts the post and updates its thread's row, of a thousand threads
 * in turn. As Kysely comes, which is what the goals and the recorded shares are of, or prepared, as the board's own statements are.
 */
export async function openKyselyReplier(url: string, connections: number, { isPrepared }: { isPrepared: boolean }): Promise<RowInserter> {
  const pool = new pg.Pool({ connectionString: url, max: connections });
  await pool.query('create table if not exists bench_threads (id bigint primary key, reply_count int not null default 0, last_post_at timestamptz not null)');
  await pool.query('create table if not exists bench_posts (id bigint generated always as identity primary key, thread_id bigint not null, body text not null, html text not null, created_at timestamptz not null)');
  await pool.query('create index if not exists bench_posts_of_thread on bench_posts (thread_id, id)');
  await pool.query('insert into bench_threads (id, last_post_at) select i, now() from generate_series(1, $1::int) i on conflict do nothing', [threadCount]);
  const db = new Kysely<BenchTables>({ dialect: new PostgresDialect({ pool: isPrepared ? prepareAll(pool) : pool }) });
  return {
    async insert(bodies, repeats): Promise<Written> {
      const latencies: number[] = [];
      const waiting = Array.from({ length: repeats }, () => bodies).flat().entries();
      const startedAt = performance.now();
      await Promise.all(
        Array.from({ length: connections }, async () => {
          for (const [index, body] of waiting) {
            const sentAt = performance.now();
            await insertReply(db, 1 + (index % threadCount), body);
            latencies.push(performance.now() - sentAt);
          }
        }),
      );
      return { count: latencies.length, seconds: (performance.now() - startedAt) / 1000, latencies };
    },
    close: () => db.destroy(),
  };
}

function insertReply(db: Kysely<BenchTables>, threadId: number, body: string) {
  const now = new Date();
  return db
    .with('p', (query) => query.insertInto('bench_posts').values({ thread_id: threadId, body, html: `<p>${body}</p>`, created_at: now }).returning('id'))
    .with('t', (query) => query.updateTable('bench_threads').set({ reply_count: sql`reply_count + 1`, last_post_at: now }).where('id', '=', threadId).returning('reply_count'))
    .selectFrom(['p', 't'])
    .select(['p.id', 't.reply_count'])
    .executeTakeFirstOrThrow();
}

/** A pool whose clients prepare every statement, by a name made of its text. */
function prepareAll(pool: pg.Pool) {
  return {
    async connect() {
      const client = await pool.connect();
      async function query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> {
        const { command, rowCount, rows } = await client.query({ name: createHash('sha256').update(text).digest('hex').slice(0, 32), text, values: [...values] });
        return { command: command as PostgresQueryResult<R>['command'], rowCount: rowCount ?? 0, rows };
      }
      return { query: query as PostgresPoolClient['query'], release: () => client.release() };
    },
    end: () => pool.end(),
  };
}
