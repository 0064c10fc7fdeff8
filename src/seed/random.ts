/** Chance that can be repeated: the same seed gives the same board. */
export interface Random {
  /** At least 0, under 1. */
  next: () => number;
  /** A whole number from `least` to `most`, both included. */
  whole: (least: number, most: number) => number;
  chance: (probability: number) => boolean;
  pick: <T>(from: readonly T[]) => T;
  shuffle: <T>(all: readonly T[]) => T[];
  /** A positive number around 1 with a long tail; the larger `spread`, the longer (log-normal). */
  tail: (spread: number) => number;
}

/** The generator mulberry32 (public domain, Tommy Ettinger): small, fast, and even enough for texts. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    pick: (from) => getAt(from, whole(0, from.length - 1)),
    shuffle: (all) => all.map((each) => ({ each, at: next() })).sort((one, other) => one.at - other.at).map(({ each }) => each),
    tail: (spread) => Math.exp(spread * (next() + next() + next() + next() - 2) * Math.sqrt(3)),
  };
}

function getAt<T>(from: readonly T[], at: number): T {
  const found = from[at];
  if (found === undefined) throw new Error('there is nothing to choose from');
  return found;
}
