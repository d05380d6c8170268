import assert from "node:assert/strict";
import { type Countries, readCountries, scaleFor } from "./lines.ts";

const scales = new Map<number, Countries>();
for (const scale of [110, 50, 10]) {
  const file = new URL(`../../static/earth/countries-${scale}.bin`, import.meta.url);
  scales.set(scale, await readCountries(await Deno.readFile(file)));
}

/** Degrees to the nearest point of the land's outlines or of the borders: a kilometre is 0.01. */
function distanceDeg(what: "land" | "borders", scale: number, lat: number, lon: number): number {
  const { degrees, ends, outlines } = scales.get(scale)!;
  const land = ends[outlines - 1]!;
  const [from, to] = what === "land" ? [0, land] : [land, degrees.length / 2];
  let nearest = Infinity;
  for (let i = from; i < to; i++) {
    const east = (degrees[2 * i]! - lon) * Math.cos(lat * Math.PI / 180);
    nearest = Math.min(nearest, Math.hypot(degrees[2 * i + 1]! - lat, east));
  }
  return nearest;
}

Deno.test("coasts and borders are where maps have them, the finer the closer", () => {
  for (const [scale, within] of [[110, 0.7], [50, 0.15], [10, 0.03]] as const) {
    assert.ok(distanceDeg("land", scale, 50.066, -5.716) < within, `Land's End at ${scale}`);
    assert.ok(distanceDeg("land", scale, 38.781, -9.5) < within, `Cabo da Roca at ${scale}`);
    assert.ok(distanceDeg("borders", scale, 47.59, 7.589) < within, `Basel at ${scale}`);
    assert.ok(distanceDeg("land", scale, 48.85, 2.35) > 1, "Paris is not by the sea");
    assert.ok(distanceDeg("borders", scale, 48.85, 2.35) > 1, "nor at a border");
  }
});

Deno.test("neighbours on a line lie close together, and no line is a map's own edge", () => {
  for (const { degrees, ends } of scales.values()) {
    let start = 0;
    for (const end of ends) {
      for (let i = start + 1; i < end; i++) {
        const [lon, lat] = [degrees[2 * i]!, degrees[2 * i + 1]!];
        const apart = Math.hypot(lon - degrees[2 * i - 2]!, lat - degrees[2 * i - 1]!);
        assert.ok(apart < 16, `${apart}° at ${lat}, ${lon}`);
        assert.ok(lat > -89.9, "the pole is no coast");
      }
      start = end;
    }
  }
});

Deno.test("lines sharpen as one comes closer", () => {
  const scales = [20_000_000, 5_000_000, 300_000].map(scaleFor);
  assert.deepEqual(scales, [110, 50, 10]);
});
