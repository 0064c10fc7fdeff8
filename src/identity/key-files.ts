import { randomBytes } from 'node:crypto';
import { link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A key file that must not be used. The message is a sentence that names it; the start stops there. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

const KEY_LENGTH = 32;

/**
 * The key in the file `path`, which is made (mode 0600, 256 bits from the operating system) when it is missing. The file appears
 * whole or not at all; of two processes that make it at once, both get the same key.
 * @throws KeyFileError when others than its owner may read it, when it is not 32 bytes long, or when its bytes are no random ones
 */
export async function createKeyFile(path: string): Promise<Buffer> {
  const found = await findKey(path);
  if (found !== undefined) return found;
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  await writeWhole(draft, 'wx', randomBytes(KEY_LENGTH));
  try {
    await link(draft, path).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
    });
  } finally {
    await unlink(draft);
  }
  await syncDirectory(dirname(path));
  return readKeyFile(path);
}

/** The key in the file `path`, or undefined when there is no such file. @throws KeyFileError as createKeyFile */
export function findKey(path: string): Promise<Buffer | undefined> {
  return readKeyFile(path).catch(ignoreMissing);
}

async function readKeyFile(path: string): Promise<Buffer> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (hasCode(error, 'EACCES')) throw new KeyFileError(`The key file ${path} cannot be read by the user that runs the board.`);
    throw error;
  });
  try {
    const { mode } = await file.stat();
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new KeyFileError(`The key file ${path} can be read by others than its owner. Replace it if they may have, or run: chmod 600 ${path}`);
    }
    const key = await file.readFile();
    if (key.length !== KEY_LENGTH) {
      throw new KeyFileError(`The key file ${path} holds ${key.length} bytes instead of ${KEY_LENGTH} (256 bits). Restore it, or remove it and a new key is made.`);
    }
    if (new Set(key).size < 8) {
      throw new KeyFileError(`The key file ${path} does not hold a random key. Remove it and a new key is made.`);
    }
    return key;
  } finally {
    await file.close();
  }
}

/** Overwrites a key file and removes it. Nothing happens when it is gone already. */
export async function shredKeyFile(path: string): Promise<void> {
  try {
    await writeWhole(path, 'r+', randomBytes(KEY_LENGTH));
    await unlink(path);
  } catch (error) {
    ignoreMissing(error);
  }
  await syncDirectory(dirname(path));
}

async function writeWhole(path: string, flags: 'wx' | 'r+', bytes: Buffer): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await file.write(bytes, 0, bytes.length, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Without this a name made or removed just before a loss of power may come back or be gone. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function ignoreMissing(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error;
  return undefined;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
