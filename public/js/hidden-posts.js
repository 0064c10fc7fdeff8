import { createKeptList } from './browser-memory.js';
import { makeElement } from './make-element.js';
import { findKeyOf, findPageBoard } from './post-address.js';
import { findHeader, findLinks } from './post-parts.js';
import { say } from './texts.js';

/** Posts that the reader does not want to see. Their header stays, with a way back. */
const hidden = createKeptList('hidden', 1000);

/** Hides on this page, at once, what was hidden before: by the list, which is short, and not by the posts, which are many. */
export function hideKept() {
  const board = findPageBoard();
  for (const key of board === undefined ? [] : hidden.read()) {
    const [slug, no] = key.split('/');
    const post = slug === board ? document.getElementById(`p${no}`) : null;
    if (post !== null && findKeyOf(post) === key) fold(post, key);
  }
  if (board === undefined) hidePosts(document);
}

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
    findLinks(post).at(-1)?.focus({ preventScroll: true });
  });
  findHeader(post)?.append(show);
}
