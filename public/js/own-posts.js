import { createKeptList } from './browser-memory.js';
import { makeElement } from './make-element.js';
import { findKeyOf, toPostKey } from './post-address.js';
import { findName, quoteLinks } from './post-parts.js';
import { say } from './texts.js';

/** The reader's own posts, known to this browser alone. */
const own = createKeptList('own', 500);

/** What is remembered at the moment. */
export const readOwn = () => new Set(own.read());

/** @param {string} key `board/no` */
export const rememberOwn = (key) => own.add(key);

/** @param {string | undefined} key */
export const isOwn = (key) => key !== undefined && own.read().includes(key);

/**
 * Writes (You) after the reader's own names, and into links to his posts.
 * @param {ParentNode} root
 * @param {Set<string>} keys those of his posts, for who asks for many parts of a page in turn
 */
export function markOwn(root, keys = readOwn()) {
  if (keys.size === 0) return;
  const posts = root instanceof Element && root.matches('.post') ? [root] : root.querySelectorAll('.post');
  for (const post of posts) {
    const name = findName(post);
    const key = findKeyOf(post);
    if (name === null || key === undefined || !keys.has(key) || name.nextElementSibling?.matches('.you')) continue;
    name.after(makeElement('span', { class: 'you' }, say('you')));
  }
  for (const link of root.querySelectorAll(quoteLinks)) {
    if (!(link instanceof HTMLAnchorElement) || link.dataset.you !== undefined) continue;
    const key = toPostKey(link);
    if (key === undefined || !keys.has(key)) continue;
    link.dataset.you = '';
    link.append(` ${say('you')}`);
  }
}
