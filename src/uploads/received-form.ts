import { rm } from 'node:fs/promises';
import type { UserError } from '../http/errors.js';

/** A file as it came, undecoded, in a temporary place. */
export type ReceivedFile = {
  path: string;
  /** Harmless to show (see file-name.ts); never part of a path. */
  originalName: string;
  bytes: number;
  /** 0 for the first file of the form, in the order they were sent (left-out files counted). */
  position: number;
  /** Name of the form field it came in. */
  fieldName: string;
};

/** A file that was left out while the rest of the form was read. */
export type RejectedFile = {
  originalName: string;
  position: number;
  reason: 'tooLarge' | 'tooMany' | 'diskFull';
  /** The same reason as a refusal for the visitor, ready to be thrown or shown at the field. */
  refusal: UserError;
};

export type ReceivedForm = {
  /** One text a field name (of repeated names the last), without a prototype. */
  fields: Record<string, string>;
  files: ReceivedFile[];
  rejectedFiles: RejectedFile[];
  /** Makes `discard` see to one more file as well, such as a kept one that was taken back. */
  adopt(file: ReceivedFile): void;
  /** Removes what remains of the files in their temporary place. May be called again. */
  discard(): Promise<void>;
};

/** Puts together what a request brought; `release` is called once the files are gone. */
export function createReceivedForm(parts: {
  fields: Record<string, string>;
  files?: ReceivedFile[];
  rejectedFiles?: RejectedFile[];
  release?: () => void;
}): ReceivedForm {
  const files = parts.files ?? [];
  const adopted: ReceivedFile[] = [];
  return {
    fields: parts.fields,
    files,
    rejectedFiles: parts.rejectedFiles ?? [],
    adopt(file) {
      adopted.push(file);
    },
    async discard() {
      await Promise.all([...files, ...adopted].map((file) => rm(file.path, { force: true })));
      parts.release?.();
    },
  };
}
