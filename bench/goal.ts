import type { Check } from './checks.js';
import type { Program } from './rig/programs.js';
import type { Rig } from './rig/open-rig.js';

export interface Table {
  /** What the table shows, where a goal has several. */
  caption?: string;
  columns: string[];
  /** How many columns, from the first, hold words; one unless told. */
  wordColumns?: number;
  rows: string[][];
}

/** What one goal found, ready to be printed. */
export interface GoalReport {
  title: string;
  /** How it was taken, a sentence each. */
  how: string[];
  tables: Table[];
  /** What does not fit into tables. */
  appendix?: string;
  /** What is asked of the board, and whether it holds. */
  checks: Check[];
}

/** How much is measured: `full` for figures that are kept, `quick` to see whether everything works. */
export type Size = 'full' | 'quick';

/** Something that is measured. One file in goals/ each; run.ts lists them. */
export interface Goal {
  name: string;
  /** Programs it needs besides those of the rig. */
  programs: Program[];
  /** Its numbers that may be given as --name, with what they are by themselves. */
  options?: Record<string, number>;
  /** Takes long: it is measured when it is named, and keeps its figures in this file. */
  keptIn?: string;
  measure: (rig: Rig, size: Size, options: Record<string, number>) => Promise<GoalReport>;
}

/** A number with as many places as help the eye. */
export function sayNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  return size >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(size >= 10 ? 1 : size >= 0.1 ? 2 : 4);
}

/** A table of Markdown, with its columns in line. */
export function toMarkdown({ caption, columns, wordColumns = 1, rows }: Table): string {
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: string[]) => `| ${widths.map((width, index) => (index < wordColumns ? (cells[index] ?? '').padEnd(width) : (cells[index] ?? '').padStart(width))).join(' | ')} |`;
  const rule = `|${widths.map((width, index) => (index < wordColumns ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [...(caption === undefined ? [] : [`${caption}\n`]), line(columns), rule, ...rows.map(line)].join('\n');
}
