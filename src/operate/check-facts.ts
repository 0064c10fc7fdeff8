import type { BoardFacts } from './board-facts.js';
import { type Finding, fault, ok, warning } from './finding.js';

/** PostgreSQL as it counts its versions. */
const oldestServer = 150_000;
/** The pools of the board hold so many, and several processes together so many; commands and the operator some more. */
const poolSize = { one: 20, several: 40 } as const;
const lagSeconds = 10;
const clockSeconds = 60;

/** The server, as far as it decides whether a post that was answered is there tomorrow. Superusers and fsync stop the start already. */
export function checkServer({ server, settings }: Pick<BoardFacts, 'server' | 'settings'>): Finding[] {
  if (!settings.isOnServer) return [settings.publicOrigin === undefined ? ok('doctor.database.embedded') : warning('doctor.database.embeddedPublic')];
  const wanted = (settings.webConcurrency > 1 ? poolSize.several : poolSize.one) + 10;
  const major = Math.floor(server.version / 10_000);
  const found = [
    ...(server.version < oldestServer ? [fault('doctor.database.old', { major })] : []),
    ...(server.encoding === 'UTF8' ? [] : [fault('doctor.database.encoding', { encoding: server.encoding })]),
    ...(server.synchronousCommit === 'off' ? [fault('doctor.database.commit')] : []),
    ...(server.fullPageWrites === 'off' ? [warning('doctor.database.pages')] : []),
    ...(server.mostConnections < wanted ? [warning('doctor.database.connections', { most: server.mostConnections, wanted })] : []),
  ];
  return found.length > 0 ? found : [ok('doctor.database.ok', { major })];
}

export function checkSchema({ migrations, server }: Pick<BoardFacts, 'migrations' | 'server'>): Finding[] {
  const { pending, unknown } = migrations;
  const found = [
    ...(unknown.length > 0 ? [fault('doctor.schema.newer', { names: unknown.join(', ') })] : []),
    ...(pending.length > 0 ? [warning('doctor.schema.pending', { names: pending.join(', ') })] : []),
    ...server.invalidIndexes.map((name) => fault('doctor.schema.invalidIndex', { name })),
  ];
  return found.length > 0 ? found : [ok('doctor.schema.ok')];
}

export function checkStaff({ staff }: Pick<BoardFacts, 'staff'>): Finding[] {
  if (staff.adminCount === 0) return [warning('doctor.staff.none')];
  const found = staff.withoutSecondFactor.map((name) => warning('doctor.staff.secondFactor', { name }));
  return found.length > 0 ? found : [ok('doctor.staff.ok', { count: staff.adminCount })];
}

/** What stands beside the database, as far as it is set. */
export function checkNeighbours({ replica, redis }: Pick<BoardFacts, 'replica' | 'redis'>): Finding[] {
  const found: Finding[] = [];
  if (replica?.refusal !== undefined) found.push(fault('doctor.replica.away', { refusal: replica.refusal }));
  else if (replica !== undefined && replica.lagSeconds === undefined) found.push(fault('doctor.replica.none'));
  else if (replica?.lagSeconds !== undefined && replica.lagSeconds > lagSeconds) found.push(warning('doctor.replica.late', { seconds: Math.round(replica.lagSeconds) }));
  else if (replica !== undefined) found.push(ok('doctor.replica.ok'));
  if (redis !== undefined) found.push(redis.refusal === undefined ? ok('doctor.redis.ok') : fault('doctor.redis.away', { refusal: redis.refusal }));
  return found;
}

/** Browsers show no picture from an unencrypted address on an encrypted page, and keys for a store go with every question to it. */
export function checkMediaAddresses({ settings }: Pick<BoardFacts, 'settings'>): Finding[] {
  const { publicOrigin, mediaOrigin, s3Endpoint } = settings;
  return [
    ...(mediaOrigin?.startsWith('http:') && publicOrigin?.startsWith('https:') ? [fault('doctor.media.mixed', { mediaOrigin })] : []),
    ...(s3Endpoint?.startsWith('http:') && new URL(s3Endpoint).hostname.includes('.') && !/^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(new URL(s3Endpoint).hostname) ? [warning('doctor.media.openStore', { s3Endpoint })] : []),
  ];
}

/** More processes than cores stand in each other's way. */
export function checkProcesses(webConcurrency: number, coreCount: number): Finding[] {
  if (webConcurrency <= 1) return [];
  return [webConcurrency > coreCount ? warning('doctor.processes.many', { webConcurrency, coreCount }) : ok('doctor.processes.ok', { webConcurrency })];
}

export function checkMedia({ media }: Pick<BoardFacts, 'media'>): Finding[] {
  const [first] = media.missing;
  const found = [
    ...(media.refusal === undefined ? [] : [fault('doctor.media.refused', { refusal: media.refusal })]),
    ...(first === undefined ? [] : [fault('doctor.media.missing', { count: media.missing.length, first })]),
    ...(media.orphanCount === 0 ? [] : [warning('doctor.media.orphans', { count: media.orphanCount })]),
  ];
  return found.length > 0 ? found : [ok('doctor.media.ok', { count: media.askedCount })];
}

/** Origins are erased and keys destroyed by the clock, second factors hold for half a minute. */
export function checkClock({ server, settings, process }: BoardFacts): Finding[] {
  const seconds = Math.round(Math.abs(Date.parse(server.at) - Date.parse(process.at)) / 1000);
  if (Date.parse(process.at) < Date.parse('2025-01-01')) return [fault('doctor.clock.past', { at: process.at })];
  return [settings.isOnServer && seconds > clockSeconds ? warning('doctor.clock.apart', { seconds }) : ok('doctor.clock.ok', { at: process.at })];
}
