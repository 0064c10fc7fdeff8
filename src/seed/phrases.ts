import type { Random } from './random.js';

/** Says phrases (see topic.ts) as sentences, without saying the same twice for as long as it can. */
export interface Phrases {
  say: (phrases: readonly string[], lists?: Lists) => string;
  /** A new thread begins: in it nothing was said yet. */
  turnPage: () => void;
}

type Lists = Readonly<Record<string, readonly string[]>>;

/** A sentence is not said again within so many others, also from thread to thread: an index page shows several. */
const remembered = 4000;
const tries = 24;

export function createPhrases(random: Random): Phrases {
  /** What is left of each list before its phrases come again. */
  const bags = new Map<readonly string[], string[]>();
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
        said = expand(draw(phrases), lists, random);
        if (!onPage.has(said) && (attempt > tries / 2 || !recent.has(said))) break;
      }
      return remember(said);
    },
    turnPage() {
      onPage = new Set();
    },
  };
}

const innermostChoice = /\[([^[\]]*)\]/g;
const slot = /\{(?:(\d+)-(\d+)|([a-z]+))\}/gi;

/** Makes every choice of a phrase. @throws Error when it names a list that is not there */
export function expand(phrase: string, lists: Lists, random: Random): string {
  let text = phrase;
  while (text.includes('[')) {
    const chosen = text.replaceAll(innermostChoice, (_, choices: string) => random.pick(choices.split('|')));
    if (chosen === text) throw new Error(`a choice is not closed: ${phrase}`);
    text = chosen;
  }
  text = text.replaceAll(slot, (_, least: string | undefined, most: string | undefined, list: string | undefined) => {
    if (list === undefined) return String(random.whole(Number(least), Number(most)));
    const words = lists[list];
    if (words === undefined) throw new Error(`there is no list "${list}": ${phrase}`);
    return random.pick(words);
  });
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
