import { z } from 'zod';
import type { ControlCommand } from '../control/control-socket.js';
import { UserError } from '../http/errors.js';
import { createTranslate } from '../texts/texts.js';
import type { BackupEnd } from './backup-file.js';
import { noteBackup } from './last-backup.js';
import { type BackupParts, writeBackup } from './write-backup.js';

/** What the command takes, an absolute path, and what it answers: the lines to print, or why nothing was done. */
export const backupArgs = z.object({ place: z.string().min(1).max(4096).startsWith('/') });
export const operateAnswer = z.union([z.object({ lines: z.array(z.string()) }), z.object({ refusal: z.string() })]);
export type OperateAnswer = z.infer<typeof operateAnswer>;

const t = createTranslate('en');

/** The command behind `npm run backup`, by its name on the control socket. */
export function createBackupCommands(parts: BackupParts & { dataDir: string }): { backup: ControlCommand } {
  return {
    async backup(args): Promise<OperateAnswer> {
      const { place } = backupArgs.parse(args);
      return toOperateAnswer(async () => {
        const { path, bytes, end } = await writeBackup(parts, place);
        const { missingCount } = end;
        await noteBackup(parts.dataDir, { at: end.createdAt, path });
        return [
          t('operate.backupDone', { path, ...countParts(end), megabytes: Math.round(bytes / 1e5) / 10 }),
          ...(missingCount > 0 ? [t('operate.backupMissingFiles', { missingCount })] : []),
        ];
      });
    },
  };
}

/** What a backup holds, for a sentence. */
export function countParts(end: BackupEnd): { postCount: number; threadCount: number; mediaCount: number; createdAt: string } {
  const { posts, threads } = end.tables;
  return { postCount: posts?.rowCount ?? 0, threadCount: threads?.rowCount ?? 0, mediaCount: end.mediaCount, createdAt: end.createdAt };
}

/** A refusal becomes its sentence; a fault stays one. */
export async function toOperateAnswer(run: () => Promise<string[]>): Promise<OperateAnswer> {
  try {
    return { lines: await run() };
  } catch (error) {
    if (error instanceof UserError) return { refusal: t(error.code, error.params) };
    throw error;
  }
}
