import type { BoardClient } from './board-client.js';

/** A thread under load, with what has been acknowledged in it. */
export interface LoadedThread {
  slug: string;
  no: number;
  /** Every acknowledged post: its number and its own words, without what it quotes. */
  posts: { no: number; words: string }[];
}

/** A reply that is to be sent. */
export interface ReplyOrder {
  thread: LoadedThread;
  /** A word of its own, by which it is found again; none where nobody looks for it. */
  mark?: string;
  body: string;
}

export interface Written {
  count: number;
  seconds: number;
  /** Milliseconds from sending to the answer. */
  latencies: number[];
}

export async function startThread(client: BoardClient, slug: string, words: string): Promise<LoadedThread> {
  const no = readNo(await client.sendForm(`/${slug}/thread`, { subject: 'A thread under load', body: words }));
  return { slug, no, posts: [{ no, words }] };
}

/**
 * Sends replies with so many writers, each of whom waits for the answer before writing again.
 * @throws Error on the first reply that is not accepted
 */
export async function writeReplies(client: BoardClient, orders: ReplyOrder[], writers: number): Promise<Written> {
  const latencies: number[] = [];
  const waiting = orders.values();
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (const { thread, mark, body } of waiting) {
        const sentAt = performance.now();
        const no = readNo(await client.sendForm(toReplyPath(thread), { body: mark === undefined ? body : `${body}\n${mark}` }));
        latencies.push(performance.now() - sentAt);
        thread.posts.push({ no, words: body.replace(/^>.*\n/gm, '') });
      }
    }),
  );
  return { count: latencies.length, seconds: (performance.now() - startedAt) / 1000, latencies };
}

/** Posts one reply of a few words and its mark. Answers with its number. */
export async function replyTo(client: BoardClient, thread: LoadedThread, mark: string): Promise<number> {
  return readNo(await client.sendForm(toReplyPath(thread), { body: `Here is what I found out about it, in some words.\n${mark}` }));
}

function readNo(answer: { status: number; body: Buffer }): number {
  if (answer.status !== 201) throw new Error(`A post was answered with ${answer.status}: ${answer.body.toString().slice(0, 300)}`);
  const { no }: { no?: unknown } = JSON.parse(answer.body.toString());
  if (typeof no !== 'number') throw new Error('A post was accepted without a number.');
  return no;
}

export const toThreadPath = ({ slug, no }: LoadedThread) => `/${slug}/thread/${no}`;
export const toReplyPath = (thread: LoadedThread) => `${toThreadPath(thread)}/reply`;

/** Reads the threads back. @throws Error unless every acknowledged reply is on its page, once */
export async function assertAllThere(client: BoardClient, orders: ReplyOrder[]): Promise<void> {
  for (const thread of new Set(orders.map((order) => order.thread))) {
    const { status, body } = await client.get(toThreadPath(thread));
    if (status !== 200) throw new Error(`The thread ${thread.no} was answered with ${status}.`);
    const page = body.toString();
    for (const { mark } of orders.filter((order) => order.thread === thread)) {
      if (mark === undefined) continue;
      const count = page.split(mark).length - 1;
      if (count !== 1) throw new Error(`An acknowledged reply stands ${count} times in thread ${thread.no}.`);
    }
  }
}

let markCount = 0;
const runName = Date.now().toString(36);

/** A word that stands in no other post. */
export function makeMark(): string {
  markCount += 1;
  return `z${runName}x${markCount.toString(36)}z`;
}
