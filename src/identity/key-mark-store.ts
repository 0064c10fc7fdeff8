import { type Kysely, sql } from 'kysely';
import type { Tables } from '../db/tables.js';

/** A key's name and what it is known by. */
export interface KeyMark {
  name: string;
  mark: Buffer;
}

/** Notes marks; those that are noted under the same name already stay as they are. */
export async function insertKeyMarks(db: Kysely<Tables>, marks: readonly KeyMark[]): Promise<void> {
  if (marks.length === 0) return;
  await db.insertInto('key_marks').values([...marks]).onConflict((conflict) => conflict.doNothing()).execute();
}

export function listKeyMarks(db: Kysely<Tables>): Promise<KeyMark[]> {
  return db.selectFrom('key_marks').selectAll().execute();
}

export async function deleteKeyMarks(db: Kysely<Tables>, names: readonly string[]): Promise<void> {
  await db.deleteFrom('key_marks').where('name', '=', sql<string>`any(${names})`).execute();
}
