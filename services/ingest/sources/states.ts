/**
 * OpenSky's state vectors: rows of 17 values, 18 with `extended=1`
 * (https://openskynetwork.github.io/opensky-api/rest.html). Already in SI; null is unknown.
 */
import { LATEST_UNIX } from "../../../contracts/flight.ts";
import type { Parsed } from "../../../contracts/parse.ts";
import { normalDeg } from "../../../core/geodesy.ts";
import type { Report } from "../../../core/merge.ts";
import {
  address,
  callsign,
  flag,
  number,
  position,
  refusalOf,
  refuse,
  squawk,
  text,
} from "./fields.ts";

export interface States {
  readonly timeMs: number;
  readonly rows: readonly unknown[];
}

const LEAST_COLUMNS = 17;
const POSITION_SOURCES = ["adsb", "asterix", "mlat", "flarm"];
/** By number: 0 and 1 say nothing, the others are the emitter categories of DO-260. */
const CATEGORIES = [
  ...[undefined, undefined, "A1", "A2", "A3", "A4", "A5", "A6", "A7"],
  ...["B1", "B2", "B3", "B4", "B5", "B6", "B7", "C1", "C2", "C3", "C4", "C5"],
];

/** The answer in this value. `states` is null where nobody is heard. */
export function readStates(value: unknown): Parsed<States> {
  try {
    if (typeof value !== "object" || value === null) {
      refuse("wrong_shape", "the answer must be an object with time and states");
    }
    const { time, states } = value as Readonly<Record<string, unknown>>;
    const timeS = number("time", time, 0, LATEST_UNIX);
    if (timeS === undefined) refuse("wrong_shape", "time is missing, but must be Unix seconds");
    if (states !== null && !Array.isArray(states)) {
      refuse("wrong_shape", "states must be an array of rows, or null");
    }
    return { ok: true, value: { timeMs: timeS * 1000, rows: states ?? [] } };
  } catch (thrown) {
    return refusalOf(thrown);
  }
}

/** What a row says. */
export function readRow(row: unknown): Parsed<Report> {
  try {
    if (!Array.isArray(row)) refuse("wrong_shape", "a row of states must be an array");
    if (row.length < LEAST_COLUMNS) {
      refuse("wrong_shape", `a row has ${row.length} values, but must have ${LEAST_COLUMNS}`);
    }
    return { ok: true, value: toReport(row) };
  } catch (thrown) {
    return refusalOf(thrown);
  }
}

function toReport(row: readonly unknown[]): Report {
  const contactS = number("last_contact", row[4], 0, LATEST_UNIX);
  if (contactS === undefined) refuse("wrong_shape", "last_contact is missing");
  const report: Report = {
    icao24: address("icao24", row[0]),
    last_contact_unix: Math.floor(contactS),
    callsign: callsign("callsign", row[1]),
    origin_country: text("origin_country", row[2]),
    altitude_m: number("baro_altitude", row[7]),
    on_ground: flag("on_ground", row[8]) ?? false,
    velocity_mps: number("velocity", row[9], 0),
    vertical_rate_mps: number("vertical_rate", row[11]),
    geo_altitude_m: number("geo_altitude", row[13]),
    squawk: squawk("squawk", row[14]),
    spi: flag("spi", row[15]) ?? false,
  };
  const track = number("true_track", row[10], -360, 360);
  if (track !== undefined) report.heading_deg = normalDeg(track);
  const positionS = number("time_position", row[3], 0, LATEST_UNIX);
  const place = position(row[6], row[5]);
  // Without its time a position is older than fifteen seconds.
  if (place && positionS !== undefined) {
    report.position = place;
    report.time_position_unix = Math.floor(positionS);
  }
  const source = POSITION_SOURCES[number("position_source", row[16]) ?? -1];
  if (source) report.position_source = source;
  const category = CATEGORIES[number("category", row[17]) ?? 0];
  if (category) report.category = category;
  return report;
}
