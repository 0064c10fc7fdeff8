import { dressPost } from './dress-posts.js';
import { holdPlace } from './hold-place.js';
import { dropPost, putBacklinks, putPost } from './put-posts.js';
import { sayNumber } from './texts.js';

/**
 * How a thread stood when its piece of the page was made: its change number, its replies, and the number of its last bump.
 * @param {HTMLElement} shown
 */
export function readStand(shown) {
  const [change = 0, replies = 0, bump = 0] = (shown.dataset['stand'] ?? '').split(' ').map(Number);
  return { change, replies, bump };
}

/**
 * The threads that an index or a catalog shows, by number.
 * @param {Element} place
 * @returns {Map<number, HTMLElement>}
 */
export function listShown(place) {
  /** @type {Map<number, HTMLElement>} */
  const threads = new Map();
  for (const shown of place.querySelectorAll('[data-thread]')) {
    if (shown instanceof HTMLElement) threads.set(Number(shown.dataset['thread']), shown);
  }
  return threads;
}

/**
 * Puts a newer card of the catalog in the place of an older one. Focus stays where it was.
 * @param {HTMLElement} old
 * @param {HTMLElement} card
 */
export function putCard(old, card) {
  if (readStand(card).change <= readStand(old).change) return;
  const isFocused = old.contains(document.activeElement);
  old.replaceWith(card);
  const link = card.querySelector('.card__subject a');
  if (isFocused && link instanceof HTMLElement) link.focus({ preventScroll: true });
}

/**
 * Changes those posts of a thread on the index that are shown there; what is read stays where it is.
 * @param {HTMLElement} shown
 * @param {{ posts: { no: number, html: string }[], removed: number[], backlinks?: { no: number, html: string }[] }} changes
 */
export function changeShown(shown, { posts, removed, backlinks = [] }) {
  const read = [...(shown.parentElement?.children ?? [])].find((thread) => thread.getBoundingClientRect().bottom > 0);
  const hold = read instanceof HTMLElement ? holdPlace(read) : () => undefined;
  for (const put of posts) {
    if (shown.querySelector(`#p${put.no}`) === null) continue;
    const done = putPost(shown, put);
    // The index leaves removed posts out.
    if (done?.post.matches('.post--gone')) dropPost(shown, put.no);
    else if (done !== undefined) dressPost(done.post);
  }
  for (const gone of removed) dropPost(shown, gone);
  for (const put of backlinks) {
    const post = putBacklinks(shown, put);
    if (post !== undefined) dressPost(post);
  }
  hold();
}

/**
 * @param {HTMLElement} shown
 * @param {{ replyCount: number, fileCount: number }} change
 */
export function showCounts(shown, { replyCount, fileCount }) {
  const replies = shown.querySelector('[data-count="replies"]');
  const files = shown.querySelector('[data-count="files"]');
  if (replies !== null) replies.textContent = sayNumber(replyCount);
  if (files !== null) files.textContent = sayNumber(fileCount);
}
