import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { findExchanges } from './exchanges.js';

/** After the signal, in milliseconds. */
const patience = {
  /** For a moment in which nobody stands before the door. */
  door: 1_000,
  /** For whoever is about to send something over a connection that was kept for him. */
  kept: 500,
  /** For requests that run. */
  running: 7_000,
  check: 50,
};
/** After turns of the event loop that are no longer, everybody who stood before the door has been let in, and hardly anybody came since. */
const quietTurnMs = 2;

/**
 * Ends a server so that nobody who was let in goes without an answer: every answer from now on is the last on its connection; who stands
 * before the door is let in before it is closed, since the system would cut him off; then the sockets are closed, and what runs may end.
 */
export async function drainServer(server: Server, closeSockets: () => Promise<void>): Promise<void> {
  findExchanges(server)?.endAll();
  await waitForQuietTurn(patience.door);
  // Not Node's close for HTTP, which cuts off idle connections at once, whatever is on its way over them.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const cutting = setTimeout(() => server.closeAllConnections(), patience.kept + patience.running);
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, patience.kept))]);
  await closeSockets();
  const closing = setInterval(() => server.closeIdleConnections(), patience.check);
  await closed;
  clearInterval(closing);
  clearTimeout(cutting);
}

/** The turn in which this is asked does not count: its look at the door is over. On a busy machine longer turns have to do, by and by. */
async function waitForQuietTurn(mostMs: number): Promise<void> {
  const begin = performance.now();
  await nextTurn();
  for (let before = performance.now(); ; ) {
    await nextTurn();
    const now = performance.now();
    const patienceLeft = 1 - (now - begin) / mostMs;
    if (now - before < quietTurnMs / Math.max(0.01, patienceLeft)) return;
    before = now;
  }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
