import { say, sayCount } from './texts.js';

/**
 * Shows whether the page is live and how many read along.
 * @param {ParentNode} root
 */
export function createLiveStatus(root) {
  const status = root.querySelector('[data-live]');
  const readers = root.querySelector('[data-readers]');
  /** @param {boolean} isUp */
  function showState(isUp) {
    if (!(status instanceof HTMLElement)) return;
    const text = say(isUp ? 'live' : 'reconnecting');
    status.hidden = false;
    status.classList.toggle('live--off', !isUp);
    if (status.textContent !== text) status.textContent = text;
    if (readers instanceof HTMLElement && !isUp) readers.hidden = true;
  }
  return {
    showUp: () => showState(true),
    showDown: () => showState(false),
    /** @param {number} count */
    showReaders(count) {
      if (!(readers instanceof HTMLElement)) return;
      readers.hidden = false;
      readers.textContent = sayCount('reading', count);
    },
  };
}
