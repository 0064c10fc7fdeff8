import { type Kysely, type RawBuilder, sql } from 'kysely';
import { keepStatement, type Placeholder } from '../db/keep-statement.js';
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

/** Replies of one thread, all of them checked against the thread as it was seen. */
export interface ThreadReplies {
  seen: SeenThread;
  replies: readonly PlainReply[];
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
 * Stores replies of some threads, those of each in their order, with all that belongs to them: one statement that is its own
 * transaction. It locks the threads in ascending id before it takes numbers, so that within a thread they are in commit order. Answers
 * by a reply's id; `repeated`: its form has made a post already. Replies of a thread that is not as it was seen are missing, and
 * nothing of them is stored; unless `isWaiting` so are those of a thread that somebody else holds. Each thread comes once, and each form.
 */
export async function insertReplies(db: Kysely<Tables>, threads: readonly ThreadReplies[], { isWaiting }: { isWaiting: boolean }): Promise<Map<number, StoredReply | 'repeated'>> {
  const replies = threads.flatMap((thread) => thread.replies);
  const quotes = replies.flatMap((reply) => reply.quotes.map((quote) => ({ ...quote, postId: reply.id })));
  const rows = await (isWaiting ? insertWaiting : insertAtOnce)(db, { threads, replies, quotes });
  return new Map(rows.map(({ id, no, changeNo }) => [id, no === null ? 'repeated' : { id, no, changeNo }]));
}

/** What goes into the statement: an array for each column, so that it is the same for one reply and for many. */
interface Sent {
  threads: readonly ThreadReplies[];
  /** All replies of these threads, in this order. */
  replies: readonly PlainReply[];
  quotes: readonly (NewQuote & { postId: number })[];
}

const insertAtOnce = keepStatement<Sent, InsertedRow>((value) => writeInsert(value, sql`skip locked`));
const insertWaiting = keepStatement<Sent, InsertedRow>((value) => writeInsert(value, sql``));

interface InsertedRow {
  id: number;
  no: number | null;
  changeNo: number;
}

function writeInsert(value: Placeholder<Sent>, unlessLocked: RawBuilder<unknown>): RawBuilder<InsertedRow> {
  return sql`
    with wanted as materialized (select * from ${unnestThreads(value)}),
    locked as materialized (
      select t.id, t.board_id
      from threads t join wanted w on w.thread_id = t.id
      where t.board_id = w.board_id and t.archived_at is null and t.removed_at is null
        and not t.is_locked and not t.is_cyclical and t.is_bumplocked = w.is_bumplocked
        and t.reply_count >= w.count_from and t.reply_count + w.reply_count <= w.count_to
      order by t.id
      for no key update of t ${unlessLocked}
    ),
    sent as materialized (
      select s.*, locked.board_id from ${unnestReplies(value)} join locked on locked.id = s.thread_id
    ),
    claimed as (
      insert into form_keys as known (key, post_id, created_at)
      select s.form_key, s.id, s.created_at from sent s
      on conflict (key) do update set post_id = excluded.post_id, created_at = excluded.created_at
        where known.created_at < (select s.repeat_since from sent s where s.id = excluded.post_id)
      returning post_id
    ),
    numbered as materialized (
      select fresh.*, next_post_no(fresh.board_id) as no
      from (
        select s.*, row_number() over (partition by s.thread_id order by s.place) as nth
        from sent s join claimed on claimed.post_id = s.id
        order by s.place
        offset 0
      ) fresh
    ),
    grown as materialized (
      update threads t set
        change_no = t.change_no + more.count,
        reply_count = t.reply_count + more.count,
        bump_no = coalesce(more.bump_no, t.bump_no),
        last_post_at = more.last_post_at
      from (
        select thread_id, count(*) as count, max(no) filter (where has_bumped) as bump_no, max(created_at) as last_post_at
        from numbered group by thread_id
      ) more
      where t.id = more.thread_id
      returning t.id as thread_id, t.change_no - more.count as change_no_before
    ),
    placed as materialized (
      select numbered.*, change_no_before + nth as change_no from numbered join grown using (thread_id)
    ),
    stored as (
      insert into posts (
        id, thread_id, board_id, no, name, tripcode, capcode, subject, body, body_html, markup_version, own_words, quoted_words,
        is_sage, has_bumped, change_no, secret_hash, password_hash, created_at
      )
      select
        id, thread_id, board_id, no, name, tripcode, capcode, subject, body, body_html, markup_version, own_words, quoted_words,
        is_sage, has_bumped, change_no, secret_hash, password_hash, created_at
      from placed
    ),
    signed as (
      insert into post_origins (post_id, day_tag, ban_tag, range_tag, ban_key_id, created_at)
      select id, day_tag, ban_tag, range_tag, ban_key_id, created_at from placed where day_tag is not null
    ),
    quoting as materialized (
      select q.*, placed.change_no from ${unnestQuotes(value)} join placed on placed.id = q.post_id
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
    select sent.id, placed.no, placed.change_no as "changeNo" from sent left join placed on placed.id = sent.id`;
}

function unnestThreads(value: Placeholder<Sent>) {
  const all = <T>(read: (thread: ThreadReplies) => T) => value(({ threads }) => threads.map(read));
  return sql`unnest(
    ${all(({ seen }) => seen.id)}::bigint[], ${all(({ seen }) => seen.boardId)}::int[], ${all(({ seen }) => seen.isBumplocked)}::boolean[],
    ${all(({ seen }) => seen.countFrom)}::int[], ${all(({ seen }) => seen.countTo)}::int[], ${all(({ replies }) => replies.length)}::int[]
  ) as w(thread_id, board_id, is_bumplocked, count_from, count_to, reply_count)`;
}

function unnestReplies(value: Placeholder<Sent>) {
  const threadIds = value(({ threads }) => threads.flatMap(({ seen, replies }) => replies.map(() => seen.id)));
  const all = <T>(read: (reply: PlainReply) => T) => value(({ replies }) => replies.map(read));
  return sql`unnest(
    ${all((reply) => reply.id)}::bigint[], ${threadIds}::bigint[], ${all((reply) => reply.formKey.key)}::bytea[], ${all((reply) => reply.formKey.repeatSince)}::timestamptz[],
    ${all((reply) => reply.name)}::text[], ${all((reply) => reply.tripcode)}::text[], ${all((reply) => reply.capcode)}::text[],
    ${all((reply) => reply.subject)}::text[], ${all((reply) => reply.body)}::text[], ${all((reply) => reply.bodyHtml)}::text[],
    ${all((reply) => reply.markupVersion)}::int[], ${all((reply) => reply.ownWords)}::text[], ${all((reply) => reply.quotedWords)}::text[],
    ${all((reply) => reply.isSage)}::boolean[], ${all((reply) => reply.hasBumped)}::boolean[],
    ${all((reply) => reply.secretHash)}::bytea[], ${all((reply) => reply.passwordHash)}::text[], ${all((reply) => reply.createdAt)}::timestamptz[],
    ${all((reply) => reply.tags?.dayTag ?? null)}::bytea[], ${all((reply) => reply.tags?.banTag ?? null)}::bytea[],
    ${all((reply) => reply.tags?.rangeTag ?? null)}::bytea[], ${all((reply) => reply.tags?.banKeyId ?? null)}::text[]
  ) with ordinality as s(
    id, thread_id, form_key, repeat_since, name, tripcode, capcode, subject, body, body_html, markup_version, own_words, quoted_words,
    is_sage, has_bumped, secret_hash, password_hash, created_at, day_tag, ban_tag, range_tag, ban_key_id, place
  )`;
}

function unnestQuotes(value: Placeholder<Sent>) {
  const all = <T>(read: (quote: Sent['quotes'][number]) => T) => value(({ quotes }) => quotes.map(read));
  return sql`unnest(
    ${all((quote) => quote.postId)}::bigint[], ${all((quote) => quote.position)}::int[], ${all((quote) => quote.quotedPostId)}::bigint[],
    ${all((quote) => quote.kind)}::text[], ${all((quote) => quote.rangeStart)}::int[], ${all((quote) => quote.rangeEnd)}::int[]
  ) as q(post_id, position, quoted_post_id, kind, range_start, range_end)`;
}
