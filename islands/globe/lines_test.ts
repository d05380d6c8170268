import assert from "node:assert/strict";
import { placeOf, type Vec3 } from "./geo.ts";
import { type Lines, readCountries } from "./lines.ts";

const bytes = await Deno.readFile(new URL("../../static/earth/countries.bin", import.meta.url));

/** Degrees to the nearest point of the lines, roughly: a kilometre is 0.01. */
function distanceDeg({ points }: Lines, lat: number, lon: number): number {
  let nearest = Infinity;
  for (let i = 0; i < points.length; i += 3) {
    const there = placeOf([points[i], points[i + 1], points[i + 2]] as Vec3);
    const east = (there.lon - lon) * Math.cos(lat * Math.PI / 180);
    nearest = Math.min(nearest, Math.hypot(there.lat - lat, east));
  }
  return nearest;
}

Deno.test("coasts and borders are where maps have them", () => {
  const { coasts, borders } = readCountries(bytes);
  assert.ok(distanceDeg(coasts, 50.05, -5.72) < 0.1, "Land's End");
  assert.ok(distanceDeg(coasts, 38.78, -9.5) < 0.1, "Cabo da Roca");
  assert.ok(distanceDeg(borders, 47.55, 7.59) < 0.15, "Basel, where three countries meet");
  assert.ok(distanceDeg(coasts, 48.85, 2.35) > 1, "Paris is not by the sea");
  assert.ok(distanceDeg(borders, 48.85, 2.35) > 1, "nor at a border");
});

Deno.test("segments join points that lie close together", () => {
  for (const { points, segments } of Object.values(readCountries(bytes))) {
    for (let i = 0; i < segments.length; i += 2) {
      const [a, b] = [segments[i]! * 3, segments[i + 1]! * 3];
      const apart = Math.hypot(...[0, 1, 2].map((axis) => points[a + axis]! - points[b + axis]!));
      assert.ok(apart < 0.25, `${apart} of a radius`);
    }
  }
});
