import type { Router } from 'express';
import { createBoardAddressRouter } from '../boards/board-address.js';
import type { BoardList } from '../boards/board-list.js';
import { type Board, toArchivePath, toBoardPath, toCatalogPath } from '../boards/board.js';
import { notFound } from '../http/errors.js';
import type { PageReads } from '../http/page-reads.js';
import { getContext } from '../http/request.js';
import { redirectToClean, sendPage } from '../http/send-page.js';
import { toNumberParam } from '../http/sent-params.js';
import type { Views } from '../http/views.js';
import { toEmptyForm } from '../posts/form-view.js';
import type { PostHtml } from '../posts/post-html.js';
import { createTranslate, type Translate } from '../texts/texts.js';
import type { CardHtml } from './card-html.js';
import { findCatalogPage, toCatalogFilter } from './catalog-page.js';
import { findIndexPage } from './index-page.js';
import { countBoardThreads, findArchivedThreads } from './thread-store.js';

export interface BoardRouteParts {
  pageReads: Pick<PageReads, 'readBoards'>;
  views: Views;
  boards: Pick<BoardList, 'get'>;
  postHtml: PostHtml;
  cardHtml: CardHtml;
}

const archivePageLength = 100;

/** The pages of a board: `/b/` and `/b/2`, `/b/catalog`, `/b/archive` and `/b/archive/2`. */
export function createBoardRouter(parts: BoardRouteParts): Router {
  const router = createBoardAddressRouter();
  addIndex(router, parts);
  addCatalog(router, parts);
  addArchive(router, parts);
  return router;
}

function addIndex(router: Router, parts: BoardRouteParts): void {
  const { pageReads, views, boards, postHtml } = parts;
  const toPage = (slug: string, page: number) => (page === 1 ? toBoardPath(slug) : `${toBoardPath(slug)}${page}`);

  router.get(['/:slug/', '/:slug/:page'], async (req, res) => {
    const board = await boards.get(String(req.params['slug']));
    const page = req.params['page'] === undefined ? 1 : toNumberParam(req.params['page']);
    if (page === 1 && req.params['page'] !== undefined) return redirectToClean(req, res, toBoardPath(board.slug));
    const { lang } = getContext(req);
    const index = await pageReads.readBoards((db) => findIndexPage({ db, postHtml }, board, page, lang));
    const locals = { board, ...index, form: toEmptyForm(board, null) };
    await sendPage(views, req, res, { view: 'threads/index', frame: toFrame(createTranslate(lang), board, board.title, page), locals });
  });

  router.get(['/:slug', '/:slug/:page/'], async (req, res) => {
    const { slug } = await boards.get(String(req.params['slug']));
    redirectToClean(req, res, toPage(slug, req.params['page'] === undefined ? 1 : toNumberParam(req.params['page'])));
  });
}

function addCatalog(router: Router, { pageReads, views, boards, cardHtml }: BoardRouteParts): void {
  router.get('/:slug/catalog', async (req, res) => {
    const board = await boards.get(req.params.slug);
    const { lang } = getContext(req);
    const t = createTranslate(lang);
    const filter = toCatalogFilter(req.query);
    const { cards, ...found } = await pageReads.readBoards((db) => findCatalogPage({ db, cardHtml }, board, filter, lang));
    const locals = { board, filter, shown: cards.length, ...found };
    await sendPage(views, req, res, { view: 'threads/catalog', frame: { ...toFrame(t, board, t('threads.catalog'), 1), bodyClass: 'wide' }, locals, pieces: cards });
  });

  router.get('/:slug/catalog/', async (req, res) => redirectToClean(req, res, toCatalogPath((await boards.get(req.params.slug)).slug)));
}

function addArchive(router: Router, { pageReads, views, boards }: BoardRouteParts): void {
  const toPage = (slug: string, page: number) => (page === 1 ? toArchivePath(slug) : `${toArchivePath(slug)}/${page}`);

  router.get(['/:slug/archive', '/:slug/archive/:page'], async (req, res) => {
    const board = await boards.get(String(req.params['slug']));
    const page = req.params['page'] === undefined ? 1 : toNumberParam(req.params['page']);
    if (page === 1 && req.params['page'] !== undefined) return redirectToClean(req, res, toArchivePath(board.slug));
    const found = await pageReads.readBoards(async (db) => {
      const pageCount = Math.max(1, Math.ceil((await countBoardThreads(db, board.id, 'archived')) / archivePageLength));
      if (page > pageCount) throw notFound();
      return { pageCount, threads: await findArchivedThreads(db, board.id, (page - 1) * archivePageLength, archivePageLength) };
    });
    const t = createTranslate(getContext(req).lang);
    await sendPage(views, req, res, { view: 'threads/archive', frame: toFrame(t, board, t('threads.archive'), page), locals: { board, ...found, page } });
  });

  router.get(['/:slug/archive/', '/:slug/archive/:page/'], async (req, res) => {
    const { slug } = await boards.get(String(req.params['slug']));
    redirectToClean(req, res, toPage(slug, req.params['page'] === undefined ? 1 : toNumberParam(req.params['page'])));
  });
}

function toFrame(t: Translate, board: Board, title: string, page: number) {
  return { title: t('threads.boardTitle', { slug: board.slug, title, page }), boardSlug: board.slug };
}
