import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

/** A post as its sender knows it: what was sent, and what was answered. Kept outside of the board, so that the board's word can be tried. */
export interface Entry {
  /** A word that stands in no other post. */
  mark: string;
  /** Where the form goes, such as /b/thread/12/reply. */
  path: string;
  fields: Record<string, string>;
  files: Buffer[];
  /** How many `>>number` it holds, each of a post that was acknowledged before. */
  quoteCount: number;
  outcome: 'waiting' | 'acknowledged' | 'refused' | 'unanswered';
  status: number;
  /** Text of the answer. */
  text: string;
  sentAt: number;
  /** Milliseconds to the answer, or to its failing. */
  ms: number;
  /** Node's word for why there was no answer. */
  failure: string;
  /** It went over a connection on which others went before it. */
  isReused: boolean;
  /** By it the post may be taken back. */
  cookie: string;
  place: { board: string; thread: number; no: number } | undefined;
}

export interface LedgerThread {
  slug: string;
  no: number;
}

let lastMark = 0;
const runName = Date.now().toString(36);

function makeEntry(path: string, body: string, more: { subject?: string; files?: Buffer[]; quoteCount?: number } = {}): Entry {
  lastMark += 1;
  const mark = `m${runName}x${lastMark.toString(36)}z`;
  const fields = { form_id: randomUUID(), body: `${body}\n${mark}`, ...(more.subject === undefined ? {} : { subject: more.subject }) };
  return { mark, path, fields, files: more.files ?? [], quoteCount: more.quoteCount ?? 0, outcome: 'waiting', status: 0, text: '', sentAt: 0, ms: 0, failure: '', isReused: false, cookie: '', place: undefined };
}

/** Forms of many kinds, mostly replies: some with files, some that quote their thread's OP, some that start a thread. */
export function makeEntries(options: { count: number; threads: readonly LedgerThread[]; slug: string; file: Buffer; fileShare: number }): Entry[] {
  return Array.from({ length: options.count }, (_none, index) => {
    const files = Math.random() < options.fileShare ? [options.file] : [];
    const thread = options.threads[index % options.threads.length];
    if (thread === undefined || Math.random() < 0.03) return makeThreadEntry(options.slug, files);
    return makeReplyEntry(thread, Math.random() < 0.25 ? thread.no : undefined, files);
  });
}

/** A reply that quotes the post of this number, in whatever thread it stands. */
export function makeReplyEntry(thread: LedgerThread, quotedNo?: number, files: Buffer[] = []): Entry {
  const body = quotedNo === undefined ? 'Some words of no weight.' : `>>${quotedNo}\nAs was said there.`;
  return makeEntry(`/${thread.slug}/thread/${thread.no}/reply`, body, { files, quoteCount: quotedNo === undefined ? 0 : 1 });
}

export function makeThreadEntry(slug: string, files: Buffer[] = []): Entry {
  return makeEntry(`/${slug}/thread`, 'Words that begin a thread.', { subject: 'A thread under load', files });
}

interface Answer {
  /** 0 when there was none. */
  status: number;
  text: string;
  ms: number;
  failure: string;
  isReused: boolean;
  cookie: string;
}

export interface Sender {
  /** Sends a form, as script does, and notes in the entry what became of it. Never throws. */
  send: (entry: Entry) => Promise<void>;
  /** Takes an acknowledged post back, as its poster. Answers with the status. */
  deletePost: (entry: Entry) => Promise<number>;
  get: (path: string, accept?: string) => Promise<Answer>;
  close: () => void;
}

/** A crowd of browsers on this machine, with as many connections as it needs. */
export function createSender(origin: string, options: { accept?: string; keepAlive?: boolean } = {}): Sender {
  const { hostname, port } = new URL(origin);
  const agent = new Agent({ keepAlive: options.keepAlive ?? true, maxSockets: Infinity });
  const accept = options.accept ?? 'application/json';

  function ask(method: string, path: string, headers: Record<string, string | number>, body?: Buffer): Promise<Answer> {
    const startedAt = performance.now();
    return new Promise((resolve) => {
      const end = (answer: { status: number; text?: string; failure?: string; cookie?: string }) => resolve({ text: '', failure: '', cookie: '', ...answer, ms: performance.now() - startedAt, isReused: asked.reusedSocket });
      const asked = request({ agent, hostname, port, method, path, headers, timeout: 60_000 }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => end({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString(), cookie: (answer.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ') }));
        answer.on('error', (error: Error & { code?: string }) => end({ status: 0, failure: error.code ?? error.message }));
      });
      asked.on('timeout', () => asked.destroy(new Error('no answer within 60 s')));
      asked.on('error', (error: Error & { code?: string }) => end({ status: 0, failure: error.code ?? error.message }));
      asked.end(body);
    });
  }

  return {
    async send(entry) {
      const { body, type } = toBody(entry);
      entry.sentAt = Date.now();
      const answer = await ask('POST', entry.path, { Accept: accept, Origin: origin, 'Content-Type': type, 'Content-Length': body.length }, body);
      Object.assign(entry, answer);
      entry.outcome = answer.status === 0 ? 'unanswered' : answer.status === 201 ? 'acknowledged' : 'refused';
      if (answer.status === 201) entry.place = JSON.parse(answer.text) as { board: string; thread: number; no: number };
    },
    async deletePost({ place, cookie }) {
      const body = Buffer.from('what=post');
      const headers = { Accept: 'text/html', Origin: origin, Cookie: cookie, 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': body.length };
      return (await ask('POST', `/${place?.board}/post/${place?.no}/delete`, headers, body)).status;
    },
    get: (path, wanted = 'text/html') => ask('GET', path, { Accept: wanted }),
    close: () => agent.destroy(),
  };
}

function toBody({ fields, files }: Entry): { body: Buffer; type: string } {
  const boundary = `----quoth${randomUUID()}`;
  const parts: Buffer[] = Object.entries(fields).map(([name, value]) => Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`));
  for (const [index, file] of files.entries()) {
    parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="shed-${index}.png"\r\nContent-Type: image/png\r\n\r\n`), file, Buffer.from('\r\n'));
  }
  return { body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]), type: `multipart/form-data; boundary=${boundary}` };
}

/** Starts threads to write in, one after the other. @throws Error when one is refused */
export async function startThreads(sender: Sender, slug: string, count: number): Promise<{ threads: LedgerThread[]; entries: Entry[] }> {
  const entries = Array.from({ length: count }, () => makeThreadEntry(slug));
  for (const entry of entries) await sender.send(entry);
  const threads = entries.map(({ place, status, text }) => {
    if (place === undefined) throw new Error(`A thread could not be started: ${status} ${text.slice(0, 300)}`);
    return { slug: place.board, no: place.no };
  });
  return { threads, entries };
}

/** Sends forms of which so many are under way at a time; all at once by default. */
export async function sendAll(sender: Sender, entries: readonly Entry[], atOnce = entries.length): Promise<void> {
  const waiting = entries.values();
  await Promise.all(
    Array.from({ length: Math.min(atOnce, entries.length) }, async () => {
      for (const entry of waiting) await sender.send(entry);
    }),
  );
}

export const countBy = (entries: readonly Entry[], outcome: Entry['outcome']) => entries.filter((entry) => entry.outcome === outcome).length;
