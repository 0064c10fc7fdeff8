/** Numbers from 0 to 1 that are the same in every run with the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const onsets = ['b', 'br', 'c', 'ch', 'd', 'f', 'fl', 'g', 'gr', 'h', 'l', 'm', 'n', 'p', 'pr', 'r', 's', 'sh', 'st', 't', 'th', 'tr', 'v', 'w', ''];
const vowels = ['a', 'e', 'i', 'o', 'u', 'ea', 'ou', 'ai', 'io', 'ee'];
const endings = ['', 'n', 'r', 's', 't', 'l', 'm', 'd', 'ck', 'ng', 'st', 'nd'];

/** Words drawn as often as in real language (Zipf's law over 8,000 of them): a small vocabulary would compress, and cost, too little. */
const vocabulary = makeVocabulary(8_000);

function makeVocabulary(size: number): { words: string[]; sums: number[] } {
  const random = createRandom(12_345);
  const pick = (sounds: string[]) => sounds[Math.floor(random() * sounds.length)] ?? '';
  const words = new Set<string>();
  while (words.size < size) {
    const syllables = 1 + Math.floor(random() * 3);
    words.add(Array.from({ length: syllables }, () => pick(onsets) + pick(vowels) + pick(endings)).join(''));
  }
  let sum = 0;
  const sums = Array.from({ length: size }, (_, rank) => (sum += 1 / (rank + 2.7)));
  return { words: [...words], sums };
}

function drawWord(random: () => number): string {
  const wanted = random() * (vocabulary.sums.at(-1) ?? 0);
  let [low, high] = [0, vocabulary.words.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((vocabulary.sums[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return vocabulary.words[low] ?? '';
}

/**
 * Text of a plausible post: lines of 6 to 23 words, now and then much longer than usual (log-normal); its mean is about 200 characters,
 * as it was where the goals come from. It ends with the word that reaches its length.
 */
export function writeWords(random: () => number): string {
  const gauss = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const length = Math.min(1_700, Math.max(12, Math.exp(Math.log(200) - 0.32 + 0.8 * gauss)));
  const lines: string[] = [];
  for (let written = 0; written < length; ) {
    const most = 6 + Math.floor(random() * 18);
    let line = '';
    for (let count = 0; count < most && written + line.length < length; count += 1) line += (count === 0 ? '' : ' ') + drawWord(random);
    lines.push(line);
    written += line.length + 1;
  }
  return lines.join('\n');
}
