/** Shorter quotes are plain green text, unless a number says whose they are. */
const leastLetters = 12;

/**
 * Folds case, Unicode and white space away, as the server does when it looks for quoted words.
 * @param {string} text
 */
export const fold = (text) => text.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim();

/**
 * Finds the posts that the quoting lines of a text come from: runs of lines that begin with one `>`, or else each line alone.
 * The latest post that holds the words as its own wins, then the latest that holds them at all.
 * @template T
 * @param {string} text what is being typed
 * @param {{ post: T, own: string, all: string }[]} sources the thread's posts in order, their texts folded
 * @returns {T[]} each found post once, in the order of the text
 */
export function findQuotes(text, sources) {
  /** @type {Set<T>} */
  const found = new Set();
  for (const run of toRuns(text)) {
    const whole = findSource(run.join(' '), sources);
    if (whole !== undefined) found.add(whole);
    else for (const line of run) {
      const source = findSource(line, sources);
      if (source !== undefined) found.add(source);
    }
  }
  return [...found];
}

/**
 * @param {string} text
 * @returns {string[][]} the quoting lines without their mark, in runs
 */
function toRuns(text) {
  /** @type {string[][]} */
  const runs = [];
  let isOpen = false;
  for (const line of text.split('\n')) {
    const words = /^>(?!>)(.*)$/.exec(line)?.[1];
    if (words === undefined) isOpen = false;
    else if (isOpen) runs.at(-1)?.push(words);
    else {
      runs.push([words]);
      isOpen = true;
    }
  }
  return runs;
}

/**
 * @template T
 * @param {string} words
 * @param {{ post: T, own: string, all: string }[]} sources
 */
function findSource(words, sources) {
  const wanted = fold(words);
  if (wanted.replaceAll(/[^\p{L}\p{N}]/gu, '').length < leastLetters) return undefined;
  return (sources.findLast(({ own }) => own.includes(wanted)) ?? sources.findLast(({ all }) => all.includes(wanted)))?.post;
}
