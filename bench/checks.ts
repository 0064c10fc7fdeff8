import { sayNumber, type Table } from './goal.js';

/** One thing that is asked of the board, with the figure that was found. It is a figure, not a test: nothing fails by it. */
export interface Check {
  /** The goal's short name: R reads, W replies, L live, P page. */
  id: string;
  what: string;
  /** What is asked, as a bound. */
  asked: string;
  /** What was found; where nothing was, why not. */
  figure: string;
  verdict: 'holds' | 'does not hold' | 'not measured here';
}

export const atLeast = (id: string, what: string, found: number, least: number, unit = ''): Check => toCheck(id, what, `≥ ${say(least, unit)}`, found, found >= least, unit);
export const atMost = (id: string, what: string, found: number, most: number, unit = ''): Check => toCheck(id, what, `≤ ${say(most, unit)}`, found, found <= most, unit);
export const notMeasured = (id: string, what: string, why: string): Check => ({ id, what, asked: '', figure: why, verdict: 'not measured here' });

/** A figure that is no number is not one that holds. */
function toCheck(id: string, what: string, asked: string, found: number, holds: boolean, unit: string): Check {
  return { id, what, asked, figure: say(found, unit), verdict: holds ? 'holds' : 'does not hold' };
}

const say = (value: number, unit: string) => `${Number.isInteger(value) ? value.toLocaleString('en') : sayNumber(value)}${unit === '' ? '' : ` ${unit}`}`;

/** The checks as a table. */
export function toCheckTable(checks: readonly Check[]): Table {
  return { columns: ['goal', 'what', 'asked', 'found', 'verdict'], wordColumns: 2, rows: checks.map(({ id, what, asked, figure, verdict }) => [id, what, asked, figure, verdict]) };
}

/** How many hold, in a sentence. */
export function countChecks(checks: readonly Check[]): string {
  const count = (wanted: Check['verdict']) => checks.filter(({ verdict }) => verdict === wanted).length;
  return `${count('holds')} hold, ${count('does not hold')} do not, ${count('not measured here')} were not measured here.`;
}
