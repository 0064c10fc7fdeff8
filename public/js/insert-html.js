/** The only file through which HTML enters the page. It comes from our own server, rendered by the same templates as the page. */

/** @type {{ createHTML: (html: string) => string } | undefined} */
const policy = Reflect.get(globalThis, 'trustedTypes')?.createPolicy('quoth', { createHTML: (/** @type {string} */ html) => html });

/**
 * Turns one finished piece of HTML into its element.
 * @param {string} html
 * @returns {HTMLElement | null} null when the piece is empty
 */
export function toElement(html) {
  const element = toFragment(html).firstElementChild;
  return element instanceof HTMLElement ? element : null;
}

/**
 * Finds the place `id` in another page of ours. Nothing of it is loaded before it is put into this one.
 * @param {string} html the whole page
 * @param {string} id
 */
export function findPlace(html, id) {
  return toFragment(html).getElementById(id);
}

/** @param {string} html */
function toFragment(html) {
  const template = document.createElement('template');
  template.innerHTML = policy === undefined ? html : policy.createHTML(html);
  return template.content;
}
