import { makeElement } from './make-element.js';
import { pageLanguage, say } from './texts.js';

/** @type {Intl.DateTimeFormat | undefined} */
let wholeTime;

/** The whole time, while the mouse is on a short one. */
export function startWholeTimes() {
  document.addEventListener('pointerover', ({ target }) => {
    const time = target instanceof Element ? target.closest('time') : null;
    if (time === null || time.title !== '') return;
    wholeTime ??= new Intl.DateTimeFormat(pageLanguage, { dateStyle: 'full', timeStyle: 'long' });
    time.title = wholeTime.format(new Date(time.dateTime));
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

/**
 * The weekday is a text of ours: a format for it would be the first of the page, and hold it up (see `sayNumber`).
 * @param {HTMLTimeElement} time
 */
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
  const weekday = makeElement('span', {}, `(${say('weekdays').split(' ')[at.getDay()]}) `);
  time.replaceChildren(year, `${day} `, weekday, clock);
}

/** @param {number} part */
const pad = (part) => String(part).padStart(2, '0');
