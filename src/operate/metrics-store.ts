import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';

/** When the oldest origin that is still known was noted, or undefined when none is. */
export async function findOldestOriginAt(db: Kysely<Tables>): Promise<Date | undefined> {
  const oldest = await db.selectFrom('post_origins').select('created_at').orderBy('created_at').limit(1).executeTakeFirst();
  return oldest?.created_at;
}
