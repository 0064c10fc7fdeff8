import { access, constants, mkdir } from 'node:fs/promises';

/**
 * Makes the data directory (mode 0700) unless it is there, before anything is written into it.
 * @throws Error with a sentence naming the setting when there can be no such directory, or when nothing may be written there
 */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new Error(`The setting DATA_DIR must name a directory that the board may write to; ${dataDir} is none.`, { cause });
  }
}
