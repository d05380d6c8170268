import assert from "node:assert/strict";
import { bearingDeg, destination, distanceM, normalDeg, signedDeg } from "./geodesy.ts";

const NM_M = 1852;
/** A nautical mile of the sphere's own: one minute of arc of its great circles. */
const ARC_MINUTE_M = Math.PI * 6_371_008.8 / 180 / 60;

function near(actual: number, expected: number, tolerance: number, what: string) {
  const off = Math.abs(actual - expected);
  assert(off <= tolerance, `${what} is ${actual}, but must be within ${tolerance} of ${expected}`);
}

// Ed Williams, Aviation Formulary, "Worked examples": Los Angeles to New York.
const LAX = { lat: 33 + 57 / 60, lon: -(118 + 24 / 60) };
const JFK = { lat: 40 + 38 / 60, lon: -(73 + 47 / 60) };

Deno.test("Los Angeles to New York: 2144 arc minutes, setting out on 66°", () => {
  near(distanceM(LAX, JFK) / ARC_MINUTE_M, 2144, 0.5, "the distance in arc minutes");
  near(bearingDeg(LAX, JFK), 66, 0.5, "the course");
});

Deno.test("100 miles from Los Angeles on 66° is 34°37'N 116°33'W", () => {
  const point = destination(LAX, 66, 100 * ARC_MINUTE_M);
  near(point.lat, 34 + 37 / 60, 0.5 / 60, "the latitude");
  near(point.lon, -(116 + 33 / 60), 0.5 / 60, "the longitude");
});

Deno.test("a degree of latitude is 60 nautical miles, to the sphere's half a percent", () => {
  near(distanceM({ lat: 40, lon: -74 }, { lat: 41, lon: -74 }), 60 * NM_M, 60 * NM_M * 0.006, "it");
});

Deno.test("the way there leads there, at every course, across the date line and the pole", () => {
  for (
    const from of [{ lat: 40.6, lon: -73.8 }, { lat: -17.7, lon: 179.99 }, { lat: 89.9, lon: 0 }]
  ) {
    for (let courseDeg = 0; courseDeg < 360; courseDeg += 15) {
      const to = destination(from, courseDeg, 50_000);
      assert(to.lon >= -180 && to.lon < 180, `longitude ${to.lon}`);
      near(distanceM(from, to), 50_000, 0.01, "the distance");
      near(Math.abs(signedDeg(bearingDeg(from, to) - courseDeg)), 0, 1e-6, "the course");
    }
  }
});

Deno.test("a metre is still a metre", () => {
  const from = { lat: 48.85, lon: 2.35 };
  near(distanceM(from, destination(from, 123, 1)), 1, 1e-6, "the distance");
  assert.equal(distanceM(from, from), 0);
});

Deno.test("angles are brought into their range, its upper end left out", () => {
  assert.deepEqual([0, 360, -90, 725, -1e-20].map(normalDeg), [0, 0, 270, 5, 0]);
  assert.deepEqual([180, -180, 190, 359, 0].map(signedDeg), [-180, -180, -170, -1, 0]);
});
