import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { READY } from './media-job.js';
import type { MediaJob, MediaReply } from './media-job.js';

const START_TIMEOUT_MS = 20_000;
const WATCH_EVERY_MS = 50;

export type MediaProcessOptions = {
  jobTimeoutMs: number;
  maxRssBytes: number;
  /** A worker is replaced after so many jobs, and when it keeps half its memory limit, so that nothing adds up in it. */
  recycleAfter: number;
};

/** How a job ended: with the worker's reply, killed by us for its cost, or with a worker that died by itself. */
export type MediaOutcome = { outcome: 'replied'; reply: MediaReply } | { outcome: 'tooDemanding' | 'died' };

export type MediaProcess = {
  /** Runs one job at a time. Never throws: a worker that hangs, swells or dies is an outcome, and the next job gets a new one. */
  run(job: MediaJob): Promise<MediaOutcome>;
  close(): Promise<void>;
};

/** One place for a worker process: started when needed, watched while it works, replaced when it dies. */
export function createMediaProcess(options: MediaProcessOptions): MediaProcess {
  let starting: Promise<ChildProcess | undefined> | undefined;
  let jobCount = 0;
  let isClosed = false;

  function start(): Promise<ChildProcess | undefined> {
    jobCount = 0;
    const child = forkWorker();
    const ready = waitUntilReady(child);
    starting = ready;
    child.once('exit', () => {
      if (starting === ready) starting = undefined;
    });
    return ready;
  }

  async function stop(): Promise<void> {
    const child = await starting;
    starting = undefined;
    if (child !== undefined) await kill(child);
  }

  return {
    async run(job) {
      const child = await (starting ?? start());
      if (child === undefined) {
        starting = undefined;
        return { outcome: 'died' };
      }
      const result = await watchJob(child, job, options);
      jobCount += 1;
      const isFit = result.outcome === 'replied' && jobCount < options.recycleAfter;
      if (isFit && (await readRssBytes(child.pid)) < options.maxRssBytes / 2) return result;
      await stop();
      if (!isClosed) void start();
      return result;
    },
    async close() {
      isClosed = true;
      await stop();
    },
  };
}

/** No environment (and so no secrets), a small heap for our own code, and nothing that keeps the parent from ending. */
function forkWorker(): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const path = fileURLToPath(new URL(`./media-worker.${extension}`, import.meta.url));
  const loader = extension === 'ts' ? ['--import', import.meta.resolve('tsx')] : [];
  const child = fork(path, {
    env: { MALLOC_ARENA_MAX: '2' },
    execArgv: [...loader, '--max-old-space-size=96', '--max-semi-space-size=4'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.on('error', () => child.kill('SIGKILL'));
  child.unref();
  child.channel?.unref();
  return child;
}

function waitUntilReady(child: ChildProcess): Promise<ChildProcess | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
    function settle(result: ChildProcess | undefined): void {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(result);
    }
    const onMessage = (message: unknown) => message === READY && settle(child);
    const onExit = () => settle(undefined);
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.once('error', onExit);
  });
}

function watchJob(child: ChildProcess, job: MediaJob, options: MediaProcessOptions): Promise<MediaOutcome> {
  return new Promise((resolve) => {
    let isTooDemanding = false;
    function killForCost(): void {
      isTooDemanding = true;
      child.kill('SIGKILL');
    }
    function settle(result: MediaOutcome): void {
      clearTimeout(timer);
      clearInterval(watch);
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(result);
    }
    const onMessage = (reply: MediaReply) => {
      if (reply.id === job.id) settle(isTooDemanding ? { outcome: 'tooDemanding' } : { outcome: 'replied', reply });
    };
    const onExit = () => settle({ outcome: isTooDemanding ? 'tooDemanding' : 'died' });
    const timer = setTimeout(killForCost, options.jobTimeoutMs);
    const watch = setInterval(() => {
      void readRssBytes(child.pid).then((bytes) => bytes > options.maxRssBytes && killForCost());
    }, WATCH_EVERY_MS);
    child.on('message', onMessage);
    child.on('exit', onExit);
    if (child.exitCode !== null || child.signalCode !== null) return onExit();
    child.send(job, (error) => error && child.kill('SIGKILL'));
  });
}

/** Memory of a process in use now; 0 where the system does not tell (then the time limit alone holds). */
async function readRssBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.ref();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
