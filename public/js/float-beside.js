/** Room that floating parts keep from the edges of the window. */
const marginPx = 8;

/**
 * Places a floating part beside what it belongs to: below it, or above where there is more room. It is placed in the page, so it
 * scrolls along. Narrow windows show some parts as sheets: those are left to the stylesheet.
 * @param {HTMLElement} part shown already
 * @param {Element} anchor
 */
export function floatBeside(part, anchor) {
  for (const side of ['left', 'top']) part.style.removeProperty(side);
  if (getComputedStyle(part).position !== 'absolute') return;
  const at = anchor.getClientRects()[0] ?? anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = part;
  const left = Math.max(marginPx, Math.min(at.left, document.documentElement.clientWidth - width - marginPx));
  const roomBelow = innerHeight - at.bottom - marginPx;
  const top = height <= roomBelow || roomBelow >= at.top ? at.bottom + 4 : at.top - height - 4;
  part.style.setProperty('left', `${left + scrollX}px`);
  part.style.setProperty('top', `${top + scrollY}px`);
}
