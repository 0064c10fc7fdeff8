import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What is going on at one connection: the latest request, and the answers that are not finished. */
export interface Exchange {
  latest?: { req: IncomingMessage; res: ServerResponse };
  readonly open: Set<ServerResponse>;
  /** It is being closed, with or without an answer. */
  isEnding: boolean;
}

/** The connections of a server. */
export interface Exchanges {
  of: (socket: Socket) => Exchange;
  /** Notes a request, until its answer is finished. Every request passes here, so it does as little as can be. */
  begin: (req: IncomingMessage, res: ServerResponse) => void;
  /** From now on every answer that has not begun is the last on its connection. */
  endAll: () => void;
}

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
    const exchange: Exchange = { open: new Set(), isEnding: false };
    bySocket.set(socket, exchange);
    open.add(exchange);
    socket.once('close', () => open.delete(exchange));
    return exchange;
  }

  /** One function for all answers: each listener of its own would be made and thrown away with every request. */
  function forget(this: ServerResponse): void {
    bySocket.get(this.req.socket)?.open.delete(this);
  }

  const exchanges: Exchanges = {
    of,
    begin(req, res) {
      const exchange = of(req.socket);
      exchange.latest = { req, res };
      exchange.open.add(res);
      if (areEnding) res.shouldKeepAlive = false;
      res.on('close', forget);
    },
    endAll() {
      areEnding = true;
      for (const exchange of open) {
        for (const res of exchange.open) if (!res.headersSent) res.shouldKeepAlive = false;
      }
    },
  };
  known.set(server, exchanges);
  return exchanges;
}
