import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import { boardNotFound } from '../http/errors.js';
import { listSections } from './board-store.js';
import { type Board, isBoardSlug, type Section } from './board.js';

/** The boards as every request needs them, kept in memory and read anew every few seconds. */
export interface BoardList {
  /** @throws boardNotFound */
  get: (slug: string) => Promise<Board>;
  findById: (id: number) => Promise<Board | undefined>;
  sections: () => Promise<Section[]>;
  /** The sections as last read: for the frame of a page, which does not wait. */
  known: () => Section[];
  /** Rises whenever boards or their settings were found to have changed. */
  generation: () => number;
  /** Reads anew at once, after a change made by this process. */
  refresh: () => Promise<void>;
}

const keptForMs = 5000;

/** Makes the list; `refresh` once before serving. */
export function createBoardList(db: Kysely<Tables>, now: () => Date): BoardList {
  let sections: Section[] = [];
  let bySlug = new Map<string, Board>();
  let byId = new Map<number, Board>();
  let readAt = -Infinity;
  let reading: Promise<void> | undefined;
  let generation = 0;

  async function read(): Promise<void> {
    const found = await listSections(db);
    if (JSON.stringify(found) !== JSON.stringify(sections)) generation += 1;
    sections = found;
    const boards = sections.flatMap((section) => section.boards);
    bySlug = new Map(boards.map((board) => [board.slug, board]));
    byId = new Map(boards.map((board) => [board.id, board]));
    readAt = now().getTime();
  }

  /** Coalesces: however many ask, one reads. Stale boards are served while it reads, so a slow database delays nobody. */
  async function ensureFresh(): Promise<void> {
    if (Math.abs(now().getTime() - readAt) < keptForMs) return;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    if (readAt === -Infinity) await reading;
    else reading.catch(() => undefined);
  }

  return {
    async get(slug) {
      if (!isBoardSlug(slug)) throw boardNotFound(slug.slice(0, 16));
      await ensureFresh();
      const board = bySlug.get(slug);
      if (board === undefined) throw boardNotFound(slug);
      return board;
    },
    async findById(id) {
      await ensureFresh();
      return byId.get(id);
    },
    async sections() {
      await ensureFresh();
      return sections;
    },
    known: () => sections,
    generation: () => generation,
    refresh: read,
  };
}
