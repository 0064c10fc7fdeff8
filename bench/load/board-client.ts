import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

export interface Answer {
  status: number;
  contentEncoding: string;
  /** Empty where there is none. */
  etag: string;
  body: Buffer;
}

/** Somebody who talks to a board on this machine over connections that stay open. */
export interface BoardClient {
  get: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  /** Sends a posting form as the board's own script does; the answer is JSON. */
  sendForm: (path: string, fields: Record<string, string>) => Promise<Answer>;
  sendText: (path: string, text: string) => Promise<Answer>;
  close: () => void;
}

/** A connection that nobody used for so long is closed from here: servers close theirs after five seconds, and a request must not meet that. */
const idleMs = 2_500;

/** @throws Error when the origin is not on the loopback network: nothing else is ever put under load */
export function createBoardClient(origin: string, connections: number): BoardClient {
  const { hostname, port } = new URL(origin);
  if (!/^127\.\d+\.\d+\.\d+$/.test(hostname)) throw new Error(`${origin} is not on this machine.`);
  const agent = new Agent({ keepAlive: true, maxSockets: connections, timeout: idleMs });

  function ask(method: string, path: string, headers: Record<string, string | number>, body?: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = request({ agent, hostname, port, method, path, headers, timeout: 30_000 }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, contentEncoding: answer.headers['content-encoding'] ?? '', etag: answer.headers.etag ?? '', body: Buffer.concat(chunks) }));
        answer.on('error', reject);
      });
      asked.on('timeout', () => asked.destroy(new Error(`${method} ${path} was not answered within 30 s`)));
      asked.on('error', reject);
      asked.end(body);
    });
  }

  return {
    get: (path, headers = {}) => ask('GET', path, headers),
    sendForm(path, fields) {
      const boundary = `----quoth${randomUUID()}`;
      const parts = Object.entries({ form_id: randomUUID(), ...fields }).map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
      const body = Buffer.from(`${parts.join('')}--${boundary}--\r\n`);
      const type = `multipart/form-data; boundary=${boundary}`;
      return ask('POST', path, { Accept: 'application/json', Origin: origin, 'Content-Type': type, 'Content-Length': body.length }, body);
    },
    sendText(path, text) {
      const body = Buffer.from(text);
      return ask('POST', path, { 'Content-Length': body.length }, body);
    },
    close: () => agent.destroy(),
  };
}
