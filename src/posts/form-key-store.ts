import type { Kysely, Transaction } from 'kysely';
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

/**
 * Binds a form to its post. False when the form has made a post already: then this transaction must be rolled back. Of two
 * transactions with one key the second waits here for the first.
 */
export async function claimFormKey(trx: Transaction<Tables>, { key, repeatSince }: FormKey, postId: number, now: Date): Promise<boolean> {
  const row = await trx
    .insertInto('form_keys')
    .values({ key, post_id: postId, created_at: now })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({ post_id: postId, created_at: now })
        .where('form_keys.created_at', '<', repeatSince),
    )
    .returning('key')
    .executeTakeFirst();
  return row !== undefined;
}

/** Forgets keys made before `before`. Answers with how many. */
export async function deleteFormKeys(db: Kysely<Tables>, before: Date): Promise<number> {
  const result = await db.deleteFrom('form_keys').where('created_at', '<', before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
