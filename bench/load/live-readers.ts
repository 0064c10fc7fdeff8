/** The process in which many readers of one room live: see open-readers.ts, which starts it and speaks with it. */
import { openRawReader } from './raw-reader.js';
import type { ReadersAnswer, ReadersOrder } from './open-readers.js';

/** Arrivals by mark: the moment at which each reader had it, on the clock that all processes of a machine share, in milliseconds. */
const arrivals = new Map<string, Map<number, number>>();
let lastText = '';
let lostCount = 0;

/** Connections opened at a time: a server that is waiting for its first readers is not what is measured. */
const openedAtOnce = 50;

process.on('message', (order: ReadersOrder) => {
  if (order.kind === 'open') {
    openAll(order).then(
      () => say({ kind: 'opened' }),
      (error: unknown) => say({ kind: 'failed', reason: String(error) }),
    );
    return;
  }
  const times = order.marks.map((mark) => [...(arrivals.get(mark)?.values() ?? [])]);
  say({ kind: 'arrivals', times, lastText, lostCount });
});
process.on('disconnect', () => process.exit(0));

async function openAll({ origin, join, count }: Extract<ReadersOrder, { kind: 'open' }>): Promise<void> {
  for (let opened = 0; opened < count; opened += openedAtOnce) {
    await Promise.all(
      Array.from({ length: Math.min(openedAtOnce, count - opened) }, (_, index) =>
        openRawReader({
          origin,
          join,
          onText: (text) => note(opened + index, text),
          onEnd: () => {
            lostCount += 1;
          },
        }),
      ),
    );
  }
}

/** Several posts may travel in one push, and a post's mark may stand in it twice. */
function note(reader: number, text: string): void {
  const at = Number(process.hrtime.bigint()) / 1e6;
  for (const [mark] of text.matchAll(/z[0-9a-z]+x[0-9a-z]+z/g)) {
    const byReader = arrivals.get(mark) ?? new Map<number, number>();
    arrivals.set(mark, byReader);
    if (!byReader.has(reader)) byReader.set(reader, at);
    lastText = text;
  }
}

function say(answer: ReadersAnswer): void {
  process.send?.(answer);
}
