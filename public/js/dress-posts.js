import { hideKept, hidePosts } from './hidden-posts.js';
import { doInSlices } from './in-slices.js';
import { localizeTimes } from './local-time.js';
import { markOwn, readOwn } from './own-posts.js';

/** So many posts before and after the one that the address names are dressed first: those that the reader may see. */
const nearCount = 6;

/**
 * Gives the page's posts what a page that is the same for everyone cannot have: local times, (You), and hidden what was hidden. What
 * must not be seen for a moment is hidden at once. The rest follows in slices, beginning with the posts that are looked at first.
 */
export function dressPosts() {
  hideKept();
  const own = readOwn();
  const posts = [...document.querySelectorAll('.post')];
  const target = location.hash.startsWith('#p') ? document.getElementById(location.hash.slice(1)) : null;
  const from = Math.max(0, target === null ? 0 : posts.indexOf(target) - nearCount);
  const near = posts.splice(from, 2 * nearCount);
  doInSlices([...near, ...posts.slice(from), ...posts.slice(0, from).reverse()], (post) => dressShown(post, own));
  doInSlices([...document.querySelectorAll('time')].filter((time) => time.closest('.post') === null), (time) => localizeTimes([time]));
}

/**
 * Gives a post that has just arrived what the page's other posts have got.
 * @param {HTMLElement} post
 */
export function dressPost(post) {
  dressShown(post, readOwn());
  hidePosts(post);
}

/**
 * @param {Element} post
 * @param {Set<string>} own
 */
function dressShown(post, own) {
  localizeTimes(post.querySelectorAll('time'));
  markOwn(post, own);
}
