/**
 * Keys of the queue: each presses what stands on the page anyway. Elements say which key is theirs in `data-key`; J and K go along
 * the list, X lifts the veils.
 */
export function startQueueKeys() {
  const queue = document.querySelector('[data-queue]');
  if (queue === null) return;
  let isLeaving = false;
  document.addEventListener('submit', () => {
    isLeaving = true;
  });
  // A page that comes back from the browser's memory is not leaving any more.
  window.addEventListener('pageshow', () => {
    isLeaving = false;
  });
  document.addEventListener('keydown', (event) => {
    // A key held down must not decide the next case too.
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isLeaving || isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    if (key === 'j' || key === 'k') goAlong(queue, key === 'j' ? 1 : -1);
    else if (key === 'x') toggleVeils(queue);
    else if (!press(key)) return;
    event.preventDefault();
  });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['radio', 'checkbox', 'button', 'submit'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/**
 * @param {Element} queue
 * @param {number} step
 */
function goAlong(queue, step) {
  const links = [...queue.querySelectorAll('.queue__list a')];
  const at = links.findIndex((link) => link.hasAttribute('aria-current'));
  const link = links[at + step];
  if (link instanceof HTMLAnchorElement) link.click();
}

/** @param {Element} queue */
function toggleVeils(queue) {
  const veils = [...queue.querySelectorAll('[data-veil]')].filter((veil) => veil instanceof HTMLInputElement);
  const isShown = veils.every((veil) => veil.checked);
  for (const veil of veils) veil.checked = !isShown;
}

/**
 * @param {string} key
 * @returns {boolean} whether there was something to press
 */
function press(key) {
  const element = [...document.querySelectorAll('[data-key]')].find((each) => each.getAttribute('data-key') === key);
  if (!(element instanceof HTMLElement)) return false;
  if (element instanceof HTMLSelectElement) element.focus();
  else element.click();
  return true;
}
