import { resolve } from 'node:path';
import { z } from 'zod';

/** A setting that is wrong. The message is a sentence that names it; the start stops there. */
export class ConfigError extends Error {}

/** Empty counts as not set, so that `PORT=` in an env file means the default. */
const optional = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be a whole number from ${least} to ${most}`);

const originUrl = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.origin === text;
}, 'must be like https://board.example, without a path or a slash at the end');

const onOff = z.enum(['on', 'off'], { error: 'must be on or off' }).transform((value) => value === 'on');

const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://');

/** Passwords that everybody tries first; a role that only this machine reaches may have none. */
const knownPassword = /^(?:example.*|change-?me.*|pass(?:word)?\d*|secret|postgres|quoth|admin|your[-_ ].*|(.)\1*)$/i;

/** Secrets that stand in examples and manuals are known to everybody. */
const exampleSecret = /example|change-?me|minioadmin|password|secret|your[-_]|^(.)\1*$/i;

/** Every setting there is; README.md has the same table (a test compares them). */
const settings = z.object({
  PORT: optional(wholeNumber(0, 65535)),
  HOST: optional(z.string().regex(/^[\w.:-]+$/, 'must be a host name or an address')),
  DATA_DIR: optional(z.string()),
  DATABASE_URL: optional(postgresUrl),
  DATABASE_READ_URL: optional(postgresUrl),
  PUBLIC_ORIGIN: optional(originUrl),
  MEDIA_ORIGIN: optional(originUrl),
  S3_ENDPOINT: optional(originUrl),
  S3_BUCKET: optional(z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be 3 to 63 small letters, digits, dots and hyphens')),
  S3_REGION: optional(z.string().regex(/^[a-z0-9-]{2,40}$/, 'must be like eu-central-1')),
  S3_ACCESS_KEY_ID: optional(z.string().regex(/^[\w.+/=-]{3,128}$/, 'must be 3 to 128 letters, digits and signs of ._+/=-')),
  S3_SECRET_ACCESS_KEY: optional(
    z.string().refine((text) => /^[\x21-\x7e]{16,}$/.test(text) && !exampleSecret.test(text), 'must be a secret of 16 signs or more, without blanks, and none from an example'),
  ),
  TRUSTED_PROXIES: optional(
    z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()).filter((part) => part !== ''))
      .refine((parts) => parts.every((part) => /^[0-9a-fA-F.:]+(\/\d{1,3})?$/.test(part)), 'must be addresses or networks such as 127.0.0.1,10.0.0.0/8, separated by commas'),
  ),
  POSTING_LIMITS: optional(onOff),
  ORIGIN_HOURS: optional(wholeNumber(0, 168)),
  MAX_CONNECTIONS: optional(wholeNumber(10, 1_000_000)),
  MAX_SOCKETS: optional(wholeNumber(0, 1_000_000)),
  CONNECTIONS_PER_ADDRESS: optional(wholeNumber(1, 100_000)),
  METRICS_PORT: optional(wholeNumber(0, 65535)),
  METRICS_HOST: optional(z.string().regex(/^[\w.:-]+$/, 'must be a host name or an address')),
  WEB_CONCURRENCY: optional(wholeNumber(1, 64)),
  SEVERAL_MACHINES: optional(onOff),
  REDIS_URL: optional(z.string().regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')),
  KEYS_DIR: optional(z.string().startsWith('/', 'must be a path that begins with /')),
  LOG_LEVEL: optional(z.enum(['debug', 'info', 'warn', 'error', 'silent'], { error: 'must be debug, info, warn, error or silent' })),
});

/** The names of everything in the environment: the doctor looks for settings that are misspelled. */
export const listEnvironment = (): string[] => Object.keys(process.env);

/** The names of all settings, for the documentation's test and for the doctor. */
export const settingNames = Object.keys(settings.shape);

export interface Config {
  port: number;
  host: string;
  /** Absolute path. */
  dataDir: string;
  databaseUrl: string | undefined;
  /** A replica of that database, from which pages are read. */
  databaseReadUrl: string | undefined;
  publicOrigin: string | undefined;
  /** Where pictures have an address of their own. */
  mediaOrigin: string | undefined;
  /** Where pictures are kept; all five or none. */
  s3Endpoint: string | undefined;
  s3Bucket: string | undefined;
  s3Region: string | undefined;
  s3AccessKeyId: string | undefined;
  s3SecretAccessKey: string | undefined;
  trustedProxies: string[];
  hasPostingLimits: boolean;
  /** How long the origin of a post is known, in hours. */
  originHours: number;
  maxConnections: number;
  maxSockets: number;
  connectionsPerAddress: number;
  /** Undefined: no metrics. */
  metricsPort: number | undefined;
  metricsHost: string;
  /** How many processes serve on this machine. */
  webConcurrency: number;
  /** Whether other processes, here or on other machines, serve the same board. */
  isShared: boolean;
  redisUrl: string | undefined;
  /** Where the keys are, if not in the data directory. */
  keysDir: string | undefined;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** The setting by which a board has several processes. */
function findSharing(found: z.infer<typeof settings>): string | undefined {
  if ((found.WEB_CONCURRENCY ?? 1) > 1) return 'WEB_CONCURRENCY';
  if (found.SEVERAL_MACHINES === true) return 'SEVERAL_MACHINES';
  return found.REDIS_URL === undefined ? undefined : 'REDIS_URL';
}

/**
 * Reads and freezes the configuration. The only reader of process.env.
 * @throws ConfigError with one sentence for each wrong setting
 */
export function readConfig(env: Record<string, string | undefined> = process.env): Readonly<Config> {
  const parsed = settings.safeParse(env);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `The setting ${issue.path.join('.')} ${issue.message}.`).join('\n'));
  }
  const found = parsed.data;
  const alone = found.DATABASE_URL === undefined ? findSharing(found) : undefined;
  if (alone !== undefined) throw new ConfigError(`The setting ${alone} must stand beside DATABASE_URL: the embedded database serves one process.`);
  const faults = findGaps(env);
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return Object.freeze({
    port: found.PORT ?? 3000,
    host: found.HOST ?? '127.0.0.1',
    dataDir: resolve(found.DATA_DIR ?? './data'),
    databaseUrl: found.DATABASE_URL,
    databaseReadUrl: found.DATABASE_READ_URL,
    publicOrigin: found.PUBLIC_ORIGIN,
    mediaOrigin: found.MEDIA_ORIGIN,
    s3Endpoint: found.S3_ENDPOINT,
    s3Bucket: found.S3_BUCKET,
    s3Region: found.S3_REGION,
    s3AccessKeyId: found.S3_ACCESS_KEY_ID,
    s3SecretAccessKey: found.S3_SECRET_ACCESS_KEY,
    trustedProxies: found.TRUSTED_PROXIES ?? [],
    hasPostingLimits: found.POSTING_LIMITS ?? true,
    originHours: found.ORIGIN_HOURS ?? 72,
    maxConnections: found.MAX_CONNECTIONS ?? 12_000,
    maxSockets: found.MAX_SOCKETS ?? 10_500,
    connectionsPerAddress: found.CONNECTIONS_PER_ADDRESS ?? 50,
    metricsPort: found.METRICS_PORT,
    metricsHost: found.METRICS_HOST ?? '127.0.0.1',
    webConcurrency: found.WEB_CONCURRENCY ?? 1,
    isShared: findSharing(found) !== undefined,
    redisUrl: found.REDIS_URL,
    keysDir: found.KEYS_DIR,
    logLevel: found.LOG_LEVEL ?? 'info',
  });
}

const s3Names = ['S3_ENDPOINT', 'S3_BUCKET', 'S3_REGION', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'];

function findPassword(name: string, value: string): string {
  return name === 'PGPASSWORD' ? value : URL.canParse(value) ? decodeURIComponent(new URL(value).password) : '';
}

/** Settings that are of no use without others, and passwords that are none. */
function findGaps(env: Record<string, string | undefined>): string[] {
  const isSet = (name: string) => (env[name] ?? '') !== '';
  const missing = s3Names.filter((name) => !isSet(name));
  return [
    ...(missing.length > 0 && missing.length < s3Names.length ? [`The settings ${s3Names.join(', ')} belong together: ${missing.join(' and ')} must be set too.`] : []),
    ...['DATABASE_URL', 'DATABASE_READ_URL', 'PGPASSWORD'].filter((name) => knownPassword.test(findPassword(name, env[name] ?? ''))).map((name) => `The password in ${name} is one that stands in examples, and that everybody tries first. Give the role another one, as "openssl rand -hex 24" prints it.`),
    ...(isSet('DATABASE_READ_URL') && !isSet('DATABASE_URL') ? ['The setting DATABASE_READ_URL must stand beside DATABASE_URL: it names a replica of that database.'] : []),
  ];
}
