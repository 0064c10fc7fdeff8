/** The only file through which HTML enters the page. It comes from our own server, rendered by the same templates as the page. */

/** @type {{ createHTML: (html: string) => string } | undefined} */
const policy = Reflect.get(globalThis, 'trustedTypes')?.createPolicy('quoth', { createHTML: (/** @type {string} */ html) => html });

/**
 * Turns one finished piece of HTML into its element.
 * @param {string} html
 * @returns {HTMLElement | null} null when the piece is empty
 */
export function toElement(html) {
  const template = document.createElement('template');
  template.innerHTML = policy === undefined ? html : policy.createHTML(html);
  const element = template.content.firstElementChild;
  return element instanceof HTMLElement ? element : null;
}
