import type { ReadersElsewhere } from './readers-elsewhere.js';
import type { RoomSlices } from './room-slices.js';

const readersEveryMs = 5000;

/**
 * Says every few seconds how many read along, to the rooms where that changed. They know the public name of each room: internal ids
 * never go out.
 */
export function announceReaders(rooms: RoomSlices, elsewhere: ReadersElsewhere | undefined) {
  const names = new Map<string, { board: string; thread?: number }>();
  const last = new Map<string, number>();
  const timer = setInterval(() => {
    for (const [room, name] of names) {
      const here = rooms.count(room);
      elsewhere?.note(room, here);
      const count = here + (elsewhere?.count(room) ?? 0);
      if (here === 0) {
        names.delete(room);
        last.delete(room);
      } else if (last.get(room) !== count) {
        last.set(room, count);
        void rooms.send(room, 'readers', { ...name, count });
      }
    }
  }, readersEveryMs);
  timer.unref();
  return { nameRoom: (room: string, name: { board: string; thread?: number }) => void names.set(room, name), stop: () => clearInterval(timer) };
}
