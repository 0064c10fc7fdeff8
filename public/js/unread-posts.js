import { makeElement } from './make-element.js';
import { sayCount } from './texts.js';

/**
 * Counts what arrived and was not seen yet: a line before the first of them, links to it, and a number in the title while the
 * page is hidden. A post is seen once its end has been on the screen.
 */
export function createUnreadPosts() {
  const title = document.title;
  const links = [...document.querySelectorAll('[data-new]')];
  /** @type {Set<Element>} */
  const unseen = new Set();
  /** @type {HTMLElement | undefined} */
  let divider;
  /**
   * What the line counts: all that came below it and is still there, seen or not.
   * @type {Set<Element>}
   */
  const divided = new Set();
  let awayCount = 0;

  const seen = new IntersectionObserver((entries) => {
    if (document.hidden) return;
    for (const { target, isIntersecting, boundingClientRect } of entries) {
      if (isIntersecting && boundingClientRect.bottom <= innerHeight + 1) forget(target);
    }
    show();
  }, { threshold: [0, 0.25, 0.5, 0.75, 1] });

  /** @param {Element} post */
  function forget(post) {
    seen.unobserve(post);
    unseen.delete(post);
  }

  function show() {
    for (const post of unseen) if (!post.isConnected) forget(post);
    for (const post of divided) if (!post.isConnected) divided.delete(post);
    if (divided.size === 0) divider?.remove();
    else if (divider !== undefined) divider.textContent = sayCount('newPosts', divided.size);
    const text = sayCount('newPosts', unseen.size);
    for (const link of links) {
      if (!(link instanceof HTMLElement)) continue;
      link.hidden = unseen.size === 0;
      if (link.textContent !== text) link.textContent = text;
    }
    document.title = awayCount === 0 ? title : `(${awayCount}) ${title}`;
  }

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) return;
    awayCount = 0;
    // What is on the screen already will not cross its edge again: look anew.
    for (const post of unseen) {
      seen.unobserve(post);
      seen.observe(post);
    }
    show();
  });

  return {
    /** @param {HTMLElement} post */
    add(post) {
      if (unseen.size === 0 || divider === undefined || !divider.isConnected) {
        divider?.remove();
        divider = makeElement('p', { class: 'divider', id: 'new', role: 'separator' });
        divided.clear();
        post.before(divider);
      }
      divided.add(post);
      unseen.add(post);
      seen.observe(post);
      if (document.hidden) awayCount += 1;
      show();
    },
    /**
     * A post that was counted took a new form, or turned out to be the reader's own.
     * @param {Element} old
     * @param {Element} [successor]
     */
    replace(old, successor) {
      if (divided.delete(old) && successor !== undefined) divided.add(successor);
      if (unseen.has(old)) {
        forget(old);
        if (successor !== undefined) {
          unseen.add(successor);
          seen.observe(successor);
        }
      }
      show();
    },
    refresh: show,
  };
}
