import type { Drill, DrillReport } from '../drill.js';
import { sayCheck, toFaults, checkBoard } from './check-board.js';
import { createSender, type Entry, makeEntries, makeThreadEntry, startThreads } from './ledger.js';
import { type Kind, makePlace, picture, twoHours } from './place.js';

export const numberRace: Drill = {
  name: 'number-race',
  group: 'faults',
  what: '50 writers with 200 posts each on one board, while posts are deleted and threads fall off it',
  options: { posts: 'how many each writer sends; 200 by default' },
  async run(options, say) {
    const size = { writers: 50, posts: Number(options['posts'] ?? 200) };
    const reports = [await raceForNumbers('postgres', size)];
    for (const { figures } of reports) say(figures.join('; '));
    return { figures: reports.flatMap(({ figures }) => figures), faults: reports.flatMap(({ faults }) => faults) };
  },
};

/** Lets writers race on a board with few threads: new ones push old ones into the archive, and one post of ten is taken back. */
export async function raceForNumbers(kind: Kind, size: { writers: number; posts: number }): Promise<DrillReport> {
  const place = await makePlace(kind);
  const board = await place.openHere();
  const { db } = board.running.database;
  const sender = createSender(board.url);
  try {
    await db.updateTable('boards').set({ max_threads: 12, reply_limit: 100_000 }).where('slug', '=', 'b').execute();
    await board.running.boards.refresh();
    const started = await startThreads(sender, 'b', 12);
    const { threads } = started;
    const ledger: Entry[] = [...started.entries];
    const counts = { deleted: 0, refused: 0, busy: 0, threads: 0 };
    const odd: string[] = [];
    const writers = Array.from({ length: size.writers }, async () => {
      for (let count = 0; count < size.posts; count += 1) {
        const thread = threads[Math.floor(Math.random() * threads.length)];
        const isStart = Math.random() < 0.02 || thread === undefined;
        const [made] = isStart ? [makeThreadEntry('b')] : makeEntries({ count: 1, threads: [thread], slug: 'b', file: await picture(), fileShare: 0.005 });
        if (made === undefined) continue;
        await sender.send(made);
        const { place: at } = made;
        if (made.outcome !== 'acknowledged' || at === undefined) {
          counts.refused += 1;
          // Told to try again in a moment is an answer; a fault of ours, as a deadlock would be, is none.
          if (made.status === 503) counts.busy += 1;
          else if (made.status >= 500 || made.status === 0) odd.push(`${made.status} ${made.failure} ${made.text.slice(0, 150)}`);
          continue;
        }
        if (at.no === at.thread) {
          counts.threads += 1;
          threads.splice(Math.floor(Math.random() * threads.length), 1, { slug: 'b', no: at.no });
        }
        if (at.no === at.thread || Math.random() >= 0.1) {
          ledger.push(made);
          continue;
        }
        const status = await sender.deletePost(made);
        counts.deleted += 1;
        if (status === 503) counts.busy += 1;
        else if (status !== 303) odd.push(`a deletion was answered with ${status}`);
      }
    });
    await Promise.all(writers);
    board.pass(twoHours);
    await board.running.background.runAll();
    const check = await checkBoard(db, place.dataDir, ledger);
    const archived = await db.selectFrom('threads').select((eb) => eb.fn.countAll<number>().as('count')).where('archived_at', 'is not', null).executeTakeFirstOrThrow();
    return {
      figures: [`${kind}: ${size.writers} writers × ${size.posts} posts; threads started ${counts.threads}, archived ${archived.count}, posts deleted ${counts.deleted}, refused ${counts.refused}, ${counts.busy} of them for a moment; ${sayCheck(check)}`],
      faults: [
        ...toFaults(check),
        ...(odd.length > 0 ? [`${odd.length} answers were none for a visitor: ${odd.slice(0, 3).join('; ')}`] : []),
        ...(counts.busy > size.writers * size.posts * 0.2 ? [`${counts.busy} writers were told to try again`] : []),
        ...(counts.deleted === 0 ? ['nothing was deleted: this tried less than it says'] : []),
      ],
    };
  } finally {
    sender.close();
    await board.running.close();
    await place.remove();
  }
}
