import { chmod } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import type { EmbeddedOptions, EmbeddedWord } from './embedded-database.js';
import { forgetFailedFiles } from './forget-failed-files.js';

/*
 * The thread that the embedded database lives in. It serves the PostgreSQL protocol on a unix socket, one connection at a time.
 */

const say = (said: EmbeddedWord) => parentPort?.postMessage(said);

try {
  await serve(workerData as EmbeddedOptions);
} catch (error) {
  say({ word: 'failed', reason: error instanceof Error ? error.message : String(error) });
}

async function serve({ dir, socketPath }: EmbeddedOptions): Promise<void> {
  const database = await PGlite.create(dir);
  forgetFailedFiles(database.Module.FS);
  // Without a limit the log of changes grows to a gigabyte before it is used again.
  for (const statement of ["alter system set max_wal_size = '96MB'", "alter system set min_wal_size = '32MB'", 'select pg_reload_conf()']) await database.exec(statement);
  const server = new PGLiteSocketServer({ db: database, path: socketPath });
  await server.start();
  await chmod(socketPath, 0o600);
  parentPort?.once('message', () => {
    void close(server, database);
  });
  say({ word: 'listening' });
}

async function close(server: PGLiteSocketServer, database: PGlite): Promise<void> {
  try {
    await server.stop();
    await database.close();
  } finally {
    say({ word: 'closed' });
  }
}
