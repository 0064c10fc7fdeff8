import { hidePosts } from './hidden-posts.js';
import { localizeTimes } from './local-time.js';
import { markOwn } from './own-posts.js';

/**
 * Gives a post that has just arrived what the page's other posts have got: local times, (You), and hidden if it was.
 * @param {HTMLElement} post
 */
export function dressPost(post) {
  localizeTimes(post);
  markOwn(post);
  hidePosts(post);
}
