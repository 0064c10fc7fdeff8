import type { NamingClient } from './named-statements.js';

/**
 * A server that stands still (a stopped process, a machine that is gone) neither answers nor hangs up, and its own time limits stand still
 * with it. So long is waited for an answer: longer than any statement may take (see connect.ts), short enough to tell the visitor.
 */
export const answerMs = 3_500;

/** A transaction that gave itself more time, as a migration does, is waited for. */
const isUnhurriedText = (text: string) => text.includes('statement_timeout');

/** Makes a connection fail when its server does not answer in time. It is closed then, since nobody knows what it would say next. */
export function hurryClient(client: NamingClient, ms = answerMs): NamingClient {
  let isUnhurried = false;
  let silence: Error | undefined;

  function query(statement: string | { name: string; text: string; values: unknown[] }, parameters: ReadonlyArray<unknown> = []): Promise<unknown> {
    if (silence !== undefined) return Promise.reject(silence);
    const text = typeof statement === 'string' ? statement : statement.text;
    const answer: Promise<unknown> = typeof statement === 'string' ? client.query(statement, parameters) : client.query(statement);
    if (isUnhurriedText(text)) isUnhurried = true;
    if (isUnhurried) return answer;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        silence = new Error(`The database server did not answer within ${ms / 1000} s`);
        reject(silence);
      }, ms);
      answer.then(
        (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  }

  return {
    query: query as NamingClient['query'],
    getTransactionStatus: () => client.getTransactionStatus(),
    release() {
      isUnhurried = false;
      client.release(silence);
    },
  };
}
