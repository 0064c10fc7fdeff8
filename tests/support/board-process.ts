import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** The built board and its commands as programs of their own, as an operator runs them. `npm run build` comes first. */

const dist = join(import.meta.dirname, '../../dist');
const startMs = 60_000;
/** A program that does not end by then stands still. */
const programMs = 180_000;

type Settings = Record<string, string | undefined>;

/** How a program ended. The code is null when a signal ended it. */
export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

export interface BoardProcess {
  url: string;
  pid: number;
  /** What it printed so far. */
  out: () => string;
  /** Sends a signal and waits until the process has ended. */
  end: (signal: NodeJS.Signals) => Promise<Ended>;
  signal: (signal: NodeJS.Signals) => void;
  ended: Promise<Ended>;
}

/** Runs a program of the board to its end, with these settings and no others in its environment. */
export function runProgram(program: string, args: string[], settings: Settings, input = ''): Promise<Ended> {
  const { child, ended } = spawnProgram(program, args, settings);
  const timer = setTimeout(() => child.kill('SIGKILL'), programMs);
  child.stdin?.end(input);
  return ended.finally(() => clearTimeout(timer));
}

/** The same for a program that is to be killed on the way. */
export function startProgram(program: string, args: string[], settings: Settings): { kill: () => void; ended: Promise<Ended> } {
  const { child, ended } = spawnProgram(program, args, settings);
  child.stdin?.end();
  return { kill: () => void child.kill('SIGKILL'), ended };
}

/** Starts the board on a free port of loopback and waits until it says that it is ready. @throws Error with what it said when it is not */
export async function startBoardProcess(settings: Settings): Promise<BoardProcess> {
  const { child, out, ended } = spawnProgram('main.js', [], { HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'warn', ...settings });
  const timer = setTimeout(() => child.kill('SIGKILL'), startMs);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const found = /ready: (http:\S+)\n/.exec(out());
      if (found?.[1] !== undefined) resolve(found[1].replace('localhost', '127.0.0.1'));
    });
    void ended.then((how) => reject(new Error(`The board ended with ${how.code} before it was ready.\n${how.out}${how.err}`)));
  }).finally(() => clearTimeout(timer));
  const signal = (name: NodeJS.Signals) => void child.kill(name);
  return {
    url,
    pid: child.pid ?? 0,
    out,
    signal,
    end(name) {
      signal(name);
      return ended;
    },
    ended,
  };
}

function spawnProgram(program: string, args: string[], settings: Settings): { child: ChildProcess; out: () => string; ended: Promise<Ended> } {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, [join(dist, program), ...args], { env: { PATH, HOME, TMPDIR, ...settings } });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, ...said }));
  });
  return { child, out: () => said.out, ended };
}
