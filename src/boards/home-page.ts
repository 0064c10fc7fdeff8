import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import type { BoardList } from './board-list.js';
import { countPostsByDay, countThreads, findLatestPosts } from './board-store.js';
import type { BoardActivity, LatestPost } from './board.js';
import { toExcerpt } from './to-excerpt.js';

/** The locals of the home page. `postsToday` counts all boards. Days are UTC days. */
export interface HomePage {
  sections: { title: string; boards: BoardActivity[] }[];
  latest: LatestPost[];
  postsToday: number;
  boardCount: number;
}

const dayMs = 86_400_000;
const dayCount = 14;
const latestCount = 10;
/** A busy thread must not fill the list alone: of each thread the newest of these posts is shown. */
const latestLooked = 100;
const excerptLength = 160;

/** What is going on on every board. */
export async function findHomePage(db: Kysely<Tables>, boards: Pick<BoardList, 'sections'>, now: Date): Promise<HomePage> {
  const days = toLastDays(now);
  const posts = new Map((await countPostsByDay(db, new Date(`${days[0]}T00:00:00Z`))).map(({ boardId, day, count }) => [`${boardId} ${day}`, count]));
  const threads = await countThreads(db);
  const latest = firstOfEachThread(await findLatestPosts(db, latestLooked)).slice(0, latestCount);
  const sections = (await boards.sections()).map(({ title, boards: inSection }) => ({
    title,
    boards: inSection.map((board) => {
      const counts = days.map((day) => posts.get(`${board.id} ${day}`) ?? 0);
      return { board, postsToday: counts.at(-1) ?? 0, threadCount: threads.get(board.id) ?? 0, days: counts };
    }),
  }));
  const activities = sections.flatMap((section) => section.boards);
  return {
    sections,
    latest: latest.map(({ body, ...post }) => ({ ...post, excerpt: toExcerpt(body, excerptLength) })),
    postsToday: activities.reduce((sum, activity) => sum + activity.postsToday, 0),
    boardCount: activities.length,
  };
}

function firstOfEachThread<T extends { boardSlug: string; threadNo: number }>(posts: T[]): T[] {
  const seen = new Set<string>();
  return posts.filter(({ boardSlug, threadNo }) => {
    const isNew = !seen.has(`${boardSlug}/${threadNo}`);
    seen.add(`${boardSlug}/${threadNo}`);
    return isNew;
  });
}

/** The last 14 UTC days as `YYYY-MM-DD`, today last. */
function toLastDays(now: Date): string[] {
  return Array.from({ length: dayCount }, (_none, index) => new Date(now.getTime() - (dayCount - 1 - index) * dayMs).toISOString().slice(0, 10));
}
