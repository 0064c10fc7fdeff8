import { randomBytes } from 'node:crypto';
import { access, constants, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isControlAnswered } from './control-socket.js';

/** Another board owns the data directory. The message is a sentence for the operator. */
export class DataLockError extends Error {
  override readonly name = 'DataLockError';
}

const lockName = 'board.lock';
const attempts = 5;

/**
 * Takes the lock of the data directory for as long as the process lives; answers with the function that gives it back. A lock is
 * held while the process that wrote it lives, told by its id and the moment it began (a container's process is always number 1),
 * or while somebody answers on the control socket (that process may be in another container). The directory is made (mode 0700)
 * when it is missing.
 * @throws DataLockError when another board runs on this directory; Error with a sentence when there can be no such directory
 */
export async function takeDataLock(dataDir: string): Promise<() => Promise<void>> {
  await makeDirectory(dataDir);
  const path = join(dataDir, lockName);
  const own = `${process.pid} ${await findStart(process.pid)} ${randomBytes(8).toString('hex')}`;
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, own, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if (await hasLinked(draft, path)) return () => giveBack(path, own);
      await removeStale(path, dataDir);
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new DataLockError(`The lock ${path} could not be taken: several boards start on this directory at once.`);
}

async function makeDirectory(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new Error(`The setting DATA_DIR must name a directory that the board may write to; ${dataDir} is none.`, { cause });
  }
}

/** Of several who do this at once one succeeds. */
async function hasLinked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a dead owner's lock aside, and puts it back if it turns out to be somebody else's by then. */
async function removeStale(path: string, dataDir: string): Promise<void> {
  const found = await readFile(path, 'utf8').catch(() => undefined);
  if (found === undefined) return;
  const [pid = '', start = ''] = found.split(' ');
  if ((await findStart(Number(pid))) === start || (await isControlAnswered(dataDir))) {
    throw new DataLockError(`Another board (process ${pid}) already runs on ${dataDir}. Stop it, or set DATA_DIR to a directory of its own.`);
  }
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  await rename(path, aside).catch(() => undefined);
  const moved = await readFile(aside, 'utf8').catch(() => undefined);
  if (moved !== undefined && moved !== found) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function giveBack(path: string, own: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === own) await rm(path, { force: true });
}

/**
 * When a process began, as the system tells it (Linux: boot id and the 22nd field of /proc/<pid>/stat, see proc(5)); `alive` where
 * it does not tell. The empty string means that there is no such process.
 */
async function findStart(pid: number): Promise<string> {
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isAlive(pid)) return '';
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return 'alive';
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  // The name in parentheses may hold spaces.
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return `${boot.trim()}:${ticks}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
