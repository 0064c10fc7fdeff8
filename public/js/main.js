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
import { startPassages } from './quoted-passages.js';
import { startFoundQuotes } from './show-found-quotes.js';
import { startTheme } from './theme.js';

/** What the script adds to a page that works without it. Each part stands alone: one that fails leaves the others and the page. */
const parts = [
  readPostedAddress,
  dressPosts,
  startWholeTimes,
  startTheme,
  startExpanding,
  startQuoting,
  startPostMenu,
  startPostForms,
  startFoundQuotes,
  startPassages,
  startPreviews,
  startFollowing,
  focusErrors,
  () => soon(startLiveThread),
  () => soon(startLiveBoard),
];

for (const start of parts) {
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
