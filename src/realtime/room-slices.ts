import type { Server } from 'socket.io';

/**
 * Rooms in slices. Sending to a room holds up everything else for about 13 µs a reader (measured with Socket.IO 4.8), so a room is
 * kept as parts of a few hundred readers, and between two parts other work has its turn: the poster's answer, pages, other rooms.
 */
export interface RoomSlices {
  /** Takes a socket into a room. */
  join: (socket: { rooms: ReadonlySet<string>; join: (room: string) => unknown }, room: string) => Promise<void>;
  /** How many sockets of this process are in a room. */
  count: (room: string) => number;
  /** Sends to everybody in a room of this process. What is sent to one room goes out in order; resolves when it has gone. */
  send: (room: string, event: string, payload: object) => Promise<void>;
  /** Resolves when everything has gone. */
  settled: () => Promise<void>;
}

const sliceSize = 250;

interface Sending {
  event: string;
  payload: object;
  /** The slice that comes next. */
  next: number;
  done: () => void;
}

type AnyServer = Pick<Server, 'of' | 'local'>;

export function createRoomSlices(io: AnyServer): RoomSlices {
  const { adapter } = io.of('/');
  /** How many slices a room has; those in the middle may have emptied. */
  const sliceCounts = new Map<string, number>();
  /** What waits to be sent, by room, in the order in which the rooms have their turns. */
  const waiting = new Map<string, Sending[]>();
  let sendingAll: Promise<void> | undefined;

  const toSlice = (room: string, slice: number) => `${room}#${slice}`;
  const sizeOf = (room: string, slice: number) => adapter.rooms.get(toSlice(room, slice))?.size ?? 0;

  adapter.on('delete-room', (name: string) => {
    const at = name.lastIndexOf('#');
    if (at === -1) return;
    const room = name.slice(0, at);
    let count = sliceCounts.get(room) ?? 0;
    while (count > 0 && sizeOf(room, count - 1) === 0) count -= 1;
    if (count === 0) sliceCounts.delete(room);
    else sliceCounts.set(room, count);
  });

  /** Sends one slice of the room whose turn it is, and gives the number of its readers. */
  function sendOne(room: string, queue: Sending[]): number {
    waiting.delete(room);
    const [sending] = queue;
    if (sending === undefined) return 0;
    const size = sizeOf(room, sending.next);
    if (size > 0) io.local.to(toSlice(room, sending.next)).emit(sending.event, sending.payload);
    sending.next += 1;
    if (sending.next >= (sliceCounts.get(room) ?? 0)) {
      queue.shift();
      sending.done();
    }
    if (queue.length > 0) waiting.set(room, queue);
    return size;
  }

  async function sendWaiting(): Promise<void> {
    while (waiting.size > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      let sent = 0;
      for (const [room, queue] of waiting) {
        sent += sendOne(room, queue);
        if (sent >= sliceSize) break;
      }
    }
    sendingAll = undefined;
  }

  return {
    async join(socket, room) {
      if ([...socket.rooms].some((name) => name.startsWith(`${room}#`))) return;
      const count = sliceCounts.get(room) ?? 0;
      let slice = 0;
      while (slice < count && sizeOf(room, slice) >= sliceSize) slice += 1;
      sliceCounts.set(room, Math.max(count, slice + 1));
      await socket.join(toSlice(room, slice));
    },
    count(room) {
      let total = 0;
      for (let slice = 0; slice < (sliceCounts.get(room) ?? 0); slice += 1) total += sizeOf(room, slice);
      return total;
    },
    send: (room, event, payload) =>
      new Promise((resolve) => {
        if (!sliceCounts.has(room)) return resolve();
        const queue = waiting.get(room) ?? [];
        queue.push({ event, payload, next: 0, done: resolve });
        waiting.set(room, queue);
        sendingAll ??= sendWaiting();
      }),
    settled: async () => sendingAll,
  };
}
