import sanitizeHtml from 'sanitize-html';

/** Exactly what `renderMarkup` writes. Anything that is not listed here is taken away, and so shows. */
const allowed: sanitizeHtml.IOptions = {
  allowedTags: ['p', 'br', 'blockquote', 'pre', 'code', 'strong', 'em', 's', 'span', 'a'],
  allowedAttributes: {
    a: ['href', { name: 'rel', multiple: false, values: ['nofollow ugc noopener noreferrer'] }, { name: 'class', multiple: false, values: ['ref', 'src'] }, 'data-post'],
    span: [{ name: 'class', multiple: false, values: ['spoiler'] }, { name: 'tabindex', multiple: false, values: ['0'] }],
    blockquote: [{ name: 'class', multiple: false, values: ['quote', 'quote quote--src'] }, 'data-post', 'data-range'],
  },
  allowedSchemes: ['http', 'https'],
  allowedSchemesByTag: {},
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  enforceHtmlBoundary: false,
};

/** Whether sanitize-html, with the exact list of what we write, leaves this HTML as it is. It is an assertion and never the barrier. */
export const isCleanHtml = (html: string): boolean => sanitizeHtml(html, allowed) === html.replaceAll('<br>', '<br />');
