import { pageCacheBytes } from '../../src/http/page-cache.js';
import { postCacheBytes } from '../../src/posts/post-html.js';
import { createSender, type Entry, type LedgerThread, makeReplyEntry, sendAll, type Sender, startThreads } from './ledger.js';

/** Threads that are longer, together, than what a process of the board keeps in memory. */
export interface Filling {
  threads: LedgerThread[];
  entries: Entry[];
  /** Bytes of their pages, as far as they were read since the board's last start. */
  readBytes: number;
}

/** Bytes of pages that fill every bounded memory for posts and pages, however much of a page each of them counts. */
export const filledBytes = Math.max(pageCacheBytes, postCacheBytes);

/** As long as a board usually lets a text be, nearly; so many in a thread, of which it lets 500 be. */
const words = 'Some words of no weight. '.repeat(300);
const repliesPerThread = 490;
const writersAtOnce = 16;

/** Writes them through the front door: what a board holds must be what it was given. */
export async function writeFilling(sender: Sender, slug: string, say: (line: string) => void): Promise<Filling> {
  const { threads, entries } = await startThreads(sender, slug, Math.ceil(filledBytes / (words.length * repliesPerThread)));
  const replies = Array.from({ length: repliesPerThread }, () => threads.map((thread) => makeReplyEntry(thread))).flat();
  for (const { fields } of replies) fields['body'] = `${words}\n${fields['body']}`;
  await sendAll(sender, replies, writersAtOnce);
  say(`${threads.length} threads with ${replies.length} replies were written to fill the memory with`);
  return { threads, entries: [...entries, ...replies], readBytes: 0 };
}

/** Reads each of them once: the last ones, and nothing but them, are what the board keeps then. */
export async function readFilling(origin: string, filling: Filling): Promise<void> {
  const sender = createSender(origin);
  filling.readBytes = 0;
  for (const { slug, no } of filling.threads) filling.readBytes += (await sender.get(`/${slug}/thread/${no}`)).text.length;
  sender.close();
}
