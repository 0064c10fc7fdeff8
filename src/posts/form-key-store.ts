import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';

/** What makes a form one of a kind. `repeatSince`: a post made by the same key before that time does not count any more. */
export interface FormKey {
  key: Buffer;
  repeatSince: Date;
}

/** The post that this form has made already. */
export async function findFormPost(db: Kysely<Tables>, { key, repeatSince }: FormKey): Promise<number | undefined> {
  const row = await db.selectFrom('form_keys').select('post_id').where('key', '=', key).where('created_at', '>=', repeatSince).executeTakeFirst();
  return row?.post_id;
}

/** Forgets keys made before `before`. Answers with how many. */
export async function deleteFormKeys(db: Kysely<Tables>, before: Date): Promise<number> {
  const result = await db.deleteFrom('form_keys').where('created_at', '<', before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
