import type { Kysely } from 'kysely';
import type { Config } from '../config.js';
import { openReplica } from '../db/open-replica.js';
import type { Tables } from '../db/tables.js';
import { createPageReads, type PageReads, readPrimary } from '../http/page-reads.js';
import type { Log } from '../log.js';
import { findChangeNos } from './thread-store.js';

/** Pages are kept, so that few are made at once; the processes of a machine share these. */
const connectionsOfAll = 20;
const fewestConnections = 2;

/** Opens what pages are read from: the replica that DATABASE_READ_URL names, with the primary behind it, or the primary alone. */
export async function openPageReads(
  config: Pick<Config, 'databaseReadUrl' | 'webConcurrency'>,
  parts: { primary: Kysely<Tables>; log: Log; closers: (() => Promise<unknown>)[] },
): Promise<PageReads> {
  const { primary, log, closers } = parts;
  if (config.databaseReadUrl === undefined) return readPrimary(primary);
  const replica = await openReplica(config.databaseReadUrl, primary, log, Math.max(fewestConnections, Math.floor(connectionsOfAll / config.webConcurrency)));
  closers.push(replica.close);
  const reads = createPageReads({ primary, replica: replica.db, findChangeNos, log });
  closers.push(() => Promise.resolve(reads.close()));
  return reads;
}
