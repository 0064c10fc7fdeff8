import { type SendAnswer, toHeaderLines } from './ready-page.js';

/** The first lines of an answer, and the second (since 1970) in which they are right. */
interface Beginning {
  second: number;
  lines: Buffer;
}

/**
 * Makes what sends kept pages. Their bytes, head and body, go to the connection as they are: what Node does for every answer, as it
 * might come in pieces with any headers, costs a page of 100 posts a quarter of its time. An answer that is not of the usual kind (the
 * connection ends with it, owes an earlier one or speaks HTTP/1.0, or its request has a body) goes Node's way.
 *
 * Node learns of it as of any other: it does what belongs to an answer's end when the answer says that it is finished.
 *
 * `headers` are names and values in turn, for every answer; `connection` says what a client may expect of its connection.
 */
export function createWholeSender(headers: readonly string[], connection: { keepAliveMs: number; requests: number }): SendAnswer {
  const ofAll = `${toHeaderLines(headers)}Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(connection.keepAliveMs / 1000)}, max=${connection.requests}\r\n`;
  const beginnings = { 200: toBeginning(200, 0), 304: toBeginning(304, 0) };

  function toBeginning(status: 200 | 304, second: number): Beginning {
    const date = new Date(second * 1000).toUTCString();
    return { second, lines: Buffer.from(`HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Not Modified'}\r\nDate: ${date}\r\n${ofAll}`, 'latin1') };
  }

  function begin(status: 200 | 304): Buffer {
    const second = Math.floor(Date.now() / 1000);
    if (beginnings[status].second !== second) beginnings[status] = toBeginning(status, second);
    return beginnings[status].lines;
  }

  return (res, status, head, body) => {
    const { socket, req } = res;
    const isUsual = res.shouldKeepAlive && req.httpVersionMinor === 1 && req.headers['content-length'] === undefined && req.headers['transfer-encoding'] === undefined;
    if (socket === null || !isUsual) {
      res.writeHead(status, [...headers, ...head.headers]).end(body);
      return;
    }
    res.statusCode = status;
    res.finished = true;
    const onWritten = (error?: Error | null) => {
      if (error === undefined || error === null) res.emit('finish');
    };
    socket.cork();
    socket.write(begin(status));
    if (body === undefined) socket.write(head.lines, onWritten);
    else {
      socket.write(head.lines);
      socket.write(body, onWritten);
    }
    socket.uncork();
  };
}
