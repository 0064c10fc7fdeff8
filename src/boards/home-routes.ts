import express, { type Router } from 'express';
import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import { getContext } from '../http/request.js';
import { redirectToClean, sendPage } from '../http/send-page.js';
import type { Views } from '../http/views.js';
import { createTranslate } from '../texts/texts.js';
import type { BoardList } from './board-list.js';
import { findHomePage } from './home-page.js';

/** GET `/`: the boards and what is going on there. GET `/about`: how to write here, and what is held about whom. */
export function createHomeRouter(parts: { db: Kysely<Tables>; views: Views; boards: Pick<BoardList, 'sections'>; now: () => Date }): Router {
  const { db, views, boards, now } = parts;
  const router = express.Router({ caseSensitive: true, strict: true });

  router.get('/', async (req, res) => {
    await sendPage(views, req, res, { view: 'boards/home', frame: { title: '' }, locals: await findHomePage(db, boards, now()) });
  });

  router.get('/about', async (req, res) => {
    const t = createTranslate(getContext(req).lang);
    await sendPage(views, req, res, { view: 'boards/about', frame: { title: t('about.title') }, locals: {} });
  });

  router.get('/about/', (req, res) => redirectToClean(req, res, '/about'));

  return router;
}
