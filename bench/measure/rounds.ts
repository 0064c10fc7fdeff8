import { treeSeconds, watchOthers } from './processor-time.js';
import { median } from './quantiles.js';

/** One of the things that are compared. */
export interface Contestant<Result> {
  name: string;
  /** The processes that do the work, by what they are called in the table: their processor time is taken. */
  processes: Record<string, number>;
  /** Makes ready what a round needs; not measured. */
  prepare?: () => Promise<void>;
  /** Does the same bounded work each time. */
  run: () => Promise<Result>;
  /** Looks whether the round's work was done; not measured. @throws Error when it was not */
  check?: () => Promise<void>;
}

export interface Round<Result> {
  result: Result;
  /** Processor seconds by the names of `processes`. */
  seconds: Record<string, number>;
}

export interface Rounds<Result> {
  byName: Record<string, Round<Result>[]>;
  /** Rounds that other programs disturbed and that were therefore taken again. */
  repeatedCount: number;
  /** Rounds that were disturbed and counted all the same, because there were too many. */
  disturbedCount: number;
}

/** A round in which other programs took more of the machine than this is taken again. */
const othersAtMost = 0.1;

/**
 * Takes all contestants in turn (A B C, A B C …), so that a slow minute of the machine falls on all of them. `warmups` rounds are not
 * counted; at most as many rounds as are asked for are taken again because others disturbed them.
 */
export async function takeRounds<Result>(contestants: Contestant<Result>[], options: { rounds: number; warmups?: number }): Promise<Rounds<Result>> {
  const { rounds, warmups = 1 } = options;
  const byName: Rounds<Result>['byName'] = Object.fromEntries(contestants.map(({ name }) => [name, []]));
  let [taken, repeatedCount, disturbedCount] = [0, 0, 0];
  while (taken < rounds + warmups) {
    const endWatch = watchOthers();
    const cycle = [];
    for (const contestant of contestants) cycle.push({ name: contestant.name, round: await takeRound(contestant) });
    const isDisturbed = endWatch() > othersAtMost;
    if (isDisturbed && taken >= warmups && repeatedCount < rounds) {
      repeatedCount += 1;
      continue;
    }
    taken += 1;
    if (taken <= warmups) continue;
    if (isDisturbed) disturbedCount += 1;
    for (const { name, round: one } of cycle) byName[name]?.push(one);
  }
  return { byName, repeatedCount, disturbedCount };
}

async function takeRound<Result>({ processes, prepare, run, check }: Contestant<Result>): Promise<Round<Result>> {
  await prepare?.();
  const before = Object.entries(processes).map(([name, pid]) => [name, pid, treeSeconds(pid)] as const);
  const result = await run();
  const seconds = Object.fromEntries(before.map(([name, pid, used]) => [name, treeSeconds(pid) - used]));
  await check?.();
  return { result, seconds };
}

/** The median of a figure over a contestant's rounds. */
export function medianOf<Result>(rounds: Rounds<Result>, name: string, toFigure: (round: Round<Result>) => number): number {
  return median((rounds.byName[name] ?? []).map(toFigure));
}

/** The median of the ratios of each round to the baseline's round beside it: what drifts slowly cancels out. */
export function medianRatio<Result>(rounds: Rounds<Result>, name: string, baseline: string, toFigure: (round: Round<Result>) => number): number {
  const base = rounds.byName[baseline] ?? [];
  return median(
    (rounds.byName[name] ?? []).map((round, index) => {
      const beside = base[index];
      return beside === undefined ? NaN : toFigure(round) / toFigure(beside);
    }),
  );
}

/** Says how quiet the machine was. */
export function sayDisturbance({ repeatedCount, disturbedCount }: Rounds<unknown>, rounds: number): string {
  return `Rounds in which other programs took more than ${othersAtMost * 100} % of the machine: ${repeatedCount} taken again, ${disturbedCount} of the ${rounds} that count.`;
}
