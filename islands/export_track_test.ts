import assert from "node:assert/strict";
import { toCsv, toGeoJson } from "./export_track.ts";
import type { TrackPoint } from "./flight_track.ts";

const point = (s: number, fields: Partial<TrackPoint> = {}): TrackPoint => ({
  atMs: Date.UTC(2021, 9, 7, 12, 0, s),
  lat: 48.5,
  lon: 2.25,
  altitudeM: 1000,
  speedMps: 100,
  rateMps: null,
  headingDeg: 90,
  onGround: false,
  ...fields,
});

Deno.test("GeoJSON has longitude first, a line, and a point for each report (RFC 7946)", () => {
  const geo = JSON.parse(toGeoJson("3944ef", "AFR1", [point(0), point(10, { altitudeM: null })]));
  assert.equal(geo.type, "FeatureCollection");
  assert.deepEqual(geo.features.map((f: { geometry: { type: string } }) => f.geometry.type), [
    "LineString",
    "Point",
    "Point",
  ]);
  assert.deepEqual(geo.features[0].geometry.coordinates, [[2.25, 48.5], [2.25, 48.5]]);
  assert.equal(geo.features[1].properties.time, "2021-10-07T12:00:00.000Z");
  assert.equal(geo.features[1].properties.altitude_m, 1000);
  assert.equal(geo.features[1].properties.vertical_rate_mps, null);
  // A line needs two places.
  assert.equal(JSON.parse(toGeoJson("3944ef", null, [point(0)])).features.length, 1);
});

Deno.test("CSV has a line for each report, and nothing for what is unknown", () => {
  assert.deepEqual(toCsv("3944ef", [point(0, { altitudeM: null })]).split("\r\n"), [
    "time,icao24,lat,lon,altitude_m,velocity_mps,vertical_rate_mps,heading_deg,on_ground",
    "2021-10-07T12:00:00.000Z,3944ef,48.5,2.25,,100,,90,false",
    "",
  ]);
});
