import { pino } from 'pino';

/** What a log line may say besides its event: never an address, a body, a cookie or a name. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

export interface Log {
  debug: (event: string, fields?: LogFields) => void;
  info: (event: string, fields?: LogFields) => void;
  warn: (event: string, fields?: LogFields) => void;
  /** `error` may be anything that was thrown; of it only what says nothing about people is written. */
  error: (event: string, fields?: { error?: unknown; [field: string]: unknown }) => void;
}

/** A logger that writes one JSON line an event to `write` (standard output when left out). */
export function createLog(level: string, write?: (line: string) => void): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event' };
  const logger = write === undefined ? pino(options) : pino(options, { write });
  return {
    debug: (event, fields = {}) => logger.debug(fields, event),
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (event, fields = {}) => logger.warn(fields, event),
    error: (event, fields = {}) => logger.error({ ...fields, error: fields.error === undefined ? undefined : toSafeError(fields.error) }, event),
  };
}

/** An error's name, code and stack. Messages of database errors are left out: they can quote what somebody typed. */
function toSafeError(error: unknown): { name: string; code?: string; at: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, at: [] };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const message = code === undefined ? [error.message] : [];
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at ')).slice(0, 8).map((line) => line.trim());
  return { name: error.name, code, at: [...message, ...frames] };
}
