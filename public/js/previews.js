import { floatBeside } from './float-beside.js';
import { makeElement } from './make-element.js';
import { findLinkedPost } from './post-address.js';
import { findBody, menuLinks, quoteLinks } from './post-parts.js';
import { readRange, wrapRange } from './text-ranges.js';
import { say } from './texts.js';

const openMs = 120;
const closeMs = 250;

/**
 * Shows the post that a link leads to, while a mouse or the keyboard's focus is on it. A quote's source is shown at the quoted
 * words. The preview stays while the mouse is on it, and Escape closes it. Posts of other pages stay plain links.
 */
export function startPreviews() {
  const preview = makeElement('aside', { class: 'preview', popover: 'manual', 'aria-label': say('preview') });
  document.body.append(preview);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {HTMLAnchorElement | undefined} */
  let shown;

  function close() {
    clearTimeout(timer);
    shown = undefined;
    if (preview.matches(':popover-open')) preview.hidePopover();
  }
  /** @param {HTMLAnchorElement} link */
  function open(link) {
    const post = link.isConnected ? findLinkedPost(link) : undefined;
    if (post === undefined || shown === link) return;
    shown = link;
    preview.replaceChildren(copyPost(post));
    if (!preview.matches(':popover-open')) preview.showPopover();
    markPassage(preview, link);
    floatBeside(preview, link);
  }
  /** @param {() => void} act @param {number} ms */
  function soon(act, ms) {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  }

  document.addEventListener('pointerover', ({ target, pointerType }) => {
    if (pointerType === 'touch' || !(target instanceof Element)) return;
    const link = findLink(target);
    if (link !== undefined && !preview.contains(link)) soon(() => open(link), openMs);
    else if (preview.contains(target)) clearTimeout(timer);
    else if (shown !== undefined) soon(close, closeMs);
    else clearTimeout(timer);
  });
  document.addEventListener('focusin', ({ target }) => {
    const link = target instanceof Element && target.matches(':focus-visible') ? findLink(target) : undefined;
    if (link !== undefined && !preview.contains(link)) open(link);
    else if (target instanceof Node && !preview.contains(target)) close();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && shown !== undefined) close();
  });
  document.addEventListener('click', close);
}

/** @param {Element} target */
function findLink(target) {
  const link = target.closest(quoteLinks);
  return link instanceof HTMLAnchorElement ? link : undefined;
}

/**
 * A copy for looking at: without ids, and nothing in it takes the focus.
 * @param {HTMLElement} post
 */
function copyPost(post) {
  const copy = post.cloneNode(true);
  if (!(copy instanceof HTMLElement)) return '';
  copy.classList.remove('post--op', 'post--hi', 'post--hidden');
  copy.removeAttribute('aria-label');
  for (const part of copy.querySelectorAll(`${menuLinks}, .post > footer, .post__show`)) part.remove();
  for (const part of [copy, ...copy.querySelectorAll('[id], a, button, summary, [tabindex]')]) {
    part.removeAttribute('id');
    if (part !== copy) part.setAttribute('tabindex', '-1');
  }
  return copy;
}

/**
 * @param {HTMLElement} preview
 * @param {HTMLAnchorElement} link
 */
function markPassage(preview, link) {
  const range = link.matches('.src') ? readRange(link.closest('.quote--src')) : undefined;
  const body = preview.firstElementChild === null ? null : findBody(preview.firstElementChild);
  if (range === undefined || !(body instanceof HTMLElement)) return;
  const [first] = wrapRange(body, range.start, range.end, () => makeElement('mark'));
  if (first !== undefined) body.scrollTop += first.getBoundingClientRect().top - body.getBoundingClientRect().top - body.clientHeight / 3;
}
