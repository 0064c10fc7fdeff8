import express from 'express';
import request from 'supertest';
import { createBoardList } from '../../src/boards/board-list.js';
import { insertBoard, insertSection, type NewBoard } from '../../src/boards/board-store.js';
import { createHomeRouter } from '../../src/boards/home-routes.js';
import { createErrorHandler } from '../../src/http/error-handler.js';
import { notFound } from '../../src/http/errors.js';
import { createRequestContext } from '../../src/http/request.js';
import { createViews } from '../../src/http/views.js';
import { createLog } from '../../src/log.js';
import { createPostHtml } from '../../src/posts/post-html.js';
import { createBoardRouter } from '../../src/threads/board-routes.js';
import { createThreadRouter } from '../../src/threads/thread-routes.js';
import { createTestDatabase } from './test-database.js';

/** The reading doors over a fresh database. */
export async function openTestBoard() {
  const { db, close } = await createTestDatabase();
  let shift = 0;
  const now = () => new Date(Date.now() + shift);
  const boards = createBoardList(db, now);
  const assets = Object.fromEntries(['quoth.css', 'quoth.js', 'mod.css', 'mod.js', 'icon.svg'].map((name) => [name, `/assets/${name}`]));
  const views = createViews({ dir: 'views', assets, navigation: () => ({ sections: boards.known() }) });
  const parts = { db, views, boards, postHtml: createPostHtml({ views }), now };
  const app = express();
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.set('strict routing', true);
  app.use(createRequestContext({ readAddress: () => ({ prefix: '10.9.8.7', range: '10.9.8', isLoopback: false }), publicOrigin: undefined }));
  app.use(createHomeRouter(parts));
  app.use(createThreadRouter(parts));
  app.use(createBoardRouter(parts));
  app.use(() => {
    throw notFound();
  });
  app.use(createErrorHandler({ views, log: createLog('error') }));
  const sectionId = await db.transaction().execute((trx) => insertSection(trx, 'Topics', 0));
  return {
    server: app,
    db,
    now,
    pass: (ms: number) => {
      shift += ms;
    },
    get: (path: string, headers: Record<string, string> = {}) => request(app).get(path).set(headers),
    getJson: (path: string) => request(app).get(path).set({ Accept: 'application/json' }),
    async makeBoard(slug: string, over: Partial<NewBoard> = {}) {
      const board = await db.transaction().execute((trx) => insertBoard(trx, sectionId, { slug, title: `Board ${slug}`, isSubjectRequired: false, ...over }, now()));
      await boards.refresh();
      return board;
    },
    close,
  };
}
