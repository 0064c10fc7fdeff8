import { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';

/** What a server makes its requests and answers of. */
export interface RequestClasses {
  IncomingMessage: typeof IncomingMessage;
  ServerResponse: typeof ServerResponse;
}

/**
 * Makes requests and answers that are those of an app from birth, once they are given to it. Express gives each one the app's prototype;
 * from then on V8 knows nothing of its shape, and everything that handles such objects is slower, Node's own code too. Those that have
 * it already stay as they are.
 */
export function createRequestClasses(): RequestClasses & { giveTo: (app: Express) => void } {
  class BoardRequest extends IncomingMessage {}
  class BoardResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {}
  return {
    IncomingMessage: BoardRequest,
    ServerResponse: BoardResponse,
    giveTo(app) {
      app.request = Object.setPrototypeOf(BoardRequest.prototype, app.request);
      app.response = Object.setPrototypeOf(BoardResponse.prototype, app.response);
    },
  };
}
