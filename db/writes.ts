/**
 * Bulk writes, each one statement that may be repeated: what is written twice is there once, and
 * nothing older replaces what is newer. That is what lets the roles read the log again after a crash,
 * and it needs no transaction, which the embedded database could not give. Rows go in by their keys'
 * order, so that two writers of the same rows wait for each other instead of deadlocking.
 */
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { lastContactMs } from "../contracts/times.ts";
import type { Sql } from "./database.ts";
import {
  ANOMALY_COLUMNS,
  arrayLiteral,
  type Column,
  EVENT_TIME,
  EXTRA_COLUMNS,
  FLIGHT_COLUMNS,
  type FlightRow,
} from "./rows.ts";

/** Fewer rows waste round trips, more make each one long for whoever waits behind it. */
export const ROWS_PER_WRITE = 2000;

const DAY_MS = 86_400_000;
const TIME_OF_MS = (name: string) => `to_timestamp(${name}::float8 / 1000)`;
const POINT = "st_makepoint(lon, lat)::geography";

const CURRENT = flightStatements(currentStatement);
const HISTORY = flightStatements(historyStatement);
const ANOMALIES = anomalyStatement();

/**
 * Adds observations to `flights_history`, one row per aircraft and event time; the number of rows
 * that were not there yet. Makes the partitions of their days (UTC).
 */
export async function writeHistory(sql: Sql, rows: readonly FlightRow[]): Promise<number> {
  if (rows.length === 0) return 0;
  await ensurePartitions(sql, rows);
  return await writeFlights(sql, HISTORY, rows);
}

/**
 * Makes these the latest states in `flights_current`, save where a newer one is there already; the
 * number of aircraft that changed.
 */
export async function writeCurrent(sql: Sql, rows: readonly FlightRow[]): Promise<number> {
  return await writeFlights(sql, CURRENT, rows);
}

/**
 * Adds or updates anomalies by their id; the number that changed. A resolved one never becomes active
 * again, and an earlier version never replaces a later one.
 */
export async function writeAnomalies(
  sql: Sql,
  rows: readonly AnomalyPayload[],
): Promise<number> {
  return await write(sql, ANOMALIES, ANOMALY_COLUMNS, rows);
}

/** Removes the rows of aircraft from `flights_current` that have left; the number removed. */
export async function removeCurrent(sql: Sql, icao24s: readonly string[]): Promise<number> {
  if (icao24s.length === 0) return 0;
  const column = { name: "icao24", type: "text", value: (row: string) => row } as const;
  const { count } = await sql.unsafe(
    "delete from flights_current where icao24 = any($1::text[])",
    [arrayLiteral(column, icao24s)],
    { prepare: true },
  );
  return count;
}

async function writeFlights(
  sql: Sql,
  statements: { usual: string; full: string },
  rows: readonly FlightRow[],
): Promise<number> {
  const usual = [...FLIGHT_COLUMNS, EVENT_TIME];
  const hasExtras = rows.some((row) =>
    EXTRA_COLUMNS.some(({ value }) => (value(row) ?? undefined) !== undefined)
  );
  return hasExtras
    ? await write(sql, statements.full, [...usual, ...EXTRA_COLUMNS], rows)
    : await write(sql, statements.usual, usual, rows);
}

async function write<Row>(
  sql: Sql,
  statement: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Promise<number> {
  let changed = 0;
  for (let at = 0; at < rows.length; at += ROWS_PER_WRITE) {
    const part = rows.slice(at, at + ROWS_PER_WRITE);
    const arrays = columns.map((column) => arrayLiteral(column, part));
    const { count } = await sql.unsafe(statement, arrays, { prepare: true });
    changed += count;
  }
  return changed;
}

/** Days whose partitions are known to be there, per connection pool. */
const knownDays = new WeakMap<Sql, Set<number>>();

async function ensurePartitions(sql: Sql, rows: readonly FlightRow[]): Promise<void> {
  const known = knownDays.get(sql) ?? new Set();
  knownDays.set(sql, known);
  const days = new Set(rows.map((row) => Math.floor(lastContactMs(row) / DAY_MS)));
  for (const day of days) {
    if (known.has(day)) continue;
    await ensureHistoryPartition(sql, new Date(day * DAY_MS));
    known.add(day);
    // A partition that retention dropped long ago is not to be taken for there on a second replay.
    if (known.size > 3) known.delete(known.values().next().value!);
  }
}

/** Makes the history's partition of this day (UTC); false when it was there. */
export async function ensureHistoryPartition(sql: Sql, day: Date): Promise<boolean> {
  const [row] = await sql.unsafe<{ made: boolean }[]>(
    "select ensure_history_partition($1::text::date) as made",
    [day.toISOString().slice(0, 10)],
    { prepare: true },
  );
  return row!.made;
}

/** The batch as a relation `given`, the columns with their names and `nth` for their order. */
function givenRows<Row>(columns: readonly Column<Row>[]): string {
  const arrays = columns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(", ");
  const names = columns.map(({ name }) => name).join(", ");
  return `unnest(${arrays}) with ordinality as given(${names}, nth)`;
}

/** A statement without and one with the columns that only some sources fill. */
function flightStatements(make: (columns: readonly Column<FlightRow>[]) => string) {
  const usual = [...FLIGHT_COLUMNS, EVENT_TIME];
  return { usual: make(usual), full: make([...usual, ...EXTRA_COLUMNS]) };
}

/** Table columns and what goes into each, from the columns of the batch. */
function flightTargets(columns: readonly Column<FlightRow>[], time: string) {
  const own = columns.map(({ name }) => name)
    .filter((name) => !["lon", "lat", EVENT_TIME.name].includes(name));
  return {
    names: ["position", time, ...own],
    values: [POINT, TIME_OF_MS(EVENT_TIME.name), ...own],
  };
}

function historyStatement(columns: readonly Column<FlightRow>[]): string {
  const { names, values } = flightTargets(columns, "recorded_at");
  return `insert into flights_history (${names.join(", ")})
    select ${values.join(", ")} from ${givenRows(columns)}
    order by icao24, ${EVENT_TIME.name}, nth
    on conflict (icao24, recorded_at) do nothing`;
}

function currentStatement(columns: readonly Column<FlightRow>[]): string {
  const { names, values } = flightTargets(columns, "last_seen");
  // An optional field that this report does not have is unknown now: columns left out become null.
  const extras = EXTRA_COLUMNS.map(({ name }) => name).filter((name) => !names.includes(name));
  const updates = names.filter((name) => name !== "icao24")
    .map((name) => `${name} = excluded.${name}`)
    .concat(extras.map((name) => `${name} = null`));
  return `insert into flights_current as kept (${names.join(", ")})
    select distinct on (icao24) ${values.join(", ")} from ${givenRows(columns)}
    order by icao24, ${EVENT_TIME.name} desc, nth desc
    on conflict (icao24) do update set ${updates.join(", ")}
    where excluded.last_seen >= kept.last_seen`;
}

function anomalyStatement(): string {
  const copied = ["anomaly_id", "icao24", "callsign", "anomaly_type", "severity", "state"]
    .concat("altitude_m", "near_airport", "details");
  const times = ["started", "detected", "resolved"];
  const names = [...copied, ...times.map((time) => `${time}_at`), "position"];
  const values = [...copied, ...times.map((time) => TIME_OF_MS(`${time}_ms`)), POINT];
  const updates = names.filter((name) => name !== "anomaly_id")
    .map((name) => `${name} = excluded.${name}`);
  const version = (of: string) =>
    `(${of}.state = 'RESOLVED', coalesce(${of}.resolved_at, ${of}.detected_at))`;
  return `insert into anomalies as kept (${names.join(", ")})
    select distinct on (anomaly_id) ${values.join(", ")} from ${givenRows(ANOMALY_COLUMNS)}
    order by anomaly_id, state = 'RESOLVED' desc, coalesce(resolved_ms, detected_ms) desc, nth desc
    on conflict (anomaly_id) do update set ${updates.join(", ")}
    where ${version("excluded")} >= ${version("kept")}`;
}
