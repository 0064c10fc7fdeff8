import { createChangeCursor, readPush } from './change-cursor.js';
import { dressPost } from './dress-posts.js';
import { openLiveLine } from './live-line.js';
import { createLiveStatus } from './live-status.js';
import { holdBottom } from './follow-bottom.js';
import { holdPlace } from './hold-place.js';
import { isOwn } from './own-posts.js';
import { drawPassages } from './quoted-passages.js';
import { findTime } from './post-parts.js';
import { dropPost, putBacklinks, putPost } from './put-posts.js';
import { createThreadState } from './thread-state.js';
import { createUnreadPosts } from './unread-posts.js';

/** @typedef {import('./change-cursor.js').ThreadChanges} ThreadChanges */

/**
 * What other parts of the page may ask of the live thread.
 * @type {{ catchUp: () => Promise<void>, claim: (no: number) => void } | undefined} */
let live;

/** Asks for what is new. Resolves when it is shown. */
export const catchUp = async () => live?.catchUp();

/**
 * A post turned out to be the reader's own: it is not news.
 * @param {number} no
 */
export const claimPost = (no) => live?.claim(no);

/** Keeps a thread page as its thread is: posts are put, dropped and linked as changes arrive. */
export function startLiveThread() {
  const thread = document.getElementById('thread');
  if (thread === null) return;
  const { board = '', thread: no, change, lang } = thread.dataset;
  const address = `/${board}/thread/${no}`;
  const unread = createUnreadPosts();
  const state = createThreadState(thread);
  const status = createLiveStatus(document);

  /** @param {ThreadChanges} changes */
  function apply(changes) {
    const stay = holdBottom();
    const hold = holdPlace(thread ?? document.body);
    for (const put of changes.posts) applyPut(put);
    for (const gone of changes.removed) dropPost(thread ?? document.body, gone);
    for (const put of changes.backlinks) {
      const post = putBacklinks(thread ?? document.body, put);
      if (post !== undefined) dressPost(post);
    }
    if (changes.posts.length + changes.removed.length > 0) drawPassages();
    state.show(changes.state);
    unread.refresh();
    hold();
    stay();
  }

  /** @param {{ no: number, html: string }} put */
  function applyPut(put) {
    if (thread === null) return;
    const old = document.getElementById(`p${put.no}`);
    const done = putPost(thread, put);
    if (done === undefined) return;
    dressPost(done.post);
    if (String(put.no) === no && done.post.matches('.post--gone')) state.dropSubject();
    if (!done.isNew && old !== null) unread.replace(old, done.post);
    else if (!isOwn(`${board}/${put.no}`)) unread.add(done.post);
    const last = document.querySelector('[data-last]');
    const time = findTime(done.post);
    if (done.isNew && last instanceof HTMLTimeElement && time instanceof HTMLTimeElement) showLast(last, time);
  }

  /** @param {number} since */
  async function ask(since) {
    const answer = await fetch(`${address}/updates?since=${since}`, { headers: { Accept: 'application/json', 'Accept-Language': lang ?? 'en' } });
    if (answer.status === 404 || answer.status === 410) {
      const said = await answer.json().catch(() => undefined);
      state.showGone(said?.error?.message ?? '');
      return undefined;
    }
    if (!answer.ok) throw new Error(`updates answered ${answer.status}`);
    /** @type {ThreadChanges} */
    const changes = await answer.json();
    return changes;
  }

  const cursor = createChangeCursor({ at: Number(change), apply, ask });
  live = {
    catchUp: cursor.catchUp,
    claim(own) {
      const post = document.getElementById(`p${own}`);
      if (post === null) return;
      dressPost(post);
      unread.replace(post);
    },
  };
  openLiveLine({
    join: { board, thread: Number(no), lang },
    events: {
      'thread:changes': (/** @type {import('./change-cursor.js').ThreadPush} */ push) => {
        const changes = readPush(push, { board, thread: Number(no) });
        if ('from' in changes) cursor.receive(changes);
        else state.show(changes.state);
      },
      readers: (said) => said.thread === Number(no) && status.showReaders(said.count),
    },
    onUp(readers) {
      status.showUp();
      if (readers !== undefined) status.showReaders(readers);
      void cursor.catchUp();
    },
    onDown: status.showDown,
    onPoll: () => void cursor.catchUp(),
  });
}

/**
 * @param {HTMLTimeElement} last
 * @param {HTMLTimeElement} time
 */
function showLast(last, time) {
  last.dateTime = time.dateTime;
  last.replaceChildren(...time.cloneNode(true).childNodes);
}
