/** The process in which many readers of one room live: see open-readers.ts, which starts it and speaks with it. */
import { get } from 'node:http';
import { openRawReader } from './raw-reader.js';
import type { ReadersAnswer, ReadersOrder, Room } from './open-readers.js';

/** Arrivals by mark: the moment at which each reader had it, on the clock that all processes of a machine share, in milliseconds. */
const arrivals = new Map<string, Map<number, number>>();
let lastText = '';
let lastMarks: string[] = [];
let lostCount = 0;
let readers: { close: () => void }[] = [];

/** Connections opened at a time: a server that is waiting for its first readers is not what is measured. */
const openedAtOnce = 50;

process.on('message', (order: ReadersOrder) => {
  if (order.kind === 'collect') {
    const times = order.marks.map((mark) => [...(arrivals.get(mark)?.values() ?? [])]);
    return say({ kind: 'arrivals', times, lastText, lostCount });
  }
  obey(order).then(
    () => say({ kind: 'done' }),
    (error: unknown) => say({ kind: 'failed', reason: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));

async function obey(order: Exclude<ReadersOrder, { kind: 'collect' }>): Promise<void> {
  if (order.kind === 'open') return openAll(order.rooms);
  if (order.kind === 'comeBack') return comeBack(order);
  for (const reader of readers) reader.close();
  readers = [];
}

async function openAll(rooms: Room[]): Promise<void> {
  const wanted = rooms.flatMap(({ count, ...room }) => Array.from({ length: count }, () => room));
  for (let opened = 0; opened < wanted.length; opened += openedAtOnce) {
    await Promise.all(wanted.slice(opened, opened + openedAtOnce).map((room, index) => openOne(opened + index, room)));
  }
}

/** All at once, as after a server's restart: each joins, and asks then for what it missed, as a page does. */
async function comeBack({ room: { count, ...room }, missed }: Extract<ReadersOrder, { kind: 'comeBack' }>): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      await openOne(index, room);
      note(index, await readText(room.origin + missed));
    }),
  );
}

async function openOne(reader: number, room: Omit<Room, 'count'>): Promise<void> {
  const onEnd = () => {
    lostCount += 1;
  };
  readers.push(await openRawReader({ ...room, onText: (text) => note(reader, text), onEnd }));
}

/** Over a connection of its own: each reader is another browser. */
function readText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: false, headers: { 'Accept-Encoding': 'identity' } }, (answer) => {
      let text = '';
      answer.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(`${url} was answered with ${answer.statusCode}.`))));
      answer.on('error', reject);
    });
    asked.on('error', reject);
  });
}

/** Several posts may travel in one push, and a post's mark may stand in it twice. All readers get the same text, mostly. */
function note(reader: number, text: string): void {
  const at = Number(process.hrtime.bigint()) / 1e6;
  if (text !== lastText) {
    const marks = [...new Set(Array.from(text.matchAll(/z[0-9a-z]+x[0-9a-z]+z/g), ([mark]) => mark))];
    if (marks.length === 0) return;
    [lastText, lastMarks] = [text, marks];
  }
  for (const mark of lastMarks) {
    const byReader = arrivals.get(mark) ?? new Map<number, number>();
    arrivals.set(mark, byReader);
    if (!byReader.has(reader)) byReader.set(reader, at);
  }
}

function say(answer: ReadersAnswer): void {
  process.send?.(answer);
}
