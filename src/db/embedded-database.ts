import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** The embedded database while it runs. `pg` reaches it through a socket in `socketDir`, as it would a server. */
export interface EmbeddedDatabase {
  socketDir: string;
  close: () => Promise<void>;
}

/** What the worker is told at its start. */
export interface EmbeddedOptions {
  dir: string;
  socketPath: string;
}

/** What the worker says: it listens, it could not, or it has closed everything. */
export type EmbeddedWord = { word: 'listening' } | { word: 'failed'; reason: string } | { word: 'closed' };

/** The name that PostgreSQL clients look for in a socket directory. */
const socketName = '.s.PGSQL.5432';
/** Addresses of sockets hold so many bytes on every system (108 on Linux, 104 on macOS, an end mark among them). */
const longestPath = 100;
const closeMs = 10_000;

/**
 * Opens the embedded database (PGlite: PostgreSQL in WebAssembly) whose files are in `dir`, made when missing. It runs in a worker
 * thread, because a query in the main thread would hold up every request. The socket has no password: its directory is private.
 * @throws Error when the files cannot be opened, or when the posts were moved elsewhere
 */
export async function openEmbedded(dir: string): Promise<EmbeddedDatabase> {
  await assertNotMoved(dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const socketDir = await makeSocketDir(dir);
  const worker = startWorker({ dir, socketPath: join(socketDir, socketName) });
  try {
    await waitFor(worker, 'listening');
  } catch (error) {
    await worker.terminate();
    await rm(socketDir, { recursive: true, force: true });
    throw error;
  }
  return {
    socketDir,
    async close() {
      const closed = waitFor(worker, 'closed').catch(() => undefined);
      worker.postMessage('close');
      const timer = setTimeout(() => void worker.terminate(), closeMs);
      await closed;
      clearTimeout(timer);
      await worker.terminate();
      await rm(socketDir, { recursive: true, force: true });
    },
  };
}

/** Where the files are kept after a move to a PostgreSQL. */
export const toMovedDir = (dir: string): string => `${dir}-moved`;

/** A new database beside a moved one would look like a board that has lost everything, and take posts that nobody finds again. */
async function assertNotMoved(dir: string): Promise<void> {
  const isThere = async (path: string) => (await stat(path).catch(() => undefined)) !== undefined;
  if ((await isThere(dir)) || !(await isThere(toMovedDir(dir)))) return;
  throw new Error(`This board was moved to a PostgreSQL: set DATABASE_URL to it. To go back to how it was before, rename ${toMovedDir(dir)} to ${dir}.`);
}

/**
 * Beside the files, where a killed board's socket is found and replaced; socket addresses hold about a hundred bytes, so that of a
 * longer path it lies among the temporary files.
 */
async function makeSocketDir(dir: string): Promise<string> {
  const beside = `${dir}-socket`;
  if (Buffer.byteLength(join(beside, socketName)) > longestPath) return mkdtemp(join(tmpdir(), 'quoth-db-'));
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { mode: 0o700 });
  return beside;
}

/** Under tsx, Node 20 does not load a .ts file as a worker: there the loader is registered first. */
function startWorker(options: EmbeddedOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./embedded-worker.js', import.meta.url), { workerData: options });
  const [loader, entry] = [import.meta.resolve('tsx/esm/api'), import.meta.resolve('./embedded-worker.ts')].map((url) => JSON.stringify(url));
  return new Worker(`import(${loader}).then(({ register }) => { register(); return import(${entry}); });`, { eval: true, workerData: options });
}

function waitFor(worker: Worker, word: EmbeddedWord['word']): Promise<void> {
  return new Promise((resolve, reject) => {
    const onMessage = (said: EmbeddedWord) => {
      if (said.word === 'failed') finish(() => reject(new Error(`The embedded database did not open: ${said.reason}`)));
      else if (said.word === word) finish(resolve);
    };
    const onError = (error: unknown) => finish(() => reject(error instanceof Error ? error : new Error(String(error))));
    const onExit = (code: number) => finish(() => reject(new Error(`The embedded database ended with code ${code}`)));
    function finish(settle: () => void): void {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      settle();
    }
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}
