import { createKeptList } from './browser-memory.js';
import { makeElement } from './make-element.js';
import { findKeyOf } from './post-address.js';
import { say } from './texts.js';

/** Posts that the reader does not want to see. Their header stays, with a way back. */
const hidden = createKeptList('hidden', 1000);

/**
 * Hides what was hidden before.
 * @param {ParentNode} root
 */
export function hidePosts(root) {
  const keys = new Set(hidden.read());
  if (keys.size === 0) return;
  const posts = root instanceof HTMLElement && root.matches('.post') ? [root] : root.querySelectorAll('.post');
  for (const post of posts) {
    const key = findKeyOf(post);
    if (post instanceof HTMLElement && key !== undefined && keys.has(key)) fold(post, key);
  }
}

/**
 * @param {HTMLElement} post
 * @param {string} key
 */
export function hidePost(post, key) {
  hidden.add(key);
  fold(post, key);
  const show = post.querySelector('.post__show');
  if (show instanceof HTMLElement) show.focus({ preventScroll: true });
}

/**
 * @param {HTMLElement} post
 * @param {string} key
 */
function fold(post, key) {
  if (post.matches('.post--hidden')) return;
  post.classList.add('post--hidden');
  const show = makeElement('button', { type: 'button', class: 'post__show br' }, say('showPost'));
  show.addEventListener('click', () => {
    hidden.remove(key);
    post.classList.remove('post--hidden');
    show.remove();
    const menu = post.querySelector('.post__menu');
    if (menu instanceof HTMLElement) menu.focus({ preventScroll: true });
  });
  post.querySelector('.post__header')?.append(show);
}
