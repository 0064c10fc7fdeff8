import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { type ErrorRequestHandler } from 'express';
import { type Kysely, sql } from 'kysely';
import { createBoardList } from '../../src/boards/board-list.js';
import { insertBoard, insertSection } from '../../src/boards/board-store.js';
import type { Board } from '../../src/boards/board.js';
import type { Role, Tables } from '../../src/db/tables.js';
import { UserError } from '../../src/http/errors.js';
import { createRequestContext, type RequestAddress } from '../../src/http/request.js';
import { checkSameSite } from '../../src/http/same-site.js';
import { createViews } from '../../src/http/views.js';
import { toAuthorTags } from '../../src/identity/author-tags.js';
import { openKeys } from '../../src/identity/keys.js';
import { announceQueue } from '../../src/moderation/announce-queue.js';
import { createActs } from '../../src/moderation/create-acts.js';
import { createModerationRouter, createPublicModerationRouter } from '../../src/moderation/moderation-routers.js';
import { createPostHtml } from '../../src/posts/post-html.js';
import { createStaffSessions } from '../../src/staff/sessions.js';
import { createTranslate } from '../../src/texts/texts.js';
import type { TouchedThread } from '../../src/threads/removal-store.js';
import type { BoardChange } from '../../src/threads/thread.js';
import { createLocalMediaStorage, newMediaName, toThumbName } from '../../src/uploads/media-storage.js';
import { hireStaff } from './hire-staff.js';
import { createTestDatabase } from './test-database.js';

/** Somebody at an address of his own: the same number is the same author. */
export const authorAt = (number: number): RequestAddress => ({ prefix: `10.9.8.${number}`, range: '10.9.8', isLoopback: false });

export interface Desk extends Awaited<ReturnType<typeof openDesk>> {}

const HOUR = 3_600_000;

/** A database, storage, keys, a clock that can be moved, and every door of moderation, without the rest of the board. */
export async function openDesk() {
  const { db, close } = await createTestDatabase();
  const dir = await mkdtemp(join(tmpdir(), 'quoth-desk-'));
  let at = new Date('2026-05-13T09:00:00Z').getTime();
  const now = () => new Date(at);
  const keys = await openKeys({ dir: join(dir, 'keys'), now });
  const storage = createLocalMediaStorage({ dir: join(dir, 'media'), now });
  const boards = createBoardList(db, now);
  const assets = Object.fromEntries(['quoth.css', 'quoth.js', 'socket.js', 'mod.css', 'mod.js', 'icon.svg'].map((name) => [name, `/assets/${name}`]));
  const views = createViews({ dir: 'views', assets, navigation: () => ({ sections: boards.known() }) });
  const postHtml = createPostHtml({ views });
  const sessions = createStaffSessions({ db, now, isSecure: false });
  const published: { touched: TouchedThread[]; kind: BoardChange['kind'] }[] = [];
  const openCounts: number[] = [];
  const broadcaster = { toStaff: (queue: { openCount: number }) => void openCounts.push(queue.openCount) };
  const log = { error: (_event: string, fields?: object) => void (failures.push(fields ?? {})) };
  const failures: object[] = [];
  const announce = () => announceQueue({ db, broadcaster, log, now });
  const publisher = { publish: (touched: TouchedThread[], kind: BoardChange['kind']) => void published.push({ touched, kind }) };
  const acts = createActs({ db, storage, publisher, announceQueue: announce, now });
  const parts = { db, now, views, boards, keys, announceQueue: announce, postHtml, storage, sessions, acts };

  const app = express();
  app.use(createRequestContext({ readAddress: (req) => authorAt(Number(req.headers['x-author'] ?? 250)), publicOrigin: undefined }));
  app.use(checkSameSite);
  app.use('/mod', sessions.loadStaff);
  app.use(createPublicModerationRouter(parts));
  app.use(createModerationRouter(parts));
  app.use(showError);

  const sectionId = await db.transaction().execute((trx) => insertSection(trx, 'Topics', 0));

  return {
    db,
    app,
    acts,
    keys,
    storage,
    boards,
    published,
    openCounts,
    failures,
    now,
    parts,
    /** Moves the clock on. */
    pass: (hours: number) => {
      at += hours * HOUR;
    },
    async makeBoard(slug: string): Promise<Board> {
      const board = await db.transaction().execute((trx) => insertBoard(trx, sectionId, { slug, title: `Board ${slug}` }, now()));
      await boards.refresh();
      return board;
    },
    startThread: (board: Board, post: NewTestPost = {}) => insertThread(db, board, post, now()),
    reply: (thread: TestPost, post: NewTestPost = {}) => insertPost(db, thread, post, now(), false),
    /** Says who wrote a post, as posting does. */
    async sign(post: TestPost, author: number): Promise<void> {
      const tags = toAuthorTags(keys, authorAt(author));
      const row = { post_id: post.id, day_tag: tags.dayTag, ban_tag: tags.banTag, range_tag: tags.rangeTag, ban_key_id: tags.banKeyId, created_at: now() };
      await db.insertInto('post_origins').values(row).execute();
    },
    tagsOf: (author: number) => toAuthorTags(keys, authorAt(author)).allBanTags,
    /** Gives a post a picture whose bytes are in the public place, and answers with its name. */
    async attach(post: TestPost): Promise<string> {
      const name = newMediaName('jpg');
      for (const each of [name, toThumbName(name)]) {
        const path = join(dir, `temp-${each}`);
        await writeFile(path, `bytes of ${each}`);
        await storage.put(path, each);
      }
      const count = await db.selectFrom('uploads').select(sql<number>`count(*)::int`.as('count')).where('post_id', '=', post.id).executeTakeFirstOrThrow();
      await db
        .insertInto('uploads')
        .values({ post_id: post.id, position: count.count, name, thumb_name: toThumbName(name), original_name: 'beds.jpg', type: 'jpeg', bytes: 1000, width: 600, height: 400, thumb_width: 200, thumb_height: 133 })
        .execute();
      return name;
    },
    hireStaff: (name: string, roles: { boardId: number | null; role: Role }[]) => hireStaff(db, app, now(), name, roles),
    async close(): Promise<void> {
      await close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const showError: ErrorRequestHandler = (error, _req, res, next) => {
  if (!(error instanceof UserError)) return next(error);
  res.status(error.status).type('text').send(`${error.code}: ${createTranslate('en')(error.code, error.params)}`);
};

export interface TestPost {
  id: number;
  no: number;
  threadId: number;
  threadNo: number;
  board: Board;
}

interface NewTestPost {
  body?: string;
  subject?: string;
}

async function takeNo(db: Kysely<Tables>, board: Board): Promise<number> {
  const taken = await sql<{ no: number }>`select next_post_no(${board.id}) as no`.execute(db);
  return taken.rows[0]?.no ?? 0;
}

async function insertThread(db: Kysely<Tables>, board: Board, post: NewTestPost, now: Date): Promise<TestPost> {
  const no = await takeNo(db, board);
  const thread = await db
    .insertInto('threads')
    .values({ board_id: board.id, no, bump_no: no, created_at: now, last_post_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return insertPost(db, { id: 0, no, threadId: thread.id, threadNo: no, board }, { subject: 'Six seasons', ...post }, now, true);
}

async function insertPost(db: Kysely<Tables>, thread: TestPost, post: NewTestPost, now: Date, isOp: boolean): Promise<TestPost> {
  const no = isOp ? thread.no : await takeNo(db, thread.board);
  const body = post.body ?? `Words of post ${no}`;
  const row = await db
    .insertInto('posts')
    .values({
      thread_id: thread.threadId,
      board_id: thread.board.id,
      no,
      is_op: isOp,
      subject: post.subject ?? '',
      body,
      body_html: `<p>${body}</p>`,
      markup_version: 1,
      change_no: 1,
      has_bumped: !isOp,
      created_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  if (!isOp) {
    const bump = { reply_count: sql<number>`reply_count + 1`, bump_no: no };
    await db.updateTable('threads').set(bump).where('id', '=', thread.threadId).execute();
  }
  return { ...thread, id: row.id, no };
}
