/** What the script says, a table per language. A text with a count is a table of plural forms; `#` is the count. */
const en = {
  live: 'Live',
  reconnecting: 'Reconnecting',
  reading: { other: '# reading' },
  newPosts: { one: '# new post', other: '# new posts' },
  replyCount: { one: '# reply', other: '# replies' },
  fileCount: { one: '# file', other: '# files' },
  newThreads: { one: '# new thread', other: '# new threads' },
  threadsWithReplies: { one: '# thread with new replies', other: '# threads with new replies' },
  show: 'Show them',
  you: '(You)',
  weekdays: 'Sun Mon Tue Wed Thu Fri Sat',
  threadRemoved: 'This thread was removed.',
  threadMoved: 'This thread was moved.',
  goThere: 'Go there',
  lockedShort: 'Locked',
  fullShort: 'Full',
  archivedShort: 'Archived',
  goneShort: 'Not here any more',
  textKept: 'What you typed is kept below.',
  posted: 'Posted as No. {no}.',
  notSent: 'There is no connection. What you typed is kept: try again in a moment.',
  length: '{count} of {limit}',
  fileTooLarge: '{name} is larger than {limit}.',
  fileOfWrongType: '{name} is not a picture of a kind that this board takes.',
  tooManyFiles: { one: 'At most # file fits a post here.', other: 'At most # files fit a post here.' },
  removeFile: 'Remove {name}',
  altOf: 'Description of {name}',
  quotesFound: { one: '# quote found:', other: '# quotes found:' },
  no: 'No. {no}',
  quotedTimes: { one: 'quoted once', two: 'quoted twice', other: 'quoted # times' },
  preview: 'Quoted post',
  menuOf: 'Menu for post {no}',
  quotePost: 'Quote this post',
  copyLink: 'Copy link',
  copied: 'Link copied',
  hidePost: 'Hide post',
  showPost: 'Show',
  report: 'Report…',
  deletePost: 'Delete…',
  moderate: 'Moderate…',
};

/** @typedef {keyof typeof en} ScriptText */
/** @typedef {Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }} PluralForms */

/** @type {Record<string, Record<ScriptText, string | PluralForms>>} */
const tables = { en };

const lang = document.documentElement.lang in tables ? document.documentElement.lang : 'en';
/** @type {Record<ScriptText, string | PluralForms>} */
const table = tables[lang] ?? en;
/** @type {Intl.PluralRules | undefined} */
let plurals;
/** @type {Intl.NumberFormat | undefined} */
let numbers;

/** The language of the page. */
export const pageLanguage = lang;

/**
 * Says a whole number from 0 on. The first format that a page makes takes a slow phone longer than all the rest of its start, and most
 * numbers are written without one: below a thousand there is nothing to part.
 * @param {number} value
 */
export function sayNumber(value) {
  if (value < 1000) return String(value);
  numbers ??= new Intl.NumberFormat(lang);
  return numbers.format(value);
}

/**
 * Says a text in the language of the page.
 * @param {ScriptText} key
 * @param {Record<string, string | number>} [params] `{name}` in the text is replaced by the parameter of that name
 */
export function say(key, params = {}) {
  const text = table[key];
  const plain = typeof text === 'string' ? text : text.other;
  return plain.replaceAll(/\{(\w+)\}/g, (_all, name) => String(params[name] ?? ''));
}

/**
 * Says a text that depends on a number. English knows no form for two, but a text may have one.
 * @param {ScriptText} key
 * @param {number} count
 */
export function sayCount(key, count) {
  const forms = table[key];
  if (typeof forms === 'string') return forms;
  plurals ??= new Intl.PluralRules(lang);
  const form = (count === 2 ? forms.two : undefined) ?? forms[plurals.select(count)] ?? forms.other;
  return form.replace('#', () => sayNumber(count));
}

/**
 * A size in bytes as people read it.
 * @param {number} bytes
 */
export function saySize(bytes) {
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kilobyte'] : [bytes / 1_000_000, 'megabyte'];
  return new Intl.NumberFormat(lang, { style: 'unit', unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}
