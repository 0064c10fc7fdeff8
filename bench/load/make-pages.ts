import type { ServedPage } from '../rig/start-nginx.js';
import { type BoardClient, createBoardClient } from './board-client.js';
import { createRandom, writeWords } from './words.js';
import { type LoadedThread, startThread, writeReplies } from './write-replies.js';

/** A page, where it stands on the board, and as what it is asked for. */
export type QuothPage = ServedPage & { path: string; etag: string; headers: Record<string, string> };

/** Posts a thread of so many posts in which every fourth reply names an earlier post. */
export async function makeThread(client: BoardClient, slug: string, length: number): Promise<LoadedThread> {
  const random = createRandom(length);
  const thread = await startThread(client, slug, writeWords(random));
  for (let count = 1; count < length; count += 8) {
    const quoted = thread.posts[Math.floor(random() * thread.posts.length)];
    const orders = Array.from({ length: Math.min(8, length - count) }, (_, index) => ({
      thread,
      body: (index % 4 === 0 && quoted !== undefined ? `>>${quoted.no}\n` : '') + writeWords(random),
    }));
    await writeReplies(client, orders, 8);
  }
  return thread;
}

/** Reads a page as a browser does, which asks for gzip at least. */
export async function findPage(client: BoardClient, name: string, path: string, encoding = 'gzip'): Promise<QuothPage> {
  const headers = { 'Accept-Encoding': encoding };
  const { status, body, contentEncoding, etag } = await client.get(path, headers);
  if (status !== 200) throw new Error(`${path} was answered with ${status}.`);
  return { name, path, body, contentEncoding, etag, headers };
}

/** What is compared must be the same, before the load and after it. */
export async function assertSameBytes(origin: string, path: string, page: QuothPage): Promise<void> {
  const client = createBoardClient(origin, 1);
  const { status, body, contentEncoding } = await client.get(path, page.headers);
  client.close();
  if (status !== 200 || !body.equals(page.body) || contentEncoding !== page.contentEncoding) throw new Error(`${origin}${path} does not serve the bytes of the page.`);
}
