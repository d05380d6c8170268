import assert from "node:assert/strict";
import { trailLines } from "./trail.ts";

const at = (lon: number, seconds: number) => ({ lat: 0, lon, atMs: seconds * 1000 });

Deno.test("neighbours are joined, a gap is dashed", () => {
  assert.equal(trailLines([at(0, 0), at(1, 1), at(2, 2)]).segments.length, 4);
  const { segments } = trailLines([at(0, 0), at(1, 1), at(5, 300), at(6, 301)]);
  assert.equal(segments.length, 2 + 24 + 2);
  assert.equal(trailLines([at(0, 0)]).segments.length, 0);
});

Deno.test("a gap over the antimeridian goes the short way", () => {
  const { points } = trailLines([at(179, 0), at(-179, 300)]);
  // No point lies on the other side of the earth, at 0° of longitude (z is 1).
  for (let i = 2; i < points.length; i += 3) assert(points[i]! < -0.99);
});
