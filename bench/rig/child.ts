import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A process that the bench started and ends. */
export interface Child {
  pid: number;
  /** Ends it and waits until it has ended. */
  stop: () => Promise<void>;
}

export interface ChildOptions {
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** The signal by which it ends in good order. */
  signal?: NodeJS.Signals;
  /** The user as whom it runs, for programs that refuse to run as root. */
  as?: User;
  /** Resolves to true when it can be used. Asked every 50 ms, for 30 s at most. */
  isReady: () => Promise<boolean>;
}

const patienceMs = 30_000;
const askEveryMs = 50;

/** Starts a process and waits until it can be used. @throws Error with the end of its output when it cannot */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { command, args, env = {}, signal = 'SIGTERM', as } = options;
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], uid: as?.uid, gid: as?.gid });
  const readOutput = keepOutput(child);
  // However the bench ends, nothing of it stays behind.
  const killAtExit = () => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  child.once('exit', () => process.off('exit', killAtExit));
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await ended;
    clearTimeout(timer);
  };
  try {
    await once(child, 'spawn');
    await waitUntilReady(child, options.isReady, readOutput);
  } catch (error) {
    await stop();
    throw error;
  }
  if (child.pid === undefined) throw new Error(`${command} has no process id.`);
  return { pid: child.pid, stop };
}

async function waitUntilReady(child: ChildProcess, isReady: () => Promise<boolean>, readOutput: () => string): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await isReady().catch(() => false))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${child.spawnfile} ended at once:\n${readOutput()}`);
    if (Date.now() > end) throw new Error(`${child.spawnfile} was not ready after ${patienceMs / 1000} s:\n${readOutput()}`);
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}

/** Reads along, so that the pipe never fills up, and keeps the last lines for a sentence about a failure. */
function keepOutput(child: ChildProcess): () => string {
  let kept = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      kept = (kept + text).slice(-4000);
    });
  }
  return () => kept;
}

export interface User {
  uid: number;
  gid: number;
}

/** The numbers of a user of this machine. @throws Error when there is none */
export function findUser(name: string): User {
  const ask = (what: string) => Number(execFileSync('id', [what, name], { encoding: 'utf8' }));
  return { uid: ask('-u'), gid: ask('-g') };
}

export const isRoot = () => process.getuid?.() === 0;

/** A port of 127.0.0.1 that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a server on a port has an address');
  return address.port;
}
