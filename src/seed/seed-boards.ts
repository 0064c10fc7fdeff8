import type { Kysely } from 'kysely';
import { countThreads, listSections } from '../boards/board-store.js';
import type { Board } from '../boards/board.js';
import type { Tables } from '../db/tables.js';
import type { Keys } from '../identity/keys.js';
import type { Log } from '../log.js';
import { toReferenceKey } from '../markup/find-references.js';
import { destroyUploads } from '../posting/store-uploads.js';
import { findPostsByThread, markQuoted } from '../posts/new-post-store.js';
import { insertUploads, type NewUpload } from '../posts/upload-store.js';
import type { TouchedThread } from '../threads/removal-store.js';
import { lockThreads, raiseChangeNo } from '../threads/thread-store.js';
import { type GrownRows, growThread } from './grow-thread.js';
import { archiveSurplus, numberPosts, type NumberedThread } from './number-posts.js';
import { createPhrases, type Phrases } from './phrases.js';
import { findPastimes, planThreads } from './plan-threads.js';
import { createRandom, type Random } from './random.js';
import { boardNotThere, noBoardFits, noRoomForPosts, noRoomForReplies } from './seed-errors.js';
import { type PictureParts, storeDrawing } from './seed-pictures.js';
import { insertGrownPosts, insertGrownQuotes, insertGrownThread, takeBoardNumbers, takePostIds } from './seed-store.js';
import { writeThread } from './write-thread.js';

export interface SeedParts extends PictureParts {
  db: Kysely<Tables>;
  keys: Keys;
  log: Log;
  now: () => Date;
  /** Tells open pages of a thread that was committed, itself first, then of others whose posts it quotes. */
  publish: (touched: TouchedThread[], kind: 'new' | 'gone') => void;
}

export interface SeedOrder {
  /** Null spreads the threads over every board that a pastime fits. */
  boardSlug: string | null;
  threadCount: number;
  /** First posts of threads included. */
  postCount: number;
  /** The same number gives the same threads. */
  seed: number;
}

export interface Seeded {
  slugs: string[];
  archivedCount: number;
  pictureCount: number;
}

/**
 * Fills boards with threads as people might have written them over the last weeks. A thread comes whole or not at all, in a
 * transaction of its own, and its rows are such as posting would have left; only nobody is noted as their author.
 * `onProgress` is told how many posts are there.
 * @throws boardNotThere, noBoardFits, noRoomForReplies, noRoomForPosts
 */
export async function seedBoards(parts: SeedParts, order: SeedOrder, onProgress: (done: number) => void): Promise<Seeded> {
  const all = (await listSections(parts.db)).flatMap((section) => section.boards);
  const boards = chooseBoards(all, order.boardSlug);
  const random = createRandom(order.seed);
  const planned = planThreads({ boards, threadCount: order.threadCount, postCount: order.postCount, now: parts.now() }, random);
  if (planned === undefined) throw noRoomForReplies(order.threadCount, Math.max(...boards.map((board) => board.replyLimit)));
  const threads = await numberPosts(planned, {
    takeIds: (count) => takePostIds(parts.db, count),
    takeNos: (boardId, count) => takeBoardNumbers(parts.db, boardId, count),
  });
  const archivedCount = archiveSurplus(threads, await countThreads(parts.db), parts.now());
  const sowing: Sowing = { parts, random, phrases: createPhrases(random), slugs: new Set(all.map((board) => board.slug)), earlier: [], pictures: toPictureRates(order) };
  let done = 0;
  let pictureCount = 0;
  for (const thread of threads) {
    pictureCount += await sowThread(sowing, thread);
    done += thread.nos.length;
    onProgress(done);
  }
  return { slugs: [...new Set(threads.map(({ board }) => board.slug))].sort(), archivedCount, pictureCount };
}

function chooseBoards(all: readonly Board[], slug: string | null): Board[] {
  const slugs = all.map((board) => board.slug).join(', ');
  const boards = slug === null ? all.filter((board) => findPastimes(board).isKnown) : all.filter((board) => board.slug === slug);
  if (boards.length > 0) {
    const small = boards.find((board) => board.maxBodyLength < shortestBody);
    if (small !== undefined) throw noRoomForPosts(small.slug, shortestBody);
    return boards;
  }
  throw slug === null ? noBoardFits(slugs) : boardNotThere(slug, slugs);
}

/** No thread can be told in posts shorter than this. */
const shortestBody = 400;
/** Pictures cost time: at most about so many with threads, and with replies. */
const mostThreadPictures = 40;
const mostReplyPictures = 20;

const toPictureRates = ({ threadCount, postCount }: SeedOrder) => ({ thread: Math.min(0.45, mostThreadPictures / threadCount), reply: Math.min(0.015, mostReplyPictures / postCount) });

/** What is the same for every thread of one seeding. */
interface Sowing {
  parts: SeedParts;
  random: Random;
  phrases: Phrases;
  slugs: ReadonlySet<string>;
  /** Threads that may be referred to: the last ones that were written. */
  earlier: { slug: string; no: number; id: number }[];
  pictures: { thread: number; reply: number };
}

const rememberedThreads = 60;
const placesPerThread = 5;

/** Writes one thread and stores it. Answers with the number of its pictures. */
async function sowThread(sowing: Sowing, planned: NumberedThread): Promise<number> {
  const { parts, random, earlier } = sowing;
  const { board, pastime, dispute, nos } = planned;
  const uploads = await drawUploads(sowing, planned);
  const near = random.shuffle(earlier).slice(0, placesPerThread);
  const otherSlugs = [...sowing.slugs].filter((slug) => slug !== board.slug);
  const toKey = ({ slug, no }: { slug: string; no: number }) => ({ slug: slug === board.slug ? null : slug, no });
  const places = [
    ...near.map((place) => (place.slug === board.slug ? `>>${place.no}` : `>>>/${place.slug}/${place.no}`)),
    ...(otherSlugs.length === 0 ? [] : [`>>>/${random.pick(otherSlugs)}/`]),
  ];
  const spoken = writeThread({ pastime, dispute, nos, places, maxBodyLength: board.maxBodyLength, maxLines: board.maxLines, hasPicture: (at) => uploads.has(at) }, random, sowing.phrases);
  const postIds = new Map(near.map((place) => [toReferenceKey(toKey(place)), place.id]));
  const rows = await growThread(planned, spoken, uploads, { keys: parts.keys, around: { slugs: sowing.slugs, postIds } });
  if (rows.isUnsafe) parts.log.error('markup.unsafe', { board: board.slug });
  parts.publish(await storeThread(parts, rows, uploads), planned.archivedAt === null ? 'new' : 'gone');
  earlier.push({ slug: board.slug, no: rows.thread.no, id: planned.ids[0] ?? 0 });
  if (earlier.length > rememberedThreads) earlier.shift();
  return [...uploads.values()].flat().length;
}

/** Pictures by the place of their post in the thread. They have chance of their own, so that a refused one changes no words. */
async function drawUploads({ parts, random, pictures }: Sowing, { board, nos }: NumberedThread): Promise<Map<number, NewUpload[]>> {
  const uploads = new Map<number, NewUpload[]>();
  const isPossible = board.maxFiles > 0 && board.allowedTypes.includes('png');
  for (const at of nos.keys()) {
    const isWanted = random.chance(at === 0 ? pictures.thread : pictures.reply) || (at === 0 && board.isFileRequired);
    if (!isWanted || !isPossible) continue;
    const drawn = await storeDrawing(parts, createRandom(random.whole(0, 2 ** 31)));
    if (drawn.length > 0) uploads.set(at, drawn);
  }
  return uploads;
}

async function storeThread({ db, storage }: SeedParts, rows: GrownRows, uploads: ReadonlyMap<number, NewUpload[]>): Promise<TouchedThread[]> {
  const elsewhere = [...new Set(rows.quotedElsewhere)];
  try {
    return await db.transaction().execute(async (trx) => {
      const quoted = await findPostsByThread(trx, elsewhere);
      await lockThreads(trx, [...quoted.keys()]);
      const threadId = await insertGrownThread(trx, rows.thread);
      await insertGrownPosts(trx, rows.posts.map((post) => ({ ...post, threadId })));
      for (const [at, files] of uploads) await insertUploads(trx, rows.posts[at]?.id ?? 0, files);
      await insertGrownQuotes(trx, rows.quotes);
      const touched: TouchedThread[] = [{ threadId, changeNo: rows.thread.changeNo }];
      for (const [id, postIds] of quoted) {
        const changeNo = await raiseChangeNo(trx, id);
        await markQuoted(trx, postIds, changeNo);
        touched.push({ threadId: id, changeNo });
      }
      return touched;
    });
  } catch (error) {
    await destroyUploads(storage, [...uploads.values()].flat());
    throw error;
  }
}
