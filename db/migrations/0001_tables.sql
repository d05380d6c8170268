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
