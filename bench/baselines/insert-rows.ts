import pg from 'pg';
import type { Written } from '../load/write-replies.js';

/** The least that a durable post can be: one row with the same words in the same PostgreSQL, committed before it is acknowledged. */
export interface RowInserter {
  insert: (bodies: string[], repeats: number) => Promise<Written>;
  close: () => Promise<void>;
}

export async function openRowInserter(url: string, connections: number): Promise<RowInserter> {
  const pool = new pg.Pool({ connectionString: url, max: connections });
  await pool.query('create table if not exists bench_rows (id bigint generated always as identity primary key, body text not null, created_at timestamptz not null)');
  return {
    async insert(bodies, repeats) {
      const latencies: number[] = [];
      const waiting = Array.from({ length: repeats }, () => bodies).flat().values();
      const startedAt = performance.now();
      await Promise.all(
        Array.from({ length: connections }, async () => {
          for (const body of waiting) {
            const sentAt = performance.now();
            await pool.query({ name: 'insert', text: 'insert into bench_rows (body, created_at) values ($1, $2)', values: [body, new Date()] });
            latencies.push(performance.now() - sentAt);
          }
        }),
      );
      return { count: latencies.length, seconds: (performance.now() - startedAt) / 1000, latencies };
    },
    close: () => pool.end(),
  };
}
