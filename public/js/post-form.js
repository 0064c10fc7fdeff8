import { startChoosingFiles } from './choose-files.js';
import { forgetDraft, startDraft, toDraftKey } from './drafts.js';
import { clearErrors, showError } from './field-errors.js';
import { catchUp, claimPost } from './live-thread.js';
import { makeElement } from './make-element.js';
import { rememberOwn } from './own-posts.js';
import { sendPost } from './send-post.js';
import { say, sayNumber } from './texts.js';

/** Says that this tab has sent a form by itself, without script in between: see readPostedAddress. */
const sentMark = 'quoth.sent';

/** Sends posts without leaving the page, keeps drafts, counts letters. Everything it fails at, the form does alone. */
export function startPostForms() {
  for (const form of document.querySelectorAll('form[data-post-form]')) {
    if (form instanceof HTMLFormElement) startPostForm(form);
  }
}

/** @param {HTMLFormElement} form */
function startPostForm(form) {
  form.classList.add('form--live');
  const files = startChoosingFiles(form);
  renewFormId(form);
  startLength(form);
  startDraft(form);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.dataset.sending === undefined && form.dataset.shut === undefined) void send(form, files.clear);
  });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener('toggle', (event) => {
    if (event instanceof ToggleEvent && event.newState === 'open') form.querySelector('textarea')?.focus({ preventScroll: true });
  });
  // On wide windows the form stands in the page: an open sheet would lie above it.
  matchMedia('(width >= 62rem)').addEventListener('change', () => {
    if (form.popover !== null && form.matches(':popover-open')) form.hidePopover();
  });
}

/**
 * @param {HTMLFormElement} form
 * @param {() => void} clearFiles
 */
async function send(form, clearFiles) {
  setSending(form, true);
  clearErrors(form);
  const outcome = await sendPost(form, (percent) => showProgress(form, percent));
  setSending(form, false);
  if (outcome.kind === 'refused') return showError(form, outcome);
  if (outcome.kind === 'unreachable') return showError(form, { message: say('notSent') });
  if (outcome.kind === 'page') return submitAlone(form);
  rememberOwn(`${outcome.board}/${outcome.no}`);
  forgetDraft(toDraftKey(form));
  const isHere = form.dataset.postForm === 'reply' && document.getElementById('thread')?.dataset.thread === String(outcome.thread);
  if (!isHere) return location.assign(outcome.location);
  form.reset();
  clearFiles();
  renewFormId(form);
  form.querySelector('textarea')?.dispatchEvent(new Event('input', { bubbles: true }));
  await showOwnPost(form, outcome.no);
}

/**
 * @param {HTMLFormElement} form
 * @param {number} no
 */
async function showOwnPost(form, no) {
  const isSheet = form.popover !== null && form.matches(':popover-open');
  if (isSheet) form.hidePopover();
  form.querySelector('[data-form-said]')?.replaceChildren(makeElement('a', { href: `#p${no}` }, say('posted', { no })));
  await catchUp();
  claimPost(no);
  // Beside the thread the form says where the post is, and reading goes on where it was. A sheet is gone, and with it what it says.
  if (isSheet) document.getElementById(`p${no}`)?.scrollIntoView({ block: 'nearest' });
}

/**
 * Lets the browser send the form itself, so that the server's page is seen.
 * @param {HTMLFormElement} form
 */
function submitAlone(form) {
  try {
    sessionStorage.setItem(sentMark, toDraftKey(form));
  } catch {
    // Then the post is not remembered as one's own.
  }
  form.submit();
}

/** After such a form has been taken the address names the new post. It is remembered, and the address made clean again. */
export function readPostedAddress() {
  const address = new URL(location.href);
  if (!address.searchParams.has('posted')) return;
  address.searchParams.delete('posted');
  history.replaceState(history.state, '', address);
  const thread = document.getElementById('thread');
  const posted = thread?.dataset.posted;
  /** @type {string | null} */
  let draftKey = null;
  try {
    draftKey = sessionStorage.getItem(sentMark);
    sessionStorage.removeItem(sentMark);
  } catch {
    // Nothing was noted.
  }
  if (thread === null || posted === undefined || draftKey === null) return;
  forgetDraft(draftKey);
  rememberOwn(`${thread.dataset.board}/${posted}`);
}

/**
 * @param {HTMLFormElement} form
 * @param {boolean} isSending
 */
function setSending(form, isSending) {
  if (isSending) form.dataset.sending = '';
  else delete form.dataset.sending;
  const button = form.querySelector('.btn--main');
  if (button instanceof HTMLButtonElement) button.disabled = isSending || form.dataset.shut !== undefined;
  const said = form.querySelector('[data-form-said]');
  if (isSending && said !== null) said.textContent = '';
  showProgress(form, 0);
}

/**
 * @param {HTMLFormElement} form
 * @param {number} percent
 */
function showProgress(form, percent) {
  const progress = form.querySelector('progress');
  const files = form.elements.namedItem('files');
  if (progress === null) return;
  progress.value = percent;
  progress.hidden = form.dataset.sending === undefined || !(files instanceof HTMLInputElement) || files.files?.length === 0;
}

/**
 * A random id for the next post: sent twice, it makes one.
 * @param {HTMLFormElement} form
 */
function renewFormId(form) {
  const field = form.elements.namedItem('form_id');
  if (!(field instanceof HTMLInputElement)) return;
  // randomUUID is missing on plain http.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  field.value = crypto.randomUUID?.() ?? hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** @param {HTMLFormElement} form */
function startLength(form) {
  const place = form.querySelector('[data-length]');
  const body = form.querySelector('textarea');
  const limit = Number(form.dataset.maxLength);
  if (place === null || body === null) return;
  const said = form.querySelector('[data-form-said]');
  const show = () => {
    if (said !== null && body.value !== '') said.textContent = '';
    place.textContent = body.value === '' ? '' : say('length', { count: sayNumber(body.value.length), limit: sayNumber(limit) });
    place.classList.toggle('too-long', body.value.length > limit);
  };
  form.addEventListener('input', show);
  show();
}
