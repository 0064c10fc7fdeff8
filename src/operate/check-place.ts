import { access, constants, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { takeDataLock } from '../control/data-lock.js';
import { type Finding, fault, ok, warning } from './finding.js';
import { findLastBackup } from './last-backup.js';

const MEGABYTE = 1_000_000;
/** Below this files are refused (see uploads/disk-room.ts); the database needs room for its log of changes. */
const roomMegabytes = 1_100;
const leastMegabytes = 200;
/** File systems across which two machines may each believe to hold a lock (magic numbers of statfs(2)): NFS, SMB, CIFS, 9P, FUSE. */
const sharedFileSystems: Record<number, string> = { 0x6969: 'NFS', 0x517b: 'SMB', 0xff534d42: 'CIFS', 0xfe534d42: 'SMB2', 0x01021997: '9P', 0x65735546: 'FUSE' };

/** The data directory: there, ours, private, with room, and a lock can be held in it. */
export async function checkDataDir(dataDir: string, isRunning: boolean): Promise<Finding[]> {
  const found = await stat(dataDir).catch(() => undefined);
  if (found === undefined) return [warning('doctor.dataDir.none', { dataDir })];
  if (!found.isDirectory()) return [fault('doctor.dataDir.noDirectory', { dataDir })];
  const mayWrite = await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK).then(() => true, () => false);
  if (!mayWrite) return [fault('doctor.dataDir.refused', { dataDir })];
  const own = process.getuid?.();
  const faults = [
    ...(own !== undefined && own !== found.uid ? [warning('doctor.dataDir.owner', { dataDir, owner: found.uid, own })] : []),
    ...((found.mode & 0o077) === 0 ? [] : [fault('doctor.dataDir.open', { dataDir })]),
    ...(await checkRoom(dataDir)),
    ...(isRunning ? [] : await checkLock(dataDir)),
  ];
  return faults.length > 0 ? faults : [ok('doctor.dataDir.ok', { dataDir })];
}

async function checkRoom(dataDir: string): Promise<Finding[]> {
  const disk = await statfs(dataDir);
  const megabytes = Math.floor((disk.bavail * disk.bsize) / MEGABYTE);
  const shared = sharedFileSystems[disk.type];
  return [
    ...(megabytes < leastMegabytes ? [fault('doctor.room.none', { megabytes })] : megabytes < roomMegabytes ? [warning('doctor.room.little', { megabytes })] : []),
    ...(shared === undefined ? [] : [warning('doctor.dataDir.shared', { dataDir, kind: shared })]),
  ];
}

async function checkLock(dataDir: string): Promise<Finding[]> {
  try {
    const giveBack = await takeDataLock(dataDir);
    await giveBack();
    return [];
  } catch (error) {
    return [{ state: 'fault', text: error instanceof Error ? error.message : String(error) }];
  }
}

/** The files of keys: for their owner alone, whole, and there when there is a database that was written with them. */
export async function checkKeys(dir: string): Promise<Finding[]> {
  const names = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith('.key'));
  const missing = ['trip', 'forms', 'secrets', 'sealing'].filter((name) => !names.includes(`${name}.key`));
  if (names.length === 0) return [warning('doctor.keys.none', { dir })];
  const faults = missing.map((name) => warning('doctor.keys.missing', { path: join(dir, `${name}.key`) }));
  for (const name of names) {
    const path = join(dir, name);
    const { mode, size } = await stat(path);
    if ((mode & 0o077) !== 0) faults.push(fault('doctor.keys.open', { path }));
    if (size !== 32) faults.push(fault('doctor.keys.size', { path, size }));
  }
  return faults.length > 0 ? faults : [ok('doctor.keys.ok', { count: names.length })];
}

const DAY = 86_400_000;
const staleDays = 7;

/** When the last backup was made, as far as this board knows: those made by other means are not its business. */
export async function checkBackups(dataDir: string, now: Date): Promise<Finding[]> {
  const last = await findLastBackup(dataDir);
  if (last === undefined) return [warning('doctor.backup.none')];
  const { at, path } = last;
  const days = Math.max(0, Math.floor((now.getTime() - at.getTime()) / DAY));
  if ((await stat(path).catch(() => undefined)) === undefined) return [warning('doctor.backup.gone', { path, days })];
  return [days >= staleDays ? warning('doctor.backup.old', { path, days }) : ok('doctor.backup.ok', { path, days })];
}
