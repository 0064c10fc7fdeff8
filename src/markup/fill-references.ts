import { escapeAttribute, escapeText } from './escape-html.js';

/** What a reference to a post says and leads to, at the time when it is shown. */
export interface ReferenceLabel {
  href: string;
  /** Of a reference by number: `>>123 (OP)`. */
  refText: string;
  /** Of the mark that ends a quote: `No. 123 (OP)`. */
  srcText: string;
}

/** The marks that `renderMarkup` leaves. They cannot be typed: escaped text holds no `<`. */
const marks = /<blockquote class="quote quote--src" data-post="(\d+)" data-range="(\d+-\d+)">|<a class="(ref|src)" data-post="(\d+)">([^<]*)<\/a>/g;

/**
 * Puts addresses and labels into a stored body. Where a post has no label, because it is hidden, nothing leads to it: a
 * reference is the text that was typed (in a `.ref`, so that offsets into the body stay what they were) and a quote is green text.
 */
export function fillReferences(bodyHtml: string, label: (postId: number) => ReferenceLabel | undefined): string {
  return bodyHtml.replaceAll(marks, (_, quotedId?: string, range?: string, kind?: string, postId?: string, typed = '') => {
    const found = label(Number(quotedId ?? postId));
    if (kind === undefined) return found === undefined ? '<blockquote class="quote">' : `<blockquote class="quote quote--src" data-range="${range}">`;
    if (kind === 'ref') return found === undefined ? `<span class="ref">${typed}</span>` : `<a class="ref" href="${escapeAttribute(found.href)}">${escapeText(found.refText)}</a>`;
    return found === undefined ? '' : `<a class="src" href="${escapeAttribute(found.href)}">${escapeText(found.srcText)}</a>`;
  });
}
