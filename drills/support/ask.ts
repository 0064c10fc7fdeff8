import { randomUUID } from 'node:crypto';
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';

export interface Asked {
  status: number;
  text: string;
  headers: NodeJS.Dict<string | string[]>;
  /** From the call to the end of the answer. */
  ms: number;
}

export interface Asking {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  agent?: Agent | false;
  /** The address of this machine to ask from, such as 127.0.0.7. */
  from?: string;
}

/** Asks a board. A new connection each time unless an agent is given. @throws Error when the connection breaks */
export function ask(url: string, path: string, { method = 'GET', headers = {}, body, agent = false, from }: Asking = {}): Promise<Asked> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const req = request({ host: hostname, port, path, method, headers, agent, localAddress: from, timeout: 60_000 }, (res) => {
      const parts: Buffer[] = [];
      res.on('data', (part: Buffer) => parts.push(part)).once('error', reject);
      res.once('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text: Buffer.concat(parts).toString(), ms: performance.now() - startedAt }));
    });
    req.once('error', reject).once('timeout', () => req.destroy(new Error('no answer within a minute')));
    req.end(body);
  });
}

export interface Thread {
  board: string;
  thread: number;
  no: number;
}

/** Sends what a form of the board's own pages would; JSON comes back. */
export function sendForm(url: string, path: string, fields: Record<string, string>, asking: Asking = {}): Promise<Asked> {
  const headers = { Origin: url, 'Sec-Fetch-Site': 'same-origin', Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded', ...asking.headers };
  return ask(url, path, { ...asking, method: 'POST', headers, body: new URLSearchParams(fields).toString() });
}

async function post(url: string, path: string, fields: Record<string, string>, asking: Asking): Promise<Thread> {
  const answer = await sendForm(url, path, { form_id: randomUUID(), ...fields }, asking);
  if (answer.status !== 201) throw new Error(`A post was answered with ${answer.status}: ${answer.text.slice(0, 300)}`);
  return JSON.parse(answer.text);
}

/** Starts a thread. @throws Error when it is refused */
export const startThread = (url: string, board: string, body = 'The first words.', asking: Asking = {}): Promise<Thread> =>
  post(url, `/${board}/thread`, { subject: 'A thread of a drill', body }, asking);

/** @throws Error when the reply is refused */
export const reply = (url: string, { board, thread }: { board: string; thread: number }, body: string, asking: Asking = {}): Promise<Thread> =>
  post(url, `/${board}/thread/${thread}/reply`, { body }, asking);

/** The board that a new installation begins with, to post on. */
export async function findFirstBoard(url: string): Promise<string> {
  const home = await ask(url, '/');
  const slug = /href="\/([a-z0-9]{1,16})\/"/.exec(home.text)?.[1];
  if (slug === undefined) throw new Error('The home page leads to no board.');
  return slug;
}
