/*
 * Where the parts of a post are, as views/posts/post.ejs writes them. What every post has goes by its place and carries no class:
 * a page has hundreds of posts.
 */

/** The links of posts: their number, which leads to the form that answers them, and the one that opens their menu. */
export const replyLinks = '.post > header a[href*="/reply?"]';
export const menuLinks = '.post time + span > a:last-child';

/** Links to other posts: in its text, at the end of a quote, and of those that quote it. */
export const quoteLinks = 'a.ref, a.src, .post > footer a';

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

/**
 * The links to those that quote it.
 * @param {Element} post
 */
export const findBacklinks = (post) => post.querySelector(':scope > footer');

/** @param {Element} post */
export const findBody = (post) => post.querySelector(':scope > div');
