import { askThread, createBoardCatchUp } from './catch-up-board.js';
import { toElement } from './insert-html.js';
import { openLiveLine } from './live-line.js';
import { createLiveStatus } from './live-status.js';
import { makeElement } from './make-element.js';
import { changeShown, listShown, putCard, readStand, showCounts } from './shown-threads.js';
import { say, sayCount } from './texts.js';

/** @typedef {{ lang: string, posts: { no: number, html: string }[], card: string }} BoardAnew */
/** @typedef {{ thread: number, kind: 'new' | 'reply' | 'state' | 'gone', replyCount: number, fileCount: number, removed: number[], anew?: BoardAnew[] }} BoardChange */

/**
 * Tells on the index and in the catalog what has happened on the board since the page was loaded, also while it was away. What was
 * removed goes, counts and files change in place; the rest waits until the reader asks for it.
 */
export function startLiveBoard() {
  const place = document.getElementById('board');
  const news = place?.querySelector('[data-news]');
  const board = place?.dataset['board'];
  if (place === null || !(news instanceof HTMLElement) || board === undefined) return;
  const { lang = 'en' } = place.dataset;
  const status = createLiveStatus(document);
  const changes = createBoardNews(place, { board, lang, news });
  const catchUp = createBoardCatchUp({ board, lang, compare: changes.compare });
  // A page that the browser had put aside may be as old as it likes.
  let isNew = !performance.getEntriesByType('navigation').some((entry) => Reflect.get(entry, 'type') === 'back_forward');

  openLiveLine({
    join: { board },
    events: {
      'board:changes': changes.take,
      readers: (said) => said.thread === undefined && said.board === board && status.showReaders(said.count),
    },
    onUp(readers) {
      status.showUp();
      if (readers !== undefined) status.showReaders(readers);
      if (!isNew) catchUp.soon();
      isNew = false;
    },
    onDown() {
      isNew = false;
      status.showDown();
    },
    onPoll: catchUp.soon,
  });
}

/**
 * What is news on a board page, and how the page changes with it.
 * @param {HTMLElement} place
 * @param {{ board: string, lang: string, news: HTMLElement }} page
 */
function createBoardNews(place, { board, lang, news }) {
  /** @type {Set<number>} */
  const started = new Set();
  /** @type {Set<number>} */
  const answered = new Set();
  /** @type {Set<number>} Threads that went while the page was open: an older answer may still have them. */
  const gone = new Set();
  /** @type {Map<number, number>} How often the page was told of a change of each thread. */
  const told = new Map();
  const loaded = { newest: Number(place.dataset['newest']), top: Number(place.dataset['top']), replies: new Map([...listShown(place)].map(([no, shown]) => [no, readStand(shown).replies])) };
  let newest = loaded.newest;

  /** @param {number} no */
  function dropThread(no) {
    started.delete(no);
    answered.delete(no);
    gone.add(no);
    listShown(place).get(no)?.remove();
  }

  /** @param {BoardChange} change */
  function takeOne(change) {
    const { thread: no, kind } = change;
    told.set(no, (told.get(no) ?? 0) + 1);
    if (kind === 'gone') return dropThread(no);
    gone.delete(no);
    newest = Math.max(newest, no);
    if (kind === 'new') started.add(no);
    else if (kind === 'reply' && !started.has(no)) answered.add(no);
    const shown = listShown(place).get(no);
    if (shown === undefined) return;
    const anew = change.anew?.find((each) => each.lang === lang);
    showCounts(shown, change);
    if (!shown.matches('.card')) return changeShown(shown, { posts: anew?.posts ?? [], removed: change.removed });
    const card = toElement(anew?.card ?? '');
    if (card !== null) putCard(shown, card);
  }

  /** @param {Map<number, HTMLElement>} living the cards of all threads that there are */
  function countMissed(living) {
    for (const no of [...listShown(place).keys(), ...started, ...answered]) if (!living.has(no)) dropThread(no);
    for (const [no, card] of living) {
      const { replies, bump } = readStand(card);
      if (gone.has(no)) continue;
      if (no > loaded.newest) started.add(no);
      else if (bump > loaded.top || replies > (loaded.replies.get(no) ?? Infinity)) answered.add(no);
    }
  }

  /**
   * Brings one thread to what it is now.
   * @param {number} no
   * @param {HTMLElement} card
   */
  async function refresh(no, card) {
    const shown = listShown(place).get(no);
    if (shown === undefined || readStand(card).change <= readStand(shown).change) return;
    if (shown.matches('.card')) return putCard(shown, card);
    const before = told.get(no);
    const changes = await askThread({ board, lang, no }, shown);
    // What was told meanwhile may be newer than this answer.
    if (told.get(no) !== before) return refresh(no, card);
    if (changes === undefined || changes.state.movedTo !== undefined || changes.removed.includes(no)) return dropThread(no);
    changeShown(shown, changes);
    const { replies, bump } = readStand(shown);
    shown.dataset['stand'] = `${changes.to} ${replies} ${bump}`;
  }

  function showNews() {
    const parts = [
      ...(started.size > 0 ? [sayCount('newThreads', started.size)] : []),
      ...(answered.size > 0 ? [sayCount('threadsWithReplies', answered.size)] : []),
    ];
    const text = parts.length === 0 ? '' : `${parts.join(', ')} `;
    if (text === (news.firstChild?.textContent ?? '')) return;
    news.replaceChildren(...(text === '' ? [] : [text, makeElement('a', { class: 'br', href: location.pathname + location.search }, say('show'))]));
  }

  return {
    /** @param {BoardChange[]} changes */
    take(changes) {
      for (const change of changes) takeOne(change);
      showNews();
    },
    /**
     * Compares the page with the board's catalog as it is now.
     * @param {HTMLElement} catalog
     */
    async compare(catalog) {
      if (Number(catalog.dataset['newest']) < newest) throw new Error('the answer is older than what is known');
      const living = listShown(catalog);
      countMissed(living);
      showNews();
      for (const [no, card] of living) await refresh(no, card);
    },
  };
}
