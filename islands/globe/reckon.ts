/**
 * One row of floats per aircraft, as the shader reads it, and the shader's own reckoning once more in
 * TypeScript: for picking, for labels, and to know where an aircraft stands when news of it comes.
 */
import type { Flight } from "../../contracts/flight.ts";
import { shownAltitude } from "../filters.ts";
import { squawkMeaning } from "../format.ts";
import { positionMs } from "../live/times.ts";
import { EARTH_RADIUS_M, headingVector, unitVector } from "./geo.ts";
import { known } from "../known.ts";

/** Floats in a row: four vectors of four. */
export const STRIDE = 16;

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
} as const;

/** Bits of `AT.flags`. */
export const FLAG = {
  stale: 1,
  onGround: 2,
  unknownAltitude: 4,
  unknownTrack: 8,
  hidden: 16,
  alarm: 32,
} as const;

/** Without news for this long an aircraft is left standing: where it went is anybody's guess. */
export const RECKON_AT_MOST_S = 60;
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
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const left = remaining((nowS - rows[at + AT.heard]!) / BLEND_S);
  const along = (axis: 0 | 1 | 2) =>
    rows[at + AT.place + axis]! * cos + rows[at + AT.heading + axis]! * sin +
    rows[at + AT.offset + axis]! * left;
  out.x = along(0);
  out.y = along(1);
  out.z = along(2);
  out.altitudeM = Math.max(
    0,
    rows[at + AT.altitudeM]! + rows[at + AT.climbMps]! * dtS +
      rows[at + AT.offsetAltitudeM]! * left,
  );
  return out;
}

/** GLSL's smoothstep, downwards: 1 at 0, 0 from 1 on. */
function remaining(part: number): number {
  const t = Math.max(0, Math.min(1, part));
  return 1 - t * t * (3 - 2 * t);
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

/** Writes what is known of `flight` into row `row`; one that `wasShown` before moves there smoothly. */
export function writeRow(
  rows: Float32Array,
  row: number,
  flight: Flight,
  hidden: boolean,
  wasShown: boolean,
  { timeS, nowS, baseMs }: Moment,
) {
  const at = row * STRIDE;
  if (wasShown) shownAt(rows, row, timeS, nowS, before);

  const { lat, lon } = flight.position;
  const moving = known(flight.heading_deg) && known(flight.velocity_mps);
  const altitudeM = shownAltitude(flight);
  rows.set(unitVector(lat, lon), at + AT.place);
  rows[at + AT.altitudeM] = altitudeM ?? 0;
  rows.set(headingVector(lat, lon, flight.heading_deg ?? 0), at + AT.heading);
  rows[at + AT.speedMps] = moving ? flight.velocity_mps! : 0;
  rows[at + AT.time] = (positionMs(flight) - baseMs) / 1000;
  rows[at + AT.climbMps] = altitudeM === null || flight.on_ground
    ? 0
    : flight.vertical_rate_mps ?? 0;
  rows[at + AT.flags] = flagsOf(flight, altitudeM, hidden);
  rows[at + AT.heard] = nowS;
  rows.fill(0, at + AT.offset, at + STRIDE);

  if (!wasShown) return;
  shownAt(rows, row, timeS, nowS, after);
  const offset = [before.x - after.x, before.y - after.y, before.z - after.z];
  if (Math.hypot(...offset) > BLEND_AT_MOST) return;
  rows.set(offset, at + AT.offset);
  rows[at + AT.offsetAltitudeM] = before.altitudeM - after.altitudeM;
}

function flagsOf(flight: Flight, altitudeM: number | null, hidden: boolean): number {
  return (flight.status === "STALE" ? FLAG.stale : 0) |
    (flight.on_ground ? FLAG.onGround : 0) |
    (altitudeM === null ? FLAG.unknownAltitude : 0) |
    (known(flight.heading_deg) ? 0 : FLAG.unknownTrack) |
    (hidden ? FLAG.hidden : 0) |
    (flight.status === "ANOMALY" || squawkMeaning(flight.squawk) ? FLAG.alarm : 0);
}
