import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReceivedFile } from './received-form.js';

/** So long the files of a refused form wait for the next try. */
export const KEPT_MS = 15 * 60_000;
/** A file that was taken back and never discarded (the process died) is removed after this long. */
const TAKEN_MS = 60 * 60_000;
const DEFAULT_MAX_BYTES = 512 * 2 ** 20;
/** One client fills at most an eighth of the room: somebody who is refused again and again takes it from nobody else. */
const CLIENT_SHARE = 1 / 8;
const MAX_COUNT = 5_000;

/** What a refused form shows of a file that waits: `token` goes into a hidden field of the form. */
export type KeptUpload = { token: string; originalName: string; bytes: number };

export type KeptUploads = {
  /**
   * Moves a received file aside, undecoded, for 15 minutes. `undefined` when there is no room, none for this client (a day tag) or the
   * file is gone: it must be attached again.
   */
  keep(file: ReceivedFile, client?: Buffer): Promise<KeptUpload | undefined>;
  /**
   * Gives a kept file back, once. `undefined` for a token that is forged, expired or used. The caller removes the file
   * (`ReceivedForm.adopt` lets the form do it).
   */
  take(token: string): Promise<ReceivedFile | undefined>;
  /** What a valid token stands for, without taking it. */
  describe(token: string): Promise<KeptUpload | undefined>;
  /** Removes what has expired; answers how many files went. To be called every minute or so. */
  sweep(): Promise<number>;
};

/** What a token says and its signature vouches for. */
type Ticket = { handle: string; originalName: string; bytes: number; position: number; fieldName: string; expiresAt: number };

/**
 * Keeps the files of refused forms (decisions: up to 15 minutes, undecoded, under a random handle, bounded in bytes, without
 * preview). Nothing is written down about the sender, and how much a client has sent is known in memory alone, for as long as its files
 * wait; whoever holds the signed token can take the file. A file is called
 * `<handle>.<expiry in ms>`, so that sweeping needs no list and works after a restart.
 * `dir` is private to this store and on the same disk as the temporary files; it is made when missing.
 */
export function createKeptUploads(options: { dir: string; secret: Buffer; now: () => Date; maxBytes?: number }): KeptUploads {
  const { secret, now } = options;
  const keptDir = join(options.dir, 'kept');
  const takenDir = join(options.dir, 'taken');
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const shares = createShares();
  let usage: Promise<{ bytes: number; count: number }> | undefined;

  /** Measured once, then kept up with, and measured anew by every sweep. */
  function getUsage(): Promise<{ bytes: number; count: number }> {
    usage ??= prepareDirs(keptDir, takenDir).then(() => measure(keptDir));
    return usage;
  }

  function findTicket(token: string): Ticket | undefined {
    const ticket = openToken(token, secret);
    return ticket === undefined || ticket.expiresAt <= now().getTime() ? undefined : ticket;
  }

  return {
    async keep(file, client) {
      const used = await getUsage();
      if (used.bytes + file.bytes > maxBytes || used.count >= MAX_COUNT) return undefined;
      const share = client === undefined ? undefined : shares.find(client.toString('hex'), now().getTime());
      if (share !== undefined && (share.bytes() + file.bytes > maxBytes * CLIENT_SHARE || share.count() >= MAX_COUNT * CLIENT_SHARE)) return undefined;
      const { originalName, bytes, position, fieldName } = file;
      const handle = randomBytes(16).toString('hex');
      const ticket = { handle, originalName, bytes, position, fieldName, expiresAt: now().getTime() + KEPT_MS };
      used.bytes += bytes;
      used.count += 1;
      const isKept = await hasMoved(file.path, join(keptDir, toFileName(ticket)));
      if (isKept) share?.note(ticket);
      if (isKept) return { token: signTicket(ticket, secret), originalName, bytes };
      used.bytes -= bytes;
      used.count -= 1;
      return undefined;
    },

    async take(token) {
      const ticket = findTicket(token);
      if (ticket === undefined) return undefined;
      const used = await getUsage();
      const { handle, originalName, bytes, position, fieldName } = ticket;
      const path = join(takenDir, `${handle}.${now().getTime() + TAKEN_MS}`);
      if (!(await hasMoved(join(keptDir, toFileName(ticket)), path))) return undefined;
      used.bytes -= bytes;
      used.count -= 1;
      shares.forget(handle);
      return { path, originalName, bytes, position, fieldName };
    },

    async describe(token) {
      const ticket = findTicket(token);
      if (ticket === undefined) return undefined;
      const found = await stat(join(keptDir, toFileName(ticket))).catch(ignoreMissing);
      return found && { token, originalName: ticket.originalName, bytes: ticket.bytes };
    },

    async sweep() {
      await prepareDirs(keptDir, takenDir);
      const removed = await Promise.all([keptDir, takenDir].map((dir) => removeExpired(dir, now().getTime())));
      shares.forgetExpired(now().getTime());
      usage = measure(keptDir);
      await usage;
      return removed.reduce((sum, count) => sum + count, 0);
    },
  };
}

/** What each client has waiting. */
function createShares() {
  const clients = new Map<string, Map<string, { bytes: number; expiresAt: number }>>();
  const owners = new Map<string, string>();
  function forget(handle: string): void {
    const owner = owners.get(handle);
    if (owner === undefined) return;
    owners.delete(handle);
    const files = clients.get(owner);
    files?.delete(handle);
    if (files?.size === 0) clients.delete(owner);
  }
  return {
    forget,
    find(client: string, nowMs: number) {
      for (const [handle, { expiresAt }] of clients.get(client) ?? []) if (expiresAt <= nowMs) forget(handle);
      return {
        count: () => clients.get(client)?.size ?? 0,
        bytes: () => [...(clients.get(client)?.values() ?? [])].reduce((sum, file) => sum + file.bytes, 0),
        note({ handle, bytes, expiresAt }: Ticket) {
          clients.set(client, (clients.get(client) ?? new Map()).set(handle, { bytes, expiresAt }));
          owners.set(handle, client);
        },
      };
    },
    forgetExpired(nowMs: number) {
      for (const files of clients.values()) for (const [handle, { expiresAt }] of files) if (expiresAt <= nowMs) forget(handle);
    },
  };
}

async function prepareDirs(...dirs: string[]): Promise<void> {
  for (const dir of dirs) await mkdir(dir, { recursive: true, mode: 0o700 });
}

async function measure(dir: string): Promise<{ bytes: number; count: number }> {
  const total = { bytes: 0, count: 0 };
  for (const name of await readdir(dir)) {
    const found = await stat(join(dir, name)).catch(ignoreMissing);
    total.bytes += found?.size ?? 0;
    total.count += 1;
  }
  return total;
}

async function removeExpired(dir: string, nowMs: number): Promise<number> {
  const expired = (await readdir(dir)).filter((name) => !(Number(name.split('.')[1]) > nowMs));
  for (const name of expired) await rm(join(dir, name), { force: true });
  return expired.length;
}

function toFileName(ticket: Ticket): string {
  return `${ticket.handle}.${ticket.expiresAt}`;
}

/** The move is the single use: of two takers one finds nothing to move. */
async function hasMoved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    ignoreMissing(error);
    return false;
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

function signTicket(ticket: Ticket, secret: Buffer): string {
  const text = Buffer.from(JSON.stringify(ticket)).toString('base64url');
  return `${text}.${toSignature(text, secret).toString('base64url')}`;
}

/** The signature is checked before anything in the token is looked at. */
function openToken(token: string, secret: Buffer): Ticket | undefined {
  const [text, signature, ...rest] = token.split('.');
  if (text === undefined || signature === undefined || rest.length > 0) return undefined;
  const expected = toSignature(text, secret);
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const ticket: Ticket = JSON.parse(Buffer.from(text, 'base64url').toString());
  return ticket;
}

function toSignature(text: string, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update('kept-upload:').update(text).digest();
}
