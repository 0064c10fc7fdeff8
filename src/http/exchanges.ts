import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What is going on at one connection. */
export interface Exchange {
  /** Of its answers those that are not finished, in order, and always the latest. */
  readonly answers: ServerResponse[];
  /** How many requests came over it. */
  requests: number;
  /** It is being closed, with or without an answer. */
  isEnding: boolean;
}

/** The connections of a server. */
export interface Exchanges {
  of: (socket: Socket) => Exchange;
  /** Notes an answer. Every request passes here: a listener for the answer's end would cost a page from memory a tenth more. */
  begin: (res: ServerResponse) => void;
  /** From now on every answer that has not begun is the last on its connection. */
  endAll: () => void;
}

/** Whether an answer is not finished, and its connection not gone. */
export const isOpen = (res: ServerResponse): boolean => !res.writableFinished && !res.destroyed;

const known = new WeakMap<Server, Exchanges>();

/** Those of a server, once it was watched. */
export const findExchanges = (server: Server): Exchanges | undefined => known.get(server);

/** Notes what a server is answering. To be called before it listens. */
export function watchExchanges(server: Server): Exchanges {
  const bySocket = new WeakMap<Socket, Exchange>();
  const open = new Set<Exchange>();
  let areEnding = false;

  function of(socket: Socket): Exchange {
    const found = bySocket.get(socket);
    if (found !== undefined) return found;
    const exchange: Exchange = { answers: [], requests: 0, isEnding: false };
    bySocket.set(socket, exchange);
    open.add(exchange);
    socket.once('close', () => open.delete(exchange));
    return exchange;
  }

  const exchanges: Exchanges = {
    of,
    begin(res) {
      const exchange = of(res.req.socket);
      const { answers } = exchange;
      // They finish in the order in which they were asked for (RFC 9112, 9.3.2).
      while (answers[0] !== undefined && !isOpen(answers[0])) answers.shift();
      answers.push(res);
      exchange.requests += 1;
      // Node refuses what comes over the limit; whoever sends an answer is to know which is the last.
      if (areEnding || exchange.requests === server.maxRequestsPerSocket) res.shouldKeepAlive = false;
    },
    endAll() {
      areEnding = true;
      for (const exchange of open) {
        for (const res of exchange.answers) if (!res.headersSent) res.shouldKeepAlive = false;
      }
    },
  };
  known.set(server, exchanges);
  return exchanges;
}
