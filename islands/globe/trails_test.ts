import assert from "node:assert/strict";
import { trailSegments } from "./trails.ts";

const FLOATS = 12;
const at = (lon: number, seconds: number) => ({
  lat: 0,
  lon,
  altitudeM: 1000,
  atMs: seconds * 1000,
});
const guessed = (segments: readonly number[]) =>
  segments.filter((_, i) => i % FLOATS === 8).map((kind) => kind === 1);

Deno.test("neighbours are joined, a gap is dashed", () => {
  assert.deepEqual(guessed(trailSegments([at(0, 0), at(1, 1), at(2, 2)])), [false, false]);
  const dashed = guessed(trailSegments([at(0, 0), at(1, 1), at(5, 300), at(6, 301)]));
  assert.equal(dashed.filter((is) => !is).length, 2);
  assert.ok(dashed.filter((is) => is).length > 8);
  assert.equal(trailSegments([at(0, 0)]).length, 0);
});

Deno.test("a gap over the antimeridian goes the short way", () => {
  const segments = trailSegments([at(179, 0), at(-179, 300)]);
  // No point lies on the other side of the earth, at 0° of longitude (z is 1).
  for (let i = 2; i < segments.length; i += FLOATS) assert(segments[i]! < -0.99);
});
