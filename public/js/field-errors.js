import { makeElement, makeIcon } from './make-element.js';

/**
 * Says what is wrong with a form: at the field when it is named and can be seen, else above the button. The focus goes there.
 * @param {HTMLFormElement} form
 * @param {{ message: string, field?: string | null }} error
 */
export function showError(form, { message, field }) {
  clearErrors(form);
  const input = field ? form.elements.namedItem(field) : null;
  if (input instanceof HTMLElement && (input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement)) {
    const details = input.closest('details');
    if (details !== null) details.open = true;
    const id = `${field}-error`;
    const note = makeElement('span', { class: 'field__error small', id }, makeIcon('warn'), message);
    const place = input.closest('.line') ?? input;
    place.after(note);
    input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-describedby', `${id} ${input.getAttribute('aria-describedby') ?? ''}`.trim());
    input.focus();
    return;
  }
  const place = form.querySelector('[data-form-error]');
  if (!(place instanceof HTMLElement)) return;
  place.hidden = false;
  place.replaceChildren(makeIcon('warn'), message);
  place.scrollIntoView({ block: 'nearest' });
}

/**
 * Takes errors back: all of the form, or those of one field and of the form as a whole.
 * @param {HTMLFormElement} form
 * @param {string} [field]
 */
export function clearErrors(form, field) {
  for (const input of form.querySelectorAll('[aria-invalid]')) {
    const name = input.getAttribute('name');
    if (field !== undefined && name !== field) continue;
    input.removeAttribute('aria-invalid');
    const id = `${name}-error`;
    document.getElementById(id)?.remove();
    const rest = (input.getAttribute('aria-describedby') ?? '').split(' ').filter((one) => one !== id && one !== '');
    if (rest.length > 0) input.setAttribute('aria-describedby', rest.join(' '));
    else input.removeAttribute('aria-describedby');
  }
  const place = form.querySelector('[data-form-error]');
  if (place instanceof HTMLElement) {
    place.hidden = true;
    place.replaceChildren();
  }
}
