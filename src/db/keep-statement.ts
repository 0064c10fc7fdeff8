import { type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import type { Tables } from './tables.js';

/** Stands in a statement for what `read` finds in its input. */
export type Placeholder<Input> = (read: (input: Input) => unknown) => RawBuilder<unknown>;

/** A statement that is written and not sent: a template, or what a query builder made. */
interface Written<Row> {
  compile: (db: Kysely<Tables>) => CompiledQuery<Row>;
}

/**
 * Makes a question whose text is written once: for a statement that every post asks Kysely takes longer to write the text than `pg` takes
 * to send it. `write` puts the statement together, with a placeholder for each value that differs; what it makes answers with the rows.
 */
export function keepStatement<Input, Row>(write: (value: Placeholder<Input>, db: Kysely<Tables>) => Written<Row>): (db: Kysely<Tables>, input: Input) => Promise<Row[]> {
  let kept: { query: CompiledQuery<Row>; reads: ((input: Input) => unknown)[] } | undefined;

  function compile(db: Kysely<Tables>): NonNullable<typeof kept> {
    const readsByMark = new Map<unknown, (input: Input) => unknown>();
    const value: Placeholder<Input> = (read) => {
      const mark = {};
      readsByMark.set(mark, read);
      return sql.val(mark);
    };
    const query = write(value, db).compile(db);
    return { query, reads: query.parameters.map((parameter) => readsByMark.get(parameter) ?? (() => parameter)) };
  }

  return async (db, input) => {
    kept ??= compile(db);
    const { rows } = await db.executeQuery<Row>({ ...kept.query, parameters: kept.reads.map((read) => read(input)) });
    return rows;
  };
}
