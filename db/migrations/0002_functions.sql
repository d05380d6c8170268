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
