import assert from "node:assert/strict";
import { destination, distanceM, type LatLon } from "../geodesy.ts";
import { seededRandom } from "../seeded_random.ts";
import { HorizontalFilter } from "./horizontal.ts";
import { flight, noisy, type Point, SPEED_MPS } from "./testing.ts";

const T0_MS = 1_700_000_000_000;

function rmseM(points: readonly Point[], filtered: readonly LatLon[]): number {
  const squares = points.map((point, i) => distanceM(point, filtered[i]!) ** 2).slice(20);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

function run(points: readonly Point[], seed: number): LatLon[] {
  const filter = new HorizontalFilter();
  const random = seededRandom(seed);
  return points.map((point, s) => {
    const { lat, lon, speedMps, trackDeg } = noisy(point, random);
    filter.update(T0_MS + s * 1000, lat, lon, speedMps, trackDeg);
    return { lat: filter.lat, lon: filter.lon };
  });
}

const PLACES: Readonly<Record<string, readonly [LatLon, number]>> = {
  "over Paris": [{ lat: 48.8, lon: 2.3 }, 60],
  "over the antimeridian": [{ lat: -17, lon: 179.8 }, 90],
  "over the pole": [{ lat: 89.8, lon: 30 }, 0],
  "over the equator": [{ lat: 0.1, lon: -60 }, 200],
};

for (const [name, [middle, course]] of Object.entries(PLACES)) {
  Deno.test(`a flight with a turn is followed within half of its noise ${name}`, () => {
    const points = flight(middle, course, 300);
    const error = rmseM(points, run(points, 7));
    // Raw positions are 42 m off.
    assert(error < 21, `${error} m`);
  });
}

/** A filter that has followed a straight flight for a minute, and where that goes on. */
function settled() {
  const points = flight({ lat: 50, lon: 8 }, 90, 100);
  const filter = new HorizontalFilter();
  const take = (s: number, at: LatLon = points[s]!) =>
    filter.update(T0_MS + s * 1000, at.lat, at.lon, SPEED_MPS, points[s]!.courseDeg);
  for (let s = 0; s < 60; s++) take(s);
  return { filter, points, take };
}

Deno.test("one false position moves nothing", () => {
  const { filter, points, take } = settled();
  assert.equal(take(60, destination(points[60]!, 0, 5000)), "rejected");
  assert(distanceM(filter, points[60]!) < 20);
  assert.equal(take(61), "used");
});

Deno.test("a true jump wins in the end", () => {
  const { filter, points, take } = settled();
  const uses = [60, 61, 62, 63].map((s) => take(s, destination(points[s]!, 0, 50_000)));
  assert.deepEqual(uses, ["rejected", "rejected", "rejected", "reacquired"]);
  assert(distanceM(filter, destination(points[63]!, 0, 50_000)) < 100);
});

Deno.test("the same position twice is no news, and the aircraft is where its speed has brought it", () => {
  const { filter, points, take } = settled();
  for (let s = 60; s < 70; s++) assert.equal(take(s, points[59]), "repeated");
  assert(distanceM(filter, points[69]!) < 20);
});

Deno.test("time that stands still or runs backwards changes nothing much", () => {
  const { filter, points, take } = settled();
  assert.equal(take(50), "missing");
  take(59);
  assert(distanceM(filter, points[59]!) < 20);
});

Deno.test("what is not known is not used", () => {
  const { filter, points, take } = settled();
  filter.update(T0_MS + 60_000, NaN, NaN, SPEED_MPS, 90);
  filter.update(T0_MS + 61_000, NaN, NaN, NaN, NaN);
  filter.update(T0_MS + 62_000, points[62]!.lat, points[62]!.lon, NaN, NaN);
  assert(distanceM(filter, points[62]!) < 20);
  assert.equal(take(63), "used");
});

Deno.test("after a silence it is found again at once", () => {
  const { filter, points, take } = settled();
  take(99);
  assert(distanceM(filter, points[99]!) < 60);
});

Deno.test("after a silence, two that agree stand against one that was believed", () => {
  const { filter, points, take } = settled();
  const away = destination(points[95]!, 0, 300);
  assert.equal(take(95, away), "used");
  assert.deepEqual([96, 97].map((s) => take(s)), ["rejected", "reacquired"]);
  assert(distanceM(filter, points[97]!) < 60);
});

Deno.test("after a silence, a position that is likelier true than false does not stand against the next", () => {
  for (const offM of [500, 700, 1000, 1500]) {
    const { filter, points, take } = settled();
    take(95, destination(points[95]!, 0, offM));
    take(96);
    assert(distanceM(filter, points[96]!) < 20, `${offM} m`);
  }
});

Deno.test("positions alone tell the speed", () => {
  const filter = new HorizontalFilter();
  const points = flight({ lat: 50, lon: 8 }, 90, 90);
  points.forEach(({ lat, lon }, s) => filter.update(T0_MS + s * 1000, lat, lon, NaN, NaN));
  assert(Math.abs(filter.speedMps - SPEED_MPS) < 3, `${filter.speedMps} m/s`);
  assert(Math.abs(filter.trackDeg - 90) < 2, `${filter.trackDeg}°`);
});

Deno.test("courses that are three degrees off do not lead it astray", () => {
  const points = flight({ lat: 50, lon: 8 }, 90, 100);
  const filter = new HorizontalFilter();
  points.forEach(({ lat, lon, courseDeg }, s) =>
    filter.update(T0_MS + s * 1000, lat, lon, SPEED_MPS, courseDeg + 3)
  );
  assert(distanceM(filter, points.at(-1)!) < 20);
});
