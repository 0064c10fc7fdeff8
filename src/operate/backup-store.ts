import { expressionBuilder, type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../db/tables.js';

interface TableRule {
  /** The primary key: rows are read in its order. */
  key: readonly string[];
  /** Columns that stay empty in a backup. */
  blank?: readonly string[];
  /** No backup holds it: who wrote what, which forms were sent, who is logged in. A move from one database to another takes it along. */
  isLeftOut?: true;
}

/** Every table, in an order in which rows find those that they refer to. */
const rules: Record<keyof Tables, TableRule> = {
  board_sections: { key: ['id'] },
  boards: { key: ['id'] },
  threads: { key: ['id'] },
  posts: { key: ['id'] },
  uploads: { key: ['id'] },
  quotes: { key: ['post_id', 'position'] },
  post_aliases: { key: ['board_id', 'no'] },
  form_keys: { key: ['key'], isLeftOut: true },
  post_origins: { key: ['post_id'], isLeftOut: true },
  staff: { key: ['id'] },
  staff_roles: { key: ['id'] },
  staff_recovery_codes: { key: ['staff_id', 'code_hash'] },
  staff_sessions: { key: ['id_hash'], isLeftOut: true },
  reports: { key: ['id'], blank: ['reporter_tag'] },
  mod_log: { key: ['id'] },
  bans: { key: ['id'] },
  rates: { key: ['key'], isLeftOut: true },
  login_tries: { key: ['key'], isLeftOut: true },
  key_marks: { key: ['name'], isLeftOut: true },
  socket_io_attachments: { key: ['id'], isLeftOut: true },
};
export type BackupTable = keyof Tables;
export const allTables = Object.keys(rules) as BackupTable[];
export const backupTables = allTables.filter((table) => rules[table].isLeftOut === undefined);

/** The longest posts still make a piece of a few dozen megabytes. */
const rowsAtOnce = 500;

/** Tables as they come: a backup reads what is there, whatever version of the schema that is. */
type AnyTables = Record<string, Record<string, unknown>>;
const loosely = (db: Kysely<Tables>) => db as unknown as Kysely<AnyTables>;

/** Runs `act` on one unchanging view of the database. Times are written in UTC, whatever the server's own zone is. */
export function withSnapshot<T>(db: Kysely<Tables>, act: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
  const snapshot = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
  return snapshot.execute(async (trx) => {
    await writeTimesInUtc(trx);
    return act(trx);
  });
}

export async function writeTimesInUtc(trx: Transaction<Tables>): Promise<void> {
  await sql`set local time zone 'UTC'`.execute(trx);
}

/** Which of these tables this database has, whose schema may be an older one; those of a backup when left out. */
export async function listTablesThere(db: Kysely<Tables>, tables: readonly BackupTable[] = backupTables): Promise<BackupTable[]> {
  const { rows } = await sql<{ name: string }>`select name from unnest(${tables}::text[]) as name where to_regclass(name) is not null`.execute(db);
  const there = new Set(rows.map(({ name }) => name));
  return tables.filter((table) => there.has(table));
}

/** All rows of a table as JSON texts, so many at once, in the order of its key; with `isWhole` as no backup holds them. */
export async function* readRows(trx: Transaction<Tables>, table: BackupTable, isWhole = false): AsyncIterable<string[]> {
  const { key } = rules[table];
  const blank = isWhole ? [] : (rules[table].blank ?? []);
  for (let last: Record<string, unknown> | undefined; ; ) {
    let query = loosely(trx)
      .selectFrom(table)
      .select([...key])
      .select((eb) => sql<string>`(to_jsonb(${eb.table(table)}) - ${[...blank]}::text[])::text`.as('line'))
      .limit(rowsAtOnce);
    for (const column of key) query = query.orderBy(column);
    const after = last;
    if (after !== undefined) query = query.where(isAfter(key, after));
    const rows = await query.execute();
    last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(({ line }) => line);
  }
}

/** Compares whole keys, as the index of the key does. */
function isAfter([first = '', second]: readonly string[], last: Record<string, unknown>) {
  const { ref } = expressionBuilder<AnyTables, string>();
  if (second === undefined) return sql<boolean>`${ref(first)} > ${last[first]}`;
  return sql<boolean>`(${ref(first)}, ${ref(second)}) > (${last[first]}, ${last[second]})`;
}

/** Puts rows back as they were, ids included. */
export async function writeRows(trx: Transaction<Tables>, table: BackupTable, lines: readonly string[]): Promise<void> {
  const into = expressionBuilder<AnyTables, string>().table(table);
  await sql`insert into ${into} overriding system value select * from jsonb_populate_recordset(null::${into}, ${`[${lines.join(',')}]`}::jsonb)`.execute(trx);
}

/** The last number that each sequence gave, by `table` for ids and `board:<id>` for the numbers of a board's posts; null: none yet. */
export async function readSequences(trx: Transaction<Tables>): Promise<Record<string, number | null>> {
  const found: Record<string, number | null> = {};
  for (const name of await listSequences(trx)) {
    const { rows } = await sql<{ last: number | null }>`select pg_sequence_last_value(${toSequence(name)}::regclass) as last`.execute(trx);
    found[name] = rows[0]?.last ?? null;
  }
  return found;
}

/** Goes on where the sequences stopped, so that no id and no number is ever given twice. */
export async function writeSequences(trx: Transaction<Tables>, last: Readonly<Record<string, number | null>>): Promise<void> {
  for (const name of await listSequences(trx)) {
    const value = last[name];
    if (value !== null && value !== undefined) await sql`select setval(${toSequence(name)}::regclass, ${value}::bigint)`.execute(trx);
  }
}

async function listSequences(trx: Transaction<Tables>): Promise<string[]> {
  const boards = await trx.selectFrom('boards').select('id').orderBy('id').execute();
  const tables = await listTablesThere(trx);
  return [...tables.filter((table) => rules[table].key[0] === 'id'), ...boards.map(({ id }) => `board:${id}`)];
}

const toSequence = (name: string) => (name.startsWith('board:') ? `board_numbers_${name.slice('board:'.length)}` : `${name}_id_seq`);

/** Empties what no backup holds, files of the database included: without them a deleted row can be read for long. */
export async function forgetLeftOut(db: Kysely<Tables>): Promise<void> {
  for (const table of await listTablesThere(db, allTables)) {
    const into = expressionBuilder<AnyTables, string>().table(table);
    if (rules[table].isLeftOut === true) await sql`truncate ${into}`.execute(db);
    for (const column of rules[table].blank ?? []) await loosely(db).updateTable(table).set({ [column]: null }).execute();
  }
  await sql`vacuum full`.execute(db);
  await sql`checkpoint`.execute(db);
}

/** What forgetLeftOut takes from a table: all its rows, or what stands in some columns. */
export const toForgotten = (table: BackupTable) => ({ isLeftOut: rules[table].isLeftOut === true, columns: rules[table].blank ?? [] });

/** Whether any table has a row. */
export async function hasRows(db: Kysely<Tables>): Promise<boolean> {
  for (const table of await listTablesThere(db)) {
    const found = await loosely(db).selectFrom(table).select((eb) => eb.lit(1).as('one')).limit(1).executeTakeFirst();
    if (found !== undefined) return true;
  }
  return false;
}
