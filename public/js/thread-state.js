import { makeElement } from './make-element.js';
import { say, sayCount } from './texts.js';

/** @typedef {import('./change-cursor.js').ThreadState} ThreadState */

/** @type {Partial<Record<string, import('./texts.js').ScriptText>>} */
const closedTexts = { locked: 'lockedShort', full: 'fullShort', archived: 'archivedShort', gone: 'goneShort' };

/**
 * Shows what a thread is at the moment: counts, marks, and whether it takes replies. When it no longer does, the form goes and
 * the reason takes its place; text that somebody has begun stays where it is, to be copied, and can no longer be sent. Of a thread
 * that was removed nothing is shown any more, until it comes back.
 * @param {HTMLElement} thread
 */
export function createThreadState(thread) {
  const replyLimit = Number(thread.dataset.replyLimit);
  const closed = document.querySelector('[data-closed]');
  const heading = document.querySelector('h1');
  const mostQuoted = document.querySelector('[data-most-quoted]');
  const dock = document.querySelector('.dock');
  let isGone = false;
  /** @type {HTMLElement | undefined} */
  let dockLink;

  /** @param {string} state open, locked, full, archived, or gone */
  function showReplyState(state) {
    const form = document.querySelector('[data-post-form]');
    const body = form?.querySelector('textarea');
    const isTyping = body !== null && body !== undefined && body.value.trim() !== '';
    for (const part of document.querySelectorAll('[data-reply-state]')) {
      if (!(part instanceof HTMLElement)) continue;
      const isForm = form !== null && part.contains(form);
      part.hidden = part.dataset.replyState !== state && !(isForm && isTyping);
    }
    const send = form?.querySelector('.btn--main');
    if (send instanceof HTMLButtonElement && form instanceof HTMLElement) {
      form.toggleAttribute('data-shut', state !== 'open');
      send.disabled = state !== 'open' || form.dataset.sending !== undefined;
    }
    showInDock(state);
  }

  /**
   * On a phone the reason stands below the whole thread. Where the button to reply was, whoever is in the middle sees that it changed.
   * @param {string} state
   */
  function showInDock(state) {
    dockLink?.remove();
    const text = closedTexts[state];
    if (text === undefined || dock === null) return;
    dockLink = makeElement('a', { class: 'btn', href: '#bottom' }, say(text));
    dock.append(dockLink);
  }

  /** @param {(Node | string)[]} content */
  function showGone(...content) {
    if (closed === null) return;
    isGone = true;
    const body = document.querySelector('[data-post-form] textarea');
    const isTyping = body instanceof HTMLTextAreaElement && body.value.trim() !== '';
    closed.replaceChildren(makeElement('div', { class: 'notice', role: 'alert' }, makeElement('p', {}, ...content), ...(isTyping ? [makeElement('p', {}, say('textKept'))] : [])));
    showReplyState('gone');
  }

  function hideWords() {
    for (const part of [thread, heading, mostQuoted]) if (part instanceof HTMLElement) part.hidden = true;
  }

  function comeBack() {
    isGone = false;
    thread.hidden = false;
    if (heading !== null) heading.hidden = false;
    closed?.replaceChildren();
  }

  return {
    /** @param {ThreadState} state */
    show(state) {
      const facts = { ...state, fillsUp: !state.isCyclical };
      for (const fact of document.querySelectorAll('[data-fact]')) {
        if (fact instanceof HTMLElement) fact.hidden = Reflect.get(facts, fact.dataset.fact ?? '') !== true;
      }
      setText('[data-count="replies"]', sayCount('replyCount', state.replyCount));
      setText('[data-count="files"]', sayCount('fileCount', state.fileCount));
      if (state.movedTo !== undefined) return showGone(say('threadMoved'), ' ', makeElement('a', { href: state.movedTo }, say('goThere')));
      if (state.isRemoved) {
        hideWords();
        return showGone(say('threadRemoved'));
      }
      if (isGone) comeBack();
      showReplyState(toReplyState(state, replyLimit));
    },
    /**
     * The server says that the thread is not here any more, and why.
     * @param {string} message
     */
    showGone(message) {
      hideWords();
      showGone(message);
    },
    /** The subject goes with the words of its OP. */
    dropSubject() {
      if (heading !== null) heading.textContent = say('no', { no: thread.dataset.thread ?? '' });
    },
  };
}

/**
 * The same rule as the server's.
 * @param {ThreadState} state
 * @param {number} replyLimit
 */
export function toReplyState(state, replyLimit) {
  if (state.isArchived) return 'archived';
  if (state.isLocked) return 'locked';
  return !state.isCyclical && state.replyCount >= replyLimit ? 'full' : 'open';
}

/**
 * @param {string} selector
 * @param {string} text
 */
function setText(selector, text) {
  const element = document.querySelector(selector);
  if (element !== null && element.textContent !== text) element.textContent = text;
}
