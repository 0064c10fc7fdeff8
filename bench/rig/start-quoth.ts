import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { type Child, findFreePort, startChild } from './child.js';
import { type Postgres, queryOnce } from './start-postgres.js';

/** The board as it is built, in a process of its own. */
export interface Quoth extends Child {
  origin: string;
  /** The board on which everything is posted. Its threads take as many replies as are sent, and all of them bump. */
  slug: string;
}

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const slug = 'b';

/** Makes tables and boards by a first start of the board, and raises the limits of its threads. */
export async function prepareQuoth(dir: string, postgres: Postgres): Promise<void> {
  await (await startQuoth(dir, postgres)).stop();
  await queryOnce(postgres.url, 'update boards set reply_limit = 1000000, bump_limit = 1000000, max_threads = 100000 where slug = $1', [slug]);
}

/** Starts the built board on the bench's PostgreSQL, with posting limits off. */
export async function startQuoth(dir: string, postgres: Postgres, env: Record<string, string> = {}): Promise<Quoth> {
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  const child = await startChild({
    command: process.execPath,
    args: [...(process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== ''), main],
    env: {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_ORIGIN: origin,
      DATA_DIR: join(dir, 'quoth'),
      DATABASE_URL: postgres.url,
      POSTING_LIMITS: 'off',
      LOG_LEVEL: 'warn',
      ...env,
    },
    isReady: async () => (await fetch(`${origin}/${slug}/`)).ok,
  });
  return { ...child, origin, slug };
}
