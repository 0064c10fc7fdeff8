import { type Kysely, sql } from 'kysely';
import type { Tables } from '../db/tables.js';
import type { AuthorTags } from '../identity/author-tags.js';
import type { FormKey } from '../posts/form-key-store.js';
import type { NewPost, NewQuote } from '../posts/new-post-store.js';

/** A thread as it was when its replies were checked. As long as it is still so, nothing has to be checked under its lock. */
export interface SeenThread {
  id: number;
  boardId: number;
  isBumplocked: boolean;
  /** The span of reply counts, before and with these replies, in which they are allowed and bump as they say. */
  countFrom: number;
  countTo: number;
}

/** A reply without files, by a visitor or by staff, that quotes nothing outside its thread. Its id was taken before. */
export interface PlainReply extends Omit<NewPost, 'no' | 'threadId' | 'boardId' | 'isOp' | 'changeNo'> {
  tags: AuthorTags | null;
  formKey: FormKey;
  quotes: NewQuote[];
}

/** What the database gave a reply. */
export interface StoredReply {
  id: number;
  no: number;
  changeNo: number;
}

/**
 * Stores replies of one thread, in their order, with all that belongs to them: one statement that is its own transaction. It locks the
 * thread before it takes numbers, so that within the thread they are in commit order. Undefined, and nothing is stored, when the
 * thread is not as it was seen; a reply whose form has made a post already is left out. No two of them may have one form's key.
 */
export async function insertReplies(db: Kysely<Tables>, seen: SeenThread, replies: readonly PlainReply[]): Promise<StoredReply[] | undefined> {
  const { rows } = await sql<{ id: number | null; no: number; changeNo: number }>`
    with locked as materialized (
      select id, board_id from threads
      where id = ${seen.id} and board_id = ${seen.boardId} and archived_at is null and removed_at is null
        and not is_locked and not is_cyclical and is_bumplocked = ${seen.isBumplocked}
        and reply_count >= ${seen.countFrom} and reply_count + ${replies.length} <= ${seen.countTo}
      for no key update
    ),
    sent as materialized (select * from ${unnestReplies(replies)}),
    claimed as (
      insert into form_keys as known (key, post_id, created_at)
      select s.form_key, s.id, s.created_at from sent s, locked
      on conflict (key) do update set post_id = excluded.post_id, created_at = excluded.created_at
        where known.created_at < (select s.repeat_since from sent s where s.id = excluded.post_id)
      returning post_id
    ),
    numbered as materialized (
      select fresh.*, next_post_no(fresh.board_id) as no
      from (
        select s.*, locked.id as thread_id, locked.board_id, row_number() over (order by s.place) as nth
        from sent s join claimed on claimed.post_id = s.id, locked
        order by s.place
        offset 0
      ) fresh
    ),
    grown as (
      update threads t set
        change_no = t.change_no + more.count,
        reply_count = t.reply_count + more.count,
        bump_no = coalesce(more.bump_no, t.bump_no),
        last_post_at = more.last_post_at
      from (
        select count(*) as count, max(no) filter (where has_bumped) as bump_no, max(created_at) as last_post_at, max(thread_id) as thread_id from numbered
      ) more
      where t.id = more.thread_id
      returning t.change_no - more.count as change_no_before
    ),
    stored as (
      insert into posts (
        id, thread_id, board_id, no, name, tripcode, capcode, subject, body, body_html, markup_version, own_words, quoted_words,
        is_sage, has_bumped, change_no, secret_hash, password_hash, created_at
      )
      select
        id, thread_id, board_id, no, name, tripcode, capcode, subject, body, body_html, markup_version, own_words, quoted_words,
        is_sage, has_bumped, change_no_before + nth, secret_hash, password_hash, created_at
      from numbered, grown
    ),
    signed as (
      insert into post_origins (post_id, day_tag, ban_tag, range_tag, ban_key_id, created_at)
      select id, day_tag, ban_tag, range_tag, ban_key_id, created_at from numbered where day_tag is not null
    ),
    quoting as materialized (
      select q.*, change_no_before + numbered.nth as change_no from ${unnestQuotes(replies)} join numbered on numbered.id = q.post_id, grown
    ),
    linked as (
      insert into quotes (post_id, position, quoted_post_id, kind, range_start, range_end)
      select post_id, position, quoted_post_id, kind, range_start, range_end from quoting
    ),
    told as (
      update posts p set backlinks_change_no = quoted.change_no
      from (select quoted_post_id, max(change_no) as change_no from quoting group by quoted_post_id) quoted
      where p.id = quoted.quoted_post_id
    )
    select numbered.id, numbered.no, change_no_before + numbered.nth as "changeNo" from locked left join (numbered cross join grown) on true`.execute(db);
  if (rows.length === 0) return undefined;
  return rows.flatMap(({ id, no, changeNo }) => (id === null ? [] : [{ id, no, changeNo }]));
}

/** Replies as rows: an array for each column, so that the statement is the same for one reply and for many. */
function unnestReplies(replies: readonly PlainReply[]) {
  const all = <T>(read: (reply: PlainReply) => T) => replies.map(read);
  return sql`unnest(
    ${all((reply) => reply.id)}::bigint[], ${all((reply) => reply.formKey.key)}::bytea[], ${all((reply) => reply.formKey.repeatSince)}::timestamptz[],
    ${all((reply) => reply.name)}::text[], ${all((reply) => reply.tripcode)}::text[], ${all((reply) => reply.capcode)}::text[],
    ${all((reply) => reply.subject)}::text[], ${all((reply) => reply.body)}::text[], ${all((reply) => reply.bodyHtml)}::text[],
    ${all((reply) => reply.markupVersion)}::int[], ${all((reply) => reply.ownWords)}::text[], ${all((reply) => reply.quotedWords)}::text[],
    ${all((reply) => reply.isSage)}::boolean[], ${all((reply) => reply.hasBumped)}::boolean[],
    ${all((reply) => reply.secretHash)}::bytea[], ${all((reply) => reply.passwordHash)}::text[], ${all((reply) => reply.createdAt)}::timestamptz[],
    ${all((reply) => reply.tags?.dayTag ?? null)}::bytea[], ${all((reply) => reply.tags?.banTag ?? null)}::bytea[],
    ${all((reply) => reply.tags?.rangeTag ?? null)}::bytea[], ${all((reply) => reply.tags?.banKeyId ?? null)}::text[]
  ) with ordinality as s(
    id, form_key, repeat_since, name, tripcode, capcode, subject, body, body_html, markup_version, own_words, quoted_words,
    is_sage, has_bumped, secret_hash, password_hash, created_at, day_tag, ban_tag, range_tag, ban_key_id, place
  )`;
}

function unnestQuotes(replies: readonly PlainReply[]) {
  const quotes = replies.flatMap((reply) => reply.quotes.map((quote) => ({ ...quote, postId: reply.id })));
  return sql`unnest(
    ${quotes.map((quote) => quote.postId)}::bigint[], ${quotes.map((quote) => quote.position)}::int[], ${quotes.map((quote) => quote.quotedPostId)}::bigint[],
    ${quotes.map((quote) => quote.kind)}::text[], ${quotes.map((quote) => quote.rangeStart)}::int[], ${quotes.map((quote) => quote.rangeEnd)}::int[]
  ) as q(post_id, position, quoted_post_id, kind, range_start, range_end)`;
}
