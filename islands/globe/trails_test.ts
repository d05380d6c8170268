import assert from "node:assert/strict";
import type { InterleavedBufferAttribute } from "three";
import { createEye } from "./eye.ts";
import { Trails, trailSegments } from "./trails.ts";

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

Deno.test("what is not drawn keeps no list of what to draw, and is all there when it is", () => {
  const trails = new Trails(createEye(), { value: 0 });
  const shown = { x: 1, y: 0, z: 0, altitudeM: 0 };
  const { updateRanges } =
    (trails.mesh.geometry.getAttribute("begin") as InterleavedBufferAttribute).data;
  const before = updateRanges.length;
  trails.mesh.visible = false;
  for (let i = 0; i < 200; i++) {
    trails.add(at(i / 100, i));
    trails.update(shown, 100, 100, false);
  }
  assert.equal(updateRanges.length, before);
  trails.mesh.visible = true;
  trails.update(shown, 100, 100, false);
  assert.ok(updateRanges.some(({ start, count }) => start === 0 && count > 200 * FLOATS));
  assert.equal(trails.mesh.geometry.instanceCount, 200);
});
