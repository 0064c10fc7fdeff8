/**
 * Whether an error says that the database cannot be asked at the moment, and not that something is wrong with the question: no
 * connection, a server that starts or stops, or nobody free to answer in time. Codes are Node's and PostgreSQL's (appendix A of
 * its manual: class 08 connection, 53 resources, 57P operator's intervention, 57014 and 55P03 time limits).
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string') {
    const syscall = 'syscall' in error ? String(error.syscall) : '';
    return /^(?:08|53|57P)/.test(error.code) || limitCodes.has(error.code) || (networkCodes.has(error.code) && networkCalls.has(syscall)) || syscall === 'connect';
  }
  return awaySentences.some((sentence) => error.message.startsWith(sentence));
}

/** Query cancelled for its time, lock not to be had in time, transaction idle for too long. */
const limitCodes: ReadonlySet<string> = new Set(['57014', '55P03', '25P03']);
/** A visitor's own lost connection has the same code but no system call. */
const networkCodes: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
const networkCalls: ReadonlySet<string> = new Set(['connect', 'read', 'write', 'getaddrinfo']);

/** What `pg` says without a code. */
const awaySentences = [
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'Client has encountered a connection error',
  'The only connection of the embedded database',
  'The database server did not answer',
  'Cannot use a pool after calling end on the pool',
  'driver has already been destroyed',
];
