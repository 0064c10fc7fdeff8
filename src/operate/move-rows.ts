import type { Kysely, Transaction } from 'kysely';
import { listDone } from '../db/migrate.js';
import type { Tables } from '../db/tables.js';
import { createLineHash } from './backup-file.js';
import { allTables, type BackupTable, hasRows, listTablesThere, readRows, readSequences, withSnapshot, writeRows, writeSequences, writeTimesInUtc } from './backup-store.js';
import { backupTooNew, databaseNotEmpty, databaseTooNew, restoreDiffers } from './operate-errors.js';

export interface MoveParts {
  from: Kysely<Tables>;
  to: Kysely<Tables>;
  /** The names of the migrations that this program has, in order. */
  migrations: readonly string[];
  /** Brings the empty database to one of them. */
  migrateTo: (name: string) => Promise<unknown>;
}

/** How many rows of each table were moved. */
export type MovedCounts = Partial<Record<BackupTable, number>>;

/**
 * Moves every row from one database to another that is empty: also what no backup holds, who wrote what and who is logged in. All is
 * written in one transaction, read again there, and must be byte for byte what it was, or nothing is kept.
 * @throws databaseNotEmpty, databaseTooNew, backupTooNew, restoreDiffers
 */
export async function moveRows({ from, to, migrations, migrateTo }: MoveParts): Promise<MovedCounts> {
  const [last = '', there] = [(await listDone({ db: from })).at(-1), (await listDone({ db: to })).at(-1)];
  if (!migrations.includes(last)) throw backupTooNew(last);
  if (there !== undefined && (await hasRows(to))) throw databaseNotEmpty();
  if (there !== undefined && there > last) throw databaseTooNew(there);
  await migrateTo(last);
  return withSnapshot(from, (source) => to.transaction().execute((target) => copyAll(source, target)));
}

async function copyAll(source: Transaction<Tables>, target: Transaction<Tables>): Promise<MovedCounts> {
  await writeTimesInUtc(target);
  const counts: MovedCounts = {};
  const tables = await listTablesThere(source, allTables);
  const sums = new Map<BackupTable, string>();
  for (const table of tables) {
    const hash = createLineHash();
    for await (const lines of readRows(source, table, true)) {
      hash.add(lines);
      await writeRows(target, table, lines);
    }
    const { rowCount, sha256 } = hash.result();
    counts[table] = rowCount;
    sums.set(table, sha256);
  }
  await writeSequences(target, await readSequences(source));
  for (const table of tables) {
    const hash = createLineHash();
    for await (const lines of readRows(target, table, true)) hash.add(lines);
    const { rowCount, sha256 } = hash.result();
    if (rowCount !== counts[table] || sha256 !== sums.get(table)) throw restoreDiffers(table);
  }
  return counts;
}
