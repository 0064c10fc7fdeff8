import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const lastBackup = z.object({ at: z.coerce.date(), path: z.string() });
export type LastBackup = z.infer<typeof lastBackup>;

const toPath = (dataDir: string) => join(dataDir, 'last-backup.json');

/** Notes when and where the last backup was made, so that the doctor can tell when there has been none for long. */
export async function noteBackup(dataDir: string, made: { at: string; path: string }): Promise<void> {
  await writeFile(toPath(dataDir), `${JSON.stringify(made)}\n`, { mode: 0o600 });
}

/** The last backup that was noted; undefined when none was, or not readably. */
export async function findLastBackup(dataDir: string): Promise<LastBackup | undefined> {
  try {
    return lastBackup.parse(JSON.parse(await readFile(toPath(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
}
