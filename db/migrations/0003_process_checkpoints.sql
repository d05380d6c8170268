-- What the process role knows, so that another one can go on from there after a crash.
create table process_checkpoints (
  -- Of flights.updates; -1 is what concerns aircraft of several partitions.
  partition integer primary key,
  -- The first record that is not in it, and when the last one that is was published, Unix ms.
  next_offset bigint not null,
  published_ms bigint not null,
  -- Which code can read it.
  format text not null,
  state bytea not null,
  taken_at timestamptz not null default now()
);
