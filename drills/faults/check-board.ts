import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../../src/db/tables.js';
import type { Entry } from './ledger.js';

/** What a board holds, against what it said and against itself. Every number but the first two must be 0. */
export interface Check {
  posts: number;
  acknowledged: number;
  /** Acknowledged, and not there. */
  lost: number;
  /** Two posts of a board with one number, or two answers with one. */
  duplicateNumbers: number;
  /** Forms that made more than one post. */
  repeated: number;
  /** Posts without something that belongs to them: files or their bytes, quotes, author, form, place in their thread. */
  halfPosts: number;
  /** Threads whose counts, bump or last post are not what a recount gives. */
  wrongCounts: number;
  /** Posts whose change numbers do not rise with their numbers. */
  outOfOrder: number;
  /** Files that belong to nothing. */
  orphans: number;
  details: string[];
}

/** Looks at everything. Nobody writes meanwhile, and the sweep has run with its grace period over. */
export async function checkBoard(db: Kysely<Tables>, dataDir: string, ledger: readonly Entry[]): Promise<Check> {
  const details: string[] = [];
  const count = (what: string, found: unknown[]) => {
    if (found.length > 0) details.push(`${what}: ${JSON.stringify(found.slice(0, 3))}`);
    return found.length;
  };
  const byMark = await findByMark(db);
  const acknowledged = ledger.filter((entry) => entry.outcome === 'acknowledged');
  const lost = acknowledged.filter(({ mark, place }) => !(byMark.get(mark) ?? []).some((post) => post.no === place?.no && post.slug === place.board && post.threadNo === place.thread));
  const repeated = ledger.filter(({ mark }) => (byMark.get(mark) ?? []).length > 1);
  return {
    posts: [...byMark.values()].flat().length,
    acknowledged: acknowledged.length,
    lost: count('lost', lost.map(({ mark, place, path }) => ({ mark, place, path, there: byMark.get(mark) }))),
    duplicateNumbers: count('duplicate numbers', [...(await findDuplicates(db)), ...findTwice(acknowledged)]),
    repeated: count('repeated', repeated.map(({ mark }) => mark)),
    halfPosts: count('half posts', [...(await findHalfRows(db)), ...findHalfEntries(ledger, byMark), ...(await findMissingBytes(db, dataDir))]),
    wrongCounts: count('wrong counts', await findWrongCounts(db)),
    outOfOrder: count('out of order', await findOutOfOrder(db)),
    orphans: count('orphans', await findOrphans(db, dataDir)),
    details,
  };
}

export const toFaults = (check: Check): string[] =>
  (['lost', 'duplicateNumbers', 'repeated', 'halfPosts', 'wrongCounts', 'outOfOrder', 'orphans'] as const).some((name) => check[name] > 0)
    ? [`${sayCheck(check)}; ${check.details.join('; ')}`]
    : [];

export const sayCheck = ({ details: _details, ...numbers }: Check): string =>
  Object.entries(numbers).map(([name, value]) => `${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${value}`).join(', ');

interface StoredPost {
  no: number;
  slug: string;
  threadNo: number;
  fileCount: number;
  quoteCount: number;
}

async function findByMark(db: Kysely<Tables>): Promise<Map<string, StoredPost[]>> {
  const { rows } = await sql<StoredPost & { mark: string | null }>`
    select p.no, b.slug, t.no as "threadNo", substring(p.body from 'm[0-9a-z]+x[0-9a-z]+z') as mark,
      (select count(*) from uploads u where u.post_id = p.id) as "fileCount", (select count(*) from quotes q where q.post_id = p.id) as "quoteCount"
    from posts p join boards b on b.id = p.board_id join threads t on t.id = p.thread_id`.execute(db);
  const byMark = new Map<string, StoredPost[]>();
  for (const { mark, ...post } of rows) if (mark !== null) byMark.set(mark, [...(byMark.get(mark) ?? []), post]);
  return byMark;
}

/** Read from the table itself: an index that a crash has broken would hide what it should have refused. */
async function findDuplicates(db: Kysely<Tables>): Promise<unknown[]> {
  const { rows } = await sql`select board_id + 0 as board, no + 0 as no, count(*) from posts group by 1, 2 having count(*) > 1`.execute(db);
  return rows;
}

function findTwice(acknowledged: readonly Entry[]): unknown[] {
  const seen = new Map<string, string>();
  return acknowledged.flatMap(({ place, mark, fields }) => {
    const name = `${place?.board}/${place?.no}`;
    const other = seen.get(name);
    seen.set(name, fields['form_id'] ?? mark);
    return other === undefined || other === fields['form_id'] ? [] : [name];
  });
}

/** The lack of an origin is no fault of a post that staff made or that is too old; here there are neither. */
async function findHalfRows(db: Kysely<Tables>): Promise<unknown[]> {
  const { rows } = await sql`
    select p.id, case
        when t.board_id <> p.board_id then 'other board than its thread'
        when o.post_id is null then 'no origin'
        when k.post_id is null then 'no form key'
        when p.change_no > t.change_no then 'later than its thread'
        when p.is_op <> (p.no = t.no) then 'an OP that is none'
        else 'unrendered' end as lack
    from posts p join threads t on t.id = p.thread_id left join post_origins o on o.post_id = p.id left join form_keys k on k.post_id = p.id
    where p.removed_at is null
      and (t.board_id <> p.board_id or o.post_id is null or k.post_id is null or p.change_no > t.change_no or p.is_op <> (p.no = t.no) or (p.body <> '' and p.body_html = ''))
    union all
    select t.id, 'a thread without an OP' from threads t where not exists (select 1 from posts p where p.thread_id = t.id and p.is_op)
    union all
    select q.post_id, 'a quote that its source was not told of' from quotes q join posts p on p.id = q.quoted_post_id
    where p.backlinks_change_no = 0`.execute(db);
  return rows;
}

function findHalfEntries(ledger: readonly Entry[], byMark: Map<string, StoredPost[]>): unknown[] {
  return ledger.flatMap(({ mark, files, quoteCount }) =>
    (byMark.get(mark) ?? []).filter((post) => post.fileCount !== files.length || post.quoteCount !== quoteCount).map((post) => ({ mark, ...post, sentFiles: files.length, sentQuotes: quoteCount })),
  );
}

async function listUploads(db: Kysely<Tables>) {
  return db.selectFrom('uploads').select(['name', 'thumb_name', 'bytes']).execute();
}

async function findMissingBytes(db: Kysely<Tables>, dataDir: string): Promise<unknown[]> {
  const sizeOf = async (name: string) => (await stat(join(dataDir, 'media/public', name.slice(0, 2), name.slice(2, 4), name)).catch(() => undefined))?.size;
  const found: unknown[] = [];
  for (const { name, thumb_name, bytes } of await listUploads(db)) {
    const [size, thumbSize] = [await sizeOf(name), await sizeOf(thumb_name)];
    if (size !== bytes || thumbSize === undefined || thumbSize === 0) found.push({ name, bytes, size, thumbSize });
  }
  return found;
}

async function findWrongCounts(db: Kysely<Tables>): Promise<unknown[]> {
  const { rows } = await sql`
    select * from (
      select t.id, t.reply_count, t.file_count, t.bump_no,
        (select count(*) from posts p where p.thread_id = t.id and not p.is_op and p.removed_at is null) as replies,
        (select count(*) from uploads u join posts p on p.id = u.post_id where p.thread_id = t.id and p.removed_at is null and u.removed_at is null) as files,
        coalesce((select max(p.no) from posts p where p.thread_id = t.id and p.has_bumped and p.removed_at is null), t.no) as bump
      from threads t where t.removed_at is null
    ) c where c.reply_count <> c.replies or c.file_count <> c.files or c.bump_no <> c.bump`.execute(db);
  return rows;
}

/** Change numbers are given under the thread's lock, so they tell the order of commits. A removal raises them; those posts are left out. */
async function findOutOfOrder(db: Kysely<Tables>): Promise<unknown[]> {
  const { rows } = await sql`
    select * from (
      select id, no, change_no, lag(change_no) over (partition by thread_id order by no) as before from posts where removed_at is null and version = 1
    ) c where c.change_no <= c.before`.execute(db);
  return rows;
}

async function findOrphans(db: Kysely<Tables>, dataDir: string): Promise<string[]> {
  const known = new Set((await listUploads(db)).flatMap(({ name, thumb_name }) => [name, thumb_name]));
  const files = await Promise.all(['media', 'incoming', 'kept'].map((folder) => listFiles(join(dataDir, folder))));
  return files.flat().filter((name) => !known.has(name));
}

async function listFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}
