import assert from "node:assert/strict";
import {
  EARTH_RADIUS_M,
  headingVector,
  isBehindEarth,
  placeOf,
  unitVector,
  type Vec3,
} from "./geo.ts";

function near(a: Vec3, b: Vec3) {
  a.forEach((value, i) => assert.ok(Math.abs(value - b[i]!) < 1e-12, `${a} is not ${b}`));
}

Deno.test("the axes are where the shaders have them", () => {
  near(unitVector(90, 0), [0, 1, 0]);
  near(unitVector(0, 0), [0, 0, 1]);
  near(unitVector(0, 90), [1, 0, 0]);
});

Deno.test("headings at 0°N 0°E: north is up, east is x", () => {
  near(headingVector(0, 0, 0), [0, 1, 0]);
  near(headingVector(0, 0, 90), [1, 0, 0]);
});

Deno.test("the great circle from Los Angeles towards New York is the published one", () => {
  // Williams, Aviation Formulary: LAX to JFK, 33°57'N 118°24'W to 40°38'N 73°47'W, course 66°,
  // and after 100 NM 34°37'N 116°33'W.
  const [lat, lon] = [33.95, -118.4];
  const angle = 100 * 1852 / EARTH_RADIUS_M;
  const start = unitVector(lat, lon);
  const along = headingVector(lat, lon, 65.8922);
  const there = placeOf(
    start.map((s, i) => s * Math.cos(angle) + along[i]! * Math.sin(angle)) as Vec3,
  );
  assert.ok(Math.abs(there.lat - (34 + 37 / 60)) < 0.02, String(there.lat));
  assert.ok(Math.abs(there.lon + (116 + 33 / 60)) < 0.02, String(there.lon));
});

Deno.test("places survive the way there and back", () => {
  const { lat, lon } = placeOf(unitVector(-48.2, -170.5));
  assert.ok(Math.abs(lat + 48.2) < 1e-9 && Math.abs(lon + 170.5) < 1e-9);
});

Deno.test("the far side is hidden, and what stands high enough beyond the limb is not", () => {
  const camera: Vec3 = [0, 0, 3];
  assert.equal(isBehindEarth(camera, [0, 0, 1]), false);
  assert.equal(isBehindEarth(camera, [0, 0, -1]), true);
  assert.equal(isBehindEarth(camera, [1, 0, 0]), true);
  assert.equal(isBehindEarth(camera, [1.2, 0, 0]), false);
});
