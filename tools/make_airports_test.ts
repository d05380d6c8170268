import assert from "node:assert/strict";
import { distanceM } from "../core/geodesy.ts";
import { makeAirports } from "./make_airports.ts";

const FILE = new URL("../static/airports.geojson", import.meta.url);
const text = await Deno.readTextFile(FILE);

interface Feature {
  geometry: { type: string; coordinates: unknown };
  properties: Record<string, string | number | undefined> & { code: string };
}
const file: { properties: Record<string, string>; features: Feature[] } = JSON.parse(text);
const airport = (code: string) => file.features.find(({ properties }) => properties.code === code)!;

Deno.test("the file is what the tool makes: deno run -A tools/make_airports.ts", async () => {
  assert.equal(text, await makeAirports());
});

Deno.test("it says where it comes from and under which terms", () => {
  assert.match(file.properties.source!, /OurAirports.*by hand/s);
  assert.match(file.properties.license!, /public domain/);
  assert.match(file.properties.version!, /^[0-9a-f]{12}$/);
});

Deno.test("every airport once, with a place on earth", () => {
  const codes = file.features.map(({ properties }) => properties.code);
  assert.equal(new Set(codes).size, codes.length);
  for (const { geometry, properties } of file.features) {
    const points = (geometry.type === "Point" ? [geometry.coordinates] : geometry.coordinates) as
      | [number, number][]
      | [number, number][][];
    for (const [lon, lat] of points.flat(geometry.type === "Point" ? 0 : 1) as [number, number][]) {
      assert(Math.abs(lon) <= 180 && Math.abs(lat) <= 90, properties.code);
      assert(Math.hypot(lon, lat) > 0.01, `${properties.code} is in the sea at 0 N 0 E`);
    }
  }
});

/** Aerodrome reference points and elevations as the FAA and the DGAC publish them. */
const PUBLISHED = [
  { code: "EGLL", lat: 51.4775, lon: -0.4614, elevation_m: 25.3 },
  { code: "LFPG", lat: 49.0097, lon: 2.5478, elevation_m: 119.5 },
  { code: "KLAX", lat: 33.9425, lon: -118.4081, elevation_m: 39 },
];

Deno.test("airports are where they are published to be, and as high", () => {
  for (const { code, lat, lon, elevation_m } of PUBLISHED) {
    const [fileLon, fileLat] = airport(code).geometry.coordinates as [number, number];
    assert(distanceM({ lat, lon }, { lat: fileLat, lon: fileLon }) < 1500, code);
    assert(Math.abs(Number(airport(code).properties.elevation_m) - elevation_m) < 3, code);
  }
});

/** Runway ends, good to about a hundred metres: lon, lat. */
const RUNWAY_ENDS = {
  KJFK: [[-73.8167, 40.6484], [-73.7717, 40.628], [-73.7856, 40.622], [-73.7549, 40.6452]],
  KLGA: [[-73.8841, 40.7693], [-73.8706, 40.7855], [-73.8784, 40.7822], [-73.8572, 40.772]],
};

Deno.test("New York's fields are outlines around their runways", () => {
  for (const code of ["KJFK", "KLGA", "KEWR", "KTEB"]) {
    const { geometry, properties } = airport(code);
    assert.equal(geometry.type, "Polygon", code);
    assert(Number(properties.runway_heading_primary) > 0, code);
  }
  for (const [code, ends] of Object.entries(RUNWAY_ENDS)) {
    const [ring] = airport(code).geometry.coordinates as [number, number][][];
    for (const end of ends as [number, number][]) {
      assert(isLeftOfAll(end, ring!), `${code}: ${end} is outside`);
    }
  }
  assert.deepEqual(["KJRA", "KJRB"].map((code) => airport(code).properties.type), [
    "heliport",
    "heliport",
  ]);
});

/** Inside a convex ring that runs counter-clockwise. */
function isLeftOfAll([x, y]: [number, number], ring: [number, number][]): boolean {
  return ring.slice(1).every(([x2, y2], i) => {
    const [x1, y1] = ring[i]!;
    return (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1) >= 0;
  });
}
