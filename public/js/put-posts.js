import { toElement } from './insert-html.js';
import { toNo } from './post-address.js';
import { findBacklinks, findLinks } from './post-parts.js';

/**
 * Puts one post into its thread: in the place of the same post, or where its number belongs. What the reader did to the old
 * one stays done: opened files and descriptions, focus, the highlight of a link's target. Backlinks are a piece of their own
 * and stay too.
 * @param {HTMLElement} thread
 * @param {{ no: number, html: string }} put
 * @returns {{ post: HTMLElement, isNew: boolean } | undefined} undefined when the piece is no post
 */
export function putPost(thread, { no, html }) {
  const post = toElement(html);
  if (post === null || !post.matches('.post')) return undefined;
  const old = findPost(thread, no);
  if (old === undefined) {
    placePost(thread, post, no);
    return { post, isNew: true };
  }
  const restore = noteState(old);
  const backlinks = findBacklinks(old);
  if (backlinks !== null && findBacklinks(post) === null) post.append(backlinks);
  old.replaceWith(post);
  restore(post);
  return { post, isNew: false };
}

/**
 * Takes a post away. Focus that was in it goes to its neighbour, so that a keyboard does not start over.
 * @param {HTMLElement} thread
 * @param {number} no
 */
export function dropPost(thread, no) {
  const post = findPost(thread, no);
  if (post === undefined) return;
  if (post.contains(document.activeElement)) {
    const neighbour = post.nextElementSibling ?? post.previousElementSibling;
    if (neighbour !== null) findLinks(neighbour)[0]?.focus({ preventScroll: true });
  }
  post.remove();
}

/**
 * Replaces a post's backlinks; an empty piece takes them away.
 * @param {HTMLElement} thread
 * @param {{ no: number, html: string }} put
 * @returns {HTMLElement | undefined} the post
 */
export function putBacklinks(thread, { no, html }) {
  const post = findPost(thread, no);
  if (post === undefined) return undefined;
  const old = findBacklinks(post);
  const focused = old?.contains(document.activeElement) && document.activeElement instanceof HTMLAnchorElement ? document.activeElement.href : undefined;
  const footer = html === '' ? null : toElement(html);
  old?.remove();
  if (footer !== null) post.append(footer);
  if (focused !== undefined) focusLink(post, focused, 0);
  return post;
}

/**
 * @param {HTMLElement} thread
 * @param {number} no
 */
function findPost(thread, no) {
  const post = document.getElementById(`p${no}`);
  return post !== null && thread.contains(post) ? post : undefined;
}

/**
 * Puts a post behind the one with the next lower number: nearly always the last.
 * @param {HTMLElement} thread
 * @param {HTMLElement} post
 * @param {number} no
 */
function placePost(thread, post, no) {
  const before = [...thread.querySelectorAll(':scope > .post')].findLast((other) => toNo(other) < no);
  if (before === undefined) thread.prepend(post);
  else before.after(post);
}

/**
 * Notes what the reader has done to a post, and returns what does the same to its successor.
 * @param {HTMLElement} old
 * @returns {(post: HTMLElement) => void}
 */
function noteState(old) {
  const openFiles = [...old.querySelectorAll('.file--open')];
  const openAlts = [...old.querySelectorAll('.file')].map((file) => file.querySelector('details')?.open ?? false);
  const isTarget = old.matches(':target, .post--hi');
  const active = document.activeElement;
  const focused = active instanceof HTMLAnchorElement && old.contains(active) ? active.href : undefined;
  const rank = focused === undefined ? 0 : linksTo(old, focused).findIndex((link) => link === active);
  return (post) => {
    if (isTarget) post.classList.add('post--hi');
    for (const [index, file] of [...post.querySelectorAll('.file')].entries()) {
      const details = file.querySelector('details');
      if (details !== null && openAlts[index]) details.open = true;
      const open = openFiles.find((one) => findAddress(one) !== undefined && findAddress(one) === findAddress(file));
      if (open !== undefined) file.replaceWith(open);
    }
    if (focused !== undefined) focusLink(post, focused, rank);
  };
}

/** @param {Element} file */
const findAddress = (file) => file.querySelector('.file__thumb')?.getAttribute('href') ?? undefined;

/**
 * @param {HTMLElement} post
 * @param {string} href
 */
const linksTo = (post, href) => [...post.querySelectorAll('a')].filter((link) => link.href === href);

/**
 * @param {HTMLElement} post
 * @param {string} href
 * @param {number} rank which of several links to the same address
 */
function focusLink(post, href, rank) {
  const links = linksTo(post, href);
  const link = links[rank] ?? links[0] ?? post.querySelector('a');
  if (link instanceof HTMLElement) link.focus({ preventScroll: true });
}
