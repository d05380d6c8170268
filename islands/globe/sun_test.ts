import assert from "node:assert/strict";
import { placeOf } from "./geo.ts";
import { sunVector } from "./sun.ts";

Deno.test("the sun is above the equator at an equinox, and above a tropic at a solstice", () => {
  // Moments of 2024 as the US Naval Observatory gives them.
  assert.ok(Math.abs(placeOf(sunVector(Date.UTC(2024, 2, 20, 3, 6))).lat) < 0.02);
  assert.ok(Math.abs(placeOf(sunVector(Date.UTC(2024, 5, 20, 20, 51))).lat - 23.44) < 0.01);
  assert.ok(Math.abs(placeOf(sunVector(Date.UTC(2024, 11, 21, 9, 20))).lat + 23.44) < 0.01);
});

Deno.test("at Greenwich noon it stands where the equation of time says", () => {
  // 3 November: the sun is 16 min 26 s early, 4.1° west of the meridian. 11 February: 14 min 13 s late.
  assert.ok(Math.abs(placeOf(sunVector(Date.UTC(2024, 10, 3, 12))).lon + 4.11) < 0.05);
  assert.ok(Math.abs(placeOf(sunVector(Date.UTC(2024, 1, 11, 12))).lon - 3.55) < 0.05);
});
