import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.js';

/** Frees the room of dead rows and counts anew what the planner goes by. A PostgreSQL server does both by itself, the embedded one does not. */
export async function tidyEmbedded(db: Kysely<Tables>): Promise<void> {
  await sql`vacuum (analyze)`.execute(db);
}
