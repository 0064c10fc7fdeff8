import { toNo } from './post-address.js';
import { findBody, replyLinks } from './post-parts.js';

/**
 * A click on a post's number puts `>>number` into the reply form, and what was selected in that post as a quote below it.
 * On pages without the thread's form the number stays what it is: a link to the reply page.
 */
export function startQuoting() {
  const form = document.querySelector('#reply');
  const body = form?.querySelector('textarea');
  if (!(form instanceof HTMLElement) || !(body instanceof HTMLTextAreaElement)) return;
  let selected = '';
  // A tap clears the selection before its click arrives.
  document.addEventListener('pointerdown', ({ target }) => {
    selected = target instanceof Element ? findSelected(target.closest('.post')) : '';
  });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest(replyLinks) : null;
    const post = link?.closest('#thread > .post');
    if (!(post instanceof HTMLElement) || form.closest('[hidden]') !== null) return;
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const words = findSelected(post) || selected;
    selected = '';
    openReplyForm();
    insertLines(body, [`>>${toNo(post)}`, ...words.split('\n').filter((line) => line.trim() !== '').map((line) => `>${line.trim().replace(/^>(?!>)/, '')}`)]);
  });
}

/** Shows the reply form where it is a sheet, and puts the cursor into it. */
export function openReplyForm() {
  const form = document.getElementById('reply');
  if (form === null) return;
  if (getComputedStyle(form).display === 'none') form.showPopover();
  form.querySelector('textarea')?.focus({ preventScroll: true });
}

/**
 * What is selected inside a post's text. A selection may end outside: three clicks select a paragraph and reach into what follows.
 * One that only passes over the post was not meant for it.
 * @param {Element | null} post
 */
function findSelected(post) {
  const selection = getSelection();
  const body = post === null ? null : findBody(post);
  if (selection === null || selection.isCollapsed || body === null) return '';
  if (!body.contains(selection.anchorNode) && !body.contains(selection.focusNode)) return '';
  const range = selection.getRangeAt(0).cloneRange();
  if (!body.contains(range.startContainer)) range.setStart(body, 0);
  if (!body.contains(range.endContainer)) range.setEnd(body, body.childNodes.length);
  const parts = range.cloneContents();
  for (const mark of parts.querySelectorAll('.src')) mark.remove();
  // Of a reference only what can be typed: not "(OP)", not "(You)".
  for (const ref of parts.querySelectorAll('.ref')) ref.textContent = /^>>\S+/.exec(ref.textContent ?? '')?.[0] ?? '';
  for (const end of parts.querySelectorAll('br, p, blockquote, pre')) end.after('\n');
  return parts.textContent ?? '';
}

/**
 * Puts whole lines at the cursor: on lines of their own, with the cursor on the line after them.
 * @param {HTMLTextAreaElement} body
 * @param {string[]} lines
 */
function insertLines(body, lines) {
  const { value, selectionStart, selectionEnd } = body;
  const isLineStart = selectionStart === 0 || value[selectionStart - 1] === '\n';
  const isLineEnd = value[selectionEnd] === '\n';
  body.setRangeText(`${isLineStart ? '' : '\n'}${lines.join('\n')}${isLineEnd ? '' : '\n'}`, selectionStart, selectionEnd, 'end');
  body.dispatchEvent(new Event('input', { bubbles: true }));
}
