import type { Board } from '../boards/board.js';
import { UserError } from '../http/errors.js';
import { hasForbiddenCharacter, normalizeLine, normalizeText } from '../markup/normalize-text.js';
import { assertNameAcceptable, readName, type TypedName } from './poster-name.js';
import {
  altTooLong,
  bodyEmpty,
  bodyTooLong,
  fileMissing,
  forbiddenCharacter,
  passwordTooLong,
  subjectMissing,
  subjectTooLong,
  tooManyLines,
} from './posting-errors.js';
import type { SentFile } from './sent-files.js';

const longestSubject = 100;
const longestPassword = 100;
const longestAlt = 500;

/** A posting form as it was typed: what a refused form gives back, apart from the secrets. */
export interface TypedPost {
  name: TypedName;
  subject: string;
  body: string;
  isSage: boolean;
  password: string;
  /** The files' names are not shown. */
  dropsNames: boolean;
  /** A random id that script gave the form; empty without script. */
  formId: string;
}

/** A post whose words are within the board's limits. */
export interface PostDraft {
  name: TypedName;
  subject: string;
  /** Normalised, not yet rendered. */
  body: string;
  isSage: boolean;
  /** Empty when none was typed. */
  password: string;
  dropsNames: boolean;
}

/** Picks the fields of the form in views/posting/form.ejs. */
export function readTypedPost(fields: Record<string, string>): TypedPost {
  const isTicked = (name: string) => (fields[name] ?? '') !== '';
  const formId = fields['form_id'] ?? '';
  return {
    name: readName(fields['name'] ?? ''),
    subject: fields['subject'] ?? '',
    body: fields['body'] ?? '',
    isSage: isTicked('sage'),
    password: fields['password'] ?? '',
    dropsNames: isTicked('dropnames'),
    formId: /^[\w-]{16,64}$/.test(formId) ? formId : '',
  };
}

/**
 * Makes a draft of what was typed and says everything that is wrong with it, each with its field. `hasFiles`: files came with it, even
 * if all of them were left out for a reason that is said already.
 */
export function toDraft(
  typed: TypedPost,
  place: { board: Board; kind: 'thread' | 'reply' },
  files: SentFile[],
  hasFiles: boolean,
): { draft: PostDraft; faults: UserError[] } {
  const { board, kind } = place;
  const draft: PostDraft = {
    name: typed.name,
    subject: normalizeLine(typed.subject),
    body: normalizeText(typed.body),
    isSage: kind === 'reply' && typed.isSage,
    password: typed.password,
    dropsNames: typed.dropsNames,
  };
  const checks = [
    () => assertNameAcceptable(typed.name),
    () => assertSubjectAcceptable(typed.subject, draft.subject, kind === 'thread' && board.isSubjectRequired),
    () => assertBodyAcceptable(typed.body, draft.body, board, hasFiles),
    () => assertFilesAcceptable(files, kind === 'thread' && board.isFileRequired && !hasFiles),
    () => assertPasswordAcceptable(typed.password),
  ];
  return { draft, faults: checks.flatMap(findFault) };
}

function findFault(check: () => void): UserError[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof UserError) return [error];
    throw error;
  }
}

function assertSubjectAcceptable(typed: string, subject: string, isRequired: boolean): void {
  if (hasForbiddenCharacter(typed)) throw forbiddenCharacter('subject');
  if (subject.length > longestSubject) throw subjectTooLong(longestSubject);
  if (isRequired && subject === '') throw subjectMissing();
}

function assertBodyAcceptable(typed: string, body: string, board: Board, hasFiles: boolean): void {
  if (hasForbiddenCharacter(typed)) throw forbiddenCharacter('body');
  if (body === '' && !hasFiles) throw bodyEmpty();
  if (body.length > board.maxBodyLength) throw bodyTooLong(body.length, board.maxBodyLength);
  const lineCount = body.split('\n').length;
  if (lineCount > board.maxLines) throw tooManyLines(lineCount, board.maxLines);
}

function assertFilesAcceptable(files: SentFile[], isMissing: boolean): void {
  if (isMissing) throw fileMissing();
  if (files.some((file) => hasForbiddenCharacter(file.alt))) throw forbiddenCharacter('files');
  if (files.some((file) => normalizeLine(file.alt).length > longestAlt)) throw altTooLong(longestAlt);
}

function assertPasswordAcceptable(password: string): void {
  if (hasForbiddenCharacter(password)) throw forbiddenCharacter('password');
  if (password.length > longestPassword) throw passwordTooLong(longestPassword);
}
