import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import type { Log } from '../log.js';
import type { Broadcaster } from '../realtime/broadcaster.js';
import { countOpenAppeals, countReportCases } from './queue-store.js';

/**
 * Tells open pages of the queue how many cases wait. Called after a report, an appeal or an act has been committed; returns at
 * once. What each page then shows it asks for itself, under the roles of whoever looks at it.
 */
export function announceQueue(parts: { db: Kysely<Tables>; broadcaster: Pick<Broadcaster, 'toStaff'>; log: Pick<Log, 'error'>; now: () => Date }): void {
  const { db, broadcaster, log, now } = parts;
  const announce = async () => {
    const openCount = (await countReportCases(db, null)) + (await countOpenAppeals(db, null, now()));
    broadcaster.toStaff({ openCount });
  };
  announce().catch((error: unknown) => log.error('queue push failed', { error }));
}
