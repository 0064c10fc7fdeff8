import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { BansTable, Role, Tables } from '../db/tables.js';
import { type Ban, isActive, type KeyedTag, toStrictest } from './ban.js';

/** A new ban or warning of the author with this tag. */
export interface NewBan {
  kind: 'ban' | 'warning';
  boardId: number | null;
  tag: Buffer;
  keyId: string;
  reason: string;
  post: { id: number; boardSlug: string; no: number; excerpt: string };
  role: Role;
  staffId: number;
  expiresAt: Date;
}

export async function insertBan(trx: Transaction<Tables>, ban: NewBan, now: Date): Promise<number> {
  const row = await trx
    .insertInto('bans')
    .values({
      kind: ban.kind,
      board_id: ban.boardId,
      tag: ban.tag,
      key_id: ban.keyId,
      reason: ban.reason,
      post_id: ban.post.id,
      post_board_slug: ban.post.boardSlug,
      post_no: ban.post.no,
      post_excerpt: ban.post.excerpt,
      role: ban.role,
      staff_id: ban.staffId,
      created_at: now,
      expires_at: ban.expiresAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Says which entry of the log a ban belongs to; both are written in one transaction. */
export async function updateBanEntry(trx: Transaction<Tables>, banId: number, logId: number): Promise<void> {
  await trx.updateTable('bans').set({ log_id: logId }).where('id', '=', banId).execute();
}

const bansWithBoards = (db: Kysely<Tables>) =>
  db
    .selectFrom('bans as x')
    .leftJoin('boards as b', 'b.id', 'x.board_id')
    .leftJoin('mod_log as l', 'l.id', 'x.log_id')
    .selectAll('x')
    .select(['b.slug', sql<string | null>`l.details->>'note'`.as('note')]);

type Row = Selectable<BansTable> & { slug: string | null; note: string | null };

function toBan(row: Row): Ban {
  return {
    id: row.id,
    kind: row.kind,
    boardId: row.board_id,
    boardSlug: row.slug,
    reason: row.reason,
    note: row.note ?? '',
    post: { id: row.post_id, boardSlug: row.post_board_slug, no: row.post_no, excerpt: row.post_excerpt },
    role: row.role,
    staffId: row.staff_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    liftedAt: row.lifted_at,
    seenAt: row.seen_at,
    appeal: row.appeal === null || row.appealed_at === null ? null : { text: row.appeal, at: row.appealed_at },
    answer:
      row.appeal_outcome === null || row.appeal_answered_at === null
        ? null
        : { text: row.appeal_answer ?? '', outcome: row.appeal_outcome, at: row.appeal_answered_at },
  };
}

/** Rows of whoever holds one of these tags: a tag counts under its own key alone. */
async function findRowsOf(db: Kysely<Tables>, tags: readonly KeyedTag[]): Promise<Row[]> {
  if (tags.every(({ tag }) => tag.length === 0)) return [];
  const rows = await bansWithBoards(db)
    .where('x.tag', '=', sql<Buffer>`any(${tags.map(({ tag }) => tag)})`)
    .orderBy('x.id')
    .execute();
  return rows.filter((row) => tags.some(({ keyId, tag }) => tag.length > 0 && keyId === row.key_id && tag.equals(row.tag)));
}

/**
 * What keeps whoever holds one of these tags from posting on the board: of all bans that match the one that lasts longest, or else the
 * oldest warning that he has not read. A ban's tag stays under the key it was made with, and that key lives until its last ban ends:
 * so all living keys are asked with.
 */
export async function findBar(db: Kysely<Tables>, allBanTags: readonly KeyedTag[], boardId: number, now: Date): Promise<Ban | undefined> {
  if (!(await hasTag(db, allBanTags))) return undefined;
  const active = (await findRowsOf(db, allBanTags)).map(toBan).filter((ban) => isActive(ban, now));
  const bans = active.filter((ban) => ban.kind === 'ban' && (ban.boardId === null || ban.boardId === boardId));
  return toStrictest(bans) ?? active.find((ban) => ban.kind === 'warning');
}

/** Nearly nobody is banned, and this costs a tenth of reading bans with all that is shown of them. */
async function hasTag(db: Kysely<Tables>, allBanTags: readonly KeyedTag[]): Promise<boolean> {
  const row = await db.selectFrom('bans').select('id').where('tag', '=', sql<Buffer>`any(${allBanTags.map(({ tag }) => tag)})`).limit(1).executeTakeFirst();
  return row !== undefined;
}

/** A ban for whom it is about: undefined when none of the tags is its own. */
export async function findOwnBan(db: Kysely<Tables>, id: number, allBanTags: readonly KeyedTag[]): Promise<Ban | undefined> {
  return (await findRowsOf(db, allBanTags)).map(toBan).find((ban) => ban.id === id);
}

/** Older bans and warnings of the same author, taken back ones left out, the newest first. */
export async function findEarlierBans(db: Kysely<Tables>, tag: Buffer, keyId: string, beforeId: number | null): Promise<Ban[]> {
  const rows = await findRowsOf(db, [{ keyId, tag }]);
  return rows
    .map(toBan)
    .filter((ban) => ban.liftedAt === null && (beforeId === null || ban.id < beforeId))
    .reverse();
}

/** The same, from the ban itself. */
export async function findBansBefore(db: Kysely<Tables>, banId: number): Promise<Ban[]> {
  const row = await db.selectFrom('bans').select(['tag', 'key_id']).where('id', '=', banId).executeTakeFirst();
  return row === undefined ? [] : findEarlierBans(db, row.tag, row.key_id, banId);
}

export async function findBan(db: Kysely<Tables>, id: number): Promise<Ban | undefined> {
  const row = await bansWithBoards(db).where('x.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toBan(row);
}

/** Locks a ban until the end of the transaction and reads it. */
export async function lockBan(trx: Transaction<Tables>, id: number): Promise<Ban | undefined> {
  await trx.selectFrom('bans').select('id').where('id', '=', id).forUpdate().execute();
  return findBan(trx, id);
}

/** What this post has led to and still stands. */
export async function findBansOfPost(db: Kysely<Tables>, postId: number): Promise<Ban[]> {
  const rows = await bansWithBoards(db).where('x.post_id', '=', postId).where('x.lifted_at', 'is', null).orderBy('x.id').execute();
  return rows.map(toBan);
}

/** The columns that change in a ban's life. */
type BanChange = Partial<
  Pick<Selectable<BansTable>, 'expires_at' | 'lifted_at' | 'seen_at' | 'appeal' | 'appealed_at' | 'appeal_answer' | 'appeal_outcome' | 'appeal_answered_at'>
>;

export async function updateBan(trx: Transaction<Tables>, id: number, change: BanChange): Promise<void> {
  await trx.updateTable('bans').set(change).where('id', '=', id).execute();
}

/**
 * Empties the tags of bans that have ended for good, so that nothing tells any longer which of them were of one author; and what they
 * still quote of posts that their posters have deleted meanwhile. An answer to an appeal can be taken back as long as the ban would
 * have lasted, a year at most. Answers with how many.
 */
export async function forgetEndedBans(db: Kysely<Tables>, now: Date): Promise<number> {
  const yearAgo = new Date(now.getTime() - 366 * 86_400_000);
  const ended = await db
    .updateTable('bans')
    .set({
      tag: Buffer.alloc(0),
      post_excerpt: sql<string>`case when exists (select 1 from posts p where p.id = bans.post_id and p.removed_as = 'poster') then '' else post_excerpt end`,
    })
    .where(sql<boolean>`length(tag) > 0`)
    .where((eb) =>
      eb.or([
        eb.and([eb.or([eb('appeal_outcome', 'is', null), eb('appeal_outcome', '=', 'refused')]), eb.or([eb('expires_at', '<=', now), eb('lifted_at', 'is not', null)])]),
        eb('created_at', '<=', yearAgo),
      ]),
    )
    .returning('id')
    .execute();
  return ended.length;
}

/**
 * Of a post that its poster deleted, bans keep no words either, except for as long as an appeal waits for its answer: whoever decides
 * about it has to see what it is about. It is asked again with the answer, and when the ban has ended.
 */
export async function clearExcerptsOfDeleted(trx: Transaction<Tables>, postId: number, now: Date): Promise<void> {
  const isWaiting = sql<boolean>`(appealed_at is not null and appeal_answered_at is null and lifted_at is null and expires_at > ${now})`;
  await trx
    .updateTable('bans')
    .set({ post_excerpt: '' })
    .where('post_id', '=', postId)
    .where((eb) => eb.not(isWaiting))
    .where(({ exists, selectFrom }) => exists(selectFrom('posts as p').select('p.id').where('p.id', '=', postId).where('p.removed_as', '=', 'poster')))
    .execute();
}

/** A purged post leaves no words behind in the bans that it led to. */
export async function clearBanExcerpts(trx: Transaction<Tables>, postId: number): Promise<void> {
  await trx.updateTable('bans').set({ post_excerpt: '' }).where('post_id', '=', postId).execute();
}

/** The keys that bans, and warnings that nobody has read yet, are still looked up by. They must not be destroyed. */
export async function findNeededBanKeyIds(db: Kysely<Tables>, now: Date): Promise<Set<string>> {
  const rows = await db
    .selectFrom('bans')
    .select('key_id')
    .distinct()
    .where('expires_at', '>', now)
    // The lifting of a ban on appeal can be taken back: then it must be found again.
    .where((eb) => eb.or([eb('lifted_at', 'is', null), eb('appeal_outcome', '=', 'lifted')]))
    .where((eb) => eb.or([eb('kind', '=', 'ban'), eb('seen_at', 'is', null)]))
    .execute();
  return new Set(rows.map((row) => row.key_id));
}

/** Open appeals that may be answered on these boards (`null`: everywhere), the oldest first. */
export async function findOpenAppeals(db: Kysely<Tables>, boardIds: number[] | null, now: Date, limit: number): Promise<Ban[]> {
  const rows = await bansWithBoards(db)
    .where('x.appealed_at', 'is not', null)
    .where('x.appeal_answered_at', 'is', null)
    .where('x.lifted_at', 'is', null)
    .where('x.expires_at', '>', now)
    .$if(boardIds !== null, (query) => query.where('x.board_id', '=', sql<number>`any(${boardIds ?? []})`))
    .orderBy('x.appealed_at')
    .limit(limit)
    .execute();
  return rows.map(toBan);
}
