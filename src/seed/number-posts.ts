import type { Board } from '../boards/board.js';
import { type PlannedThread, toStart } from './plan-threads.js';

/** A planned thread whose posts have their ids and numbers, in order. */
export interface NumberedThread extends PlannedThread {
  ids: number[];
  nos: number[];
  archivedAt: Date | null;
}

/** Where ids and numbers come from; both answer in ascending order. */
export interface NumberSource {
  takeIds: (count: number) => Promise<number[]>;
  takeNos: (boardId: number, count: number) => Promise<number[]>;
}

/** Gives every post its id and its number on the board, by time over all threads: as if they had been posted one after the other. */
export async function numberPosts(threads: readonly PlannedThread[], source: NumberSource): Promise<NumberedThread[]> {
  const numbered: NumberedThread[] = threads.map((thread) => ({ ...thread, ids: [], nos: [], archivedAt: null }));
  const posts = numbered.flatMap((thread) => thread.times.map((time) => ({ thread, at: time.getTime() }))).sort((one, other) => one.at - other.at);
  const ids = await source.takeIds(posts.length);
  const countOf = new Map<number, number>();
  for (const { board, times } of numbered) countOf.set(board.id, (countOf.get(board.id) ?? 0) + times.length);
  const nosOf = new Map<number, number[]>();
  for (const [boardId, count] of countOf) nosOf.set(boardId, (await source.takeNos(boardId, count)).reverse());
  for (const [place, { thread }] of posts.entries()) {
    const id = ids[place];
    const no = nosOf.get(thread.board.id)?.pop();
    if (id === undefined || no === undefined) throw new Error('a sequence gave fewer numbers than asked for');
    thread.ids.push(id);
    thread.nos.push(no);
  }
  return numbered;
}

/**
 * Archives the threads for which a board has no room, those that were bumped longest ago, at the moment when a newer one began.
 * Threads that were there before are left alone: a trial must not push out what people wrote.
 */
export function archiveSurplus(threads: readonly NumberedThread[], livingCounts: ReadonlyMap<number, number>, now: Date): number {
  const boards = new Map<number, Board>(threads.map(({ board }) => [board.id, board]));
  let archivedCount = 0;
  for (const board of boards.values()) {
    const own = threads.filter((thread) => thread.board.id === board.id);
    const surplus = Math.max(0, own.length - Math.max(0, board.maxThreads - (livingCounts.get(board.id) ?? 0)));
    const oldest = [...own].sort((one, other) => (one.nos.at(-1) ?? 0) - (other.nos.at(-1) ?? 0)).slice(0, surplus);
    for (const thread of oldest) {
      const last = thread.times.at(-1)?.getTime() ?? 0;
      const pusher = own.find((other) => toStart(other) > last);
      thread.archivedAt = pusher === undefined ? now : new Date(toStart(pusher));
    }
    archivedCount += surplus;
  }
  return archivedCount;
}
