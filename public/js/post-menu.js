import { recall } from './browser-memory.js';
import { floatBeside } from './float-beside.js';
import { hidePost } from './hidden-posts.js';
import { makeElement, makeIcon } from './make-element.js';
import { isOwn } from './own-posts.js';
import { findKeyOf, toNo } from './post-address.js';
import { findLinks, menuLinks } from './post-parts.js';
import { say } from './texts.js';

/** A click of the mouse on the menu's own link has just closed it, and must not open it again. A key closes nothing by itself. */
const reopenMs = 300;

/**
 * One menu for all posts of the page. Without it the same link leads to the page of what can be done with the post.
 */
export function startPostMenu() {
  const menu = makeElement('nav', { class: 'menu', popover: 'auto' });
  document.body.append(menu);
  /** @type {HTMLAnchorElement | undefined} */
  let opener;
  let closedAt = 0;

  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest(menuLinks) : null;
    if (!(link instanceof HTMLAnchorElement) || isModified(event)) return;
    const post = link.closest('.post');
    if (!(post instanceof HTMLElement)) return;
    event.preventDefault();
    if (event.detail > 0 && link === opener && event.timeStamp - closedAt < reopenMs) return;
    opener = link;
    menu.replaceChildren(...toEntries(post, link, () => menu.hidePopover()));
    menu.setAttribute('aria-label', say('menuOf', { no: toNo(post) }));
    menu.showPopover();
    floatBeside(menu, link);
    link.setAttribute('aria-expanded', 'true');
    if (menu.firstElementChild instanceof HTMLElement) menu.firstElementChild.focus({ preventScroll: true });
  });
  menu.addEventListener('beforetoggle', (event) => {
    if (!(event instanceof ToggleEvent) || event.newState !== 'closed') return;
    closedAt = event.timeStamp;
    opener?.removeAttribute('aria-expanded');
  });
  menu.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const entries = [...menu.querySelectorAll('a, button')];
    const at = entries.findIndex((entry) => entry === document.activeElement);
    const next = entries[(at + step + entries.length) % entries.length];
    if (next instanceof HTMLElement) next.focus();
  });
}

/** @param {MouseEvent} event */
const isModified = (event) => event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;

/**
 * @param {HTMLElement} post
 * @param {HTMLAnchorElement} link to the page of actions
 * @param {() => void} close
 */
function toEntries(post, link, close) {
  const [permalink, reply] = findLinks(post);
  const key = findKeyOf(post);
  /** @type {HTMLElement[]} */
  const entries = [];
  if (reply !== undefined && reply !== link) entries.push(toQuoteEntry(reply, close));
  if (permalink !== undefined && navigator.clipboard !== undefined) entries.push(toCopyEntry(permalink, close));
  if (key !== undefined && !post.matches('.post--hidden')) {
    const hide = toEntry('button', 'hide', say('hidePost'));
    hide.addEventListener('click', () => {
      close();
      hidePost(post, key);
    });
    entries.push(hide);
  }
  entries.push(makeElement('hr'), toLinkEntry('flag', say('report'), `${link.pathname}#report`));
  if (isOwn(key)) entries.push(toLinkEntry('trash', say('deletePost'), `${link.pathname}#delete`));
  if (recall('staff') === true && permalink !== undefined) entries.push(toLinkEntry('caret', say('moderate'), `/mod${permalink.pathname}${permalink.hash}`));
  return entries;
}

/**
 * @param {HTMLAnchorElement} reply
 * @param {() => void} close
 */
function toQuoteEntry(reply, close) {
  const quote = toLinkEntry('quote', say('quotePost'), reply.href);
  // The number's own click knows how to quote on this page.
  quote.addEventListener('click', (event) => {
    event.preventDefault();
    close();
    reply.click();
  });
  return quote;
}

/**
 * @param {HTMLAnchorElement} permalink
 * @param {() => void} close
 */
function toCopyEntry(permalink, close) {
  const copy = toEntry('button', 'link', say('copyLink'));
  copy.addEventListener('click', () => {
    void navigator.clipboard.writeText(permalink.href).then(() => {
      copy.lastChild?.replaceWith(say('copied'));
      setTimeout(close, 700);
    }, close);
  });
  return copy;
}

/**
 * @param {'a' | 'button'} tag
 * @param {string} icon
 * @param {string} text
 */
const toEntry = (tag, icon, text) => makeElement(tag, tag === 'button' ? { type: 'button' } : {}, makeIcon(icon), text);

/**
 * @param {string} icon
 * @param {string} text
 * @param {string} href
 */
function toLinkEntry(icon, text, href) {
  const entry = toEntry('a', icon, text);
  entry.setAttribute('href', href);
  return entry;
}
