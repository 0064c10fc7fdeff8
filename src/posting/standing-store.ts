import { type Kysely, sql } from 'kysely';
import { gatherQuestions } from '../db/gather-questions.js';
import { keepStatement } from '../db/keep-statement.js';
import type { Tables, ThreadRow } from '../db/tables.js';
import type { AuthorTags } from '../identity/author-tags.js';
import type { FormKey } from '../posts/form-key-store.js';
import { type PlacedThread, shownSubject, toThread } from '../threads/thread-store.js';

/** What is known of a reply before it is worked on. */
export interface ReplyStanding {
  thread: PlacedThread;
  /** Its form has made a post already. */
  hasPosted: boolean;
  /** There are bans or warnings with its author's tags, perhaps for other boards, or over. */
  isTagBanned: boolean;
  /** The id that the reply's post may have. One that is not used leaves a gap. */
  postId: number;
}

/** What is asked about a reply. */
export interface StandingQuestion {
  boardId: number;
  threadNo: number;
  formKey: FormKey;
  tags: AuthorTags | null;
}

/** Undefined when there is no thread with this number on the board. */
export type FindStanding = (question: StandingQuestion) => Promise<ReplyStanding | undefined>;

/** Asks at once what every reply is asked; who asks while a query is under way shares the next one. */
export function createFindStanding(db: Kysely<Tables>): FindStanding {
  return gatherQuestions((questions: StandingQuestion[]) => findStandings(db, questions), { atOnce: 2 });
}

type StandingRow = ThreadRow & { place: number; slug: string; subject: string; op_id: number; op_version: number; has_posted: boolean; is_tag_banned: boolean; post_id: number };

/** The standings of some replies, in their order. */
export async function findStandings(db: Kysely<Tables>, questions: readonly StandingQuestion[]): Promise<(ReplyStanding | undefined)[]> {
  const banTags = questions.flatMap(({ tags }, index) => (tags?.allBanTags ?? []).map(({ tag }) => ({ place: index + 1, tag })));
  const rows = await askStandings(db, { questions, banTags });
  const byPlace = new Map(rows.map((row) => [row.place, row]));
  return questions.map((_question, index) => {
    const row = byPlace.get(index + 1);
    return row === undefined ? undefined : { thread: toThread(row), hasPosted: row.has_posted, isTagBanned: row.is_tag_banned, postId: row.post_id };
  });
}

interface Asked {
  questions: readonly StandingQuestion[];
  banTags: readonly { place: number; tag: Buffer }[];
}

/**
 * The planner must not see how many are asked about, hence the inner selects: for each number of them it would plan anew, which takes
 * longer than the rest. Nor may it choose how an OP is found: where it does not know yet how long threads are, it reads them whole.
 */
const askStandings = keepStatement<Asked, StandingRow>((value) => {
  const all = <T>(read: (question: StandingQuestion) => T) => value(({ questions }) => questions.map(read));
  return sql`
    select asked.place, t.*, b.slug, ${shownSubject} as subject, op.id as op_id, op.version as op_version,
      exists (select from form_keys f where f.key = asked.form_key and f.created_at >= asked.repeat_since) as has_posted,
      asked.place = any(array(
        select tags.place from unnest((select ${value(({ banTags }) => banTags.map(({ place }) => place))}::bigint[]), ${value(({ banTags }) => banTags.map(({ tag }) => tag))}::bytea[]) as tags(place, tag)
        where exists (select from bans where bans.tag = tags.tag)
      )) as is_tag_banned,
      nextval(pg_get_serial_sequence('posts', 'id')) as post_id
    from unnest(
      (select ${all(({ boardId }) => boardId)}::int[]), ${all(({ threadNo }) => threadNo)}::bigint[],
      ${all(({ formKey }) => formKey.key)}::bytea[], ${all(({ formKey }) => formKey.repeatSince)}::timestamptz[]
    ) with ordinality as asked(board_id, thread_no, form_key, repeat_since, place)
    join threads t on t.board_id = asked.board_id and t.no = asked.thread_no
    join boards b on b.id = t.board_id
    cross join lateral (select id, version, subject, removed_as from posts where board_id = t.board_id and no = t.no limit 1) op`;
});
