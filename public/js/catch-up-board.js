import { findPlace } from './insert-html.js';
import { toNo } from './post-address.js';
import { readStand } from './shown-threads.js';

/** A kept page may be a second old: asked for after this long, it has all that happened before the line came back. */
const settleMs = 1500;
/** After a failed question. Both waits are up to twice as long, since many pages come back at once. */
const retryMs = 8000;

/**
 * Asks what a board page missed while it was away. The answer is the board's catalog: the server keeps it for everybody.
 * @param {object} options
 * @param {string} options.board
 * @param {string} options.lang
 * @param {(catalog: HTMLElement) => Promise<void>} options.compare may throw: then it is asked for again
 */
export function createBoardCatchUp({ board, lang, compare }) {
  let isAsking = false;
  let isWanted = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function soon(after = settleMs) {
    isWanted = true;
    if (isAsking) return;
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), after * (1 + Math.random()));
  }

  async function ask() {
    isAsking = true;
    isWanted = false;
    const hasFailed = await askOnce().then(() => false, () => true);
    isAsking = false;
    if (hasFailed) soon(retryMs);
    else if (isWanted) soon();
  }

  async function askOnce() {
    const answer = await fetch(`/${board}/catalog`, { cache: 'no-cache', headers: { 'Accept-Language': lang } });
    if (!answer.ok) throw new Error(`the catalog answered ${answer.status}`);
    const catalog = findPlace(await answer.text(), 'board');
    if (catalog !== null) await compare(catalog);
  }

  return { soon: () => soon() };
}

/**
 * Asks what became of the posts that the index shows of a thread.
 * @param {{ board: string, lang: string, no: number }} thread
 * @param {HTMLElement} shown
 * @returns {Promise<import('./change-cursor.js').ThreadChanges | undefined>} undefined when it is gone
 */
export async function askThread({ board, lang, no }, shown) {
  const last = Math.max(no, ...[...shown.querySelectorAll('.post')].map(toNo));
  const answer = await fetch(`/${board}/thread/${no}/updates?since=${readStand(shown).change}&upto=${last}`, {
    headers: { Accept: 'application/json', 'Accept-Language': lang },
  });
  if (answer.status === 404 || answer.status === 410) return undefined;
  if (!answer.ok) throw new Error(`updates answered ${answer.status}`);
  return answer.json();
}
