import { readFileSync } from 'node:fs';
import { type Postgres, queryOnce } from '../rig/start-postgres.js';

/** A statement as it was run, and how. */
export interface QueryPlan {
  milliseconds: number;
  statement: string;
  plan: string;
}

/** Lets connections that are opened from now on write the plan of every statement into the server's log. */
export async function writePlans({ adminUrl }: Postgres): Promise<void> {
  const settings = { 'session_preload_libraries': 'auto_explain', 'auto_explain.log_min_duration': '0', 'auto_explain.log_analyze': 'on', 'auto_explain.log_buffers': 'on' };
  for (const [name, value] of Object.entries(settings)) await queryOnce(adminUrl, `alter database quoth set ${name} = '${value}'`);
}

export const writeNoPlans = ({ adminUrl }: Postgres) => queryOnce(adminUrl, 'alter database quoth reset all');

/** The plans of what the server did while something was done. */
export async function collectPlans({ logPath }: Postgres, act: () => Promise<unknown>): Promise<QueryPlan[]> {
  const before = readFileSync(logPath).length;
  await act();
  // The log is written by another process.
  await new Promise((resolve) => setTimeout(resolve, 500));
  return toPlans(readFileSync(logPath).subarray(before).toString());
}

/** Reads what auto_explain wrote: behind the first line, everything of an entry is indented by a tab. */
function toPlans(log: string): QueryPlan[] {
  return Array.from(log.matchAll(/duration: ([\d.]+) ms {2}plan:\n((?:\t.*\n?)+)/g), ([, duration, text = '']) => {
    const lines = text.trimEnd().split('\n').map((line) => line.slice(1));
    const from = lines.findIndex((line) => line.includes('(cost='));
    return { milliseconds: Number(duration), statement: lines.slice(0, from).join(' ').replace('Query Text: ', '').replaceAll(/\s+/g, ' '), plan: lines.slice(from).join('\n') };
  });
}

/** The plans as Markdown, a statement shortened to what tells it from others. */
export function toPlanText(title: string, plans: QueryPlan[]): string {
  const texts = plans.map(({ milliseconds, statement, plan }) => `\`${statement.length > 200 ? `${statement.slice(0, 200)} …` : statement}\` (${milliseconds} ms)\n\n\`\`\`\n${plan}\n\`\`\``);
  return `### ${title}\n\n${plans.length} statements, in the order in which they ended.\n\n${texts.join('\n\n')}`;
}
