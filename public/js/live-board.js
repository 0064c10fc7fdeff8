import { openLiveLine } from './live-line.js';
import { createLiveStatus } from './live-status.js';
import { makeElement } from './make-element.js';
import { say, sayCount, sayNumber } from './texts.js';

/** @typedef {{ thread: number, kind: 'new' | 'reply' | 'state' | 'gone', replyCount: number, fileCount: number, removed: number[] }} BoardChange */

/**
 * Tells on the index and in the catalog what has happened on the board since the page was loaded. Counts change in place and
 * threads that are gone go; the rest waits until the reader asks for it.
 */
export function startLiveBoard() {
  const place = document.getElementById('board');
  const news = place?.querySelector('[data-news]');
  const board = place?.dataset.board;
  if (place === null || !(news instanceof HTMLElement) || board === undefined) return;
  const status = createLiveStatus(document);
  /** @type {Set<number>} */
  const started = new Set();
  /** @type {Set<number>} */
  const answered = new Set();

  /** @param {BoardChange} change */
  function take(change) {
    const shown = place?.querySelector(`[data-thread="${change.thread}"]`);
    if (change.kind === 'gone') {
      started.delete(change.thread);
      answered.delete(change.thread);
      shown?.remove();
      return;
    }
    if (change.kind === 'new') started.add(change.thread);
    else if (change.kind === 'reply' && !started.has(change.thread)) answered.add(change.thread);
    if (shown === null || shown === undefined) return;
    for (const no of change.removed) shown.querySelector(`#p${no}`)?.remove();
    showCounts(shown, change);
  }

  function showNews() {
    const parts = [
      ...(started.size > 0 ? [sayCount('newThreads', started.size)] : []),
      ...(answered.size > 0 ? [sayCount('threadsWithReplies', answered.size)] : []),
    ];
    if (!(news instanceof HTMLElement)) return;
    news.replaceChildren(...(parts.length === 0 ? [] : [`${parts.join(', ')} `, makeElement('a', { class: 'br', href: location.pathname + location.search }, say('show'))]));
  }

  openLiveLine({
    join: { board },
    events: {
      'board:changes': (/** @type {BoardChange[]} */ changes) => {
        for (const change of changes) take(change);
        showNews();
      },
      readers: (said) => said.thread === undefined && said.board === board && status.showReaders(said.count),
    },
    onUp(readers) {
      status.showUp();
      if (readers !== undefined) status.showReaders(readers);
    },
    onDown: status.showDown,
    onPoll: () => undefined,
  });
}

/**
 * @param {Element} shown
 * @param {BoardChange} change
 */
function showCounts(shown, { replyCount, fileCount }) {
  const replies = shown.querySelector('[data-count="replies"]');
  const files = shown.querySelector('[data-count="files"]');
  if (replies !== null) replies.textContent = sayNumber(replyCount);
  if (files !== null) files.textContent = sayNumber(fileCount);
}
