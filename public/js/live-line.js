import { loadSocket } from './load-socket.js';

/** Without a websocket the page asks this often. */
const pollMs = 30_000;
/** How long a lost line may take to come back before the page starts to ask. */
const graceMs = 4000;
/** When the server itself ended the line, it is opened again after about this long. */
const serverEndedMs = 4000;

/**
 * @typedef {object} LineOptions
 * @property {{ board: string, thread?: number, lang?: string }} join
 * @property {Record<string, (payload: any) => void>} events
 * @property {(readers: number | undefined) => void} onUp
 * @property {() => void} onDown
 * @property {() => void} onPoll
 */

/**
 * Opens the line on which the server tells of changes. It comes back by itself; while it is down the page polls. On every
 * (re)connection `onUp` is called after joining: then the page asks for what it missed.
 * @param {LineOptions} options
 */
export function openLiveLine(options) {
  const outage = createOutage(options);
  const open = () => {
    loadSocket().then(
      (openSocket) => connect(openSocket, options, outage),
      () => {
        outage.begin();
        setTimeout(open, serverEndedMs * (0.5 + Math.random()));
      },
    );
  };
  open();
}

/**
 * While there is no line the page asks, though not at once: most lines are back in a moment.
 * @param {LineOptions} options
 */
function createOutage({ onDown, onPoll }) {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let poll;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let grace;
  return {
    begin() {
      onDown();
      grace ??= setTimeout(() => {
        onPoll();
        poll ??= setInterval(onPoll, pollMs);
      }, graceMs);
    },
    end() {
      clearTimeout(grace);
      clearInterval(poll);
      grace = undefined;
      poll = undefined;
    },
  };
}

/**
 * @param {import('./load-socket.js').OpenSocket} openSocket
 * @param {LineOptions} options
 * @param {ReturnType<typeof createOutage>} outage
 */
function connect(openSocket, { join, events, onUp, onPoll }, outage) {
  const socket = openSocket({ transports: ['websocket'], reconnectionDelay: 500, reconnectionDelayMax: 15_000, randomizationFactor: 0.5 });
  let isAside = false;
  for (const [name, listener] of Object.entries(events)) socket.on(name, listener);
  socket.on('connect', () => {
    outage.end();
    socket.timeout(5000).emit('join', join, (/** @type {Error | null} */ error, /** @type {any} */ answer) => {
      if (error !== null) socket.disconnect().connect();
      else onUp(answer?.ok === true ? answer.readers : undefined);
    });
  });
  const lose = () => {
    outage.begin();
    // The server ended it: then the library does not come back by itself.
    if (!socket.active && !isAside) setTimeout(() => socket.connect(), serverEndedMs * (0.5 + Math.random()));
  };
  socket.on('connect_error', lose);
  socket.on('disconnect', lose);

  const wake = () => {
    if (document.visibilityState !== 'visible' || socket.connected) return;
    socket.connect();
    onPoll();
  };
  document.addEventListener('visibilitychange', wake);
  window.addEventListener('online', wake);
  // A page that is put aside must not hold a line; one that comes back has missed something.
  window.addEventListener('pagehide', () => {
    isAside = true;
    socket.disconnect();
  });
  window.addEventListener('pageshow', (event) => {
    isAside = false;
    if (event.persisted) wake();
  });
}
