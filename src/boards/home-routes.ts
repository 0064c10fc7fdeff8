import express, { type Router } from 'express';
import type { PageReads } from '../http/page-reads.js';
import { getContext } from '../http/request.js';
import { redirectToClean, sendPage } from '../http/send-page.js';
import type { Views } from '../http/views.js';
import { createTranslate } from '../texts/texts.js';
import type { BoardList } from './board-list.js';
import { findHomePage } from './home-page.js';

/** GET `/`: the boards and what is going on there. GET `/about`: how to write here, and what is held about whom. */
export function createHomeRouter(parts: { pageReads: Pick<PageReads, 'readBoards'>; views: Views; boards: Pick<BoardList, 'sections'>; now: () => Date }): Router {
  const { pageReads, views, boards, now } = parts;
  const router = express.Router({ caseSensitive: true, strict: true });

  router.get('/', async (req, res) => {
    const locals = await pageReads.readBoards((db) => findHomePage(db, boards, now()));
    await sendPage(views, req, res, { view: 'boards/home', frame: { title: '' }, locals });
  });

  router.get('/about', async (req, res) => {
    const t = createTranslate(getContext(req).lang);
    await sendPage(views, req, res, { view: 'boards/about', frame: { title: t('about.title') }, locals: {} });
  });

  router.get('/about/', (req, res) => redirectToClean(req, res, '/about'));

  return router;
}
