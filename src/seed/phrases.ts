import type { Random } from './random.js';

/** Says phrases (see pastime.ts) as sentences, without saying the same twice for as long as it can. */
export interface Phrases {
  say: (phrases: readonly string[], lists?: Lists) => string;
  /** Says one that was not said in this thread in any of its wordings; undefined when all were. */
  sayNew: (phrases: readonly string[], lists?: Lists) => string | undefined;
  /** A new thread begins: in it nothing was said yet. */
  turnPage: () => void;
}

type Lists = Readonly<Record<string, readonly string[]>>;

/** A sentence is not said again within so many others, also from thread to thread: an index page shows several. */
const remembered = 4000;
const tries = 24;

export function createPhrases(random: Random): Phrases {
  /** What is left of each list before its phrases or words come again. */
  const bags = new Map<readonly string[], string[]>();
  const useCounts = new Map<string, number>();
  let onPage = new Set<string>();
  const recent = new Set<string>();

  function draw(phrases: readonly string[]): string {
    let bag = bags.get(phrases);
    if (bag === undefined || bag.length === 0) {
      bag = random.shuffle(phrases);
      bags.set(phrases, bag);
    }
    return bag.pop() ?? '';
  }

  const choices: Choices = { word: draw, choice: random.pick, number: random.whole };

  function remember(sentence: string): string {
    onPage.add(sentence);
    recent.add(sentence);
    if (recent.size > remembered) for (const oldest of recent) {
      recent.delete(oldest);
      break;
    }
    return sentence;
  }

  return {
    say(phrases, lists = {}) {
      let said = '';
      for (let attempt = 0; attempt < tries; attempt += 1) {
        said = expand(draw(phrases), lists, choices);
        if (!onPage.has(said) && (attempt > tries / 2 || !recent.has(said))) break;
      }
      return remember(said);
    },
    sayNew(phrases, lists = {}) {
      const unsaid = phrases.filter((phrase) => !onPage.has(phrase));
      if (unsaid.length === 0) return undefined;
      const countOf = (phrase: string) => useCounts.get(phrase) ?? 0;
      const least = Math.min(...unsaid.map(countOf));
      const phrase = random.pick(unsaid.filter((each) => countOf(each) === least));
      useCounts.set(phrase, least + 1);
      onPage.add(phrase);
      return remember(expand(phrase, lists, choices));
    },
    turnPage() {
      onPage = new Set();
    },
  };
}

const innermostChoice = /\[([^[\]]*)\]/g;
const slot = /\{(?:(\d+)-(\d+)|([a-z]+))\}/gi;
/** Words from a list may hold choices of their own, which hold nothing further. */
const mostRounds = 6;

/** How the choices of a phrase are made. */
export interface Choices {
  word: (words: readonly string[]) => string;
  choice: (from: readonly string[]) => string;
  number: (least: number, most: number) => number;
}

/** Makes every choice of a phrase. `{Name}` takes a word from the list `name` and begins it with a capital. @throws Error when a list is not there */
export function expand(phrase: string, lists: Lists, choices: Choices): string {
  let text = phrase;
  for (let round = 0; /[[{]/.test(text); round += 1) {
    if (round === mostRounds) throw new Error(`a choice is not closed: ${phrase}`);
    text = text
      .replaceAll(innermostChoice, (_, all: string) => choices.choice(all.split('|')))
      .replaceAll(slot, (_, least: string | undefined, most: string | undefined, name: string | undefined) =>
        name === undefined ? String(choices.number(Number(least), Number(most))) : takeWord(name, lists, choices),
      );
  }
  return capitalize(text);
}

function takeWord(name: string, lists: Lists, choices: Choices): string {
  const key = name.toLowerCase();
  const words = lists[key];
  if (words === undefined) throw new Error(`there is no list "${name}"`);
  const word = choices.word(words);
  return key === name ? word : capitalize(word);
}

const capitalize = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
