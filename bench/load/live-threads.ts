import { fileURLToPath } from 'node:url';
import { findFreePort, startChild } from '../rig/child.js';
import type { Quoth } from '../rig/start-quoth.js';
import { type BoardClient, createBoardClient } from './board-client.js';
import { openReaders, type Readers } from './open-readers.js';
import { createRandom, writeWords } from './words.js';
import { type LoadedThread, makeMark, startThread, toReplyPath, toThreadPath } from './write-replies.js';

/** Something to which is posted, and its readers. */
export interface LiveThread {
  /** The server's process. */
  pid: number;
  readers: Readers;
  post: (mark: string) => Promise<void>;
  close: () => Promise<void>;
}

/** A thread of the board. */
export interface QuothThread extends LiveThread {
  client: BoardClient;
  thread: LoadedThread;
  join: object;
  /** The text of one push, for the bare server to send alike. */
  push: string;
  /** The bytes of that push by those of the HTML of its post. */
  pushOfHtml: number;
}

/** A push may be on its way so long: thousands who come at once, on a machine that does other things too, take their time. */
const patienceMs = 15_000;

/** Starts a thread and opens its readers. */
export async function openQuothThread({ origin, slug, pid }: Quoth, readerCount: number): Promise<QuothThread> {
  const client = createBoardClient(origin, 4);
  const words = writeWords(createRandom(5));
  const thread = await startThread(client, slug, words);
  const join = { board: thread.slug, thread: thread.no, lang: 'en' };
  const readers = await openReaders({ origin, join, count: readerCount, patienceMs });
  const post = (mark: string) => expectPosted(client, toReplyPath(thread), { body: `${words}\n${mark}` });
  const mark = makeMark();
  await post(mark);
  const { lastText } = await readers.collect([mark]);
  const close = async () => {
    await readers.close();
    client.close();
  };
  return { pid, readers, post, client, thread, join, push: lastText.replaceAll(mark, '{mark}'), pushOfHtml: toPushOfHtml(lastText), close };
}

/** Where readers of a thread ask for what they missed since a change number. */
export const toMissedPath = (thread: LoadedThread, since: number) => `${toThreadPath(thread)}/updates?since=${since}`;

/** The least that pushes: see baselines/bare-socket-server.ts. */
export async function openBareServer(push: string, readerCount: number): Promise<LiveThread> {
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  const child = await startChild({
    command: process.execPath,
    args: [...process.execArgv, fileURLToPath(new URL('../baselines/bare-socket-server.ts', import.meta.url))],
    env: { PORT: String(port), NODE_ENV: 'production' },
    isReady: async () => (await fetch(origin)).ok,
  });
  const client = createBoardClient(origin, 1);
  const readers = await openReaders({ origin, join: {}, count: readerCount, patienceMs });
  // The frame is 42["thread:changes",{…}]: what is posted is its second part.
  const changes = push.slice(push.indexOf(',') + 1, -1);
  const post = async (mark: string) => {
    const { status } = await client.sendText('/', changes.replaceAll('{mark}', mark));
    if (status !== 201) throw new Error(`The bare server answered with ${status}.`);
  };
  const close = async () => {
    await readers.close();
    client.close();
    await child.stop();
  };
  return { pid: child.pid, readers, post, close };
}

async function expectPosted(client: BoardClient, path: string, fields: Record<string, string>): Promise<void> {
  const { status, body } = await client.sendForm(path, fields);
  if (status !== 201) throw new Error(`A reply was answered with ${status}: ${body.toString().slice(0, 300)}`);
}

/** The frame is 42["thread:changes",{ … posts: [{ no, html }] … }], read byte by byte. */
function toPushOfHtml(frame: string): number {
  const [, changes]: [string, { posts: { html: string }[] }] = JSON.parse(Buffer.from(frame, 'latin1').toString().slice(2));
  return frame.length / changes.posts.reduce((sum, { html }) => sum + Buffer.byteLength(html), 0);
}
