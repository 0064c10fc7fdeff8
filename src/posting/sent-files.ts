import type { Board } from '../boards/board.js';
import type { UserError } from '../http/errors.js';
import type { FormView } from '../posts/form-view.js';
import type { KeptUploads } from '../uploads/keep-upload.js';
import type { ReceivedFile, ReceivedForm } from '../uploads/received-form.js';
import { fileTooLarge } from '../uploads/upload-errors.js';
import { boardTakesFewer, fileEmpty, filesNotKept, keptFileGone } from './posting-errors.js';

/** A file of a form: sent with it, or kept from an earlier try and named by its token. */
export interface SentFile {
  originalName: string;
  bytes: number;
  alt: string;
  isSpoiler: boolean;
  /** Where it lies; a kept file lies nowhere before it is taken. */
  received: ReceivedFile | undefined;
  token: string | undefined;
  /** It was refused for what it is: sent again it would be refused again, so it is not kept. */
  isFaulty: boolean;
}

/** More than any board takes; what a forged form names above it is not looked at. */
const mostNumbers = 8;

/** The numbers and tokens of files that were kept, in their order; those that were ticked to be dropped are left out. */
export function readKeptTokens(fields: Record<string, string>): { n: number; token: string }[] {
  return listKept(fields).filter(({ n }) => (fields[`dropkept${n}`] ?? '') === '');
}

function listKept(fields: Record<string, string>): { n: number; token: string }[] {
  const numbers = Array.from({ length: mostNumbers }, (_none, index) => index + 1);
  return numbers.flatMap((n) => {
    const token = fields[`kept${n}`];
    return token === undefined || token === '' ? [] : [{ n, token }];
  });
}

/**
 * Lists the files of a form, kept ones first, under the board's limits of count and size. Nothing is opened. What is over a limit is
 * left out and said: the rest of the form is still good.
 */
export async function findSentFiles(form: ReceivedForm, board: Board, kept: KeptUploads): Promise<{ files: SentFile[]; faults: UserError[] }> {
  const files: SentFile[] = [];
  const faults: UserError[] = [];
  const describe = (n: number) => ({ alt: form.fields[`alt${n}`] ?? '', isSpoiler: (form.fields[`spoiler${n}`] ?? '') !== '', isFaulty: false });
  for (const { n, token } of readKeptTokens(form.fields)) {
    const found = await kept.describe(token);
    if (found === undefined) faults.push(keptFileGone());
    else files.push({ originalName: found.originalName, bytes: found.bytes, received: undefined, token, ...describe(n) });
  }
  // New files take the numbers behind the kept ones, dropped ones counted.
  const firstNumber = Math.max(0, ...listKept(form.fields).map(({ n }) => n)) + 1;
  for (const received of form.files) {
    const { originalName, bytes, position } = received;
    if (bytes === 0) faults.push(fileEmpty(originalName));
    else if (bytes > board.maxFileBytes) faults.push(fileTooLarge(originalName, board.maxFileBytes));
    else files.push({ originalName, bytes, received, token: undefined, ...describe(firstNumber + position) });
  }
  faults.push(...form.rejectedFiles.map((rejected) => (rejected.reason === 'tooMany' ? boardTakesFewer(board.maxFiles) : rejected.refusal)));
  if (files.length > board.maxFiles) faults.push(boardTakesFewer(board.maxFiles));
  return { files: files.slice(0, board.maxFiles), faults: dropRepeated(faults) };
}

const dropRepeated = (faults: UserError[]) =>
  faults.filter((fault, index) => faults.findIndex((other) => other.code === fault.code && JSON.stringify(other.params) === JSON.stringify(fault.params)) === index);

/**
 * Takes kept files back, so that they can be opened; the form sees to their removal.
 * @throws keptFileGone when one has expired or was taken by another copy of the form
 */
export async function takeKeptFiles(files: SentFile[], form: ReceivedForm, kept: KeptUploads): Promise<void> {
  for (const file of files) {
    if (file.received !== undefined || file.token === undefined) continue;
    const taken = await kept.take(file.token);
    file.token = undefined;
    if (taken === undefined) {
      file.isFaulty = true;
      throw keptFileGone();
    }
    form.adopt(taken);
    file.received = taken;
  }
}

/** Keeps the files of a refused form for the next try. A file for which there is no room is named as a fault. */
export async function keepSentFiles(files: SentFile[], kept: KeptUploads, client: Buffer | undefined): Promise<{ shown: FormView['kept']; faults: UserError[] }> {
  const shown: FormView['kept'] = [];
  let isLost = false;
  for (const file of files) {
    if (file.isFaulty) continue;
    const { originalName, bytes, alt, isSpoiler } = file;
    const token = file.token ?? (file.received === undefined ? undefined : (await kept.keep(file.received, client))?.token);
    if (token === undefined) isLost = true;
    else shown.push({ token, originalName, bytes, alt, isSpoiler });
  }
  return { shown, faults: isLost ? [filesNotKept()] : [] };
}
