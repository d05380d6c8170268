/**
 * One row of floats per aircraft, as the shader reads it, and the shader's own reckoning once more in
 * TypeScript: for picking, for labels, and to know where an aircraft stands when news of it comes.
 */
import { NUMBER_TYPES } from "../../contracts/columns.ts";
import { FLIGHT_STATUSES } from "../../contracts/constants.ts";
import { altitudeAt } from "../filters.ts";
import type { ColumnsTable } from "../live/columns_table.ts";
import { EARTH_RADIUS_M } from "./geo.ts";
import { tileOf } from "./silhouettes.ts";

/** Floats in a row: five vectors of four. */
export const STRIDE = 20;

/** What each float is. Places are unit vectors, times seconds. */
export const AT = {
  /** x, y, z where it was, at `time`. */
  place: 0,
  altitudeM: 3,
  /** x, y, z where it was heading, along the ground. */
  heading: 4,
  speedMps: 7,
  /** Of the stream, since the layer's base. */
  time: 8,
  climbMps: 9,
  flags: 10,
  /** Of our clock: when news of it came last. */
  heard: 11,
  /** x, y, z from where the news put it to where it was shown before. */
  offset: 12,
  offsetAltitudeM: 15,
  /** x, y, z and altitude of where its short trail ends; zeros before it has one. */
  trail: 16,
} as const;

/** Bits of `AT.flags`. */
export const FLAG = {
  stale: 1,
  onGround: 2,
  unknownAltitude: 4,
  unknownTrack: 8,
  hidden: 16,
  /** Something is told of it. */
  anomaly: 32,
  /** Something grave. */
  alarm: 64,
} as const;

/** The tile of the silhouette is in the flags too, above all bits. */
export const TILE_FACTOR = 128;

/** Without news for this long an aircraft is left standing; the hub has let it go by then. */
export const RECKON_AT_MOST_S = 125;
/** The stream's clock is an estimate: a position may lie this far ahead of it. */
export const RECKON_BACK_AT_MOST_S = 5;
/** How long a correction takes to blend in. */
export const BLEND_S = 0.5;
/** A correction beyond 0.02 of the radius, 127 km, is another place, not a better estimate: jump. */
const BLEND_AT_MOST = 0.02;

/** Where an aircraft is shown: a unit vector and its altitude. */
export interface Shown {
  x: number;
  y: number;
  z: number;
  altitudeM: number;
}

/** Where row `row` is shown at `timeS` of the stream and `nowS` of our clock; written into `out`. */
export function shownAt(
  rows: Float32Array,
  row: number,
  timeS: number,
  nowS: number,
  out: Shown,
): Shown {
  const at = row * STRIDE;
  const sinceS = timeS - rows[at + AT.time]!;
  const dtS = Math.max(-RECKON_BACK_AT_MOST_S, Math.min(RECKON_AT_MOST_S, sinceS));
  const angle = rows[at + AT.speedMps]! * dtS / EARTH_RADIUS_M;
  // The first terms of cosine and sine: a centimetre off at most, for an angle this small.
  const square = angle * angle;
  const cos = 1 - square / 2;
  const sin = angle * (1 - square / 6);
  const left = remaining((nowS - rows[at + AT.heard]!) / BLEND_S);
  out.x = rows[at]! * cos + rows[at + 4]! * sin + rows[at + 12]! * left;
  out.y = rows[at + 1]! * cos + rows[at + 5]! * sin + rows[at + 13]! * left;
  out.z = rows[at + 2]! * cos + rows[at + 6]! * sin + rows[at + 14]! * left;
  const altitudeM = rows[at + AT.altitudeM]! + rows[at + AT.climbMps]! * dtS +
    rows[at + AT.offsetAltitudeM]! * left;
  out.altitudeM = altitudeM > 0 ? altitudeM : 0;
  return out;
}

/** GLSL's smoothstep, downwards: 1 at 0, 0 from 1 on. */
function remaining(part: number): number {
  if (part >= 1) return 0;
  return part <= 0 ? 1 : 1 - part * part * (3 - 2 * part);
}

const before: Shown = { x: 0, y: 0, z: 0, altitudeM: 0 };
const after: Shown = { x: 0, y: 0, z: 0, altitudeM: 0 };

export interface Moment {
  /** Of the stream, since `baseMs`. */
  readonly timeS: number;
  /** Of our clock. */
  readonly nowS: number;
  /** The stream's time that the rows count from, in ms since the epoch. */
  readonly baseMs: number;
}

/**
 * Writes what the table has in `row` into the same row here, with these flags on top; an aircraft that
 * `wasShown` there before moves to where it is now smoothly.
 */
export function writeRow(
  rows: Float32Array,
  row: number,
  table: ColumnsTable,
  marks: number,
  wasShown: boolean,
  { timeS, nowS, baseMs }: Moment,
) {
  const at = row * STRIDE;
  if (wasShown) shownAt(rows, row, timeS, nowS, before);

  const { columns } = table;
  const lat = columns.lat[row]! * RAD;
  const lon = columns.lon[row]! * RAD;
  const heading = columns.heading_deg[row]!;
  const speed = columns.velocity_mps[row]!;
  const climb = columns.vertical_rate_mps[row]!;
  const altitudeM = altitudeAt(table, row);
  const track = heading === heading ? heading * RAD : 0;
  const sinLat = Math.sin(lat);
  const cosLat = Math.cos(lat);
  const sinLon = Math.sin(lon);
  const cosLon = Math.cos(lon);
  const sinTrack = Math.sin(track);
  const cosTrack = Math.cos(track);
  // As unitVector and headingVector have it, without an array for each.
  rows[at + AT.place] = cosLat * sinLon;
  rows[at + AT.place + 1] = sinLat;
  rows[at + AT.place + 2] = cosLat * cosLon;
  rows[at + AT.altitudeM] = altitudeM === altitudeM ? altitudeM : 0;
  rows[at + AT.heading] = cosLon * sinTrack - sinLat * sinLon * cosTrack;
  rows[at + AT.heading + 1] = cosLat * cosTrack;
  rows[at + AT.heading + 2] = -sinLon * sinTrack - sinLat * cosLon * cosTrack;
  rows[at + AT.speedMps] = heading === heading && speed === speed ? speed : 0;
  rows[at + AT.time] = (positionMsOf(table, row) - baseMs) / 1000;
  rows[at + AT.climbMps] = altitudeM !== altitudeM || columns.on_ground[row] === 1 ||
      climb !== climb
    ? 0
    : climb;
  rows[at + AT.flags] = marks | flagsOf(table, row, altitudeM);
  rows[at + AT.heard] = nowS;
  rows[at + AT.offset] = 0;
  rows[at + AT.offset + 1] = 0;
  rows[at + AT.offset + 2] = 0;
  rows[at + AT.offsetAltitudeM] = 0;

  if (!wasShown) return;
  shownAt(rows, row, timeS, nowS, after);
  const x = before.x - after.x;
  const y = before.y - after.y;
  const z = before.z - after.z;
  if (x * x + y * y + z * z > BLEND_AT_MOST ** 2) return;
  rows[at + AT.offset] = x;
  rows[at + AT.offset + 1] = y;
  rows[at + AT.offset + 2] = z;
  rows[at + AT.offsetAltitudeM] = before.altitudeM - after.altitudeM;
}

const RAD = Math.PI / 180;

/** When it was where its position says, in ms since the epoch. */
function positionMsOf({ columns }: ColumnsTable, row: number): number {
  const positionMs = columns.time_position_ms[row]!;
  if (positionMs === positionMs) return positionMs;
  const positionS = columns.time_position_unix[row]!;
  if (positionS !== NUMBER_TYPES.u32.unknown) return positionS * 1000;
  const contactMs = columns.last_contact_ms[row]!;
  return contactMs === contactMs ? contactMs : columns.last_contact_unix[row]! * 1000;
}

const STALE = FLIGHT_STATUSES.indexOf("STALE");
const ANOMALY = FLIGHT_STATUSES.indexOf("ANOMALY");
/** As numbers: what the squawks of `squawkMeaning` spell in octal. */
const ALARMS: readonly number[] = [0o7500, 0o7600, 0o7700];

function flagsOf(
  table: ColumnsTable,
  row: number,
  altitudeM: number,
): number {
  const { columns } = table;
  const status = columns.status[row]!;
  const heading = columns.heading_deg[row]!;
  const tile = tileOf(table.text("category", row), table.text("aircraft_type", row));
  return tile * TILE_FACTOR |
    (status === STALE ? FLAG.stale : 0) |
    (columns.on_ground[row] === 1 ? FLAG.onGround : 0) |
    (altitudeM === altitudeM ? 0 : FLAG.unknownAltitude) |
    (heading === heading ? 0 : FLAG.unknownTrack) |
    (status === ANOMALY ? FLAG.anomaly : 0) |
    (ALARMS.includes(columns.squawk[row]!) ? FLAG.alarm : 0);
}
