import { makeElement } from './make-element.js';
import { pageLanguage } from './texts.js';

/**
 * Formats are made when they are first needed: that takes a phone longer than all the rest of a post.
 * @type {Map<string, Intl.DateTimeFormat>}
 */
const formats = new Map();

/**
 * @param {Date} at
 * @param {'weekday' | 'whole'} kind
 */
function format(at, kind) {
  const known = formats.get(kind) ?? new Intl.DateTimeFormat(pageLanguage, kind === 'weekday' ? { weekday: 'short' } : { dateStyle: 'full', timeStyle: 'long' });
  formats.set(kind, known);
  return known.format(at);
}

/** The whole time, while the mouse is on a short one. */
export function startWholeTimes() {
  document.addEventListener('pointerover', ({ target }) => {
    if (target instanceof HTMLTimeElement && target.title === '') target.title = format(new Date(target.dateTime), 'whole');
  });
}

/**
 * Pages carry times in UTC, the same for everyone. Here they become the reader's.
 * @param {Iterable<Element>} times
 */
export function localizeTimes(times) {
  for (const time of times) {
    if (time instanceof HTMLTimeElement && time.dateTime !== '') localize(time);
  }
}

/** @param {HTMLTimeElement} time */
function localize(time) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) return;
  const day = `${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  const clock = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
  if (time.dataset.short !== undefined) {
    time.textContent = at.toDateString() === new Date().toDateString() ? clock : `${day} ${clock}`;
    return;
  }
  const year = makeElement('span', {}, `${at.getFullYear()}-`);
  const weekday = makeElement('span', {}, `(${format(at, 'weekday')}) `);
  time.replaceChildren(year, `${day} `, weekday, clock);
}

/** @param {number} part */
const pad = (part) => String(part).padStart(2, '0');
