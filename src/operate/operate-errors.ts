import { UserError } from '../http/errors.js';

export const backupExists = (path: string) => new UserError(409, 'operate.backupExists', { path });
export const backupPlaceMissing = (path: string) => new UserError(404, 'operate.backupPlaceMissing', { path });
export const nothingToBackUp = () => new UserError(404, 'operate.nothingToBackUp');
export const backupMissing = (path: string) => new UserError(404, 'operate.backupMissing', { path });
export const backupDamaged = (path: string, what: string) => new UserError(422, 'operate.backupDamaged', { path, what });
export const backupTooNew = (migration: string) => new UserError(422, 'operate.backupTooNew', { migration });
export const databaseTooNew = (migration: string) => new UserError(409, 'operate.databaseTooNew', { migration });
export const databaseNotEmpty = () => new UserError(409, 'operate.databaseNotEmpty');
export const restoreDiffers = (table: string) => new UserError(422, 'operate.restoreDiffers', { table });
