import type { TextKey } from '../texts/texts.js';
import { toReasonKey } from './reasons.js';
import type { Report } from './report-store.js';

/** Reports of one post that give the same reason. */
export interface ReportGroup {
  label: TextKey;
  count: number;
  notes: string[];
}

/** What a post was reported for, the reason that was given most often first. */
export function groupReports(reports: readonly Report[]): ReportGroup[] {
  const groups = new Map<string, ReportGroup>();
  for (const report of reports) {
    const group = groups.get(report.reason) ?? { label: toReasonKey(report.reason), count: 0, notes: [] };
    group.count += 1;
    if (report.note !== '') group.notes.push(report.note);
    groups.set(report.reason, group);
  }
  return [...groups.values()].sort((one, other) => other.count - one.count);
}
