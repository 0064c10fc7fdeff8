import { findQuotes, fold } from './find-quotes.js';
import { makeElement } from './make-element.js';
import { markOwn } from './own-posts.js';
import { toNo } from './post-address.js';
import { findBody, findLinks } from './post-parts.js';
import { toQuotableText } from './text-ranges.js';
import { say, sayCount } from './texts.js';

const waitMs = 300;

/**
 * Texts of posts, folded once.
 * @type {WeakMap<Element, { own: string, quoted: string }>}
 */
const folded = new WeakMap();

/** Says under the reply form which posts of the page the quotes in it come from. */
export function startFoundQuotes() {
  const thread = document.getElementById('thread');
  const output = document.querySelector('#reply [data-found]');
  const body = document.querySelector('#reply textarea');
  if (thread === null || !(output instanceof HTMLElement) || !(body instanceof HTMLTextAreaElement)) return;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  body.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => show(thread, output, body.value), waitMs);
  });
}

/**
 * @param {HTMLElement} thread
 * @param {HTMLElement} output
 * @param {string} text
 */
function show(thread, output, text) {
  const posts = /^>(?!>)/m.test(text) ? findQuotes(text, [...thread.querySelectorAll(':scope > .post')].map((post) => ({ post, no: toNo(post), ...toFolded(post) }))) : [];
  output.hidden = posts.length === 0;
  output.replaceChildren(sayCount('quotesFound', posts.length), ...posts.flatMap((post) => [' ', toLink(post)]));
  markOwn(output);
}

/** @param {Element} post */
function toLink(post) {
  const href = findLinks(post)[0]?.getAttribute('href') ?? `#${post.id}`;
  return makeElement('a', { class: 'src', href }, say('no', { no: toNo(post) }));
}

/** @param {Element} post */
function toFolded(post) {
  const known = folded.get(post);
  if (known !== undefined) return known;
  const body = findBody(post)?.cloneNode(true);
  const texts = { own: '', quoted: '' };
  if (body instanceof Element) {
    const quotes = [...body.querySelectorAll('.quote')];
    // A quoted line may begin with several marks, and none of them is a word.
    texts.quoted = fold(quotes.map((quote) => toQuotableText(quote).replaceAll(/^[> \t]+/gm, '')).join('\n'));
    for (const quote of quotes) quote.remove();
    texts.own = fold(toQuotableText(body));
  }
  folded.set(post, texts);
  return texts;
}
