/** Looking for words costs at most so many steps for each unit of the text that is searched. Ordinary words stay under 10. */
const mostSteps = 16;

/**
 * The part of some words that a database is asked for. It looks for words from their end (Boyer, Moore and Horspool): when they repeat
 * themselves, such as a thousand times the same letter, every place of a text that does so too costs as much as all of them, and a thread of
 * such posts would keep it busy for seconds. Of words like that the answer is a part, so that whoever holds the words holds it too, and
 * empty when there is none that `isEnough`.
 */
export function toSearchable(words: string, isEnough: (part: string) => boolean): string {
  const end = keepCheapEnd(words);
  if (end === words) return words;
  const withoutTail = cutTail(words);
  const other = keepCheapEnd(withoutTail);
  return [other === withoutTail ? other : '', end, other].find((part) => part !== '' && isEnough(part)) ?? '';
}

/** Words without what they only repeat at their end: `so what........` says no more than `so what.`. */
function cutTail(words: string): string {
  let end = words.length;
  while (end > 1 && words.charCodeAt(end - 2) === words.charCodeAt(words.length - 1)) end -= 1;
  return words.slice(0, end);
}

/**
 * The longest end of a text that is cheap to look for. An end of length n that repeats itself every p units is met at every p-th place at
 * most, so all ends together cost at most the sum of 1/p. The table is that of Knuth, Morris and Pratt, from the end.
 */
function keepCheapEnd(text: string): string {
  const borders = [0];
  let steps = 1;
  let border = 0;
  const at = (index: number) => text.charCodeAt(text.length - 1 - index);
  for (let index = 1; index < text.length; index += 1) {
    while (border > 0 && at(index) !== at(border)) border = borders[border - 1] ?? 0;
    if (at(index) === at(border)) border += 1;
    borders.push(border);
    steps += 1 / (index + 1 - border);
    // Half a character could not be sent to a database.
    if (steps > mostSteps) return text.slice(text.length - index).replace(/^[\udc00-\udfff]/, '');
  }
  return text;
}
