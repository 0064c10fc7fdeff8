import type { Drill, DrillReport } from '../drill.js';
import { sayCheck, toFaults } from './check-board.js';
import { countBy, createSender, type Entry, makeEntries, sendAll, startThreads } from './ledger.js';
import { type Kind, lookAt, makePlace, picture, type Place, until, wait } from './place.js';

export const stop: Drill = {
  name: 'stop',
  group: 'faults',
  what: 'the board, of one process and of two, is asked to stop (SIGTERM) while it is written to',
  options: { rounds: 'how often, on each kind of database; 20 by default', posts: 'so many at once; 200 by default' },
  async run(options, say) {
    const size = { rounds: Number(options['rounds'] ?? 20), posts: Number(options['posts'] ?? 200) };
    const reports = [await stopBoard('postgres', size, say), await stopBoard('embedded', size, say), await stopBoard('postgres', size, say, { WEB_CONCURRENCY: '2' })];
    return { figures: reports.flatMap(({ figures }) => figures), faults: reports.flatMap(({ faults }) => faults) };
  },
};

/** The board has so long to end by itself. */
const mostMs = 10_000;

/** Stops a board again and again under load, and looks at what it holds at the end. `more` are settings, such as WEB_CONCURRENCY. */
export async function stopBoard(kind: Kind, size: { rounds: number; posts: number }, say: (line: string) => void = () => undefined, more: Record<string, string> = {}): Promise<DrillReport> {
  const place = await makePlace(kind);
  try {
    const ledger: Entry[] = [];
    const faults: string[] = [];
    const all = { slowest: 0, refused: 0, cut: 0, before: 0 };
    for (let round = 1; round <= size.rounds; round += 1) {
      const { entries, first, ms, code, late } = await stopOnce(place, size.posts, more);
      ledger.push(...first, ...entries);
      const unanswered = entries.filter(({ outcome, failure }) => outcome === 'unanswered' && failure !== 'ECONNREFUSED');
      // A connection that was used before had been let in; of a new one nobody can tell from outside, but nothing of it may be stored.
      const cut = unanswered.filter(({ isReused }) => isReused);
      all.slowest = Math.max(all.slowest, ms);
      all.refused += countBy(entries, 'refused');
      all.cut += cut.length;
      all.before += unanswered.length - cut.length;
      say(`${kind} round ${round}: acknowledged ${countBy(entries, 'acknowledged')}, refused ${countBy(entries, 'refused')}, cut off ${cut.length}, cut off before the door ${unanswered.length - cut.length}; ended after ${ms} ms with ${code}`);
      if (ms > mostMs || code !== 0) faults.push(`round ${round}: it ended after ${ms} ms with code ${code}`);
      if (cut.length > 0) faults.push(`round ${round}: ${cut.length} requests were cut off: ${JSON.stringify(cut.slice(0, 3).map(({ failure, ms: waited, path, sentAt }) => ({ failure, waited: Math.round(waited), path, sentAt: sentAt - late })))}`);
    }
    const check = await lookAt(place, ledger);
    const figure = `${kind}${Object.entries(more).map(([name, value]) => ` ${name}=${value}`).join('')}: ${size.rounds} rounds, ${ledger.length} posts, acknowledged ${countBy(ledger, 'acknowledged')}, refused ${all.refused}, cut off ${all.cut}, before the door ${all.before}, slowest end ${all.slowest} ms; ${sayCheck(check)}`;
    const unheard = check.posts - check.acknowledged;
    return { figures: [figure], faults: [...faults, ...toFaults(check), ...(unheard > 0 ? [`${unheard} posts were stored without an answer`] : [])] };
  } finally {
    await place.remove();
  }
}

/** Half of the writers keep their connections, as a proxy does. They stop writing when nobody takes their connections any more. */
async function stopOnce(place: Place, count: number, more: Record<string, string>) {
  const board = await place.start(more);
  const senders = [createSender(board.url), createSender(board.url, { keepAlive: false })];
  try {
    const [kept, fresh] = senders;
    if (kept === undefined || fresh === undefined) throw new Error('two senders were made');
    const { threads, entries: first } = await startThreads(kept, 'b', 8);
    const make = async () => makeEntries({ count, threads, slug: 'b', file: await picture(), fileShare: 0.05 });
    const [one, two] = [await make(), await make()];
    const sending = Promise.all([sendAll(kept, one, 40), sendAll(fresh, two, 40)]);
    const entries = [...one, ...two];
    const moment = Math.floor(Math.random() * 0.8 * entries.length);
    await until('enough posts were answered', () => entries.filter(({ outcome }) => outcome !== 'waiting').length >= moment);
    await wait(Math.random() * 20);
    const late = Date.now();
    const { code } = await board.end('SIGTERM');
    const ms = Date.now() - late;
    await sending;
    return { entries, first, ms, code, late };
  } finally {
    for (const sender of senders) sender.close();
    await board.end('SIGKILL');
  }
}
