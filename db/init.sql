-- Made from db/migrations by `deno task migrate --write-init`: change those, not this.
create extension if not exists postgis;

-- 0001_tables
begin;
create table if not exists schema_migrations (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default now()
);
insert into schema_migrations (version, name) values (1, '0001_tables');
-- The tables of the contract. Columns carry the names of the messages; units are in the names.

create extension if not exists postgis;

-- Where airports are: a point, or the outline of a field.
create table airports (
  code text primary key,
  name text not null,
  type text not null,
  geom geography(Geometry, 4326) not null,
  -- Degrees from true north.
  runway_heading_primary double precision,
  elevation_m double precision,
  country text
);
create index airports_geom on airports using gist (geom);

-- What was loaded into a table from a file, so that a newer file is noticed.
create table loaded_data (
  name text primary key,
  version text not null,
  loaded_at timestamptz not null default now()
);

-- The latest state of each aircraft. Whole numbers are as large as JSON's: one odd message must not
-- make a whole batch fail.
create table flights_current (
  icao24 text primary key,
  callsign text,
  position geography(Point, 4326) not null,
  altitude_m double precision,
  geo_altitude_m double precision,
  velocity_mps double precision,
  heading_deg double precision,
  vertical_rate_mps double precision,
  on_ground boolean not null default false,
  squawk text,
  spi boolean not null default false,
  time_position_unix bigint,
  last_contact_unix bigint,
  time_position_ms bigint,
  last_contact_ms bigint,
  origin_country text,
  category text,
  registration text,
  aircraft_type text,
  position_source text,
  nic bigint,
  nac_p bigint,
  emergency text,
  selected_altitude_m double precision,
  qnh_hpa double precision,
  ias_mps double precision,
  mach double precision,
  roll_deg double precision,
  rssi_dbfs double precision,
  altitude_m_smoothed double precision,
  vertical_rate_mps_smoothed double precision,
  flight_phase text not null default 'UNKNOWN',
  near_airport text,
  status text not null default 'NORMAL',
  -- Event time of the newest message.
  last_seen timestamptz not null default now(),
  constraint flights_current_flight_phase check (flight_phase in
    ('GROUND', 'TAKEOFF', 'DEPARTURE', 'EN_ROUTE', 'APPROACH', 'LANDING', 'UNKNOWN')),
  constraint flights_current_status check (status in ('NORMAL', 'STALE', 'ANOMALY'))
);
create index flights_current_position on flights_current using gist (position);
create index flights_current_last_seen on flights_current (last_seen);

-- Every observation, by the day (UTC) of its event time.
create table flights_history (
  icao24 text not null,
  callsign text,
  position geography(Point, 4326) not null,
  altitude_m double precision,
  geo_altitude_m double precision,
  velocity_mps double precision,
  heading_deg double precision,
  vertical_rate_mps double precision,
  on_ground boolean not null default false,
  squawk text,
  spi boolean not null default false,
  time_position_unix bigint,
  last_contact_unix bigint,
  time_position_ms bigint,
  last_contact_ms bigint,
  origin_country text,
  category text,
  registration text,
  aircraft_type text,
  position_source text,
  nic bigint,
  nac_p bigint,
  emergency text,
  selected_altitude_m double precision,
  qnh_hpa double precision,
  ias_mps double precision,
  mach double precision,
  roll_deg double precision,
  rssi_dbfs double precision,
  altitude_m_smoothed double precision,
  vertical_rate_mps_smoothed double precision,
  flight_phase text not null default 'UNKNOWN',
  near_airport text,
  status text not null default 'NORMAL',
  recorded_at timestamptz not null,
  primary key (icao24, recorded_at),
  constraint flights_history_flight_phase check (flight_phase in
    ('GROUND', 'TAKEOFF', 'DEPARTURE', 'EN_ROUTE', 'APPROACH', 'LANDING', 'UNKNOWN')),
  constraint flights_history_status check (status in ('NORMAL', 'STALE', 'ANOMALY'))
) partition by range (recorded_at);
create index flights_history_position on flights_history using gist (position);
create index flights_history_recorded_at on flights_history (recorded_at);
-- For rows of a day whose partition nobody has made: a plain insert works, and
-- ensure_history_partition moves them to where they belong.
create table flights_history_default partition of flights_history default;

create table anomalies (
  anomaly_id text primary key,
  icao24 text not null,
  callsign text,
  anomaly_type text not null,
  severity text not null,
  state text not null default 'ACTIVE',
  started_at timestamptz not null default now(),
  detected_at timestamptz not null default now(),
  resolved_at timestamptz,
  position geography(Point, 4326),
  altitude_m double precision,
  near_airport text,
  details jsonb not null default '{}',
  constraint anomalies_severity check (severity in ('LOW', 'MEDIUM', 'HIGH')),
  constraint anomalies_state check (state in ('ACTIVE', 'RESOLVED'))
);
create index anomalies_position on anomalies using gist (position);
create index anomalies_detected_at on anomalies (detected_at desc, anomaly_id desc);
create index anomalies_icao24 on anomalies (icao24, detected_at desc);
create index anomalies_active on anomalies (detected_at desc) where state = 'ACTIVE';
commit;

-- 0002_functions
begin;
create table if not exists schema_migrations (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default now()
);
insert into schema_migrations (version, name) values (2, '0002_functions');
-- Partitions, retention and airports: what the contract names.

-- Makes the partition of a day (UTC); true when it was not there. Safe to call from anywhere at any
-- time: who comes second waits and finds it made.
create function ensure_history_partition(day date) returns boolean
language plpgsql as $$
declare
  partition_name text := 'flights_history_' || to_char(day, 'YYYYMMDD');
  day_start timestamptz := day::timestamp at time zone 'UTC';
  day_end timestamptz := (day + 1)::timestamp at time zone 'UTC';
begin
  if to_regclass(partition_name) is not null then
    return false;
  end if;
  -- The same lock as in cleanup_old_history: partitions are made and dropped one at a time.
  perform pg_advisory_xact_lock(hashtext('flights_history partitions'));
  -- Nothing may go to the default partition between moving its rows and attaching the new one. Only
  -- taking a lock on a table also makes this session see what the one before has made.
  lock table flights_history in access exclusive mode;
  if to_regclass(partition_name) is not null then
    return false;
  end if;
  execute format('create table %I (like flights_history including all)', partition_name);
  execute format(
    'with moved as (
       delete from flights_history_default where recorded_at >= %L and recorded_at < %L returning *
     ) insert into %I select * from moved', day_start, day_end, partition_name);
  execute format(
    'alter table flights_history attach partition %I for values from (%L) to (%L)',
    partition_name, day_start, day_end);
  return true;
end
$$;

-- Forgets aircraft that have not been heard of; the number of rows removed. On a replay, as_of is
-- the recording's time.
create function cleanup_stale_flights(
  max_age interval default '2 minutes',
  as_of timestamptz default now()
) returns integer
language plpgsql as $$
declare
  removed integer;
begin
  delete from flights_current where last_seen < as_of - max_age;
  get diagnostics removed = row_count;
  return removed;
end
$$;

-- Forgets old positions: a partition whose whole day is past is dropped, of the day that the limit
-- falls into the older rows are deleted; the number of rows removed.
create function cleanup_old_history(
  max_age interval default '24 hours',
  as_of timestamptz default now()
) returns integer
language plpgsql as $$
declare
  oldest timestamptz := as_of - max_age;
  partition_name text;
  removed integer := 0;
  rows_there integer;
begin
  perform pg_advisory_xact_lock(hashtext('flights_history partitions'));
  for partition_name in
    select child.relname
    from pg_inherits
    join pg_class child on child.oid = pg_inherits.inhrelid
    where pg_inherits.inhparent = 'flights_history'::regclass
      and child.relname ~ '^flights_history_\d{8,}$'
      and (to_date(right(child.relname, -16), 'YYYYMMDD') + 1)::timestamp at time zone 'UTC' <= oldest
    order by child.relname
  loop
    execute format('select count(*) from %I', partition_name) into rows_there;
    execute format('drop table %I', partition_name);
    removed := removed + rows_there;
  end loop;
  delete from flights_history where recorded_at < oldest;
  get diagnostics rows_there = row_count;
  return removed + rows_there;
end
$$;

-- Forgets old anomalies by when they were detected; the number of rows removed.
create function cleanup_old_anomalies(
  max_age interval default '30 days',
  as_of timestamptz default now()
) returns integer
language plpgsql as $$
declare
  removed integer;
begin
  delete from anomalies where detected_at < as_of - max_age;
  get diagnostics removed = row_count;
  return removed;
end
$$;

-- The nearest airport within 10 km, no row where there is none. The distance is to the field's
-- outline, or to its point where no outline is known.
create function get_nearby_airport(lat double precision, lon double precision)
returns table (airport_code text, airport_name text, distance_m double precision)
language sql stable as $$
  select code, name, st_distance(geom, here) as distance_m
  from airports, (select st_makepoint(lon, lat)::geography as here) as place
  where st_dwithin(geom, here, 10000)
  order by distance_m, code
  limit 1
$$;
commit;

-- 0003_process_checkpoints
begin;
create table if not exists schema_migrations (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default now()
);
insert into schema_migrations (version, name) values (3, '0003_process_checkpoints');
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
commit;

-- 0004_webhook_deliveries
begin;
create table if not exists schema_migrations (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default now()
);
insert into schema_migrations (version, name) values (4, '0004_webhook_deliveries');
-- What each receiver of webhooks has taken, so that no restart sends it again.
create table webhook_deliveries (
  -- A digest of its address, in which there may be a secret.
  receiver text not null,
  -- The anomaly and its state.
  delivery text not null,
  taken_at timestamptz not null default now(),
  primary key (receiver, delivery)
);
create index webhook_deliveries_taken_at on webhook_deliveries (taken_at);
commit;
