import { statfs } from 'node:fs/promises';

const GIBIBYTE = 2 ** 30;

/** Tells whether the disk under a folder still takes files. */
export type DiskRoom = { isFull(): Promise<boolean> };

/**
 * Watches the free space under `dir`. Files are refused below `minFreeBytes` (default: the larger of 1 GiB and 5 % of the
 * disk), so that the last of the disk stays with the database and text-only posts go on.
 */
export function createDiskRoom(options: { dir: string; minFreeBytes?: number }): DiskRoom {
  return {
    async isFull() {
      const disk = await statfs(options.dir);
      const minFreeBytes = options.minFreeBytes ?? Math.max(GIBIBYTE, disk.blocks * disk.bsize * 0.05);
      return disk.bavail * disk.bsize < minFreeBytes;
    },
  };
}
