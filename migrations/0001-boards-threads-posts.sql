-- Boards in sections. A board's limits are settings that its admins change, so they are columns, each with its bounds.
create table board_sections (
  id int generated always as identity primary key,
  title text not null check (length(title) between 1 and 60),
  position int not null default 0
);

create table boards (
  id int generated always as identity primary key,
  section_id int not null references board_sections on delete restrict,
  position int not null default 0,
  slug text not null unique check (slug ~ '^[a-z0-9]{1,16}$'),
  title text not null check (length(title) between 1 and 80),
  description text not null default '' check (length(description) <= 300),
  is_subject_required boolean not null default true,
  is_file_required boolean not null default false,
  max_body_length int not null default 8000 check (max_body_length between 1 and 20000),
  max_lines int not null default 200 check (max_lines between 1 and 1000),
  max_files int not null default 4 check (max_files between 0 and 4),
  max_file_bytes int not null default 8388608 check (max_file_bytes between 1 and 20971520),
  allowed_types text[] not null default '{jpeg,png,webp,gif}',
  bump_limit int not null default 300 check (bump_limit >= 0),
  reply_limit int not null default 500 check (reply_limit >= 1),
  max_threads int not null default 200 check (max_threads >= 1),
  threads_per_page int not null default 10 check (threads_per_page between 1 and 50),
  created_at timestamptz not null
);

-- Numbers of a board come from a sequence of its own: writers in different threads do not wait for one another, gaps are allowed.
create function create_board_numbers() returns trigger language plpgsql as $$
begin
  execute format('create sequence board_numbers_%s as bigint', new.id);
  return new;
end $$;
create trigger boards_have_numbers after insert on boards for each row execute function create_board_numbers();

create function next_post_no(for_board int) returns bigint language sql volatile as
$$ select nextval(('board_numbers_' || for_board)::regclass) $$;

-- A thread is a row about the posts that share it. `no` is its OP's number: the thread's address.
create table threads (
  id bigint generated always as identity primary key,
  board_id int not null references boards on delete restrict,
  no bigint not null,
  -- Rises by one with every visible change of the thread, under the row's lock: the cursor of everyone who follows it.
  change_no bigint not null default 1,
  -- The number of the post that bumped the thread last. Order is by number, never by clock.
  bump_no bigint not null,
  reply_count int not null default 0 check (reply_count >= 0),
  file_count int not null default 0 check (file_count >= 0),
  is_sticky boolean not null default false,
  is_locked boolean not null default false,
  is_bumplocked boolean not null default false,
  is_cyclical boolean not null default false,
  archived_at timestamptz,
  removed_at timestamptz,
  removal_reason text,
  created_at timestamptz not null,
  last_post_at timestamptz not null,
  unique (board_id, no)
);
create index threads_in_bump_order on threads (board_id, is_sticky desc, bump_no desc) where archived_at is null and removed_at is null;
create index threads_archived on threads (board_id, archived_at desc) where archived_at is not null and removed_at is null;

create table posts (
  id bigint generated always as identity primary key,
  thread_id bigint not null references threads on delete cascade,
  board_id int not null references boards on delete restrict,
  no bigint not null,
  is_op boolean not null default false,
  name text not null default '',
  tripcode text,
  capcode text check (capcode in ('janitor', 'moderator', 'admin')),
  subject text not null default '',
  -- As typed (normalised), as rendered (references by post id, numbers filled in when shown), and folded for finding quoted words.
  body text not null,
  body_html text not null,
  markup_version int not null,
  own_words text not null default '',
  quoted_words text not null default '',
  is_sage boolean not null default false,
  has_bumped boolean not null default false,
  -- Rises with whatever changes the post's HTML; part of every cache key.
  version int not null default 1,
  -- The thread's change number at the post's last visible change, and at the last change of its backlinks.
  change_no bigint not null,
  backlinks_change_no bigint not null default 0,
  -- Who may delete it: hashes of secrets that only the poster's browser, or the poster, holds.
  secret_hash bytea,
  password_hash text,
  -- Shown below the post: what it led to.
  sanction text check (sanction in ('warned', 'banned')),
  created_at timestamptz not null,
  -- Hidden, and by whom: staff leave a tombstone and can undo; a poster's own deletion and a cyclical thread's oldest do not.
  removed_at timestamptz,
  removed_as text check (removed_as in ('staff', 'poster', 'cycled')),
  removal_reason text,
  -- Set when text, name and files have been destroyed for good.
  destroyed_at timestamptz,
  unique (board_id, no),
  check ((removed_at is null) = (removed_as is null))
);
create unique index posts_one_op on posts (thread_id) where is_op;
create index posts_of_thread on posts (thread_id, no);
create index posts_by_change on posts (thread_id, change_no);
create index posts_by_backlinks_change on posts (thread_id, backlinks_change_no) where backlinks_change_no > 0;
create index posts_to_destroy on posts (removed_at) where removed_as = 'poster' and destroyed_at is null;
create index posts_latest on posts (board_id, id desc) where removed_at is null;

create table uploads (
  id bigint generated always as identity primary key,
  post_id bigint not null references posts on delete cascade,
  position smallint not null check (position between 0 and 3),
  -- Random names of the stored file and of its thumbnail; they change when a removed file comes back.
  name text not null unique,
  thumb_name text not null,
  type text not null check (type in ('jpeg', 'png', 'webp', 'gif')),
  bytes int not null,
  width int not null,
  height int not null,
  thumb_width int not null,
  thumb_height int not null,
  original_name text not null,
  alt text not null default '',
  is_spoiler boolean not null default false,
  removed_at timestamptz,
  removed_as text check (removed_as in ('staff', 'poster')),
  unique (post_id, position)
);

-- Backlinks are this table read backwards. A text quote keeps the range of the passage in the source's visible text.
create table quotes (
  post_id bigint not null references posts on delete cascade,
  position int not null,
  quoted_post_id bigint not null references posts on delete cascade,
  kind text not null check (kind in ('number', 'text')),
  range_start int,
  range_end int,
  primary key (post_id, position),
  check ((kind = 'text') = (range_start is not null and range_end is not null))
);
create index quotes_of_post on quotes (quoted_post_id, post_id);

-- The old addresses of posts whose thread moved to another board.
create table post_aliases (
  board_id int not null references boards on delete cascade,
  no bigint not null,
  post_id bigint not null references posts on delete cascade,
  primary key (board_id, no)
);

-- One form makes one post, however often it is sent.
create table form_keys (
  key bytea primary key,
  post_id bigint not null references posts on delete cascade,
  created_at timestamptz not null
);
create index form_keys_by_age on form_keys (created_at);

-- Who posted, as keyed tags under keys that are destroyed; rows are erased after 72 hours, of reported posts after 7 days.
create table post_origins (
  post_id bigint primary key references posts on delete cascade,
  day_tag bytea not null,
  ban_tag bytea not null,
  range_tag bytea not null,
  ban_key_id text not null,
  created_at timestamptz not null
);
create index post_origins_by_author on post_origins (ban_tag);
create index post_origins_by_age on post_origins (created_at);
