-- What the processes of one board share when there are several; with one process all of it is kept in memory and these stay empty.

-- How much of a limit is left: a burst that fills up evenly. The key is a keyed hash, so that it leads to no other row. Unlogged: a
-- crash of the server forgives, and nothing of it reaches archives or replicas.
create unlogged table rates (
  key bytea primary key,
  left_over double precision not null,
  -- The answer that was given last, in milliseconds: how long to wait, or 0.
  wait_ms double precision not null,
  noted_at timestamptz not null,
  full_at timestamptz not null
);
create index rates_by_end on rates (full_at);

-- Failed logins: when, in milliseconds since 1970, and how many in a row.
create unlogged table login_tries (
  key bytea primary key,
  failure_count int not null default 0,
  failed_at double precision[] not null default '{}',
  noted_at timestamptz not null
);

-- By these the processes of several machines know that they have the same keys. A mark says nothing about its key.
create table key_marks (
  name text primary key,
  mark bytea not null
);

-- What is too long for a notification; kept for half a minute (the names are those of Socket.IO's adapter).
create table socket_io_attachments (
  id bigint generated always as identity primary key,
  created_at timestamptz default now(),
  payload bytea
);
