import { keep, recall } from './browser-memory.js';

/** @typedef {{ body: string, subject: string, at: number }} Draft */

const limit = 30;
const fields = /** @type {const} */ (['body', 'subject']);

/** @returns {Record<string, Draft>} */
function readDrafts() {
  const kept = recall('drafts');
  return typeof kept === 'object' && kept !== null ? Object.fromEntries(Object.entries(kept)) : {};
}

/**
 * A form's name among the drafts.
 * @param {HTMLFormElement} form
 */
export const toDraftKey = (form) => `${form.dataset.board}/${form.dataset.thread ?? 'new'}`;

/** @param {string} key */
export function forgetDraft(key) {
  const drafts = readDrafts();
  delete drafts[key];
  keep('drafts', Object.keys(drafts).length === 0 ? undefined : drafts);
}

/**
 * Keeps what is typed into a form until it is posted. A form that came filled in from the server stays as it came.
 * @param {HTMLFormElement} form
 */
export function startDraft(form) {
  const key = toDraftKey(form);
  const inputs = fields.map((name) => form.elements.namedItem(name)).filter(isTextField);
  const draft = readDrafts()[key];
  if (draft !== undefined && inputs.every((input) => input.value === '')) {
    for (const input of inputs) {
      const text = input.name === 'body' ? draft.body : draft.subject;
      if (typeof text === 'string') input.value = text;
    }
    inputs[0]?.dispatchEvent(new Event('input', { bubbles: true }));
  }
  form.addEventListener('input', ({ target }) => {
    if (isTextField(target) && inputs.includes(target)) keepDraft(key, inputs);
  });
}

/**
 * @param {string} key
 * @param {(HTMLInputElement | HTMLTextAreaElement)[]} inputs
 */
function keepDraft(key, inputs) {
  const texts = Object.fromEntries(inputs.map((input) => [input.name, input.value]));
  if (inputs.every((input) => input.value.trim() === '')) return forgetDraft(key);
  const drafts = { ...readDrafts(), [key]: { body: texts.body ?? '', subject: texts.subject ?? '', at: Date.now() } };
  keep('drafts', Object.fromEntries(Object.entries(drafts).sort(([, one], [, other]) => one.at - other.at).slice(-limit)));
}

/**
 * @param {unknown} field
 * @returns {field is HTMLInputElement | HTMLTextAreaElement}
 */
const isTextField = (field) => field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement;
