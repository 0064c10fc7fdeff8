import type { Kysely } from 'kysely';
import type { Board } from '../boards/board.js';
import { toExcerpt } from '../boards/to-excerpt.js';
import type { Tables } from '../db/tables.js';
import { toText } from '../http/sent-params.js';
import { toPlainText } from '../markup/excerpt.js';
import type { PostHtml } from '../posts/post-html.js';
import { findBoardStand, findBoardThreads, findCatalogThreads, type PlacedThread } from './thread-store.js';
import { type BoardStand, type CatalogCard, toReplyState } from './thread.js';

/** How a reader wants the catalog. `files`: only threads with files; `locked`: only those that can be answered. */
export interface CatalogFilter {
  q: string;
  sort: CatalogSort;
  files: boolean;
  locked: boolean;
}

const sorts = {
  bump: () => 0,
  new: (one, other) => other.thread.no - one.thread.no,
  replies: (one, other) => other.thread.replyCount - one.thread.replyCount,
  files: (one, other) => other.thread.fileCount - one.thread.fileCount,
} satisfies Record<string, (one: FoundThread, other: FoundThread) => number>;
export type CatalogSort = keyof typeof sorts;
type FoundThread = Awaited<ReturnType<typeof findCatalogThreads>>[number];

const maxQueryLength = 100;
/** A card without a picture has room for more words. */
const excerptLength = 220;
const excerptLengthAlone = 440;

/** More living threads than any board keeps. */
const maxThreads = 10_000;

/** The filter that a query asks for. What cannot be understood counts as not said. */
export function toCatalogFilter(query: Record<string, unknown>): CatalogFilter {
  const sort = toText(query['sort']);
  return {
    q: toText(query['q']).trim().slice(0, maxQueryLength),
    sort: Object.hasOwn(sorts, sort) ? (sort as CatalogSort) : 'bump',
    files: toText(query['files']) !== '',
    locked: toText(query['locked']) !== '',
  };
}

/** The living threads of a board that pass the filter, and how many there are without it. */
export async function findCatalogPage(
  { db, postHtml }: { db: Kysely<Tables>; postHtml: Pick<PostHtml, 'toMediaUrl'> },
  board: Board,
  filter: CatalogFilter,
): Promise<{ cards: CatalogCard[]; shown: number; total: number; stand: BoardStand }> {
  // Asked first: a thread that comes meanwhile is rather told of twice than never.
  const stand = await findBoardStand(db, board.id);
  const all = await findCatalogThreads(db, await findBoardThreads(db, board.id, 0, maxThreads));
  const words = fold(filter.q).split(/\s+/u).filter((word) => word !== '');
  const found = all.filter(
    (one) =>
      (!filter.files || one.thread.fileCount > 0) &&
      (!filter.locked || toReplyState(one.thread, board) === 'open') &&
      hasWords(one, words),
  );
  // Sorting keeps the bump order of threads that are alike.
  const cards = found.sort(sorts[filter.sort]).map((one) => toCard(one, postHtml));
  return { cards, shown: cards.length, total: all.length, stand };
}

/** The card of one thread. */
export async function findCard(db: Kysely<Tables>, thread: PlacedThread, postHtml: Pick<PostHtml, 'toMediaUrl'>): Promise<CatalogCard[]> {
  return (await findCatalogThreads(db, [thread])).map((found) => toCard(found, postHtml));
}

/** Letters alike in any case, width and composition are the same letter. */
const fold = (text: string) => text.normalize('NFKC').toLowerCase();

/** Only what everybody sees is searched: text under a spoiler is not. */
function hasWords({ thread, body }: FoundThread, words: string[]): boolean {
  if (words.length === 0) return true;
  const text = fold(`${thread.subject} ${toPlainText(body)}`);
  return words.every((word) => text.includes(word));
}

function toCard({ thread, body, upload }: FoundThread, { toMediaUrl }: Pick<PostHtml, 'toMediaUrl'>): CatalogCard {
  return {
    thread,
    title: thread.subject,
    excerpt: toExcerpt(body, upload === undefined ? excerptLengthAlone : excerptLength),
    thumb: upload === undefined || upload.is_spoiler ? null : { url: toMediaUrl(upload.thumb_name), width: upload.thumb_width, height: upload.thumb_height },
    isSpoiler: upload?.is_spoiler ?? false,
  };
}
