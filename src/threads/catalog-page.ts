import type { Kysely } from 'kysely';
import type { Board } from '../boards/board.js';
import type { Tables } from '../db/tables.js';
import { toText } from '../http/sent-params.js';
import { toPlainText } from '../markup/excerpt.js';
import type { SafeHtml } from '../http/safe-html.js';
import type { Language } from '../texts/texts.js';
import type { CardHtml } from './card-html.js';
import { findCatalogThreads } from './card-store.js';
import { findBoardStand, findBoardThreads, type PlacedThread } from './thread-store.js';
import { type BoardStand, toReplyState } from './thread.js';

/** How a reader wants the catalog. `files`: only threads with files; `locked`: only those that can be answered. */
export interface CatalogFilter {
  q: string;
  sort: CatalogSort;
  files: boolean;
  locked: boolean;
}

const sorts = {
  bump: () => 0,
  new: (one, other) => other.no - one.no,
  replies: (one, other) => other.replyCount - one.replyCount,
  files: (one, other) => other.fileCount - one.fileCount,
} satisfies Record<string, (one: PlacedThread, other: PlacedThread) => number>;
export type CatalogSort = keyof typeof sorts;

const maxQueryLength = 100;

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

/** The cards of a board's living threads that pass the filter, and how many there are without it. */
export async function findCatalogPage(
  { db, cardHtml }: { db: Kysely<Tables>; cardHtml: CardHtml },
  board: Board,
  filter: CatalogFilter,
  lang: Language,
): Promise<{ cards: SafeHtml[]; total: number; stand: BoardStand }> {
  // Asked first: a thread that comes meanwhile is rather told of twice than never.
  const stand = await findBoardStand(db, board.id);
  const all = await findBoardThreads(db, board.id, 0, maxThreads);
  const fitting = all.filter((thread) => (!filter.files || thread.fileCount > 0) && (!filter.locked || toReplyState(thread, board) === 'open'));
  const found = await findWithWords(db, fitting, fold(filter.q).split(/\s+/u).filter((word) => word !== ''));
  // Sorting keeps the bump order of threads that are alike.
  return { cards: await cardHtml.renderCards(db, found.sort(sorts[filter.sort]), lang), total: all.length, stand };
}

/** Letters alike in any case, width and composition are the same letter. */
const fold = (text: string) => text.normalize('NFKC').toLowerCase();

/** Only what everybody sees is searched: text under a spoiler is not. */
async function findWithWords(db: Kysely<Tables>, threads: PlacedThread[], words: string[]): Promise<PlacedThread[]> {
  if (words.length === 0) return threads;
  const found = (await findCatalogThreads(db, threads)).filter(({ thread, body }) => {
    const text = fold(`${thread.subject} ${toPlainText(body)}`);
    return words.every((word) => text.includes(word));
  });
  return found.map(({ thread }) => thread);
}
