import { fileURLToPath } from 'node:url';
import { type Goal, sayNumber } from '../goal.js';
import { type BoardClient, createBoardClient } from '../load/board-client.js';
import { openReaders, type Readers, readClock } from '../load/open-readers.js';
import { createRandom, writeWords } from '../load/words.js';
import { makeMark, startThread, toReplyPath } from '../load/write-replies.js';
import { quantile } from '../measure/quantiles.js';
import { type Contestant, medianOf, medianRatio, type Round, sayDisturbance, takeRounds } from '../measure/rounds.js';
import { findFreePort, startChild } from '../rig/child.js';
import type { Rig } from '../rig/open-rig.js';
import { gatherStatistics } from '../rig/start-postgres.js';

const sizes = {
  full: { rounds: 5, readers: 500, posts: 10 },
  quick: { rounds: 1, readers: 50, posts: 3 },
};
/** Posts stand so far apart that each is a push of its own. */
const intervalMs = 150;

/** Milliseconds from the poster's answer to each reader's arrival, and from sending to the answer. */
interface Arrivals {
  delays: number[];
  answers: number[];
}

/** How long a committed reply takes to reach everyone who has its thread open, beside a bare Socket.IO server pushing the same bytes. */
export const live: Goal = {
  name: 'live',
  programs: [],
  async measure(rig, size) {
    const { rounds, readers: readerCount, posts } = sizes[size];
    const quoth = await openQuothThread(rig, readerCount);
    const bare = await openBareServer(quoth.push, readerCount);
    try {
      const contestants: Contestant<Arrivals>[] = [
        { name: 'bare Socket.IO', processes: { server: bare.pid }, run: () => postAndWait(bare.readers, posts, bare.post) },
        { name: 'Quoth', processes: { server: rig.quoth.pid, PostgreSQL: rig.postgres.pid }, run: () => postAndWait(quoth.readers, posts, quoth.post) },
      ];
      await gatherStatistics(rig.postgres);
      const taken = await takeRounds(contestants, { rounds });
      const delay = (share: number) => ({ result }: Round<Arrivals>) => quantile(result.delays, share);
      const whole = ({ seconds }: Round<Arrivals>) => ((seconds['server'] ?? NaN) + (seconds['PostgreSQL'] ?? 0)) * 1000;
      return {
        title: 'Live arrival',
        how: [
          `${readerCount} websockets of another process follow one thread; ${rounds} rounds of ${posts} replies in turn, one every ${intervalMs} ms. Time counts from the poster's answer, which is after the commit, to the arrival at each reader; every reply reached every reader.`,
          `The bare server answers first and then pushes the same ${quoth.push.length} bytes. Quoth waits 10 ms to gather what follows, and reads what it pushes from the database.`,
          sayDisturbance(taken, rounds),
        ],
        table: {
          columns: ['server', 'p50 ms', 'ratio', 'p99 ms', 'ratio', 'answer p50 ms', 'CPU ms/reply, all', 'CPU µs/arrival'],
          rows: contestants.map(({ name }) => [
            name,
            sayNumber(medianOf(taken, name, delay(0.5))),
            sayNumber(medianRatio(taken, name, 'bare Socket.IO', delay(0.5))),
            sayNumber(medianOf(taken, name, delay(0.99))),
            sayNumber(medianRatio(taken, name, 'bare Socket.IO', delay(0.99))),
            sayNumber(medianOf(taken, name, ({ result }) => quantile(result.answers, 0.5))),
            sayNumber(medianOf(taken, name, (round) => whole(round) / posts)),
            sayNumber(medianOf(taken, name, (round) => (whole(round) * 1000) / (posts * readerCount))),
          ]),
        },
      };
    } finally {
      await quoth.close();
      await bare.close();
    }
  },
};

type Post = (mark: string) => Promise<void>;

async function postAndWait(readers: Readers, count: number, post: Post): Promise<Arrivals> {
  const posted: { mark: string; answeredAt: number; answer: number }[] = [];
  for (let index = 0; index < count; index += 1) {
    const mark = makeMark();
    const sentAt = readClock();
    await post(mark);
    const answeredAt = readClock();
    posted.push({ mark, answeredAt, answer: answeredAt - sentAt });
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
  const { times } = await readers.collect(posted.map(({ mark }) => mark));
  const delays = posted.flatMap(({ answeredAt }, index) => (times[index] ?? []).map((at) => at - answeredAt));
  return { delays, answers: posted.map(({ answer }) => answer) };
}

/** A thread of the board with its readers. `push` is the text of one push, for the bare server to send alike. */
async function openQuothThread(rig: Rig, readerCount: number) {
  const client = createBoardClient(rig.quoth.origin, 1);
  const random = createRandom(5);
  const words = writeWords(random);
  const thread = await startThread(client, rig.quoth.slug, words);
  const readers = await openReaders({ origin: rig.quoth.origin, join: { board: thread.slug, thread: thread.no, lang: 'en' }, count: readerCount });
  const post: Post = (mark) => expectPosted(client, toReplyPath(thread), { body: `${words}\n${mark}` });
  const mark = makeMark();
  await post(mark);
  const { lastText } = await readers.collect([mark]);
  const close = async () => {
    await readers.close();
    client.close();
  };
  return { readers, post, push: lastText.replaceAll(mark, '{mark}'), close };
}

async function openBareServer(push: string, readerCount: number) {
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  const child = await startChild({
    command: process.execPath,
    args: [...process.execArgv, fileURLToPath(new URL('../baselines/bare-socket-server.ts', import.meta.url))],
    env: { PORT: String(port), NODE_ENV: 'production' },
    isReady: async () => (await fetch(origin)).ok,
  });
  const client = createBoardClient(origin, 1);
  const readers = await openReaders({ origin, join: {}, count: readerCount });
  // The frame is 42["thread:changes",{…}]: what is posted is its second part.
  const changes = push.slice(push.indexOf(',') + 1, -1);
  const post: Post = async (mark) => {
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
