/**
 * The text that quotes count in: the text nodes of a post's body in document order, without what stands inside references and
 * source marks. Offsets are UTF-16 units, as the server counts them.
 */

/**
 * @param {Element} body
 * @returns {Text[]}
 */
export function findTextNodes(body) {
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node instanceof Element ? (node.matches('.ref, .src') ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP) : NodeFilter.FILTER_ACCEPT,
  );
  /** @type {Text[]} */
  const found = [];
  while (walker.nextNode()) {
    if (walker.currentNode instanceof Text) found.push(walker.currentNode);
  }
  return found;
}

/** @param {Element} body */
export const toQuotableText = (body) => findTextNodes(body).map((node) => node.data).join('');

/**
 * Wraps a range of that text, piece by piece, into elements that `make` makes.
 * @param {Element} body
 * @param {number} start
 * @param {number} end
 * @param {() => HTMLElement} make
 * @returns {HTMLElement[]} the pieces in order
 */
export function wrapRange(body, start, end, make) {
  /** @type {HTMLElement[]} */
  const pieces = [];
  let at = 0;
  for (const node of findTextNodes(body)) {
    const from = Math.max(0, start - at);
    const to = Math.min(node.length, end - at);
    at += node.length;
    if (from >= to || node.data.slice(from, to).trim() === '') continue;
    const middle = from === 0 ? node : node.splitText(from);
    if (to - from < middle.length) middle.splitText(to - from);
    const piece = make();
    middle.before(piece);
    piece.append(middle);
    pieces.push(piece);
  }
  return pieces;
}

/**
 * Takes wrappers away again and leaves the text as it was.
 * @param {Iterable<Element>} pieces
 */
export function unwrap(pieces) {
  for (const piece of pieces) {
    const parent = piece.parentNode;
    piece.replaceWith(...piece.childNodes);
    parent?.normalize();
  }
}

/**
 * The range that a quote takes from its source, as its block says it.
 * @param {Element | null | undefined} quote
 * @returns {{ start: number, end: number } | undefined}
 */
export function readRange(quote) {
  const said = /^(\d+)-(\d+)$/.exec(quote instanceof HTMLElement ? (quote.dataset.range ?? '') : '');
  return said === null ? undefined : { start: Number(said[1]), end: Number(said[2]) };
}
