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
    time.title = wholeTime.format(toDate(time));
  });
}

/**
 * Pages carry times in UTC, the same for everyone. Here they become the reader's.
 * @param {Iterable<Element>} times
 */
export function localizeTimes(times) {
  for (const time of times) {
    if (time instanceof HTMLTimeElement) localize(time);
  }
}

/**
 * The weekday is a text of ours: a format for it would be the first of the page, and hold it up (see `sayNumber`).
 * @param {HTMLTimeElement} time
 */
function localize(time) {
  const at = toDate(time);
  if (Number.isNaN(at.getTime())) return;
  // What it said until now, where that was its machine-readable form.
  time.dateTime ||= at.toISOString();
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

/**
 * A time without `datetime` says in its text when it is: `2026-12-01 09:30:00Z`.
 * @param {HTMLTimeElement} time
 */
const toDate = (time) => new Date(time.dateTime === '' ? time.textContent.replace(' ', 'T') : time.dateTime);

/** @param {number} part */
const pad = (part) => String(part).padStart(2, '0');
