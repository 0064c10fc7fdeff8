import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Config } from '../config.js';
import type { ControlCommand } from '../control/control-socket.js';
import { listDone, listMigrations } from '../db/migrate.js';
import { openReplica } from '../db/open-replica.js';
import { connectRedis } from '../db/redis-client.js';
import type { Tables } from '../db/tables.js';
import { findKnownNames } from '../posts/upload-store.js';
import { listStaff } from '../staff/staff-store.js';
import { needsSecondFactor } from '../staff/staff-member.js';
import { type MediaStorage, newMediaName, toThumbName } from '../uploads/media-storage.js';
import { countOrphans } from '../uploads/sweep-media.js';
import { findLagSeconds, findLastUploads, readServerFacts } from './doctor-store.js';

/** What only the owner of the database and the media can tell the doctor: the running board, or the doctor itself when none runs. */
export const boardFacts = z.object({
  settings: z.object({
    host: z.string(),
    port: z.number(),
    publicOrigin: z.string().optional(),
    mediaOrigin: z.string().optional(),
    s3Endpoint: z.string().optional(),
    webConcurrency: z.number(),
    trustedProxies: z.array(z.string()),
    hasPostingLimits: z.boolean(),
    maxConnections: z.number(),
    metricsPort: z.number().optional(),
    metricsHost: z.string(),
    isOnServer: z.boolean(),
  }),
  /** Of the process that tells: Node's version, how many files and connections it may have open, its clock. */
  process: z.object({ node: z.string(), mostFiles: z.number().optional(), at: z.string() }),
  server: z.object({
    version: z.number(),
    encoding: z.string(),
    synchronousCommit: z.string(),
    fullPageWrites: z.string(),
    mostConnections: z.number(),
    invalidIndexes: z.array(z.string()),
    at: z.string(),
  }),
  migrations: z.object({ pending: z.array(z.string()), unknown: z.array(z.string()) }),
  staff: z.object({ adminCount: z.number(), withoutSecondFactor: z.array(z.string()) }),
  /** What else is set: a replica (seconds that it lags behind, if that is known), a Redis. */
  replica: z.object({ refusal: z.string().optional(), lagSeconds: z.number().optional() }).optional(),
  redis: z.object({ refusal: z.string().optional() }).optional(),
  media: z.object({ refusal: z.string().optional(), askedCount: z.number(), missing: z.array(z.string()), orphanCount: z.number() }),
});
export type BoardFacts = z.infer<typeof boardFacts>;

export interface FactParts {
  config: Readonly<Config>;
  db: Kysely<Tables>;
  storage: MediaStorage;
  tempDir: string;
  migrationsDir: string;
  now: () => Date;
}

/** So many of the last files are looked for. */
const askedUploads = 20;

/** The command behind `npm run doctor`, by its name on the control socket. */
export function createDoctorCommands(parts: FactParts): { doctor: ControlCommand } {
  return { doctor: () => gatherFacts(parts) };
}

/** Gathers the facts. A schema that is not up to date is not asked for what it may not have yet. */
export async function gatherFacts(parts: FactParts): Promise<BoardFacts> {
  const { config, db, now } = parts;
  const migrations = await compareMigrations(db, parts.migrationsDir);
  const isWhole = migrations.pending.length === 0;
  return {
    settings: {
      host: config.host,
      port: config.port,
      publicOrigin: config.publicOrigin,
      mediaOrigin: config.mediaOrigin,
      s3Endpoint: config.s3Endpoint,
      webConcurrency: config.webConcurrency,
      trustedProxies: config.trustedProxies,
      hasPostingLimits: config.hasPostingLimits,
      maxConnections: config.maxConnections,
      metricsPort: config.metricsPort,
      metricsHost: config.metricsHost,
      isOnServer: config.databaseUrl !== undefined,
    },
    process: { node: process.versions.node, mostFiles: await findMostFiles(), at: now().toISOString() },
    server: await readServerFacts(db),
    migrations,
    staff: isWhole ? await countStaff(db) : { adminCount: 0, withoutSecondFactor: [] },
    replica: config.databaseReadUrl === undefined ? undefined : await askReplica(config.databaseReadUrl, db),
    redis: config.redisUrl === undefined ? undefined : await askRedis(config.redisUrl),
    media: isWhole ? await lookAtMedia(parts) : { askedCount: 0, missing: [], orphanCount: 0 },
  };
}

async function compareMigrations(db: Kysely<Tables>, dir: string): Promise<BoardFacts['migrations']> {
  const [known, done] = [await listMigrations(dir), await listDone({ db })];
  return { pending: known.filter((name) => !done.includes(name)), unknown: done.filter((name) => !known.includes(name)) };
}

async function countStaff(db: Kysely<Tables>): Promise<BoardFacts['staff']> {
  const accounts = (await listStaff(db)).filter(({ disabledAt }) => disabledAt === null);
  const admins = accounts.filter(({ roles }) => roles.some(({ role, boardId }) => role === 'admin' && boardId === null));
  const withoutSecondFactor = accounts.filter(({ roles, hasSecondFactor }) => needsSecondFactor(roles) && !hasSecondFactor).map(({ name }) => name);
  return { adminCount: admins.length, withoutSecondFactor };
}

async function lookAtMedia({ db, storage, tempDir, now }: FactParts): Promise<BoardFacts['media']> {
  const uploads = await findLastUploads(db, askedUploads);
  const missing: string[] = [];
  for (const name of uploads.flatMap((upload) => [upload.name, upload.thumb_name])) {
    const found = (await storage.find(name, 'public')) ?? (await storage.find(name, 'private'));
    if (found === undefined) missing.push(name);
  }
  const isKnownName = (names: string[]) => findKnownNames(db, names);
  return { refusal: await tryPut(storage, tempDir), askedCount: uploads.length, missing, orphanCount: await countOrphans({ storage, tempDir, isKnownName, now }) };
}

async function askReplica(url: string, primary: Kysely<Tables>): Promise<BoardFacts['replica']> {
  let refusal: string | undefined;
  try {
    const replica = await openReplica(url, primary, { warn: (_event, fields) => void (refusal = String(fields?.['meaning'])) });
    try {
      return refusal === undefined ? { lagSeconds: await findLagSeconds(replica.db) } : { refusal };
    } finally {
      await replica.close();
    }
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}

async function askRedis(url: string): Promise<BoardFacts['redis']> {
  try {
    await (await connectRedis(url)).close();
    return {};
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}

/** Puts a small file in and takes it out again: nothing less tells whether it can be done. Answers with what stood against it. */
async function tryPut(storage: MediaStorage, tempDir: string): Promise<string | undefined> {
  const name = toThumbName(newMediaName('webp'));
  const draft = join(tempDir, randomBytes(16).toString('hex'));
  try {
    await mkdir(tempDir, { recursive: true, mode: 0o700 });
    await writeFile(draft, 'The doctor was here.', { flag: 'wx', mode: 0o600 });
    await storage.put(draft, name);
    await storage.destroy(name);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** How many files and connections this process may have open at once, where the system tells (Linux). */
async function findMostFiles(): Promise<number | undefined> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}
