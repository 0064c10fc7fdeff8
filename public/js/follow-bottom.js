import { keep, recall } from './browser-memory.js';

const nearPx = 60;

/** Offers to follow a thread: whoever is at its end and asked for it stays at its end when posts arrive. Nobody else is scrolled. */
export function startFollowing() {
  const label = document.querySelector('[data-follow]');
  const box = document.getElementById('follow');
  if (!(label instanceof HTMLElement) || !(box instanceof HTMLInputElement)) return;
  label.hidden = false;
  box.checked = recall('follow') === true;
  box.addEventListener('change', () => keep('follow', box.checked ? true : undefined));
}

/**
 * Looks before a change whether the reader is at the end and wants to stay there.
 * @returns {() => void} to be called after the change: scrolls to the end again, if so
 */
export function holdBottom() {
  const box = document.getElementById('follow');
  const bottom = document.getElementById('bottom');
  const isWanted = box instanceof HTMLInputElement && box.checked && bottom !== null;
  const isAtEnd = isWanted && bottom.getBoundingClientRect().top <= innerHeight + nearPx;
  return () => {
    if (isAtEnd) bottom.scrollIntoView({ block: 'end', behavior: 'instant' });
  };
}
