import { makeElement } from './make-element.js';
import { markOwn } from './own-posts.js';
import { findLinkedPost, toNo } from './post-address.js';
import { findBody, findLinks } from './post-parts.js';
import { findTextNodes, readRange, toQuotableText, unwrap, wrapRange } from './text-ranges.js';
import { say, sayCount } from './texts.js';

/**
 * A passage that others quoted: overlapping ranges of one source, taken together.
 * @typedef {{ source: HTMLElement, start: number, end: number, quoting: Set<number> }} Passage
 */

const mostQuotedShown = 3;
/**
 * What was drawn in each source, so that nothing is touched twice.
 * @type {Map<Element, string>}
 */
const drawn = new Map();

/** Underlines in every post what others quoted of it, and lists what was quoted most. Called again, it draws what has changed. */
export function drawPassages() {
  const thread = document.getElementById('thread');
  if (thread === null) return;
  const passages = findPassages(thread);
  /** @type {Map<HTMLElement, Passage[]>} */
  const bySource = new Map();
  for (const passage of passages) bySource.set(passage.source, [...(bySource.get(passage.source) ?? []), passage]);
  for (const source of drawn.keys()) {
    if (source instanceof HTMLElement && source.isConnected && bySource.has(source)) continue;
    unwrap(source.querySelectorAll('.passage'));
    drawn.delete(source);
  }
  for (const [source, ofSource] of bySource) drawIn(source, ofSource);
  listMostQuoted(passages);
}

/**
 * @param {HTMLElement} source
 * @param {Passage[]} passages
 */
function drawIn(source, passages) {
  const plan = passages.map(({ start, end }) => `${start}-${end}`).join();
  const body = findBody(source);
  if (body === null || drawn.get(source) === plan) return;
  drawn.set(source, plan);
  unwrap(body.querySelectorAll('.passage'));
  for (const { start, end } of passages) wrapRange(body, start, end, () => makeElement('mark', { class: 'passage' }));
}

/**
 * @param {HTMLElement} thread
 * @returns {Passage[]}
 */
function findPassages(thread) {
  /** @type {Passage[]} */
  const ranges = [];
  for (const quote of thread.querySelectorAll('.quote--src[data-range]')) {
    const range = readRange(quote);
    const link = quote.querySelector('.src');
    const source = link instanceof HTMLAnchorElement ? findLinkedPost(link) : undefined;
    const from = quote.closest('.post');
    if (range === undefined || from === null || source === undefined || source.matches('.post--gone')) continue;
    ranges.push({ source, ...range, quoting: new Set([toNo(from)]) });
  }
  return join(ranges);
}

/**
 * @param {Passage[]} ranges
 * @returns {Passage[]}
 */
function join(ranges) {
  ranges.sort((one, other) => toNo(one.source) - toNo(other.source) || one.start - other.start);
  /** @type {Passage[]} */
  const joined = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last === undefined || last.source !== range.source || range.start >= last.end) {
      joined.push(range);
      continue;
    }
    last.end = Math.max(last.end, range.end);
    for (const no of range.quoting) last.quoting.add(no);
  }
  return joined;
}

/** @param {Passage[]} passages */
function listMostQuoted(passages) {
  const section = document.querySelector('[data-most-quoted]');
  const list = section?.querySelector('ol');
  if (!(section instanceof HTMLElement) || list === null || list === undefined) return;
  const most = passages
    .filter((passage) => passage.quoting.size > 1 && !isSpoiler(passage))
    .sort((one, other) => other.quoting.size - one.quoting.size)
    .slice(0, mostQuotedShown);
  section.hidden = most.length === 0;
  list.replaceChildren(...most.map(toEntry));
  markOwn(list);
}

/** @param {Passage} passage */
function toEntry({ source, start, end, quoting }) {
  const body = findBody(source);
  const words = body === null ? '' : toQuotableText(body).slice(start, end);
  const href = findLinks(source)[0]?.getAttribute('href') ?? `#${source.id}`;
  return makeElement(
    'li',
    {},
    makeElement('p', { class: 'quote clamp' }, `>${words.replace(/^>/, '')}`),
    makeElement('p', { class: 'muted' }, makeElement('a', { class: 'src', href }, say('no', { no: toNo(source) })), ` ${sayCount('quotedTimes', quoting.size)}`),
  );
}

/**
 * Whether a passage lies in a spoiler: the list would give it away.
 * @param {Passage} passage
 */
function isSpoiler({ source, start, end }) {
  const body = findBody(source);
  let at = 0;
  for (const node of body === null ? [] : findTextNodes(body)) {
    const from = at;
    at += node.length;
    if (from < end && at > start && node.parentElement?.closest('.spoiler')) return true;
  }
  return false;
}
