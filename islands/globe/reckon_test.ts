import assert from "node:assert/strict";
import { flight } from "../testing.ts";
import { EARTH_RADIUS_M, placeOf, type Vec3 } from "./geo.ts";
import type { Flight } from "../../contracts/flight.ts";
import { ColumnsTable } from "../live/columns_table.ts";
import {
  BLEND_S,
  type Moment,
  type Shown,
  shownAt,
  STRIDE,
  writeRow as writeTableRow,
} from "./reckon.ts";

const baseMs = 1_633_608_000_000;
const moment = (timeS: number, nowS = timeS): Moment => ({ timeS, nowS, baseMs });
const out: Shown = { x: 0, y: 0, z: 0, altitudeM: 0 };
const east = flight({ position: { lat: 0, lon: 0 }, heading_deg: 90, velocity_mps: 250 });

/** Writes the row of a table that has this aircraft alone. */
function writeRow(rows: Float32Array, at: Flight, wasShown: boolean, when: Moment) {
  const table = new ColumnsTable();
  const timestamp = "2021-10-07T12:00:00.000Z";
  table.applySnapshot({ type: "snapshot", timestamp, sequence: 1, flights: [at] });
  writeTableRow(rows, 0, table, 0, wasShown, when);
}

/** Metres along the equator, where the aircraft of these tests flies. */
function metresEast(rows: Float32Array, timeS: number, nowS = timeS): number {
  const { x, y, z } = shownAt(rows, 0, timeS, nowS, out);
  return placeOf([x, y, z] as Vec3).lon * Math.PI / 180 * EARTH_RADIUS_M;
}

Deno.test("between messages an aircraft flies on along its track, and climbs", () => {
  const rows = new Float32Array(STRIDE);
  writeRow(rows, { ...east, vertical_rate_mps: 10 }, false, moment(0));
  assert.ok(Math.abs(metresEast(rows, 0)) < 1);
  assert.ok(Math.abs(metresEast(rows, 40) - 10_000) < 1);
  assert.ok(Math.abs(out.altitudeM - 3400) < 0.01);
});

Deno.test("after two minutes without news it stays where it would have been by then", () => {
  const rows = new Float32Array(STRIDE);
  writeRow(rows, east, false, moment(0));
  assert.equal(metresEast(rows, 125), metresEast(rows, 3600));
});

Deno.test("a correction begins where the aircraft was shown and ends where it is", () => {
  const rows = new Float32Array(STRIDE);
  writeRow(rows, east, false, moment(0));
  const shownBefore = metresEast(rows, 10);
  const newer = {
    ...east,
    position: { lat: 0, lon: 0.05 },
    time_position_unix: 1_633_608_010,
    velocity_mps: 200,
  };
  writeRow(rows, newer, true, moment(10));
  assert.ok(Math.abs(metresEast(rows, 10) - shownBefore) < 2);
  const midway = metresEast(rows, 10 + BLEND_S / 2);
  const reached = 0.05 * Math.PI / 180 * EARTH_RADIUS_M + 200 * BLEND_S;
  assert.ok(midway > shownBefore && midway < reached);
  assert.ok(Math.abs(metresEast(rows, 10 + BLEND_S) - reached) < 2);
});

Deno.test("a place far away is jumped to: a loop of a replay is not a flight across the map", () => {
  const rows = new Float32Array(STRIDE);
  writeRow(rows, east, false, moment(0));
  const there = { ...east, position: { lat: 0, lon: 20 }, velocity_mps: 0 };
  writeRow(rows, there, true, moment(0));
  assert.ok(Math.abs(metresEast(rows, 0) - 20 * Math.PI / 180 * EARTH_RADIUS_M) < 2);
});

Deno.test("without speed or track it stands still", () => {
  const rows = new Float32Array(STRIDE);
  writeRow(rows, { ...east, heading_deg: null }, false, moment(0));
  assert.equal(metresEast(rows, 30), metresEast(rows, 0));
});
