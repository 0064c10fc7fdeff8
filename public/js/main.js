import { startExpanding } from './expand-files.js';
import { startFollowing } from './follow-bottom.js';
import { hidePosts } from './hidden-posts.js';
import { startQuoting } from './insert-quote.js';
import { startLiveBoard } from './live-board.js';
import { startLiveThread } from './live-thread.js';
import { startLocalTimes } from './local-time.js';
import { markOwn } from './own-posts.js';
import { readPostedAddress, startPostForms } from './post-form.js';
import { startPostMenu } from './post-menu.js';
import { startPreviews } from './previews.js';
import { drawPassages } from './quoted-passages.js';
import { startFoundQuotes } from './show-found-quotes.js';
import { startTheme } from './theme.js';

/** What the script adds to a page that works without it. Each part stands alone: one that fails leaves the others and the page. */
const parts = [
  startLocalTimes,
  readPostedAddress,
  () => markOwn(document),
  () => hidePosts(document),
  startTheme,
  startExpanding,
  startQuoting,
  startPostMenu,
  startPostForms,
  startFoundQuotes,
  drawPassages,
  startPreviews,
  startFollowing,
  startLiveThread,
  startLiveBoard,
  focusErrors,
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
