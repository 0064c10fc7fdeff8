import type { Kysely } from 'kysely';
import { inTransaction } from '../db/in-transaction.js';
import type { Tables } from '../db/tables.js';
import { hasBoards, insertBoard, insertSection, lockSections, type NewBoard } from './board-store.js';

const firstBoards: { section: string; boards: NewBoard[] }[] = [
  {
    section: 'Topics',
    boards: [
      { slug: 'garden', title: 'Gardening', description: 'Beds, seeds, weather, patience' },
      { slug: 'books', title: 'Books', description: 'Reading, binding, lending' },
      { slug: 'film', title: 'Film photography', description: 'Cameras, darkrooms, prints' },
      { slug: 'transit', title: 'Local transport', description: 'Trams, ferries, timetables' },
      { slug: 'kitchen', title: 'Bread and ferments', description: 'Flour, jars, time' },
    ],
  },
  {
    section: 'This place',
    boards: [
      { slug: 'b', title: 'Anything', description: 'Whatever has no board of its own', isSubjectRequired: false },
      { slug: 'meta', title: 'About this site', description: 'Rules, ideas, problems' },
    ],
  },
];

/** Makes a first set of boards in two sections when there is no board at all. Answers with how many it made. */
export async function createFirstBoards(db: Kysely<Tables>, now: Date): Promise<number> {
  return inTransaction(db, async (trx) => {
    // Of several machines that start at once, one makes them.
    await lockSections(trx);
    if (await hasBoards(trx)) return 0;
    let count = 0;
    for (const [sectionPosition, { section, boards }] of firstBoards.entries()) {
      const sectionId = await insertSection(trx, section, sectionPosition);
      for (const [position, board] of boards.entries()) {
        await insertBoard(trx, sectionId, { ...board, position }, now);
        count += 1;
      }
    }
    return count;
  });
}
