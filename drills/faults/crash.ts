import type { Drill, DrillReport } from '../drill.js';
import { type Check, checkBoard, sayCheck, toFaults } from './check-board.js';
import { countBy, createSender, type Entry, makeEntries, sendAll, startThreads } from './ledger.js';
import { type Kind, makePlace, picture, type Place, twoHours, until, wait } from './place.js';

export const crash: Drill = {
  name: 'crash',
  group: 'faults',
  what: 'the board is killed (SIGKILL) at random moments while 1,000 posts are sent at once, with and without files',
  options: { rounds: 'how often, on each kind of database; 20 by default', posts: 'so many at once; 1000 by default' },
  async run(options, say) {
    const size = { rounds: Number(options['rounds'] ?? 20), posts: Number(options['posts'] ?? 1000) };
    const reports = [await killBoard('postgres', size, say), await killBoard('embedded', size, say)];
    return { figures: reports.flatMap(({ figures }) => figures), faults: reports.flatMap(({ faults }) => faults) };
  },
};

/** Kills a board of one kind, again and again, and looks at it after each time. */
export async function killBoard(kind: Kind, size: { rounds: number; posts: number }, say: (line: string) => void = () => undefined): Promise<DrillReport> {
  const place = await makePlace(kind);
  try {
    const ledger: Entry[] = [];
    const seen = { acknowledged: 0, refused: 0, unanswered: 0 };
    let check: Check | undefined;
    const faults: string[] = [];
    for (let round = 1; round <= size.rounds; round += 1) {
      const sent = await killOnce(place, size.posts);
      ledger.push(...sent);
      for (const outcome of ['acknowledged', 'refused', 'unanswered'] as const) seen[outcome] += countBy(sent, outcome);
      const found = await lookAfter(place, ledger);
      check = found.check;
      say(`${kind} round ${round}: acknowledged ${countBy(sent, 'acknowledged')} in all, ${found.retried} tried again; ${sayCheck(check)}`);
      faults.push(...found.faults, ...toFaults(check));
      if (faults.length > 3) break;
    }
    const figure = `${kind}: ${size.rounds} rounds, ${ledger.length} posts sent; answered before the end: acknowledged ${seen.acknowledged}, refused ${seen.refused}, unanswered ${seen.unanswered}. After all: ${check === undefined ? '' : sayCheck(check)}`;
    return { figures: [figure], faults };
  } finally {
    await place.remove();
  }
}

async function killOnce(place: Place, count: number): Promise<Entry[]> {
  const board = await place.start();
  const sender = createSender(board.url);
  try {
    const { threads, entries: first } = await startThreads(sender, 'b', 8);
    const entries = makeEntries({ count, threads, slug: 'b', file: await picture(), fileShare: 0.1 });
    const sending = sendAll(sender, entries);
    const moment = Math.floor(Math.random() * 0.9 * count);
    await until('enough posts were answered', () => entries.filter(({ outcome }) => outcome !== 'waiting').length >= moment);
    await wait(Math.random() * 30);
    await board.end('SIGKILL');
    await sending;
    return [...first, ...entries];
  } finally {
    sender.close();
    await board.end('SIGKILL');
  }
}

/** Starts the board again, sends what was not answered once more, and lets the time of the sweep come. */
async function lookAfter(place: Place, ledger: readonly Entry[]): Promise<{ check: Check; retried: number; faults: string[] }> {
  const board = await place.openHere();
  const sender = createSender(board.url);
  try {
    const retried = ledger.filter(({ outcome }) => outcome === 'unanswered');
    await sendAll(sender, retried, 16);
    const failed = retried.filter(({ outcome }) => outcome !== 'acknowledged');
    board.pass(twoHours);
    await board.running.background.runAll();
    const check = await checkBoard(board.running.database.db, place.dataDir, ledger);
    return { check, retried: retried.length, faults: failed.map(({ status, text, failure }) => `a post sent again was answered with ${status} ${failure} ${text.slice(0, 200)}`).slice(0, 2) };
  } finally {
    sender.close();
    await board.running.close();
  }
}
