import { loadSocket } from '../load-socket.js';

/**
 * Opens the line on which staff are told that the queue changed. It says nothing itself; it comes back by itself, also after the
 * server refused it: a session may have been renewed in another window.
 * @param {{ onChange: () => void, onUp: () => void, onDown: () => void }} listeners
 */
export function openStaffLine(listeners) {
  loadSocket().then(
    (openSocket) => connect(openSocket, listeners),
    () => {
      listeners.onDown();
      setTimeout(() => openStaffLine(listeners), 15_000);
    },
  );
}

/**
 * @param {import('../load-socket.js').OpenSocket} openSocket
 * @param {{ onChange: () => void, onUp: () => void, onDown: () => void }} listeners
 */
function connect(openSocket, { onChange, onUp, onDown }) {
  const socket = openSocket('/mod', { transports: ['websocket'], reconnectionDelay: 1000, reconnectionDelayMax: 15_000 });
  const lose = () => {
    onDown();
    if (!socket.active) setTimeout(() => socket.connect(), 15_000);
  };
  socket.on('connect', onUp);
  socket.on('disconnect', lose);
  socket.on('connect_error', lose);
  socket.on('queue:changed', onChange);
  window.addEventListener('pagehide', () => socket.disconnect());
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) socket.connect();
  });
}
