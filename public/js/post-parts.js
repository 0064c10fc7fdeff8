/*
 * Where the parts of a post are, as views/posts/post.ejs writes them. What every post has goes by its place and carries no class:
 * a page has hundreds of posts.
 */

/** The links of posts: their number, which leads to the form that answers them, and the one that opens their menu. */
export const replyLinks = '.post > header a[href*="/reply?"]';
export const menuLinks = '.post > header a[aria-label]';

/** @param {Element} post */
export const findHeader = (post) => post.querySelector(':scope > header');

/** @param {Element} post */
export const findName = (post) => post.querySelector(':scope > header > b');

/** @param {Element} post */
export const findTime = (post) => post.querySelector(':scope > header > time');

/**
 * The links beside its time: to the post itself, to answer it, and to its menu. A removed post has none.
 * @param {Element} post
 * @returns {HTMLAnchorElement[]}
 */
export const findLinks = (post) => [...post.querySelectorAll(':scope > header > time + span > a')].filter((link) => link instanceof HTMLAnchorElement);

/** @param {Element} post */
export const findBody = (post) => post.querySelector(':scope > div');
