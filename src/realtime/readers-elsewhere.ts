import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Bus } from './between-processes.js';

/** How many read along in other processes, room by room. It may be a few seconds old. */
export interface ReadersElsewhere {
  /** Notes how many there are in a room here, to be told to the others. */
  note: (room: string, count: number) => void;
  count: (room: string) => number;
  close: () => void;
}

/** The first part of what a process tells anew as a whole takes the place of what it told before. */
const readersNews = z.object({
  from: z.string().max(40),
  counts: z.array(z.tuple([z.string().max(80), z.number().int().nonnegative()])),
  isFirstOfAll: z.boolean().optional(),
  isLeaving: z.boolean().optional(),
});
type ReadersNews = z.infer<typeof readersNews>;

const tellEveryMs = 5_000;
/** Everything is told anew so often, in case something was lost, and at once when another process is heard for the first time. */
const wholeEvery = 12;
/** A process that was not heard of for so long is gone. */
const silenceMs = 20_000;
const roomsAtOnce = 100;

/** Counts readers over all processes. Of each only numbers are told. */
export function createReadersElsewhere(bus: Bus): ReadersElsewhere {
  const from = randomBytes(12).toString('hex');
  const here = new Map<string, number>();
  const changed = new Set<string>();
  const others = new Map<string, { counts: Map<string, number>; heardAt: number }>();
  let turn = 0;
  let isWholeWanted = false;

  function tellCounts(rooms: string[], isWhole: boolean): void {
    for (let start = 0; start === 0 || start < rooms.length; start += roomsAtOnce) {
      const counts = rooms.slice(start, start + roomsAtOnce).map((room): [string, number] => [room, here.get(room) ?? 0]);
      bus.tell('readers', { from, counts, ...(isWhole && start === 0 ? { isFirstOfAll: true } : {}) } satisfies ReadersNews);
    }
  }

  const timer = setInterval(() => {
    turn += 1;
    const isWhole = isWholeWanted || turn % wholeEvery === 0;
    if (isWhole || changed.size > 0 || here.size > 0) tellCounts([...(isWhole ? here.keys() : changed)], isWhole);
    isWholeWanted = false;
    changed.clear();
    for (const [process, { heardAt }] of others) if (performance.now() - heardAt > silenceMs) others.delete(process);
  }, tellEveryMs);
  timer.unref();

  bus.hear('readers', (sent) => {
    const news = readersNews.safeParse(sent);
    if (!news.success || news.data.from === from) return;
    const { from: process, counts, isFirstOfAll, isLeaving } = news.data;
    if (isLeaving === true) return void others.delete(process);
    const known = others.get(process);
    if (known === undefined) isWholeWanted = true;
    const told = known === undefined || isFirstOfAll === true ? new Map<string, number>() : known.counts;
    for (const [room, count] of counts) {
      if (count === 0) told.delete(room);
      else told.set(room, count);
    }
    others.set(process, { counts: told, heardAt: performance.now() });
  });
  tellCounts([], false);

  return {
    note(room, count) {
      if ((here.get(room) ?? 0) === count) return;
      if (count === 0) here.delete(room);
      else here.set(room, count);
      changed.add(room);
    },
    count(room) {
      let sum = 0;
      for (const { counts } of others.values()) sum += counts.get(room) ?? 0;
      return sum;
    },
    close() {
      clearInterval(timer);
      bus.tell('readers', { from, counts: [], isLeaving: true } satisfies ReadersNews);
    },
  };
}
