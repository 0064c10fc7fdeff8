import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import express from 'express';
import type { Request, RequestHandler, Response } from 'express';
import multer from 'multer';
import { UserError } from '../http/errors.js';
import { createDiskRoom } from './disk-room.js';
import type { DiskRoom } from './disk-room.js';
import { toHarmlessName } from './file-name.js';
import { toFlatFields } from './form-fields.js';
import { createIntakeBudget } from './intake-budget.js';
import { createReceivedForm } from './received-form.js';
import type { ReceivedFile, ReceivedForm, RejectedFile } from './received-form.js';
import { storeStream } from './store-stream.js';
import {
  diskFull,
  fieldTooLong,
  fileTooLarge,
  formTooLarge,
  malformedForm,
  tooManyFields,
  tooManyFiles,
  unsupportedForm,
} from './upload-errors.js';

const MAX_FIELDS = 24;
const MAX_PARTS = 32;
const MAX_FIELD_NAME_LENGTH = 64;
const MAX_FIELD_BYTES = 64 * 1024;
const MAX_TEXT_BODY_BYTES = 1024 * 1024;

export type ReceiverOptions = {
  /** An existing private folder, best on the disk of the media. */
  tempDir: string;
  /** Limit of one file; a larger one is left out and the form still read. */
  maxFileBytes: number;
  maxFiles?: number;
  /** Limit of a whole request, answered with 413. */
  maxTotalBytes: number;
  maxConcurrent?: number;
  maxBytesInFlight?: number;
  /** See disk-room.ts. */
  minFreeBytes?: number;
};

export type UploadReceiver = { receive(req: Request, res: Response): Promise<ReceivedForm> };

/**
 * Makes the one door through which forms with files come in. `receive` reads a multipart or urlencoded body and answers
 * with its texts and files. Nothing typed is lost because of a file: one that is too large, too many or without room on the
 * disk is drained and listed in `rejectedFiles`. (When more than 32 parts come, reading stops there: file inputs belong
 * after the text fields.) Throws UserError 400 malformed, 413 over a limit, 415 another kind of body, 503 too many at once.
 * The caller must `discard()` the form when done.
 */
export function createUploadReceiver(options: ReceiverOptions): UploadReceiver {
  const intakeOptions = {
    ...options,
    maxFiles: options.maxFiles ?? 4,
    room: createDiskRoom({ dir: options.tempDir, minFreeBytes: options.minFreeBytes }),
  };
  const budget = createIntakeBudget({
    maxConcurrent: options.maxConcurrent ?? 32,
    maxBytes: options.maxBytesInFlight ?? 256 * 2 ** 20,
    maxSmall: 2000,
  });
  return {
    async receive(req, res) {
      const kind = req.is(['urlencoded', 'multipart/form-data']);
      if (kind === 'urlencoded') return receiveText(req, res);
      if (kind !== 'multipart/form-data') throw unsupportedForm();
      const declaredBytes = Number(req.headers['content-length'] ?? options.maxTotalBytes);
      if (declaredBytes > options.maxTotalBytes) throw formTooLarge(options.maxTotalBytes);
      const release = budget.reserve(declaredBytes);
      res.once('close', release);
      try {
        return await receiveMultipart(req, res, intakeOptions, release);
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

type IntakeOptions = ReceiverOptions & { maxFiles: number; room: DiskRoom };

/** What a multipart body has brought so far. */
type Intake = {
  arrivedCount: number;
  files: ReceivedFile[];
  rejectedFiles: RejectedFile[];
  writes: Promise<void>[];
  openStreams: Set<NodeJS.ReadableStream & { destroy(error: Error): unknown }>;
};

async function receiveMultipart(req: Request, res: Response, options: IntakeOptions, release: () => void): Promise<ReceivedForm> {
  const intake: Intake = { arrivedCount: 0, files: [], rejectedFiles: [], writes: [], openStreams: new Set() };
  try {
    await readParts(req, res, intake, options);
    const { files, rejectedFiles } = intake;
    files.sort((a, b) => a.position - b.position);
    return createReceivedForm({ fields: toCheckedFields(req.body), files, rejectedFiles, release });
  } catch (error) {
    await Promise.allSettled(intake.writes);
    await createReceivedForm({ fields: {}, files: intake.files }).discard();
    throw error;
  }
}

/** Reads the body to its end. The counter matters for bodies without a declared length: Node holds the others to theirs. */
function readParts(req: Request, res: Response, intake: Intake, options: IntakeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    function count(chunk: Buffer): void {
      bytes += chunk.length;
      if (bytes <= options.maxTotalBytes) return;
      req.off('data', count);
      req.unpipe();
      req.resume();
      const error = formTooLarge(options.maxTotalBytes);
      for (const stream of intake.openStreams) stream.destroy(error);
      res.set('Connection', 'close');
      reject(error);
    }
    const readForm = createFormReader(intake, options);
    readForm(req, res, (error?: unknown) => {
      if (error === undefined || error === null || isHarmlessExcess(error, intake, options)) resolve();
      else reject(toRefusal(error));
    });
    req.on('data', count);
  });
}

function createFormReader(intake: Intake, options: IntakeOptions): RequestHandler {
  return multer({
    storage: createDrainingStorage(intake, options),
    defParamCharset: 'utf8',
    preservePath: true,
    limits: {
      fields: MAX_FIELDS,
      parts: MAX_PARTS,
      fieldNameSize: MAX_FIELD_NAME_LENGTH,
      fieldSize: MAX_FIELD_BYTES,
      headerPairs: 32,
      fieldNestingDepth: 0,
      fieldArrayIndexLimit: 0,
    },
    fileFilter(_req, file, decide) {
      const position = intake.arrivedCount;
      intake.arrivedCount += 1;
      if (position < options.maxFiles) return decide(null, true);
      const originalName = toHarmlessName(file.originalname);
      const refusal = tooManyFiles(originalName, options.maxFiles);
      intake.rejectedFiles.push({ originalName, position, reason: 'tooMany', refusal });
      return decide(null, false);
    },
  }).any();
}

/**
 * Where multer puts files. It never reports a file that is too large or has no room, since multer would then give up the
 * whole form with all its texts. Files are removed by the form's `discard` alone, so there is one place that does it.
 */
function createDrainingStorage(intake: Intake, options: IntakeOptions): multer.StorageEngine {
  return {
    _handleFile(_req, file, done) {
      const position = intake.arrivedCount - 1;
      intake.openStreams.add(file.stream);
      const writing = storeFile(file, position, intake, options).finally(() => intake.openStreams.delete(file.stream));
      intake.writes.push(writing);
      writing.then(
        () => done(null, {}),
        (error: unknown) => done(error),
      );
    },
    _removeFile(_req, _file, done) {
      done(null);
    },
  };
}

async function storeFile(sent: Express.Multer.File, position: number, intake: Intake, options: IntakeOptions): Promise<void> {
  const originalName = toHarmlessName(sent.originalname);
  const path = join(options.tempDir, randomBytes(16).toString('hex'));
  const isFull = await options.room.isFull();
  const stored = await storeStream(sent.stream, path, isFull ? 0 : options.maxFileBytes);
  if (stored.outcome === 'stored') {
    intake.files.push({ path, originalName, bytes: stored.bytes, position, fieldName: sent.fieldname });
    return;
  }
  const reason = isFull || stored.outcome === 'diskFull' ? 'diskFull' : 'tooLarge';
  const refusal = reason === 'diskFull' ? diskFull() : fileTooLarge(originalName, options.maxFileBytes);
  intake.rejectedFiles.push({ originalName, position, reason, refusal });
}

/** Somebody who picks dozens of files meets the limit of parts: what was read until then is enough to answer with. */
function isHarmlessExcess(error: unknown, intake: Intake, options: IntakeOptions): boolean {
  return error instanceof multer.MulterError && error.code === 'LIMIT_PART_COUNT' && intake.arrivedCount > options.maxFiles;
}

function toRefusal(error: unknown): unknown {
  if (error instanceof UserError) return error;
  if (!(error instanceof multer.MulterError)) return isSystemError(error) ? error : malformedForm();
  if (error.code === 'LIMIT_FIELD_VALUE') return fieldTooLong(MAX_FIELD_BYTES, error.field);
  if (error.code === 'LIMIT_FIELD_COUNT' || error.code === 'LIMIT_PART_COUNT') return tooManyFields();
  return malformedForm();
}

/** An error of the file system is ours; whatever else the parser reports comes from the body. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

const readTextForm = express.urlencoded({
  extended: false,
  inflate: false,
  limit: MAX_TEXT_BODY_BYTES,
  parameterLimit: MAX_FIELDS,
});

async function receiveText(req: Request, res: Response): Promise<ReceivedForm> {
  await new Promise<void>((resolve, reject) => {
    readTextForm(req, res, (error?: unknown) => {
      if (error === undefined || error === null) resolve();
      else reject(toTextRefusal(error));
    });
  });
  return createReceivedForm({ fields: toCheckedFields(req.body) });
}

function toTextRefusal(error: unknown): unknown {
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') return formTooLarge(MAX_TEXT_BODY_BYTES);
  if (type === 'parameters.too.many') return tooManyFields();
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') return unsupportedForm();
  return malformedForm();
}

function toCheckedFields(body: unknown): Record<string, string> {
  return toFlatFields(body, { maxNameLength: MAX_FIELD_NAME_LENGTH, maxBytes: MAX_FIELD_BYTES });
}
