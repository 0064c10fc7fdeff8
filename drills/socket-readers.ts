import { setTimeout as wait } from 'node:timers/promises';
import type { Drill, DrillReport } from './drill.js';
import { ask, findFirstBoard, reply, startThread, type Thread } from './support/ask.js';
import { findFaultLines, openOwnBoard } from './support/own-board.js';
import { createRandom, type Random } from './support/random.js';
import { type BareSocket, openSocket } from './support/web-socket.js';

interface Changes {
  board: string;
  thread: number;
  from: number;
  to: number;
  posts: { no: number; html: string }[];
  state: { movedTo: string | null };
}
/** The part of the page's own script that decides what is applied, and what is asked for. */
interface CursorScript {
  createChangeCursor: (options: { at: number; apply: (changes: Changes) => void; ask: (since: number) => Promise<Changes | undefined> }) => {
    receive: (changes: Changes) => void;
    catchUp: () => Promise<void>;
    position: () => number;
  };
}

/** An open page: what stands on it, and a line that may be cut. */
interface Page {
  nos: number[];
  lineCount: number;
  cut: () => void;
  close: () => void;
  catchUp: () => Promise<void>;
}

export interface DeliveryOutcome {
  postCount: number;
  /** How often a line was cut and opened anew. */
  lineCount: number;
  faults: string[];
}

/**
 * So many pages read a thread in which so many posts are written, each page with the script's own bookkeeping; lines are cut at
 * random and come back. In the end every page must show every post once and in order.
 */
export async function tryDelivery(url: string, thread: Thread, { readers, posts, seed }: { readers: number; posts: number; seed: number }): Promise<DeliveryOutcome> {
  const random = createRandom(seed);
  const pages: Page[] = [];
  for (let index = 0; index < readers; index += 50) {
    pages.push(...(await Promise.all(Array.from({ length: Math.min(50, readers - index) }, () => openPage(url, thread)))));
  }
  const storm = new AbortController();
  const cutting = cutAtRandom(pages, random, storm.signal);
  const written = new Set<number>([thread.no]);
  await Promise.all(Array.from({ length: 4 }, async (_none, writer) => {
    for (let turn = 0; turn < posts / 4; turn += 1) {
      written.add((await reply(url, thread, `Post ${turn} of writer ${writer}.`)).no);
      await wait(random() * 40);
    }
  }));
  storm.abort();
  await cutting;
  const expected = [...written].sort((one, other) => one - other).join(' ');
  const isWhole = (page: Page) => page.nos.join(' ') === expected;
  for (let step = 0; step < 600 && !pages.every(isWhole); step += 1) {
    // What a page does every half minute when its line stays away.
    if (step % 50 === 49) await Promise.all(pages.map((page) => page.catchUp()));
    await wait(100);
  }
  const wrong = pages.filter((page) => !isWhole(page));
  const lineCount = pages.reduce((sum, page) => sum + page.lineCount, 0);
  for (const page of pages) page.close();
  const faults = wrong.length === 0 ? [] : [`${wrong.length} pages do not show every post once and in order, such as ${wrong[0]?.nos.join(' ')} instead of ${expected}`];
  return { postCount: written.size - 1, lineCount, faults };
}

async function cutAtRandom(pages: Page[], random: Random, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    pages[Math.floor(random() * pages.length)]?.cut();
    await wait(Math.max(1, 1000 / pages.length));
  }
}

async function openPage(url: string, thread: Thread): Promise<Page> {
  const path = `/${thread.board}/thread/${thread.thread}`;
  // Read by a name of its own, so that no rule of the type checker for the browser holds here.
  const script: CursorScript = await import(new URL('../public/js/change-cursor.js', import.meta.url).href);
  const html = (await ask(url, path)).text;
  const nos = [...html.matchAll(/<article[^>]* id=p(\d+)/g)].map((found) => Number(found[1]));
  const closing = new AbortController();
  let line: BareSocket | undefined;
  const cursor = script.createChangeCursor({
    at: Number(/data-change="(\d+)"/.exec(html)?.[1]),
    apply: (changes) => {
      for (const { no } of changes.posts) if (!nos.includes(no)) nos.push(no);
    },
    ask: async (since) => JSON.parse((await ask(url, `${path}/updates?since=${since}`, { headers: { Accept: 'application/json' } })).text),
  });
  const page: Page = { nos, lineCount: 0, cut: () => line?.close(), catchUp: () => cursor.catchUp(), close: () => undefined };

  async function keepLine(): Promise<void> {
    while (!closing.signal.aborted) {
      line = await openSocket(url, { onEvent: (event, payload) => event === 'thread:changes' && cursor.receive(payload as Changes) }).catch(() => undefined);
      if (line !== undefined) {
        page.lineCount += 1;
        await line.join({ board: thread.board, thread: thread.thread, lang: 'en' }).catch(() => undefined);
        void cursor.catchUp();
        await line.closed;
      }
      await wait(200);
    }
  }
  void keepLine();
  page.close = () => {
    closing.abort();
    line?.close();
  };
  return page;
}

export const socketReaders: Drill = {
  name: 'socket-readers',
  group: 'network',
  what: '200 posts to 500 open pages whose lines are cut at random',
  options: { readers: 'how many pages', posts: 'how many posts', seed: 'the number from which the cuts are drawn' },
  async run(options, say): Promise<DrillReport> {
    const seed = Number(options['seed'] ?? Date.now() % 1_000_000);
    const board = await openOwnBoard({ POSTING_LIMITS: 'off' });
    try {
      say(`drawn from --seed ${seed}`);
      const thread = await startThread(board.url, await findFirstBoard(board.url));
      const [readers, posts] = [Number(options['readers'] ?? 500), Number(options['posts'] ?? 200)];
      const { postCount, lineCount, faults } = await tryDelivery(board.url, thread, { readers, posts, seed });
      return { figures: [`${postCount} posts to ${readers} pages over ${lineCount} lines`], faults: [...faults, ...findFaultLines(board.out()).slice(0, 10)] };
    } finally {
      await board.close();
    }
  },
};
