import { chmod, open, rm, stat } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Log } from '../log.js';

/** A command that the running board carries out for a program on the same machine. `report` tells how far it is. */
export type ControlCommand = (args: unknown, report: (progress: unknown) => void) => Promise<unknown>;

/** What a call came to. Without a running board the caller does the work itself. */
export type ControlOutcome = { isRunning: false } | { isRunning: true; result: unknown };

const socketName = 'control.sock';
const longestLine = 1024 * 1024;
/** Socket addresses hold so many bytes on every system (108 on Linux, 104 on macOS). */
const longestPath = 100;

const call = z.object({ command: z.string().max(100), args: z.unknown() });
const reply = z.union([
  z.object({ progress: z.unknown() }).strict(),
  z.object({ result: z.unknown() }).strict(),
  z.object({ fault: z.string() }).strict(),
]);

/**
 * Opens `control.sock` in the data directory (mode 0600: whoever may write to it may read the database too). A call is one line of
 * JSON, `{ command, args }`; the answer is lines `{ progress }` and at last `{ result }` or `{ fault }`. It opens before anything else
 * of the board, so that nobody believes that none runs; calls wait until the `commands` are there.
 */
export async function openControl(options: { dataDir: string; commands: Promise<Record<string, ControlCommand>>; log: Log }): Promise<{ close: () => Promise<void> }> {
  const { dataDir, commands, log } = options;
  const place = await findPlace(dataDir);
  await rm(join(dataDir, socketName), { force: true });
  const callers = new Set<Socket>();
  const server = createServer((socket) => {
    callers.add(socket);
    socket.once('close', () => callers.delete(socket));
    socket.on('error', () => socket.destroy());
    serveCaller(socket, commands, log);
  });
  await listen(server, place.path);
  await chmod(join(dataDir, socketName), 0o600);
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of callers) socket.destroy();
      await closed;
      await place.close();
    },
  };
}

/**
 * Asks the running board to carry out a command. @throws Error with the board's own sentence when it could not
 */
export async function callControl(dataDir: string, command: string, args: unknown, onProgress: (progress: unknown) => void = () => undefined): Promise<ControlOutcome> {
  const socket = await connect(dataDir);
  if (socket === undefined) return { isRunning: false };
  try {
    socket.write(`${JSON.stringify({ command, args })}\n`);
    for await (const line of createInterface({ input: socket })) {
      const said = reply.parse(JSON.parse(line));
      if ('progress' in said) onProgress(said.progress);
      else if ('fault' in said) throw new Error(said.fault);
      else return { isRunning: true, result: said.result };
    }
    throw new Error('The board ended before it answered.');
  } finally {
    socket.destroy();
  }
}

/** Whether somebody listens on the control socket of this directory. */
export async function isControlAnswered(dataDir: string): Promise<boolean> {
  const socket = await connect(dataDir);
  socket?.destroy();
  return socket !== undefined;
}

function serveCaller(socket: Socket, commands: Promise<Record<string, ControlCommand>>, log: Log): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > longestLine) socket.destroy();
    const end = text.indexOf('\n');
    if (end === -1) return;
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    void answer(line, socket, commands, log);
  });
}

async function answer(line: string, socket: Socket, commands: Promise<Record<string, ControlCommand>>, log: Log): Promise<void> {
  const say = (said: z.infer<typeof reply>) => void (socket.writable && socket.write(`${JSON.stringify(said)}\n`));
  try {
    const { command, args } = call.parse(JSON.parse(line));
    const known = await commands;
    const run = Object.hasOwn(known, command) ? known[command] : undefined;
    if (run === undefined) return say({ fault: `The running board does not know the command ${command}. It may be another version.` });
    say({ result: (await run(args, (progress) => say({ progress }))) ?? null });
  } catch (error) {
    log.error('control.failed', { error });
    say({ fault: error instanceof Error ? error.message : 'The command failed.' });
  }
}

async function connect(dataDir: string): Promise<Socket | undefined> {
  if ((await stat(join(dataDir, socketName)).catch(() => undefined)) === undefined) return undefined;
  const place = await findPlace(dataDir);
  return new Promise((resolve, reject) => {
    const socket = createConnection(place.path);
    socket.once('connect', () => {
      void place.close();
      resolve(socket);
    });
    socket.once('error', (error: Error & { code?: string }) => {
      void place.close();
      // Nobody listens: the socket is what a killed board left behind.
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(undefined);
      else reject(error);
    });
  });
}

/** The address of the socket; of a directory whose own address is too long, by way of the open directory (Linux). */
async function findPlace(dataDir: string): Promise<{ path: string; close: () => Promise<void> }> {
  const path = join(dataDir, socketName);
  if (Buffer.byteLength(path) <= longestPath || process.platform !== 'linux') return { path, close: async () => undefined };
  const directory = await open(dataDir, 'r');
  return { path: `/proc/self/fd/${directory.fd}/${socketName}`, close: () => directory.close() };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
