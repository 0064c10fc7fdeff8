import type { Kysely } from 'kysely';
import type { Tables } from '../../src/db/tables.js';
import type { Sender } from './ledger.js';

/** What came of following links, with a line for each that leads nowhere. */
export interface CheckedLinks {
  pages: number;
  links: number;
  /** Into threads that staff have removed, which say so. */
  toRemoved: number;
  broken: string[];
}

/**
 * Reads every thread, as a visitor does, and follows its links to posts: each must lead to a post that is shown where the link says, or
 * to a thread of which is said that it was removed.
 */
export async function findBrokenLinks(db: Kysely<Tables>, sender: Pick<Sender, 'get'>): Promise<CheckedLinks> {
  const rows = await db.selectFrom('threads as t').innerJoin('boards as b', 'b.id', 't.board_id').select(['b.slug', 't.no']).execute();
  const pages = new Map<string, string>();
  const removed = new Set<string>();
  for (const { slug, no } of rows) {
    const path = `/${slug}/thread/${no}`;
    const { status, text } = await sender.get(path);
    if (status === 200) pages.set(path, text);
    if (status === 410) removed.add(path);
  }
  const shown = new Set([...pages].flatMap(([path, text]) => [...text.matchAll(/ id=p(\d+)/g)].map(([, no]) => `${path}#p${no}`)));
  const found: CheckedLinks = { pages: pages.size, links: 0, toRemoved: 0, broken: [] };
  for (const [path, text] of pages) {
    for (const [, to = '', no] of text.matchAll(/href="((?:\/[a-z0-9]+\/thread\/\d+)?)#p(\d+)"/g)) {
      found.links += 1;
      const target = `${to === '' ? path : to}#p${no}`;
      if (removed.has(to)) found.toRemoved += 1;
      else if (!shown.has(target)) found.broken.push(`${path} to ${target}`);
    }
  }
  return found;
}
