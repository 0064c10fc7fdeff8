import { openStaffLine } from './staff-line.js';

/** Changes that come together are fetched together. */
const gatherMs = 250;
/** Without a line the list is asked for this often. */
const pollMs = 60_000;

/** Keeps the list of cases up to date. The case that is being worked on stays as it is. */
export function startQueueList() {
  const href = document.querySelector('[data-queue]')?.getAttribute('data-queue');
  if (!href) return;
  let isUp = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;

  const refresh = () => {
    waiting ??= setTimeout(async () => {
      waiting = undefined;
      const list = await fetchList(href);
      if (list !== null) replaceList(list);
      showLine(isUp);
    }, gatherMs);
  };
  /** @param {boolean} isUpNow */
  const take = (isUpNow) => {
    if (isUpNow && !isUp) refresh();
    isUp = isUpNow;
    showLine(isUp);
  };
  openStaffLine({ onChange: refresh, onUp: () => take(true), onDown: () => take(false) });
  setInterval(() => {
    if (!isUp && document.visibilityState === 'visible') refresh();
  }, pollMs);
}

/**
 * Asks for the list as a document of its own: the browser reads it as a page, and no text is ever turned into HTML here.
 * @param {string} href
 * @returns {Promise<Element | null>}
 */
function fetchList(href) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('GET', href);
    request.responseType = 'document';
    request.onload = () => resolve(request.status === 200 ? (request.responseXML?.getElementById('queue-list') ?? null) : null);
    request.onerror = () => resolve(null);
    request.send();
  });
}

/** @param {Element} list */
function replaceList(list) {
  const old = document.getElementById('queue-list');
  if (old === null) return;
  const focused = old.contains(document.activeElement) ? document.activeElement?.getAttribute('href') : null;
  const scrolled = old.querySelector('.queue__list')?.scrollLeft ?? 0;
  const shown = document.adoptNode(list);
  old.replaceWith(shown);
  const strip = shown.querySelector('.queue__list');
  if (strip !== null) strip.scrollLeft = scrolled;
  const again = [...shown.querySelectorAll('a')].find((link) => link.getAttribute('href') === focused);
  again?.focus();
  document.title = shown.getAttribute('data-title') ?? document.title;
}

/** @param {boolean} isUp */
function showLine(isUp) {
  const mark = document.querySelector('[data-line]');
  mark?.classList.add('live');
  mark?.classList.toggle('live--off', !isUp);
}
