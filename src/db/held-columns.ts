import type { Tables } from './tables.js';

/*
 * Every column of the schema, by what is held in it: of whom, who gets to see it, and when it goes. The page about privacy and the
 * table in SECURITY.md are made of this; a column that is not classified here passes neither the compiler nor tests/privacy-page.test.ts.
 */

interface HoldingKind {
  /** Whom it is about. */
  of: 'posters' | 'reporters' | 'banned' | 'staff' | 'nobody';
  /** Who gets to see it on a page. What is for nobody never leaves the server, not even to staff. */
  seenBy: 'everybody' | 'moderators' | 'admins' | 'themselves' | 'nobody';
  /** When it goes; see the texts `privacy.until.*`. */
  until: 'origins' | 'reporters' | 'forms' | 'post' | 'banKey' | 'session' | 'stays';
}

/** What there is to hold, in the order in which a reader wants to know it. */
export const holdings = {
  origins: { of: 'posters', seenBy: 'nobody', until: 'origins' },
  deletion: { of: 'posters', seenBy: 'nobody', until: 'post' },
  forms: { of: 'posters', seenBy: 'nobody', until: 'forms' },
  words: { of: 'posters', seenBy: 'everybody', until: 'post' },
  signs: { of: 'posters', seenBy: 'everybody', until: 'post' },
  pictures: { of: 'posters', seenBy: 'everybody', until: 'post' },
  quotes: { of: 'posters', seenBy: 'everybody', until: 'post' },
  places: { of: 'posters', seenBy: 'everybody', until: 'stays' },
  removals: { of: 'posters', seenBy: 'everybody', until: 'stays' },
  reporters: { of: 'reporters', seenBy: 'nobody', until: 'reporters' },
  reports: { of: 'reporters', seenBy: 'moderators', until: 'stays' },
  banTags: { of: 'banned', seenBy: 'nobody', until: 'banKey' },
  bans: { of: 'banned', seenBy: 'moderators', until: 'stays' },
  appeals: { of: 'banned', seenBy: 'moderators', until: 'stays' },
  log: { of: 'staff', seenBy: 'everybody', until: 'stays' },
  logDetails: { of: 'staff', seenBy: 'moderators', until: 'stays' },
  accounts: { of: 'staff', seenBy: 'admins', until: 'stays' },
  sessions: { of: 'staff', seenBy: 'themselves', until: 'session' },
  staffSecrets: { of: 'staff', seenBy: 'nobody', until: 'stays' },
  boards: { of: 'nobody', seenBy: 'everybody', until: 'stays' },
} as const satisfies Record<string, HoldingKind>;

export type Holding = keyof typeof holdings;

/** What each column holds. */
export const heldColumns = {
  board_sections: { id: 'boards', title: 'boards', position: 'boards' },
  boards: {
    id: 'boards',
    section_id: 'boards',
    position: 'boards',
    slug: 'boards',
    title: 'boards',
    description: 'boards',
    is_subject_required: 'boards',
    is_file_required: 'boards',
    max_body_length: 'boards',
    max_lines: 'boards',
    max_files: 'boards',
    max_file_bytes: 'boards',
    allowed_types: 'boards',
    bump_limit: 'boards',
    reply_limit: 'boards',
    max_threads: 'boards',
    threads_per_page: 'boards',
    created_at: 'boards',
  },
  threads: {
    id: 'places',
    board_id: 'places',
    no: 'places',
    change_no: 'places',
    bump_no: 'places',
    reply_count: 'places',
    file_count: 'places',
    is_sticky: 'places',
    is_locked: 'places',
    is_bumplocked: 'places',
    is_cyclical: 'places',
    archived_at: 'places',
    removed_at: 'removals',
    removal_reason: 'removals',
    created_at: 'places',
    last_post_at: 'places',
  },
  posts: {
    id: 'places',
    thread_id: 'places',
    board_id: 'places',
    no: 'places',
    is_op: 'places',
    name: 'words',
    tripcode: 'signs',
    capcode: 'signs',
    subject: 'words',
    body: 'words',
    body_html: 'words',
    markup_version: 'places',
    own_words: 'words',
    quoted_words: 'words',
    is_sage: 'places',
    has_bumped: 'places',
    version: 'places',
    change_no: 'places',
    backlinks_change_no: 'places',
    secret_hash: 'deletion',
    password_hash: 'deletion',
    sanction: 'removals',
    created_at: 'places',
    removed_at: 'removals',
    removed_as: 'removals',
    removal_reason: 'removals',
    destroyed_at: 'removals',
  },
  uploads: {
    id: 'pictures',
    post_id: 'pictures',
    position: 'pictures',
    name: 'pictures',
    thumb_name: 'pictures',
    type: 'pictures',
    bytes: 'pictures',
    width: 'pictures',
    height: 'pictures',
    thumb_width: 'pictures',
    thumb_height: 'pictures',
    original_name: 'words',
    alt: 'words',
    is_spoiler: 'pictures',
    removed_at: 'pictures',
    removed_as: 'pictures',
  },
  quotes: { post_id: 'quotes', position: 'quotes', quoted_post_id: 'quotes', kind: 'quotes', range_start: 'quotes', range_end: 'quotes' },
  post_aliases: { board_id: 'places', no: 'places', post_id: 'places' },
  form_keys: { key: 'forms', post_id: 'forms', created_at: 'forms' },
  post_origins: { post_id: 'origins', day_tag: 'origins', ban_tag: 'origins', range_tag: 'origins', ban_key_id: 'origins', created_at: 'origins' },
  staff: {
    id: 'accounts',
    name: 'accounts',
    name_key: 'accounts',
    password_hash: 'staffSecrets',
    totp_sealed: 'staffSecrets',
    totp_enabled_at: 'accounts',
    totp_last_step: 'staffSecrets',
    created_at: 'accounts',
    disabled_at: 'accounts',
  },
  staff_roles: { id: 'accounts', staff_id: 'accounts', board_id: 'accounts', role: 'accounts' },
  staff_recovery_codes: { staff_id: 'staffSecrets', code_hash: 'staffSecrets', used_at: 'staffSecrets' },
  staff_sessions: {
    id_hash: 'sessions',
    staff_id: 'sessions',
    form_token: 'sessions',
    is_complete: 'sessions',
    created_at: 'sessions',
    last_seen_at: 'sessions',
    expires_at: 'sessions',
  },
  reports: {
    id: 'reports',
    post_id: 'reports',
    reason: 'reports',
    note: 'reports',
    reporter_tag: 'reporters',
    created_at: 'reports',
    resolved_at: 'reports',
    resolved_by: 'reports',
    resolution: 'reports',
  },
  mod_log: {
    id: 'log',
    created_at: 'log',
    staff_id: 'logDetails',
    role: 'log',
    action: 'log',
    board_id: 'log',
    thread_id: 'log',
    post_id: 'log',
    post_no: 'log',
    reason: 'log',
    is_public: 'log',
    details: 'logDetails',
    undone_at: 'log',
    undoes_id: 'log',
  },
  bans: {
    id: 'bans',
    kind: 'bans',
    board_id: 'bans',
    tag: 'banTags',
    key_id: 'banTags',
    reason: 'bans',
    post_id: 'bans',
    post_board_slug: 'bans',
    post_no: 'bans',
    post_excerpt: 'bans',
    role: 'bans',
    staff_id: 'bans',
    log_id: 'bans',
    created_at: 'bans',
    expires_at: 'bans',
    lifted_at: 'bans',
    seen_at: 'bans',
    appeal: 'appeals',
    appealed_at: 'appeals',
    appeal_answer: 'appeals',
    appeal_outcome: 'appeals',
    appeal_answered_at: 'appeals',
  },
} as const satisfies { [Table in keyof Tables]: { [Column in keyof Tables[Table]]: Holding } };

/** The columns that hold this, as `table.column`. */
export function columnsOf(holding: Holding): string[] {
  return Object.entries(heldColumns).flatMap(([table, columns]) =>
    Object.entries(columns).flatMap(([column, held]) => (held === holding ? [`${table}.${column}`] : [])),
  );
}

/** The tables that have such columns. */
export const tablesOf = (holding: Holding): string[] => [...new Set(columnsOf(holding).map((name) => name.slice(0, name.indexOf('.'))))];
