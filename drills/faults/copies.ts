import type { Drill, DrillReport } from '../drill.js';
import { sayCheck, toFaults } from './check-board.js';
import { createSender, type Entry, makeEntries, startThreads } from './ledger.js';
import { type Kind, lookAt, makePlace, picture } from './place.js';

export const copies: Drill = {
  name: 'copies',
  group: 'faults',
  what: '100 clients send each of their forms 20 times at once',
  async run(_options, say) {
    const reports = [await sendCopies({ kind: 'postgres', clients: 100, copies: 20 }), await sendCopies({ kind: 'embedded', clients: 100, copies: 20 })];
    for (const { figures } of reports) say(figures.join('; '));
    return { figures: reports.flatMap(({ figures }) => figures), faults: reports.flatMap(({ faults }) => faults) };
  },
};

/** Sends copies of forms at the same moment: each form makes one post, and every copy is led to it. */
export async function sendCopies(options: { kind: Kind; clients: number; copies: number }): Promise<DrillReport> {
  const place = await makePlace(options.kind);
  const board = await place.start();
  const sender = createSender(board.url);
  try {
    const { threads, entries: first } = await startThreads(sender, 'b', 5);
    const forms = makeEntries({ count: options.clients, threads, slug: 'b', file: await picture(), fileShare: 0.05 });
    const sent = await Promise.all(forms.map((form) => Promise.all(Array.from({ length: options.copies }, () => sendCopy(form)))));
    const ledger = [...first, ...sent.flatMap((group) => group.find(({ outcome }) => outcome === 'acknowledged') ?? group.slice(0, 1))];
    const apart = sent.filter((group) => new Set(group.filter(({ outcome }) => outcome === 'acknowledged').map(({ place: at }) => `${at?.board}/${at?.no}`)).size > 1);
    const odd = sent.flat().filter(({ outcome, status }) => outcome === 'unanswered' || status === 500);
    sender.close();
    await board.end('SIGTERM');
    const check = await lookAt(place, ledger);
    const acknowledged = sent.flat().filter(({ outcome }) => outcome === 'acknowledged').length;
    const missing = sent.filter((group) => !group.some(({ outcome }) => outcome === 'acknowledged')).length;
    return {
      figures: [`${options.kind}: ${options.clients} forms × ${options.copies} copies, ${acknowledged} copies led to their post, ${missing} forms refused altogether; ${sayCheck(check)}`],
      faults: [
        ...toFaults(check),
        ...(apart.length > 0 ? [`${apart.length} forms were led to several posts`] : []),
        ...(odd.length > 0 ? [`${odd.length} copies were answered with ${odd[0]?.status} ${odd[0]?.failure}`] : []),
        ...(missing > options.clients / 4 ? [`${missing} forms were refused altogether`] : []),
      ],
    };
  } finally {
    sender.close();
    await board.end('SIGKILL');
    await place.remove();
  }

  async function sendCopy(form: Entry): Promise<Entry> {
    const copy = { ...form };
    await sender.send(copy);
    return copy;
  }
}
