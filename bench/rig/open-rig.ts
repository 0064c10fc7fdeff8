import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareQuoth, type Quoth, startQuoth } from './start-quoth.js';
import { type Postgres, startPostgres } from './start-postgres.js';

/** What every goal measures against: the board and its PostgreSQL, running. */
export interface Rig {
  /** A folder for files of the run; it is removed with the rig. */
  dir: string;
  postgres: Postgres;
  /** The board that runs now. */
  quoth: Quoth;
  /** Ends the board, does something while it is away, and starts it anew, with settings that are added to its own. */
  restartQuoth: (options?: { meanwhile?: () => Promise<void>; env?: Record<string, string> }) => Promise<void>;
  close: () => Promise<void>;
}

export async function openRig(): Promise<Rig> {
  const dir = mkdtempSync(join(tmpdir(), 'quoth-bench-'));
  const closers: (() => Promise<void>)[] = [() => Promise.resolve(rmSync(dir, { recursive: true, force: true }))];
  const close = async () => {
    for (const stop of closers.splice(0).reverse()) await stop();
  };
  try {
    // Another user's PostgreSQL must find its way in.
    chmodSync(dir, 0o755);
    const postgres = await startPostgres(dir);
    closers.push(postgres.stop);
    await prepareQuoth(dir, postgres);
    const rig: Rig = {
      dir,
      postgres,
      quoth: await startQuoth(dir, postgres),
      async restartQuoth({ meanwhile, env } = {}) {
        await rig.quoth.stop();
        await meanwhile?.();
        rig.quoth = await startQuoth(dir, postgres, env);
      },
      close,
    };
    closers.push(() => rig.quoth.stop());
    return rig;
  } catch (error) {
    await close();
    throw error;
  }
}
