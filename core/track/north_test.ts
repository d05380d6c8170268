import assert from "node:assert/strict";
import { distanceM } from "../geodesy.ts";
import { seededRandom } from "../seeded_random.ts";
import { HorizontalFilter } from "./horizontal.ts";
import { flight, noisy } from "./testing.ts";

const T0_MS = 1_700_000_000_000;
const SEEDS = 20;
const points = flight({ lat: 50, lon: 8 }, 90, 600);

/** Of ten minutes' flight, over many seeds of noise, with courses that are off by so much. */
function rmseM(offDeg: (lat: number, lon: number) => number): number {
  let squares = 0, scored = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const filter = new HorizontalFilter();
    const random = seededRandom(seed);
    for (const [s, point] of points.entries()) {
      const { lat, lon, speedMps, trackDeg } = noisy(point, random);
      const courseDeg = trackDeg + offDeg(point.lat, point.lon);
      filter.update(T0_MS + s * 1000, lat, lon, speedMps, (courseDeg + 360) % 360);
      if (s < 20) continue;
      squares += distanceM(filter, point) ** 2;
      scored++;
    }
  }
  return Math.sqrt(squares / scored);
}

// An offset of any kind, unknown as it is, costs 8.0 m and more; where north is known it is 7.3 m.
Deno.test("courses against true north leave less doubt of the position than any might", () => {
  const error = rmseM(() => 0);
  assert(error < 7.75, `${error} m`);
});

Deno.test("so do courses against a map's north, the middle of which is half a degree away", () => {
  const cone = Math.sin(50 * Math.PI / 180);
  const error = rmseM((_, lon) => -cone * (lon - points[0]!.lon - 0.7));
  assert(error < 8.05, `${error} m`);
});

Deno.test("courses that are a degree off, as those of neither, are not taken for either for long", () => {
  const error = rmseM(() => 1);
  assert(error < 8.6, `${error} m`);
});
