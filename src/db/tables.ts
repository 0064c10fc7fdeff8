import type { ColumnType, Generated, JSONColumnType, Selectable } from 'kysely';
import type { SharedTables } from './shared-tables.js';

// The whole schema, one page, but for what several processes share. It mirrors migrations/*.sql; tests/database.test.ts compares the two.

/** A time that is written once. */
type At = Date;
/** A column that the database fills when an insert leaves it out. */
type Defaulted<T> = ColumnType<T, T | undefined, T>;

export interface BoardSectionsTable {
  id: Generated<number>;
  title: string;
  position: Defaulted<number>;
}

export interface BoardsTable {
  id: Generated<number>;
  section_id: number;
  position: Defaulted<number>;
  slug: string;
  title: string;
  description: Defaulted<string>;
  is_subject_required: Defaulted<boolean>;
  is_file_required: Defaulted<boolean>;
  max_body_length: Defaulted<number>;
  max_lines: Defaulted<number>;
  max_files: Defaulted<number>;
  max_file_bytes: Defaulted<number>;
  allowed_types: Defaulted<UploadType[]>;
  bump_limit: Defaulted<number>;
  reply_limit: Defaulted<number>;
  max_threads: Defaulted<number>;
  threads_per_page: Defaulted<number>;
  created_at: At;
}

export interface ThreadsTable {
  id: Generated<number>;
  board_id: number;
  no: number;
  change_no: Defaulted<number>;
  bump_no: number;
  reply_count: Defaulted<number>;
  file_count: Defaulted<number>;
  is_sticky: Defaulted<boolean>;
  is_locked: Defaulted<boolean>;
  is_bumplocked: Defaulted<boolean>;
  is_cyclical: Defaulted<boolean>;
  archived_at: Defaulted<At | null>;
  removed_at: Defaulted<At | null>;
  removal_reason: Defaulted<string | null>;
  created_at: At;
  last_post_at: At;
}

export type Role = 'janitor' | 'moderator' | 'admin';
export type UploadType = 'jpeg' | 'png' | 'webp' | 'gif';

export interface PostsTable {
  id: Generated<number>;
  thread_id: number;
  board_id: number;
  no: number;
  is_op: Defaulted<boolean>;
  name: Defaulted<string>;
  tripcode: Defaulted<string | null>;
  capcode: Defaulted<Role | null>;
  subject: Defaulted<string>;
  body: string;
  body_html: string;
  markup_version: number;
  own_words: Defaulted<string>;
  quoted_words: Defaulted<string>;
  is_sage: Defaulted<boolean>;
  has_bumped: Defaulted<boolean>;
  version: Defaulted<number>;
  change_no: number;
  backlinks_change_no: Defaulted<number>;
  secret_hash: Defaulted<Buffer | null>;
  password_hash: Defaulted<string | null>;
  sanction: Defaulted<'warned' | 'banned' | null>;
  created_at: At;
  removed_at: Defaulted<At | null>;
  removed_as: Defaulted<'staff' | 'poster' | 'cycled' | null>;
  removal_reason: Defaulted<string | null>;
  destroyed_at: Defaulted<At | null>;
}

export interface UploadsTable {
  id: Generated<number>;
  post_id: number;
  position: number;
  name: string;
  thumb_name: string;
  type: UploadType;
  bytes: number;
  width: number;
  height: number;
  thumb_width: number;
  thumb_height: number;
  original_name: string;
  alt: Defaulted<string>;
  is_spoiler: Defaulted<boolean>;
  removed_at: Defaulted<At | null>;
  removed_as: Defaulted<'staff' | 'poster' | null>;
}

export interface QuotesTable {
  post_id: number;
  position: number;
  quoted_post_id: number;
  kind: 'number' | 'text';
  range_start: Defaulted<number | null>;
  range_end: Defaulted<number | null>;
}

export interface PostAliasesTable {
  board_id: number;
  no: number;
  post_id: number;
}

export interface FormKeysTable {
  key: Buffer;
  post_id: number;
  created_at: At;
}

export interface PostOriginsTable {
  post_id: number;
  day_tag: Buffer;
  ban_tag: Buffer;
  range_tag: Buffer;
  ban_key_id: string;
  created_at: At;
}

export interface StaffTable {
  id: Generated<number>;
  name: string;
  name_key: string;
  password_hash: string;
  totp_sealed: Defaulted<Buffer | null>;
  totp_enabled_at: Defaulted<At | null>;
  totp_last_step: Defaulted<number | null>;
  created_at: At;
  disabled_at: Defaulted<At | null>;
}

export interface StaffRolesTable {
  id: Generated<number>;
  staff_id: number;
  board_id: Defaulted<number | null>;
  role: Role;
}

export interface StaffRecoveryCodesTable {
  staff_id: number;
  code_hash: Buffer;
  used_at: Defaulted<At | null>;
}

export interface StaffSessionsTable {
  id_hash: Buffer;
  staff_id: number;
  form_token: string;
  is_complete: Defaulted<boolean>;
  created_at: At;
  last_seen_at: At;
  expires_at: At;
}

export interface ReportsTable {
  id: Generated<number>;
  post_id: number;
  reason: string;
  note: Defaulted<string>;
  reporter_tag: Defaulted<Buffer | null>;
  created_at: At;
  resolved_at: Defaulted<At | null>;
  resolved_by: Defaulted<number | null>;
  resolution: Defaulted<'dismissed' | 'acted' | null>;
}

export interface ModLogTable {
  id: Generated<number>;
  created_at: At;
  staff_id: Defaulted<number | null>;
  role: Role | 'automatic';
  action: string;
  board_id: Defaulted<number | null>;
  thread_id: Defaulted<number | null>;
  post_id: Defaulted<number | null>;
  post_no: Defaulted<number | null>;
  reason: Defaulted<string>;
  is_public: Defaulted<boolean>;
  details: JSONColumnType<Record<string, unknown>, string | undefined, string>;
  undone_at: Defaulted<At | null>;
  undoes_id: Defaulted<number | null>;
}

export interface BansTable {
  id: Generated<number>;
  kind: 'ban' | 'warning';
  board_id: Defaulted<number | null>;
  tag: Buffer;
  key_id: string;
  reason: string;
  post_id: Defaulted<number | null>;
  post_board_slug: string;
  post_no: number;
  post_excerpt: Defaulted<string>;
  role: Role;
  staff_id: Defaulted<number | null>;
  log_id: Defaulted<number | null>;
  created_at: At;
  expires_at: At;
  lifted_at: Defaulted<At | null>;
  seen_at: Defaulted<At | null>;
  appeal: Defaulted<string | null>;
  appealed_at: Defaulted<At | null>;
  appeal_answer: Defaulted<string | null>;
  appeal_outcome: Defaulted<'refused' | 'lifted' | 'shortened' | null>;
  appeal_answered_at: Defaulted<At | null>;
}

export interface Tables extends SharedTables {
  board_sections: BoardSectionsTable;
  boards: BoardsTable;
  threads: ThreadsTable;
  posts: PostsTable;
  uploads: UploadsTable;
  quotes: QuotesTable;
  post_aliases: PostAliasesTable;
  form_keys: FormKeysTable;
  post_origins: PostOriginsTable;
  staff: StaffTable;
  staff_roles: StaffRolesTable;
  staff_recovery_codes: StaffRecoveryCodesTable;
  staff_sessions: StaffSessionsTable;
  reports: ReportsTable;
  mod_log: ModLogTable;
  bans: BansTable;
}

export type BoardRow = Selectable<BoardsTable>;
export type ThreadRow = Selectable<ThreadsTable>;
export type PostRow = Selectable<PostsTable>;
export type UploadRow = Selectable<UploadsTable>;
