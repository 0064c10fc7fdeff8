import assert from 'node:assert/strict';
import { parseFragment, serialize } from 'parse5';
import { normalizeLine, normalizeText } from '../../src/markup/normalize-text.js';
import { readQuotableText } from '../../src/markup/quotable-text.js';
import { findOffPolicy, readText } from './html-policy.js';
import { showMarkup, writeMarkup } from './write-markup.js';

const withoutSigns = (text: string) => text.replaceAll(/[\s*~|`]/g, '');
// The line that opens a block of code is a sign too, and a host that is no plain name is shown as it really is.
const changesWords = /```|:\/\/[a-z.]*[^a-z./\s]/i;

/** What holds of the markup whatever is typed: each throws AssertionError when it does not. */
export const markupRules: Readonly<Record<string, (typed: string) => void>> = {
  'nothing that a body may not hold comes out, stored or shown, and the last check finds nothing to take away'(typed) {
    const { html, sanitizerChanged } = writeMarkup(typed);
    assert.equal(sanitizerChanged, false);
    assert.deepEqual(findOffPolicy(html), []);
    assert.deepEqual(findOffPolicy(showMarkup(html)), []);
  },
  'what is shown is parsed the same however often it is parsed and written'(typed) {
    const once = serialize(parseFragment(showMarkup(writeMarkup(typed).html)));
    assert.equal(serialize(parseFragment(once)), once);
  },
  'the words that are read are the words that were typed, and nothing typed is lost but signs and white space'(typed) {
    if (changesWords.test(typed)) return;
    assert.equal(withoutSigns(readText(writeMarkup(typed).html)), withoutSigns(normalizeText(typed)));
  },
  'the same body always comes out the same'(typed) {
    assert.deepEqual(writeMarkup(typed), writeMarkup(typed));
  },
  'the text that offsets count in is what a browser finds outside of references and marks, stored or shown'(typed) {
    const { html } = writeMarkup(typed);
    const { text } = readQuotableText(html);
    assert.equal(text, readText(html, ['ref', 'src']));
    assert.equal(readText(showMarkup(html), ['ref', 'src']), text);
  },
  'normalising is done once for good'(typed) {
    const once = normalizeText(typed);
    assert.equal(normalizeText(once), once);
    assert.equal(normalizeLine(normalizeLine(typed)), normalizeLine(typed));
  },
};
