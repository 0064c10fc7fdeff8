import { makeElement } from './make-element.js';
import { pageLanguage } from './texts.js';

const weekdays = new Intl.DateTimeFormat(pageLanguage, { weekday: 'short' });
const whole = new Intl.DateTimeFormat(pageLanguage, { dateStyle: 'full', timeStyle: 'long' });

/** Pages carry times in UTC, the same for everyone. Here they become the reader's. */
export function startLocalTimes() {
  localizeTimes(document);
  document.addEventListener('pointerover', ({ target }) => {
    if (target instanceof HTMLTimeElement && target.title === '') target.title = whole.format(new Date(target.dateTime));
  });
}

/** @param {ParentNode} root */
export function localizeTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    if (time instanceof HTMLTimeElement) localize(time);
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
  const weekday = makeElement('span', {}, `(${weekdays.format(at)}) `);
  time.replaceChildren(year, `${day} `, weekday, clock);
}

/** @param {number} part */
const pad = (part) => String(part).padStart(2, '0');
