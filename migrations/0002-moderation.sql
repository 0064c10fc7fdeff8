-- Staff. No e-mail; the second factor's secret is stored sealed under a key that is not in the database.
create table staff (
  id int generated always as identity primary key,
  name text not null check (length(name) between 2 and 32),
  -- The name folded, so that Admin and admin are one account.
  name_key text not null unique,
  password_hash text not null,
  totp_sealed bytea,
  totp_enabled_at timestamptz,
  -- The last time step that was used: a code works once.
  totp_last_step bigint,
  created_at timestamptz not null,
  disabled_at timestamptz
);

-- A role on one board, or everywhere when no board is named.
create table staff_roles (
  id int generated always as identity primary key,
  staff_id int not null references staff on delete cascade,
  board_id int references boards on delete cascade,
  role text not null check (role in ('janitor', 'moderator', 'admin'))
);
create unique index staff_roles_everywhere on staff_roles (staff_id) where board_id is null;
create unique index staff_roles_on_board on staff_roles (staff_id, board_id) where board_id is not null;

create table staff_recovery_codes (
  staff_id int not null references staff on delete cascade,
  code_hash bytea not null,
  used_at timestamptz,
  primary key (staff_id, code_hash)
);

create table staff_sessions (
  id_hash bytea primary key,
  staff_id int not null references staff on delete cascade,
  form_token text not null,
  -- False between the password and the second factor.
  is_complete boolean not null default false,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null
);
create index staff_sessions_of_staff on staff_sessions (staff_id);
create index staff_sessions_by_expiry on staff_sessions (expires_at);

create table reports (
  id bigint generated always as identity primary key,
  post_id bigint not null references posts on delete cascade,
  reason text not null,
  note text not null default '',
  -- Keeps one reporter to one report of a post; erased with the origins.
  reporter_tag bytea,
  created_at timestamptz not null,
  resolved_at timestamptz,
  resolved_by int references staff on delete set null,
  resolution text check (resolution in ('dismissed', 'acted'))
);
create index reports_open on reports (post_id) where resolved_at is null;
create unique index reports_once on reports (post_id, reporter_tag) where reporter_tag is not null;

-- What moderators did. The public sees role, act, post and reason; `details` is what undoing needs, never an address or a tag.
create table mod_log (
  id bigint generated always as identity primary key,
  created_at timestamptz not null,
  staff_id int references staff on delete set null,
  role text not null check (role in ('janitor', 'moderator', 'admin', 'automatic')),
  action text not null,
  board_id int references boards on delete set null,
  thread_id bigint references threads on delete set null,
  post_id bigint references posts on delete set null,
  post_no bigint,
  reason text not null default '',
  is_public boolean not null default true,
  details jsonb not null default '{}',
  undone_at timestamptz,
  undoes_id bigint references mod_log on delete set null
);
create index mod_log_public on mod_log (id desc) where is_public;
create index mod_log_of_post on mod_log (post_id);

-- Bans and warnings. A ban's tag is under a ban key that lives until its last ban ends.
create table bans (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('ban', 'warning')),
  board_id int references boards on delete cascade,
  tag bytea not null,
  key_id text not null,
  reason text not null,
  post_id bigint references posts on delete set null,
  -- What the banned poster is shown of the post, even after it is gone.
  post_board_slug text not null,
  post_no bigint not null,
  post_excerpt text not null default '',
  role text not null,
  staff_id int references staff on delete set null,
  log_id bigint references mod_log on delete set null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  lifted_at timestamptz,
  seen_at timestamptz,
  appeal text,
  appealed_at timestamptz,
  appeal_answer text,
  appeal_outcome text check (appeal_outcome in ('refused', 'lifted', 'shortened')),
  appeal_answered_at timestamptz
);
create index bans_by_tag on bans (tag);
create index bans_with_open_appeal on bans (appealed_at) where appealed_at is not null and appeal_answered_at is null;
