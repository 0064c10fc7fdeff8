import type { Kysely, Transaction } from 'kysely';
import { listDone } from '../db/migrate.js';
import type { Tables } from '../db/tables.js';
import { createLineHash } from './backup-file.js';
import { allTables, type BackupTable, hasRows, listTablesThere, readRows, readSequences, toForgotten, withSnapshot, writeRows, writeSequences, writeTimesInUtc } from './backup-store.js';
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
 * written in one transaction, read again there, and must be byte for byte what it was, or nothing is kept. A database that holds exactly
 * these rows already is the work of a move that was ended before it could say so, and is left as it is.
 * @throws databaseNotEmpty, databaseTooNew, backupTooNew, restoreDiffers
 */
export async function moveRows({ from, to, migrations, migrateTo }: MoveParts): Promise<MovedCounts> {
  const [last = '', there] = [(await listDone({ db: from })).at(-1), (await listDone({ db: to })).at(-1)];
  if (!migrations.includes(last)) throw backupTooNew(last);
  if (there !== undefined && (await hasRows(to))) {
    const found = there === last ? await findMoved(from, to) : undefined;
    if (found === undefined) throw databaseNotEmpty();
    return found;
  }
  if (there !== undefined && there > last) throw databaseTooNew(there);
  await migrateTo(last);
  return withSnapshot(from, (source) => to.transaction().execute((target) => copyAll(source, target)));
}

/** What an earlier move has put there, when it is all that there is here. What was forgotten here after that move is there alone. */
async function findMoved(from: Kysely<Tables>, to: Kysely<Tables>): Promise<MovedCounts | undefined> {
  return withSnapshot(from, (source) =>
    withSnapshot(to, async (target) => {
      const counts: MovedCounts = {};
      for (const table of await listTablesThere(source, allTables)) {
        const rowCount = await countSame(source, target, table);
        if (rowCount === undefined) return undefined;
        counts[table] = rowCount;
      }
      return counts;
    }),
  );
}

/** How many rows this table has there, undefined when they are not those that are here. */
async function countSame(source: Transaction<Tables>, target: Transaction<Tables>, table: BackupTable): Promise<number | undefined> {
  const { isLeftOut, columns } = toForgotten(table);
  const here = readRows(source, table, true);
  let first = await nextLines(here);
  const isForgotten = isLeftOut && first.length === 0;
  let rowCount = 0;
  for await (const lines of readRows(target, table, true)) {
    rowCount += lines.length;
    if (isForgotten) continue;
    const isSame = first.length === lines.length && lines.every((line, index) => isSameRow(first[index] ?? '', line, columns));
    if (!isSame) return undefined;
    first = await nextLines(here);
  }
  return first.length === 0 ? rowCount : undefined;
}

async function nextLines(pieces: AsyncIterable<string[]>): Promise<string[]> {
  const { done, value } = await pieces[Symbol.asyncIterator]().next();
  return done === true ? [] : value;
}

function isSameRow(here: string, there: string, forgotten: readonly string[]): boolean {
  if (here === there) return true;
  if (forgotten.length === 0 || here === '') return false;
  const [one, other]: Record<string, unknown>[] = [JSON.parse(here), JSON.parse(there)];
  return Object.entries(other ?? {}).every(([key, value]) => JSON.stringify(one?.[key]) === JSON.stringify(value) || (forgotten.includes(key) && one?.[key] === null));
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
