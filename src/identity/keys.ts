import { createHmac } from 'node:crypto';
import { chmod, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.js';
import { createKeyFile, findKey, shredKeyFile } from './key-files.js';

/** A key that is replaced by time. Its id is the day its time begins (`2026-11-24`), which is all that is stored of it. */
export interface DatedKey {
  id: string;
  key: Buffer;
}

/** All secrets of the board: 32 bytes each, in files outside the database. */
export interface Keys {
  /** Long-lived: losing it breaks the continuity of tripcodes, nothing else. */
  readonly trip: Buffer;
  /** Signs fields of forms. */
  readonly forms: Buffer;
  /** Deletion secrets. */
  readonly secrets: Buffer;
  /** Seals what is stored of second factors. */
  readonly sealing: Buffer;
  /** The key of today (UTC). */
  dayKey: () => DatedKey;
  /** What each key is known by; it says nothing about the key. */
  marks: () => { name: string; mark: Buffer }[];
  /** Every ban key that lives; the current one first, then the older ones, the newest first. */
  banKeys: () => DatedKey[];
  /**
   * Makes the keys that time asks for and destroys those that it ends. To be called at start and every few minutes.
   * `neededBanKeyIds` are the keys of bans that still hold.
   */
  rotate: (neededBanKeyIds: ReadonlySet<string>) => Promise<void>;
}

type DatedKind = 'day' | 'ban';

const DAY = 86_400_000;
const kinds = {
  /** Tags under a day key are erased 72 hours after the last of them was made. */
  day: { period: DAY, keptFor: DAY + 3 * DAY, keptAtMost: DAY + 3 * DAY },
  /** The origin of a reported post may be known for 7 days and become a ban as late as that; the longest ban lasts one year. */
  ban: { period: 30 * DAY, keptFor: 30 * DAY + 7 * DAY, keptAtMost: 30 * DAY + 7 * DAY + 365 * DAY },
} as const;
/** After how many days a dated key is destroyed, counted from the beginning of its time; a ban that still holds keeps its own. */
export const keyKeptDays = { day: kinds.day.keptFor / DAY, ban: kinds.ban.keptFor / DAY } as const;
/** The next key is made this long before its time, so that the change of keys never waits for a disk. */
const MADE_AHEAD = 3_600_000;

/** Where a board's keys are: in its data directory, or where several machines share them. */
export const toKeysDir = ({ dataDir, keysDir }: { dataDir: string; keysDir: string | undefined }): string => keysDir ?? join(dataDir, 'keys');

/**
 * Opens the board's keys in the directory `dir` (made with mode 0700), making on first start what is missing.
 * @throws KeyFileError with a sentence naming the file that can be read by others, is not 32 bytes long or is not random
 */
export async function openKeys(options: { dir: string; now: () => Date; log?: Log }): Promise<Keys> {
  const { dir, now, log } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32') await chmod(dir, 0o700);
  const openLasting = (name: string) => createKeyFile(join(dir, `${name}.key`));
  const [trip, forms, secrets, sealing] = [await openLasting('trip'), await openLasting('forms'), await openLasting('secrets'), await openLasting('sealing')];
  const dated: Record<DatedKind, Map<string, Buffer>> = { day: new Map(), ban: new Map() };

  const makeDueKeys = async () => {
    const at = now().getTime();
    for (const kind of ['day', 'ban'] as const) {
      for (const id of new Set([toPeriodId(kind, at), toPeriodId(kind, at + MADE_AHEAD)])) {
        dated[kind].set(id, dated[kind].get(id) ?? (await createKeyFile(join(dir, toFileName(kind, id)))));
      }
    }
  };
  const destroyEndedKeys = async (needed: ReadonlySet<string>) => {
    for (const kind of ['day', 'ban'] as const) {
      for (const [id, key] of dated[kind]) {
        if (!hasEnded(kind, id, now().getTime(), needed)) continue;
        await shredKeyFile(join(dir, toFileName(kind, id)));
        key.fill(0);
        dated[kind].delete(id);
        log?.info('key.destroyed', { kind, id });
      }
    }
  };

  await readDatedKeys(dir, dated);
  await makeDueKeys();

  let turn: Promise<void> = Promise.resolve();
  return {
    trip,
    forms,
    secrets,
    sealing,
    dayKey: () => getCurrentFirst(dated.day, now())[0],
    banKeys: () => getCurrentFirst(dated.ban, now()),
    marks: () => [
      ...Object.entries({ trip, forms, secrets, sealing }).map(([name, key]) => toMark(name, key)),
      ...(['day', 'ban'] as const).flatMap((kind) => [...dated[kind]].map(([id, key]) => toMark(`${kind}-${id}`, key))),
    ],
    rotate(needed) {
      const rotation = turn.then(async () => {
        await readDatedKeys(dir, dated);
        await destroyEndedKeys(needed);
        await makeDueKeys();
      });
      turn = rotation.catch(() => undefined);
      return rotation;
    },
  };
}

const toMark = (name: string, key: Buffer) => ({ name, mark: createHmac('sha256', key).update('mark of a key').digest() });

/** Brings memory to what lies in the directory: another process of this board may have made or destroyed keys. */
async function readDatedKeys(dir: string, dated: Record<DatedKind, Map<string, Buffer>>): Promise<void> {
  const found = { day: new Set<string>(), ban: new Set<string>() };
  for (const name of await readdir(dir)) {
    const match = /^(day|ban)-(\d{4}-\d\d-\d\d)\.key$/.exec(name);
    const [, kind, id] = match ?? [];
    if ((kind !== 'day' && kind !== 'ban') || id === undefined) continue;
    const key = dated[kind].get(id) ?? (await findKey(join(dir, name)));
    if (key === undefined) continue;
    found[kind].add(id);
    dated[kind].set(id, key);
  }
  for (const kind of ['day', 'ban'] as const) {
    for (const id of dated[kind].keys()) if (!found[kind].has(id)) dated[kind].delete(id);
  }
}

/** Newest first, with keys whose time has not begun at the end: a clock that was set back must not hide them. */
function getCurrentFirst(keys: ReadonlyMap<string, Buffer>, now: Date): [DatedKey, ...DatedKey[]] {
  const today = toDayId(now.getTime());
  const newestFirst = [...keys].map(([id, key]) => ({ id, key })).sort((a, b) => (a.id < b.id ? 1 : -1));
  const [current, ...others] = [...newestFirst.filter(({ id }) => id <= today), ...newestFirst.filter(({ id }) => id > today)];
  if (current === undefined) throw new Error('There is no key: openKeys makes one.');
  return [current, ...others];
}

function hasEnded(kind: DatedKind, id: string, at: number, neededIds: ReadonlySet<string>): boolean {
  const age = at - Date.parse(`${id}T00:00:00Z`);
  const isNeeded = kind === 'ban' && neededIds.has(id);
  return age >= (isNeeded ? kinds[kind].keptAtMost : kinds[kind].keptFor);
}

function toPeriodId(kind: DatedKind, at: number): string {
  const { period } = kinds[kind];
  return toDayId(Math.floor(at / period) * period);
}

const toDayId = (at: number) => new Date(at).toISOString().slice(0, 10);
const toFileName = (kind: DatedKind, id: string) => `${kind}-${id}.key`;
