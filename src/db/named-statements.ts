import { createHash } from 'node:crypto';
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import { hurryClient } from './hurry-client.js';

/** A statement is prepared when it comes for this time: by then it is one that comes often. */
const namedFrom = 3;
/** At most so many statements are prepared on each connection, about 10 to 100 KiB each in the server. */
const mostNames = 300;
/** So many texts are counted before the count starts anew: lists of changing length make ever new ones. */
const mostCounted = 2_000;

/** A connection as `pg` gives it, with what is needed to prepare a statement on it. */
export interface NamingClient extends PostgresPoolClient {
  query: {
    <R>(sql: string, parameters: ReadonlyArray<unknown>): Promise<PostgresQueryResult<R>>;
    <R>(statement: { name: string; text: string; values: unknown[] }): Promise<PostgresQueryResult<R>>;
  } & PostgresPoolClient['query'];
  /** I: none, T: in a transaction, E: in one that failed. */
  getTransactionStatus: () => string | null;
  /** With an error the connection is not used again, and closed. */
  release: (error?: Error) => void;
}

/**
 * A pool whose connections keep the plans of statements that come often: planning one costs a server more than running it. The name is
 * made of the text, so that connections that a pooler shares between processes agree about it. Where prepared statements do not last
 * (a pooler in transaction mode), or a plan no longer fits its tables, the statement is sent without a name again.
 */
export function nameStatements(pool: { connect: () => Promise<NamingClient>; end: () => Promise<void> }): PostgresPool {
  const names = createNames();
  const wrapped = new WeakMap<NamingClient, PostgresPoolClient>();
  return {
    async connect() {
      const client = await pool.connect();
      const known = wrapped.get(client) ?? toNamingClient(client, names);
      wrapped.set(client, known);
      return known;
    },
    end: () => pool.end(),
  };
}

function toNamingClient(pooled: NamingClient, names: StatementNames): PostgresPoolClient {
  const client = hurryClient(pooled);
  async function query<R>(text: string, values: ReadonlyArray<unknown>): Promise<PostgresQueryResult<R>> {
    const name = values.length === 0 ? undefined : names.find(text);
    if (name === undefined) return client.query<R>(text, values);
    const isAlone = client.getTransactionStatus() === 'I';
    try {
      return await client.query<R>({ name, text, values: [...values] });
    } catch (error) {
      const fault = toStatementFault(error);
      if (fault === undefined) throw error;
      names.forget(text, fault);
      // Nothing was done. Within a transaction the whole of it has failed, and is tried once more by inTransaction.
      if (!isAlone) throw error;
      return client.query<R>(text, values);
    }
  }
  return { query: query as PostgresPoolClient['query'], release: () => client.release() };
}

type StatementFault = 'lost' | 'outdated';

/**
 * What is wrong with a prepared statement (appendix A of PostgreSQL's manual). Lost: there is none of this name (26000), or one that this
 * connection did not make (42P05). Outdated: the columns of its tables have changed (0A000, "cached plan must not change result type").
 */
export function toStatementFault(error: unknown): StatementFault | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code === '26000' || error.code === '42P05') return 'lost';
  return error.code === '0A000' && error.message.startsWith('cached plan') ? 'outdated' : undefined;
}

interface StatementNames {
  /** The name of a statement that is to be prepared; asking counts. */
  find: (text: string) => string | undefined;
  /** An outdated statement is not prepared again in this process; when statements get lost, none is. */
  forget: (text: string, fault: StatementFault) => void;
}

function createNames(): StatementNames {
  const names = new Map<string, string | undefined>();
  const counts = new Map<string, number>();
  let isOff = false;
  return {
    find(text) {
      if (isOff) return undefined;
      if (names.has(text)) return names.get(text);
      if (names.size >= mostNames) return undefined;
      if (counts.size >= mostCounted) counts.clear();
      const count = (counts.get(text) ?? 0) + 1;
      if (count < namedFrom) {
        counts.set(text, count);
        return undefined;
      }
      counts.delete(text);
      const name = `q${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
      names.set(text, name);
      return name;
    },
    forget(text, fault) {
      if (fault === 'lost') isOff = true;
      else names.set(text, undefined);
    },
  };
}
