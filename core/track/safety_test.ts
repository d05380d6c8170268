/** Whatever comes, the filters go on: each oddity, and then a plain flight that must be followed as ever. */
import assert from "node:assert/strict";
import type { FlightPayload } from "../../contracts/flight.ts";
import { destination, distanceM, type LatLon } from "../geodesy.ts";
import { seededRandom } from "../seeded_random.ts";
import { report } from "../testing.ts";
import { HorizontalFilter } from "./horizontal.ts";
import { estimateOf } from "./horizontal_estimate.ts";
import { flight, noisy, SPEED_MPS } from "./testing.ts";
import { Track } from "./track.ts";
import { altitudeEstimates, VerticalFilter } from "./vertical.ts";

const T0_S = 1_700_000_000;

/** All covariances are symmetric and positive, and all states are numbers. */
function assertSound(filter: HorizontalFilter): void {
  for (const { probability, x, P } of estimateOf(filter.models()).models) {
    assert(probability > 0 && probability <= 1, `probability ${probability}`);
    assert(x.every(Number.isFinite) && P.every(Number.isFinite), "not finite");
    assertPositive(x.length, P);
  }
}

/** Cholesky's factor exists, but for rounding. */
function assertPositive(n: number, P: ArrayLike<number>): void {
  const scale = Array.from({ length: n }, (_, r) => Math.sqrt(P[r * n + r]!));
  const at = (r: number, c: number) => P[r * n + c]! / (scale[r]! * scale[c]! || 1);
  const L = new Float64Array(n * n);
  for (let r = 0; r < n; r++) {
    for (let c = 0; c <= r; c++) {
      assert(Math.abs(at(r, c) - at(c, r)) < 1e-9, `not symmetric at ${r}, ${c}`);
      let sum = at(r, c);
      for (let k = 0; k < c; k++) sum -= L[r * n + k]! * L[c * n + k]!;
      if (r === c) assert(sum > -1e-6, `not positive at ${r}: ${sum}`);
      L[r * n + c] = r === c ? Math.sqrt(Math.max(sum, 1e-12)) : sum / L[c * n + c]!;
    }
  }
}

/** A position filter after some reports, a second apart unless they say when. */
function fed(reports: readonly Partial<Report>[]): { filter: HorizontalFilter; atMs: number } {
  const filter = new HorizontalFilter();
  let atMs = T0_S * 1000;
  for (const { afterS = 1, lat = 50, lon = 8, speedMps = 200, trackDeg = 90 } of reports) {
    atMs += afterS * 1000;
    filter.update(atMs, lat, lon, speedMps, trackDeg);
    if (!Number.isNaN(filter.lat)) assertSound(filter);
  }
  return { filter, atMs };
}

interface Report extends LatLon {
  readonly afterS: number;
  readonly speedMps: number;
  readonly trackDeg: number;
}

/** A straight flight from a place, a report a second. */
function straight(from: LatLon, trackDeg: number, seconds: number): Partial<Report>[] {
  return Array.from({ length: seconds }, (_, s) => ({
    ...destination(from, trackDeg, SPEED_MPS * s),
    trackDeg,
  }));
}

const EUROPE = { lat: 50, lon: 8 };
const random = seededRandom(9);
const ODDITIES: Readonly<Record<string, readonly Partial<Report>[]>> = {
  "nothing known": Array(20).fill({ lat: NaN, lon: NaN, speedMps: NaN, trackDeg: NaN }),
  "positions alone": straight(EUROPE, 90, 60).map((one) => ({ ...one, speedMps: NaN })),
  "velocities alone": straight(EUROPE, 90, 60).map((one) => ({ ...one, lat: NaN })),
  "infinite values": [...straight(EUROPE, 90, 20), { lat: Infinity }, { speedMps: Infinity }],
  "negative speeds": straight(EUROPE, 90, 60).map((one) => ({ ...one, speedMps: -5 })),
  "the same report a hundred times": Array(100).fill(EUROPE),
  "a clock that stands still": straight(EUROPE, 90, 60).map((one) => ({ ...one, afterS: 0 })),
  "a clock that runs backwards": straight(EUROPE, 90, 60).map((one, i) => ({
    ...one,
    afterS: i % 3 === 2 ? -5 : 1,
  })),
  "times a millisecond apart": straight(EUROPE, 90, 60).map((one) => ({ ...one, afterS: 1e-3 })),
  "gaps of minutes, hours and years": straight(EUROPE, 90, 60).map((one, i) => ({
    ...one,
    afterS: [1, 29, 299, 7200, 3e8][i % 5]!,
  })),
  "two aircraft on one address": straight(EUROPE, 90, 100).map((one, i) =>
    i % 2 ? one : { ...destination(EUROPE, 200, 90_000 + 180 * i), speedMps: 180, trackDeg: 200 }
  ),
  "the north pole": straight({ lat: 89.99, lon: 10 }, 0, 60),
  "the south pole": straight({ lat: -89.99, lon: -170 }, 180, 60),
  "the poles themselves": [{ lat: 90, lon: 0 }, { lat: 90, lon: 120 }, { lat: -90, lon: 0 }],
  "the antimeridian": straight({ lat: 60, lon: 179.9 }, 90, 60),
  "an aircraft that stands": Array.from({ length: 60 }, () => ({
    ...destination(EUROPE, 360 * random(), 5 * random()),
    speedMps: 0,
    trackDeg: 360 * random(),
  })),
  "teleports": Array.from({ length: 60 }, () => ({
    lat: 180 * random() - 90,
    lon: 360 * random() - 180,
    speedMps: 700 * random(),
    trackDeg: 360 * random(),
  })),
  "everything at random": Array.from({ length: 3000 }, () => ({
    afterS: Math.floor(random() ** 6 * 400),
    lat: random() < 0.1 ? NaN : 180 * random() - 90,
    lon: 360 * random() - 180,
    speedMps: random() < 0.1 ? NaN : 300 * random(),
    trackDeg: 360 * random(),
  })),
};

for (const [name, reports] of Object.entries(ODDITIES)) {
  Deno.test(`after ${name}, a plain flight is followed as ever`, () => {
    const { filter, atMs } = fed(reports);
    const points = flight({ lat: 48, lon: 2 }, 60, 90);
    const noise = seededRandom(4);
    for (const [s, point] of points.entries()) {
      const { lat, lon, speedMps, trackDeg } = noisy(point, noise);
      filter.update(atMs + (s + 30) * 1000, lat, lon, speedMps, trackDeg);
      assertSound(filter);
    }
    const error = distanceM(filter, points.at(-1)!);
    assert(error < 40, `${error} m`);
    assert(Math.abs(filter.speedMps - SPEED_MPS) < 4, `${filter.speedMps} m/s`);
  });
}

const ALTITUDES: Readonly<Record<string, readonly (readonly [number, number, number])[]>> = {
  "nothing known": Array(20).fill([1, NaN, NaN]),
  "rates alone": Array(20).fill([1, NaN, 5]),
  "altitudes alone": Array(20).fill([1, 3000, NaN]),
  "a clock that stands still": Array(20).fill([0, 3000, 0]),
  "a clock that runs backwards": Array(20).fill([-1, 3000, 0]),
  "gaps of minutes and years": [[1, 3000, 5], [250, 4000, -5], [3e8, 100, 0]],
  "everything at random": Array.from({ length: 3000 }, () => [
    Math.floor(random() ** 6 * 400),
    random() < 0.2 ? NaN : 13_000 * random(),
    random() < 0.2 ? NaN : 200 * random() - 100,
  ]),
};

for (const [name, reports] of Object.entries(ALTITUDES)) {
  Deno.test(`after ${name} of altitudes, a level flight is level`, () => {
    const filter = new VerticalFilter();
    let atMs = T0_S * 1000;
    for (const [afterS, altitudeM, rateMps] of reports) {
      filter.update(atMs += afterS * 1000, altitudeM, rateMps);
      if (Number.isNaN(filter.altitudeM)) continue;
      for (const { x, P } of altitudeEstimates(filter.models())) {
        assert(x.every(Number.isFinite));
        assertPositive(3, P);
      }
    }
    atMs = Math.max(atMs, T0_S * 1000);
    for (let s = 0; s < 60; s++) filter.update(atMs + s * 1000, 9000, 0);
    assert(Math.abs(filter.altitudeM - 9000) < 5, `${filter.altitudeM} m`);
    assert(Math.abs(filter.rateMps) < 0.5, `${filter.rateMps} m/s`);
  });
}

Deno.test("a track takes reports with nulls and without keys, and knows what it was told before", () => {
  const known = (s: number): FlightPayload =>
    report("a00001", T0_S + s, { position: destination(EUROPE, 90, 200 * s) });
  const track = new Track(known(0));
  for (let s = 1; s < 60; s++) track.update(known(s));
  const nulls = {
    altitude_m: null,
    velocity_mps: null,
    heading_deg: null,
    vertical_rate_mps: null,
  };
  track.update({ ...known(60), ...nulls, callsign: null, squawk: null });
  const { icao24, position, on_ground, spi, last_contact_unix } = known(61);
  track.update({ icao24, position, on_ground, spi, last_contact_unix });
  assert(distanceM(track, position) < 30);
  assert(Math.abs(track.speedMps - 200) < 3 && Math.abs(track.altitudeM - 3000) < 5);
});

Deno.test("a position's clock that is years ahead for once stops nothing", () => {
  const known = (s: number): FlightPayload =>
    report("a00001", T0_S + s, { position: destination(EUROPE, 90, 200 * s) });
  const track = new Track(known(0));
  for (let s = 1; s < 60; s++) {
    const ahead = s === 30 ? { time_position_ms: (T0_S + 3e8) * 1000 } : {};
    track.update({ ...known(s), ...ahead });
  }
  assert.equal(track.positionUse, "used");
  assert(distanceM(track, known(59).position) < 30);
});
