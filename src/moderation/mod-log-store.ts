import { type Kysely, sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Role, Tables } from '../db/tables.js';
import type { ActName } from './acts.js';

/** What the log can hold besides the acts: an act taken back, and answers to appeals. */
export type LogAction = ActName | 'undo' | 'appeal.refuse' | 'appeal.shorten' | 'appeal.lift';

const ids = z.array(z.number()).optional();

/** What undoing an act needs, and what its line in the log says. Never anything of an author. */
const detailsSchema = z.object({
  /** Posts that the act hid, uploads that it changed, reports that it settled. */
  postIds: ids,
  uploadIds: ids,
  reportIds: ids,
  banId: z.number().optional(),
  hours: z.number().optional(),
  scope: z.enum(['board', 'site']).optional(),
  /** Words for the banned poster alone. */
  note: z.string().optional(),
  /** What stood below the post before the act put something there. */
  sanctionBefore: z.enum(['warned', 'banned']).nullable().optional(),
  fromBoardId: z.number().optional(),
  fromSlug: z.string().optional(),
  /** When an answered ban would have ended before the answer. */
  expiresBefore: z.iso.datetime().optional(),
});
export type ActDetails = z.infer<typeof detailsSchema>;

export interface NewLogEntry {
  staffId: number;
  role: Role;
  action: LogAction;
  boardId: number | null;
  threadId: number | null;
  postId: number | null;
  postNo: number | null;
  reason: string;
  isPublic: boolean;
  details: ActDetails;
  undoesId?: number;
}

/** Writes an act down, in the transaction that does it. Answers with the number of the entry. */
export async function insertLogEntry(trx: Transaction<Tables>, entry: NewLogEntry, now: Date): Promise<number> {
  const row = await trx
    .insertInto('mod_log')
    .values({
      created_at: now,
      staff_id: entry.staffId,
      role: entry.role,
      action: entry.action,
      board_id: entry.boardId,
      thread_id: entry.threadId,
      post_id: entry.postId,
      post_no: entry.postNo,
      reason: entry.reason,
      is_public: entry.isPublic,
      details: JSON.stringify(entry.details),
      undoes_id: entry.undoesId,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** An entry as pages and undoing see it. `place` is where its post stands now; null when it is gone for good. */
export interface LogEntry {
  id: number;
  createdAt: Date;
  staffId: number | null;
  staffName: string | null;
  role: Role | 'automatic';
  action: string;
  boardId: number | null;
  boardSlug: string | null;
  threadId: number | null;
  postId: number | null;
  postNo: number | null;
  reason: string;
  isPublic: boolean;
  details: ActDetails;
  undoneAt: Date | null;
  undoes: { id: number; action: string; details: ActDetails } | null;
  place: { boardSlug: string; threadNo: number; no: number } | null;
}

const entriesWithPlaces = (db: Kysely<Tables>) =>
  db
    .selectFrom('mod_log as l')
    .leftJoin('staff as s', 's.id', 'l.staff_id')
    .leftJoin('boards as b', 'b.id', 'l.board_id')
    .leftJoin('mod_log as u', 'u.id', 'l.undoes_id')
    .leftJoin('posts as p', (join) => join.onRef('p.id', '=', 'l.post_id').on('p.destroyed_at', 'is', null))
    .leftJoin('threads as t', 't.id', 'p.thread_id')
    .leftJoin('boards as pb', 'pb.id', 'p.board_id')
    .selectAll('l')
    .select(['s.name as staff_name', 'b.slug', 'u.action as undone_action', 'u.details as undone_details'])
    .select(['p.no as place_no', 't.no as place_thread_no', 'pb.slug as place_slug']);

type Row = Awaited<ReturnType<ReturnType<typeof entriesWithPlaces>['executeTakeFirstOrThrow']>>;

function toEntry(row: Row): LogEntry {
  const { place_slug: boardSlug, place_thread_no: threadNo, place_no: no } = row;
  return {
    id: row.id,
    createdAt: row.created_at,
    staffId: row.staff_id,
    staffName: row.staff_name,
    role: row.role,
    action: row.action,
    boardId: row.board_id,
    boardSlug: row.slug,
    threadId: row.thread_id,
    postId: row.post_id,
    postNo: row.post_no,
    reason: row.reason,
    isPublic: row.is_public,
    details: toDetails(row.details),
    undoneAt: row.undone_at,
    undoes: row.undoes_id === null ? null : { id: row.undoes_id, action: row.undone_action ?? '', details: toDetails(row.undone_details) },
    place: boardSlug === null || threadNo === null || no === null ? null : { boardSlug, threadNo, no },
  };
}

/** Entries of other parts have details of their own, of which nothing is taken. */
function toDetails(stored: unknown): ActDetails {
  const parsed = detailsSchema.safeParse(stored);
  return parsed.success ? parsed.data : {};
}

/** Which entries somebody may see: the public ones, or what staff of some boards may (`null`: of all). */
export type LogAudience = { kind: 'public' } | { kind: 'staff'; boardIds: number[] | null; hasDeeds: boolean };

export interface LogFilter {
  audience: LogAudience;
  boardId?: number;
  actions?: readonly string[];
}

function filterEntries(db: Kysely<Tables>, filter: LogFilter) {
  const { audience } = filter;
  return db
    .selectFrom('mod_log')
    .where((eb) => {
      if (audience.kind === 'public') return eb('is_public', '=', true);
      const isDeed = eb('action', 'like', 'staff.%');
      const isOwnBoard = audience.boardIds === null ? eb.not(isDeed) : eb('board_id', '=', sql<number>`any(${audience.boardIds})`);
      return eb.or([eb('is_public', '=', true), isOwnBoard, ...(audience.hasDeeds ? [isDeed] : [])]);
    })
    .$if(filter.boardId !== undefined, (query) => query.where('board_id', '=', filter.boardId ?? 0))
    .$if(filter.actions !== undefined, (query) => query.where('action', '=', sql<string>`any(${filter.actions ?? []})`));
}

/** A page of the log, newest first. */
export async function findLogEntries(db: Kysely<Tables>, filter: LogFilter, offset: number, limit: number): Promise<LogEntry[]> {
  const page = await filterEntries(db, filter).select('id').orderBy('id', 'desc').offset(offset).limit(limit).execute();
  return findEntriesById(db, page.map((row) => row.id));
}

export async function countLogEntries(db: Kysely<Tables>, filter: LogFilter): Promise<number> {
  const row = await filterEntries(db, filter).select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow();
  return row.count;
}

export async function findLogEntry(db: Kysely<Tables>, id: number): Promise<LogEntry | undefined> {
  const [entry] = await findEntriesById(db, [id]);
  return entry;
}

/** Locks an entry until the end of the transaction: of two who take the same act back, one is told that it is done. */
export async function lockLogEntry(trx: Transaction<Tables>, id: number): Promise<LogEntry | undefined> {
  await trx.selectFrom('mod_log').select('id').where('id', '=', id).forUpdate().execute();
  return findLogEntry(trx, id);
}

export async function updateUndoneAt(trx: Transaction<Tables>, id: number, now: Date): Promise<void> {
  await trx.updateTable('mod_log').set({ undone_at: now }).where('id', '=', id).execute();
}

/** Whether one of these acts was done to the thread after entry `id` and stands. */
export async function hasLaterAct(trx: Transaction<Tables>, threadId: number, id: number, actions: readonly ActName[]): Promise<boolean> {
  const row = await trx
    .selectFrom('mod_log')
    .select('id')
    .where('thread_id', '=', threadId)
    .where('id', '>', id)
    .where('undone_at', 'is', null)
    .where('action', '=', sql<string>`any(${actions})`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * The acts on these posts that stand, newest first: done to the posts themselves, or hiding them along with others at one of the
 * times `hiddenAt` (an act and what it hides carry the same time).
 */
export async function findStandingActs(db: Kysely<Tables>, postIds: number[], hiddenAt: Date[]): Promise<LogEntry[]> {
  if (postIds.length === 0) return [];
  const rows = await db
    .selectFrom('mod_log')
    .select('id')
    .where('undone_at', 'is', null)
    .where('undoes_id', 'is', null)
    .where((eb) =>
      eb.or([
        eb('post_id', '=', sql<number>`any(${postIds})`),
        eb.and([eb('created_at', '=', sql<Date>`any(${hiddenAt})`), eb('action', 'like', 'author.remove%')]),
      ]),
    )
    .execute();
  return findEntriesById(db, rows.map((row) => row.id));
}

async function findEntriesById(db: Kysely<Tables>, entryIds: number[]): Promise<LogEntry[]> {
  if (entryIds.length === 0) return [];
  const rows = await entriesWithPlaces(db).where('l.id', '=', sql<number>`any(${entryIds})`).orderBy('l.id', 'desc').execute();
  return rows.map(toEntry);
}
