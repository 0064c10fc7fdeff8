import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A program of its own, so that what it costs to be a crowd is not measured as if it were the board's: see slow-clients.ts. */

export interface SlowCrowd {
  port: number;
  /** A path that a form is sent to. */
  formPath: string;
  /** Connections that send headers byte by byte. */
  headers: number;
  /** Connections that send a body byte by byte, every second one as an upload. */
  bodies: number;
  /** How long those that were closed are replaced. */
  holdMs: number;
  /** It is over sooner when so many have been closed. */
  stopAfter?: number;
  /** How many come from one address of this machine; undefined: all of them. */
  perAddress?: number;
}

export interface CrowdOutcome {
  /** How long each connection lived that was taken and closed, in milliseconds. */
  lived: number[];
  refusedCount: number;
  openCount: number;
  /** The oldest of those that were open in the end, in milliseconds. */
  oldestOpen: number;
}

const form = 'Host: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 5000\r\n';
/** Between two bytes of one connection. */
const dribbleMs = 3000;

/** What the three kinds of slow clients begin with. */
const openings = {
  headers: () => 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
  text: (path: string) => `POST ${path} HTTP/1.1\r\n${form}Content-Type: application/x-www-form-urlencoded\r\n\r\nbody=`,
  upload: (path: string) =>
    `POST ${path} HTTP/1.1\r\n${form}Content-Type: multipart/form-data; boundary=edge\r\n\r\n--edge\r\nContent-Disposition: form-data; name="body"\r\n\r\n`,
};

process.stdout.write(JSON.stringify(await beSlow(JSON.parse(process.argv[2] ?? ''))));

/** Holds that many connections open that send next to nothing, and opens new ones for those that are closed. */
async function beSlow({ port, formPath, headers, bodies, holdMs, stopAfter = Number.POSITIVE_INFINITY, perAddress }: SlowCrowd): Promise<CrowdOutcome> {
  const lived: number[] = [];
  const open = new Map<Socket, number>();
  let refusedCount = 0;
  let isOver = false;

  function hold(opening: string, place: number): void {
    const localAddress = perAddress === undefined ? undefined : `127.0.1.${1 + Math.floor(place / perAddress)}`;
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    let timer: NodeJS.Timeout | undefined;
    socket.once('connect', () => {
      open.set(socket, performance.now());
      socket.write(opening);
      timer = setInterval(() => socket.write('a'), dribbleMs);
    });
    socket.resume().on('error', () => undefined);
    socket.once('close', () => {
      clearInterval(timer);
      if (isOver) return;
      const age = performance.now() - (open.get(socket) ?? performance.now());
      open.delete(socket);
      // Not taken at all, or sent away at once.
      if (age < 1000) refusedCount += 1;
      else lived.push(age);
      setTimeout(() => isOver || hold(opening, place), 100 + Math.random() * 900);
    });
  }

  for (let place = 0; place < headers + bodies; place += 1) {
    hold(place < headers ? openings.headers() : place % 2 === 0 ? openings.text(formPath) : openings.upload(formPath), place);
    // A crowd of slow clients, not a flood of new ones.
    if (place % 20 === 19) await wait(10);
  }
  const until = Date.now() + holdMs;
  while (Date.now() < until && lived.length < stopAfter) await wait(50);
  isOver = true;
  const oldestOpen = performance.now() - Math.min(...open.values(), performance.now());
  const openCount = open.size;
  for (const socket of open.keys()) socket.destroy();
  return { lived, refusedCount, openCount, oldestOpen };
}
