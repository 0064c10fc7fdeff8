import { createAddressReader } from '../identity/client-address.js';
import type { BoardFacts } from './board-facts.js';
import { type Finding, fault, ok, warning } from './finding.js';

/** Names that begin like ours but are others' (of Node, npm, PostgreSQL's client, the shell). */
const foreign = /^(?:npm_|NODE_|PG)/i;
/** A connection takes one, a file or picture on its way some more. */
const filesBeside = 500;

/** Wrong settings, all at once, and names that are nearly those of a setting: whoever mistypes one believes that it holds. */
export function checkSettings(settingNames: readonly string[], sentences: readonly string[], environment: readonly string[]): Finding[] {
  const known = new Set(settingNames);
  const unknown = environment.filter((name) => !known.has(name) && !foreign.test(name));
  const meant = unknown.flatMap((name) => {
    const near = settingNames.find((setting) => isNear(name, setting));
    return near === undefined ? [] : [warning('doctor.settings.unknown', { name, near })];
  });
  const wrong: Finding[] = sentences.map((text) => ({ state: 'fault', text }));
  return wrong.length + meant.length > 0 ? [...wrong, ...meant] : [ok('doctor.settings.ok', { count: environment.filter((name) => known.has(name)).length })];
}

function isNear(name: string, setting: string): boolean {
  const plain = name.toUpperCase().replaceAll('-', '_').replace(/^QUOTH_/, '');
  return countDifferences(plain, setting) <= (setting.length < 8 ? 1 : 2);
}

/** How many signs have to be put in, left out, changed or swapped with the next (Damerau and Levenshtein). */
function countDifferences(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_each, at) => at)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : change;
      row.push(Math.min(change, swap, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

type Settings = BoardFacts['settings'];

/** How visitors come to the board: the address they type, and the proxies that are believed. */
export function checkAddress({ publicOrigin, trustedProxies }: Pick<Settings, 'publicOrigin' | 'trustedProxies'>): Finding[] {
  const refusal = findRefusal(trustedProxies);
  if (refusal !== undefined) return [{ state: 'fault', text: refusal }];
  if (publicOrigin === undefined) return [warning('doctor.address.unset')];
  const { protocol, hostname } = new URL(publicOrigin);
  const isOnion = hostname.endsWith('.onion');
  const isHere = /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[)|\.(?:local|lan|home|internal|localhost|localdomain)$/.test(hostname) || !hostname.includes('.');
  if (protocol === 'http:' && !isOnion && !isHere) return [fault('doctor.address.http', { publicOrigin })];
  if (protocol === 'https:' && trustedProxies.length === 0) return [fault('doctor.address.proxyMissing', { publicOrigin })];
  return [ok('doctor.address.ok', { publicOrigin, count: trustedProxies.length })];
}

/** The start says the same. */
function findRefusal(trusted: readonly string[]): string | undefined {
  try {
    createAddressReader(trusted);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function checkLimits({ hasPostingLimits, publicOrigin }: Pick<Settings, 'hasPostingLimits' | 'publicOrigin'>): Finding[] {
  if (hasPostingLimits) return [ok('doctor.limits.ok')];
  return [publicOrigin === undefined ? warning('doctor.limits.off') : fault('doctor.limits.off')];
}

export function checkMetrics({ metricsPort, metricsHost }: Pick<Settings, 'metricsPort' | 'metricsHost'>): Finding[] {
  if (metricsPort === undefined) return [ok('doctor.metrics.none')];
  const isHere = /^(?:localhost|127\.|::1$)/.test(metricsHost);
  return [isHere ? ok('doctor.metrics.ok', { metricsHost }) : warning('doctor.metrics.open', { metricsHost })];
}

/** Of the process that serves, or of this one when none does. */
export function checkOpenFiles(maxConnections: number, mostFiles: number | undefined): Finding[] {
  if (mostFiles === undefined) return [ok('doctor.files.untold')];
  const wanted = maxConnections + filesBeside;
  return [mostFiles < wanted ? warning('doctor.files.few', { mostFiles, wanted, maxConnections }) : ok('doctor.files.ok', { mostFiles })];
}

/** `engines` in package.json: at least this version. */
export function checkNode(version: string, atLeast: string): Finding[] {
  const [found, wanted] = [version, atLeast].map((text) => text.split('.').map(Number));
  const isOlder = (found ?? []).reduce((order, part, at) => order || part - (wanted?.[at] ?? 0), 0) < 0;
  return [isOlder ? fault('doctor.node.old', { version, atLeast }) : ok('doctor.node.ok', { version })];
}
