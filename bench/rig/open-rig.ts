import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Quoth, startQuoth } from './start-quoth.js';
import { type Postgres, startPostgres } from './start-postgres.js';

/** What every goal measures against: the board and its PostgreSQL, running. */
export interface Rig {
  /** A folder for files of the run; it is removed with the rig. */
  dir: string;
  postgres: Postgres;
  quoth: Quoth;
  close: () => Promise<void>;
}

export async function openRig(): Promise<Rig> {
  const dir = mkdtempSync(join(tmpdir(), 'quoth-bench-'));
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const stop of closers.splice(0).reverse()) await stop();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    // Another user's PostgreSQL must find its way in.
    chmodSync(dir, 0o755);
    const postgres = await startPostgres(dir);
    closers.push(postgres.stop);
    const quoth = await startQuoth(dir, postgres);
    closers.push(quoth.stop);
    return { dir, postgres, quoth, close };
  } catch (error) {
    await close();
    throw error;
  }
}
