import { fileURLToPath } from 'node:url';
import type { Config } from '../config.js';
import { takeDataLock } from '../control/data-lock.js';
import { connectDatabase, type Database } from '../db/connect.js';
import { bringUpToDate } from '../operate/back-up-before-migration.js';

export const migrationsDir = fileURLToPath(new URL('../../migrations', import.meta.url));

/**
 * Opens the database for a command that found no running board to leave its work to. It holds the lock of the data directory
 * meanwhile: a board that starts now, or another command, would be a second owner.
 * @throws DataLockError when somebody holds it
 */
export async function openHere(config: Readonly<Config>): Promise<Database> {
  const database = await openUnmigrated(config);
  try {
    await bringUpToDate(database, { dataDir: config.dataDir, dir: migrationsDir, now: () => new Date() });
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The same, with the schema left as it is: for a backup before an update, and for bringing one back. */
export async function openUnmigrated(config: Readonly<Config>): Promise<Database> {
  const giveBack = await takeDataLock(config.dataDir);
  try {
    const database = await connectDatabase(config);
    return {
      ...database,
      async close() {
        await database.close();
        await giveBack();
      },
    };
  } catch (error) {
    await giveBack();
    throw error;
  }
}
