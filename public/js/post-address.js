import { findLinks } from './post-parts.js';

/** Names posts by board and number, the way addresses do. */

/**
 * The post that a link leads to, as `board/no`.
 * @param {HTMLAnchorElement} link
 * @returns {string | undefined} undefined when it leads elsewhere
 */
export function toPostKey(link) {
  if (link.origin !== location.origin) return undefined;
  const board = /^\/([a-z0-9]{1,16})\/thread\/\d+$/.exec(link.pathname)?.[1];
  const no = /^#p(\d+)$/.exec(link.hash)?.[1];
  return board === undefined || no === undefined ? undefined : `${board}/${no}`;
}

/**
 * The number of a post's element.
 * @param {Element} post
 */
export const toNo = (post) => Number(post.id.slice(1));

/** The board of this page, or undefined on pages without one. */
export function findPageBoard() {
  const place = document.querySelector('#thread, #board');
  return place instanceof HTMLElement ? place.dataset.board : undefined;
}

/**
 * A post's own key, `board/no`.
 * @param {Element} post
 */
export function findKeyOf(post) {
  const [permalink] = findLinks(post);
  return permalink === undefined ? undefined : toPostKey(permalink);
}

/**
 * The post of this page that a link leads to.
 * @param {HTMLAnchorElement} link
 * @returns {HTMLElement | undefined}
 */
export function findLinkedPost(link) {
  const key = toPostKey(link);
  if (key === undefined || key.split('/')[0] !== findPageBoard()) return undefined;
  return document.getElementById(`p${key.split('/')[1]}`) ?? undefined;
}
