/** Rows of the tables by the names of the contract, and how they travel to the database. */
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import type { FlightStatus } from "../contracts/constants.ts";
import type { FlightPayload } from "../contracts/flight.ts";
import type { FlightPhase } from "../contracts/http.ts";
import { lastContactMs } from "../contracts/times.ts";

/** One aircraft at one time: what it said, and what we computed. */
export type FlightRow = FlightPayload & {
  readonly altitude_m_smoothed?: number | null;
  readonly vertical_rate_mps_smoothed?: number | null;
  /** UNKNOWN when missing. */
  readonly flight_phase?: FlightPhase;
  readonly near_airport?: string | null;
  /** NORMAL when missing. */
  readonly status?: FlightStatus;
};

/** One column of a bulk write: a whole batch travels as one array per column. */
export interface Column<Row> {
  readonly name: string;
  readonly type: "text" | "float8" | "boolean" | "bigint" | "jsonb";
  readonly value: (row: Row) => string | number | boolean | null | undefined;
}

type Plain = {
  [Name in keyof FlightRow]-?: NonNullable<FlightRow[Name]> extends string | number | boolean ? Name
    : never;
}[keyof FlightRow];

/** Columns that take a field of the same name as it is. */
const plain = (type: Column<FlightRow>["type"], ...names: Plain[]): Column<FlightRow>[] =>
  names.map((name) => ({ name, type, value: (row) => row[name] }));

/** What every source knows: the columns of nearly all rows. */
export const FLIGHT_COLUMNS: readonly Column<FlightRow>[] = [
  ...plain("text", "icao24", "callsign"),
  { name: "lon", type: "float8", value: ({ position }) => position.lon },
  { name: "lat", type: "float8", value: ({ position }) => position.lat },
  ...plain("float8", "altitude_m", "geo_altitude_m", "velocity_mps", "heading_deg"),
  ...plain("float8", "vertical_rate_mps"),
  ...plain("boolean", "on_ground"),
  ...plain("text", "squawk"),
  ...plain("boolean", "spi"),
  ...plain("bigint", "time_position_unix", "last_contact_unix"),
  ...plain("bigint", "time_position_ms", "last_contact_ms"),
  ...plain("float8", "altitude_m_smoothed", "vertical_rate_mps_smoothed"),
  { name: "flight_phase", type: "text", value: (row) => row.flight_phase ?? "UNKNOWN" },
  ...plain("text", "near_airport"),
  { name: "status", type: "text", value: (row) => row.status ?? "NORMAL" },
];

/** What only some sources know: left out of a batch in which nobody does. */
export const EXTRA_COLUMNS: readonly Column<FlightRow>[] = [
  ...plain("text", "origin_country", "category", "registration", "aircraft_type"),
  ...plain("text", "position_source"),
  ...plain("bigint", "nic", "nac_p"),
  ...plain("text", "emergency"),
  ...plain("float8", "selected_altitude_m", "qnh_hpa", "ias_mps", "mach", "roll_deg", "rssi_dbfs"),
];

/** Event time: `recorded_at` of the history, `last_seen` of the current state. */
export const EVENT_TIME: Column<FlightRow> = {
  name: "event_time_ms",
  type: "bigint",
  value: lastContactMs,
};

const atMs = (time: string | null | undefined) => time ? Date.parse(time) : null;

export const ANOMALY_COLUMNS: readonly Column<AnomalyPayload>[] = [
  { name: "anomaly_id", type: "text", value: (row) => row.anomaly_id },
  { name: "icao24", type: "text", value: (row) => row.icao24 },
  { name: "callsign", type: "text", value: (row) => row.callsign },
  { name: "anomaly_type", type: "text", value: (row) => row.anomaly_type },
  { name: "severity", type: "text", value: (row) => row.severity },
  { name: "state", type: "text", value: (row) => row.state },
  { name: "started_ms", type: "bigint", value: (row) => atMs(row.started_at) },
  { name: "detected_ms", type: "bigint", value: (row) => atMs(row.detected_at) },
  { name: "resolved_ms", type: "bigint", value: (row) => atMs(row.resolved_at) },
  { name: "lon", type: "float8", value: (row) => row.position?.lon },
  { name: "lat", type: "float8", value: (row) => row.position?.lat },
  { name: "altitude_m", type: "float8", value: (row) => row.altitude_m },
  { name: "near_airport", type: "text", value: (row) => row.near_airport },
  { name: "details", type: "jsonb", value: (row) => JSON.stringify(row.details, storable) },
];

/** PostgreSQL stores neither a zero character nor half a surrogate pair: one would fail the batch. */
function storable(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed().replaceAll("\0", "") : value;
}

/** `{1,2,NULL}`: the values of a column as a PostgreSQL array literal. */
export function arrayLiteral<Row>({ type, value }: Column<Row>, rows: readonly Row[]): string {
  const isText = type === "text" || type === "jsonb";
  const items = rows.map((row) => {
    const item = value(row);
    if (item === null || item === undefined) return "NULL";
    return isText ? quoted(String(item)) : String(item);
  });
  return `{${items.join(",")}}`;
}

function quoted(text: string): string {
  // Nearly every text is a hex address, a callsign or a word; those need nothing.
  if (/^[\w ]*$/.test(text)) return `"${text}"`;
  return `"${text.replaceAll("\0", "").replaceAll(/["\\]/g, "\\$&")}"`;
}
