import { dressPosts } from './dress-posts.js';
import { startExpanding } from './expand-files.js';
import { startFollowing } from './follow-bottom.js';
import { soon } from './in-slices.js';
import { startQuoting } from './insert-quote.js';
import { startLiveBoard } from './live-board.js';
import { startLiveThread } from './live-thread.js';
import { startWholeTimes } from './local-time.js';
import { readPostedAddress, startPostForms } from './post-form.js';
import { startPostMenu } from './post-menu.js';
import { startPreviews } from './previews.js';
import { drawPassages } from './quoted-passages.js';
import { startFoundQuotes } from './show-found-quotes.js';
import { startTheme } from './theme.js';

/*
 * What the script adds to a page that works without it. Each part stands alone: one that fails leaves the others and the page. The
 * script runs in the very task in which the browser finishes the page, and slow phones take their time for that; so it only does at
 * once what must be done before the page is seen.
 */
const atOnce = [readPostedAddress, dressPosts];
const next = [startWholeTimes, startExpanding, startQuoting, startPostMenu, startPostForms, startFoundQuotes, startPreviews, startFollowing, focusErrors];
const whenIdle = [startTheme, drawPassages, startLiveThread, startLiveBoard];

for (const start of atOnce) tryTo(start);
setTimeout(() => {
  for (const start of next) tryTo(start);
  for (const start of whenIdle) soon(() => tryTo(start));
});

/** @param {() => void} start */
function tryTo(start) {
  try {
    start();
  } catch (error) {
    reportError(error);
  }
}

/** A refused form comes back with a summary on top: reading goes on there. */
function focusErrors() {
  const summary = document.querySelector('[data-focus]');
  if (summary instanceof HTMLElement) summary.focus();
}
