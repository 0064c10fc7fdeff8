import { type RawBuilder, sql } from 'kysely';

/**
 * `any(…)` of ids, to compare a column with. They travel as one text that PostgreSQL reads (its manual, 8.15.2): written item by item, as
 * a driver does with an array of anything, the ids of a long thread take longer than the question about them.
 */
export const anyOf = (ids: readonly number[]): RawBuilder<number> => sql<number>`any(${`{${ids.join()}}`}::bigint[])`;
