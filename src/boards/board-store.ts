import { type Kysely, sql, type Transaction } from 'kysely';
import type { BoardRow, Tables } from '../db/tables.js';
import type { Board, LatestPost, Section } from './board.js';

/** All sections with their boards, in the order in which they are shown. */
export async function listSections(db: Kysely<Tables>): Promise<Section[]> {
  const sections = await db.selectFrom('board_sections').selectAll().orderBy('position').orderBy('id').execute();
  const boards = await db.selectFrom('boards').selectAll().orderBy('position').orderBy('slug').execute();
  return sections.map((section) => ({
    id: section.id,
    title: section.title,
    boards: boards.filter((row) => row.section_id === section.id).map(toBoard),
  }));
}

/** What a new board needs; every limit that is left out takes the schema's default. */
export interface NewBoard {
  slug: string;
  title: string;
  description?: string;
  position?: number;
  maxThreads?: number;
  bumpLimit?: number;
  replyLimit?: number;
  maxBodyLength?: number;
  isSubjectRequired?: boolean;
  isFileRequired?: boolean;
  threadsPerPage?: number;
}

/** Adds a section below the present ones. */
export async function insertSection(trx: Transaction<Tables>, title: string, position: number): Promise<number> {
  const row = await trx.insertInto('board_sections').values({ title, position }).returning('id').executeTakeFirstOrThrow();
  return row.id;
}

/** Adds a board; its own number sequence is made with it. */
export async function insertBoard(trx: Transaction<Tables>, sectionId: number, board: NewBoard, now: Date): Promise<Board> {
  const row = await trx
    .insertInto('boards')
    .values({
      section_id: sectionId,
      slug: board.slug,
      title: board.title,
      description: board.description ?? '',
      position: board.position ?? 0,
      max_threads: board.maxThreads,
      bump_limit: board.bumpLimit,
      reply_limit: board.replyLimit,
      max_body_length: board.maxBodyLength,
      is_subject_required: board.isSubjectRequired,
      is_file_required: board.isFileRequired,
      threads_per_page: board.threadsPerPage,
      created_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toBoard(row);
}

/** Lets nobody else make sections until the transaction ends. */
export async function lockSections(trx: Transaction<Tables>): Promise<void> {
  await sql`lock table board_sections in share row exclusive mode`.execute(trx);
}

/** Whether any board exists: the first start makes some when none does. */
export async function hasBoards(db: Kysely<Tables>): Promise<boolean> {
  return (await db.selectFrom('boards').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/** Visible posts of each board for each of the last `days` UTC days; days without posts are left out. */
export async function countPostsByDay(db: Kysely<Tables>, since: Date): Promise<{ boardId: number; day: string; count: number }[]> {
  const rows = await db
    .selectFrom('posts')
    .select(['board_id', sql<string>`to_char(created_at at time zone 'UTC', 'YYYY-MM-DD')`.as('day'), sql<number>`count(*)::int`.as('count')])
    .where('created_at', '>=', since)
    .where('removed_at', 'is', null)
    .groupBy(['board_id', 'day'])
    .execute();
  return rows.map((row) => ({ boardId: row.board_id, day: row.day, count: row.count }));
}

/** Living threads of each board. */
export async function countThreads(db: Kysely<Tables>): Promise<Map<number, number>> {
  const rows = await db
    .selectFrom('threads')
    .select(['board_id', sql<number>`count(*)::int`.as('count')])
    .where('archived_at', 'is', null)
    .where('removed_at', 'is', null)
    .groupBy('board_id')
    .execute();
  return new Map(rows.map((row) => [row.board_id, row.count]));
}

/** The newest visible posts of all boards with their typed text; `excerpt` is made of it by the caller. */
export async function findLatestPosts(db: Kysely<Tables>, limit: number): Promise<(LatestPost & { body: string })[]> {
  const rows = await db
    .selectFrom('posts as p')
    .innerJoin('threads as t', 't.id', 'p.thread_id')
    .innerJoin('boards as b', 'b.id', 'p.board_id')
    .innerJoin('posts as op', (join) => join.onRef('op.thread_id', '=', 't.id').on('op.is_op', '=', true))
    .select(['b.slug', 't.no as thread_no', 'p.no', 'p.body', 'p.created_at'])
    .select(sql<string>`case when op.removed_as = 'poster' then '' else op.subject end`.as('subject'))
    .where('p.removed_at', 'is', null)
    .where('t.removed_at', 'is', null)
    .where('t.archived_at', 'is', null)
    .orderBy('p.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    boardSlug: row.slug,
    threadNo: row.thread_no,
    no: row.no,
    subject: row.subject,
    body: row.body,
    excerpt: '',
    createdAt: row.created_at,
  }));
}

export function toBoard(row: BoardRow): Board {
  return {
    id: row.id,
    slug: row.slug,
    title: row.title,
    description: row.description,
    sectionId: row.section_id,
    isSubjectRequired: row.is_subject_required,
    isFileRequired: row.is_file_required,
    maxBodyLength: row.max_body_length,
    maxLines: row.max_lines,
    maxFiles: row.max_files,
    maxFileBytes: row.max_file_bytes,
    allowedTypes: row.allowed_types,
    bumpLimit: row.bump_limit,
    replyLimit: row.reply_limit,
    maxThreads: row.max_threads,
    threadsPerPage: row.threads_per_page,
  };
}
