import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from 'node:http';
import request from 'supertest';
import { insertBoard, insertSection, type NewBoard } from '../../src/boards/board-store.js';
import type { Board } from '../../src/boards/board.js';
import { readConfig } from '../../src/config.js';
import type { Role } from '../../src/db/tables.js';
import { createLog } from '../../src/log.js';
import { type RunningBoard, startBoard } from '../../src/start-board.js';
import { hireStaff } from './hire-staff.js';
import { createTestDatabase } from './test-database.js';

export interface TestBoard extends Awaited<ReturnType<typeof openTestBoard>> {}

/** A post as its poster is told of it. */
export interface Posted {
  board: string;
  thread: number;
  no: number;
}

/**
 * The whole board on a database of its own, listening on loopback: what tests of the front door ask. Its clock can be moved.
 * Posting limits are off unless `settings` says otherwise.
 */
export async function openTestBoard(options: { settings?: Record<string, string>; database?: Awaited<ReturnType<typeof createTestDatabase>>; pageTrustMs?: { thread: number; board: number } } = {}) {
  // Tests write rows behind the board's back and want to see them at once.
  const { pageTrustMs = { thread: 0, board: 0 } } = options;
  const database = options.database ?? (await createTestDatabase());
  const dataDir = await mkdtemp(join(tmpdir(), 'quoth-board-'));
  const lines: string[] = [];
  const settings = { DATA_DIR: dataDir, PORT: '0', HOST: '127.0.0.1', POSTING_LIMITS: 'off', LOG_LEVEL: 'debug', ...options.settings };
  let shift = 0;
  const now = () => new Date(Date.now() + shift);
  const config = readConfig(settings);
  const log = createLog(config.logLevel, (line) => void lines.push(line));
  let running = await startBoard({ config, log, now, database, pageTrustMs });
  const sectionId = await database.db.transaction().execute((trx) => insertSection(trx, 'Test boards', 99));

  const origin = () => `http://127.0.0.1:${(running.server.address() as AddressInfo).port}`;
  /** A browser: it keeps its cookies. */
  const open = () => createVisitor(running.server, origin());
  const visitor = open();

  return {
    ...visitor,
    get server(): Server {
      return running.server;
    },
    get running(): RunningBoard {
      return running;
    },
    origin,
    open,
    db: database.db,
    dataDir,
    log: lines,
    now,
    /** Moves the clock on, in milliseconds. */
    pass: (ms: number) => {
      shift += ms;
    },
    /** Does the board's own chores that are due. */
    doChores: () => running.background.runAll(),
    /** A board of its own for a test. */
    async makeBoard(slug: string, over: Partial<NewBoard> = {}): Promise<Board> {
      const board = await database.db.transaction().execute((trx) => insertBoard(trx, sectionId, { slug, title: `Board ${slug}`, isSubjectRequired: false, ...over }, now()));
      await running.boards.refresh();
      return board;
    },
    hireStaff: (name: string, roles: { boardId: number | null; role: Role }[]) => hireStaff(database.db, running.server, now(), name, roles),
    /** Stops the board and starts it again on the same database and files. */
    async restart(): Promise<void> {
      await running.close();
      running = await startBoard({ config, log, now, database, pageTrustMs });
    },
    async close(): Promise<void> {
      await running.close();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Fields of a posting form, as they are typed. */
export interface Typed {
  [field: string]: string | undefined;
}

/** A file of a form. */
export interface SentFile {
  name: string;
  content: Buffer;
}

/** Somebody with a browser: forms come from the board's own pages, cookies are kept. */
function createVisitor(server: Server, origin: string) {
  const agent = request.agent(server);
  const host = new URL(origin).host;
  const ownPage = { Host: host, Origin: origin, 'Sec-Fetch-Site': 'same-origin' };

  /** Sends a form with files as a browser does; JSON comes back when `accept` says so. */
  function sendForm(path: string, typed: Typed, files: SentFile[] = [], accept = 'text/html') {
    let form = agent.post(path).set({ ...ownPage, Accept: accept });
    for (const [field, value] of Object.entries(typed)) if (value !== undefined) form = form.field(field, value);
    for (const { name, content } of files) form = form.attach('files', content, name);
    return form;
  }

  async function postOrThrow(path: string, typed: Typed, files: SentFile[]): Promise<Posted> {
    // As script does: without an id, the same words in the same place are one post for a minute.
    const answer = await sendForm(path, { form_id: randomUUID(), ...typed }, files, 'application/json');
    if (answer.status !== 201) throw new Error(`The post was answered with ${answer.status}: ${answer.text}`);
    return answer.body as Posted;
  }

  return {
    agent,
    get: (path: string, headers: Record<string, string> = {}) => agent.get(path).set({ Host: host, ...headers }),
    getJson: (path: string) => agent.get(path).set({ Host: host, Accept: 'application/json' }),
    sendForm,
    /** A plain form without files, such as a report. */
    send: (path: string, typed: Typed, accept = 'text/html') => agent.post(path).set({ ...ownPage, Accept: accept }).type('form').send(typed),
    startThread: (slug: string, typed: Typed = {}, files: SentFile[] = []) => postOrThrow(`/${slug}/thread`, { subject: 'A thread', body: 'The first words.', ...typed }, files),
    reply: (thread: { board: string; thread: number }, typed: Typed | string = {}, files: SentFile[] = []) =>
      postOrThrow(`/${thread.board}/thread/${thread.thread}/reply`, { body: 'A reply.', ...(typeof typed === 'string' ? { body: typed } : typed) }, files),
  };
}
