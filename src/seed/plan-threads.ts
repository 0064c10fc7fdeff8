import type { Board } from '../boards/board.js';
import { allPastimes } from './all-pastimes.js';
import type { Random } from './random.js';
import { spreadTimes } from './spread-times.js';
import type { Dispute, Pastime } from './pastime.js';

/** A thread that is to be: where, about what, and when each of its posts comes, the first one first. */
export interface PlannedThread {
  board: Board;
  pastime: Pastime;
  dispute: Dispute;
  times: Date[];
}

/** Threads are spread over so many days before now. */
const days = 38;

/** The pastimes that belong on a board; any pastime on a board that none of them knows. */
export function findPastimes(board: Pick<Board, 'slug' | 'title'>): { pastimes: readonly Pastime[]; isKnown: boolean } {
  const words = `${board.slug} ${board.title}`;
  const pastimes = allPastimes.filter((pastime) => pastime.fits.test(words));
  return pastimes.length > 0 ? { pastimes, isKnown: true } : { pastimes: allPastimes, isKnown: false };
}

/**
 * Plans exactly `threadCount` threads with exactly `postCount` posts in all, in the order in which they begin. Their sizes have a long
 * tail, and one is a long debate. Undefined when the boards' reply limits do not allow so many posts.
 */
export function planThreads(order: { boards: readonly Board[]; threadCount: number; postCount: number; now: Date }, random: Random): PlannedThread[] | undefined {
  const { boards, threadCount, postCount, now } = order;
  const boardOf = Array.from({ length: threadCount }, (_, at) => boards[at % boards.length]).flatMap((board) => board ?? []);
  const sizes = spreadReplies(postCount - threadCount, boardOf.map((board) => board.replyLimit), random);
  if (sizes === undefined) return undefined;
  const chooseDispute = createDisputeChooser(random);
  const threads = boardOf.map((board, at) => ({ board, ...chooseDispute(board), times: spreadTimes({ count: (sizes[at] ?? 0) + 1, now, days }, random) }));
  return threads.sort((one, other) => toStart(one) - toStart(other));
}

export const toStart = ({ times }: PlannedThread): number => times[0]?.getTime() ?? 0;

/** Every question of a board's pastimes comes up before one comes up again. */
function createDisputeChooser(random: Random): (board: Board) => { pastime: Pastime; dispute: Dispute } {
  const bags = new Map<number, { pastime: Pastime; dispute: Dispute }[]>();
  return (board) => {
    let bag = bags.get(board.id) ?? [];
    if (bag.length === 0) bag = random.shuffle(findPastimes(board).pastimes.flatMap((pastime) => pastime.disputes.map((dispute) => ({ pastime, dispute }))));
    const chosen = bag.pop();
    if (chosen === undefined) throw new Error('no pastime has anything to talk about');
    bags.set(board.id, bag);
    return chosen;
  };
}

/** The largest thread holds so much of a small seeding, and at most so many replies. */
const debateShare = 0.4;
const debateReplies = 330;

/** Spreads replies over threads, most of which stay short. Undefined when the limits leave no room for all. */
export function spreadReplies(replyCount: number, limits: readonly number[], random: Random): number[] | undefined {
  if (limits.reduce((sum, limit) => sum + limit, 0) < replyCount) return undefined;
  const sizes = limits.map(() => 0);
  const add = (at: number, wanted: number, left: number) => {
    const size = sizes[at] ?? 0;
    const more = Math.max(0, Math.min(wanted, left, (limits[at] ?? 0) - size));
    sizes[at] = size + more;
    return left - more;
  };
  let left = replyCount;
  if (limits.length > 1) left = add(random.whole(0, limits.length - 1), Math.min(debateReplies, Math.floor(replyCount * debateShare)), left);
  const weights = limits.map(() => random.tail(1.3));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shared = left;
  for (const [at, weight] of weights.entries()) left = add(at, Math.floor((shared * weight) / total), left);
  // What rounding and full threads left over goes to whoever has room, a few at a time.
  while (left > 0) {
    const few = 1 + Math.ceil(left / limits.length);
    for (const at of limits.keys()) if (random.chance(0.3)) left = add(at, random.whole(1, few), left);
  }
  return sizes;
}
