import assert from "node:assert/strict";
import { distanceM } from "../geodesy.ts";
import { seededRandom } from "../seeded_random.ts";
import { HorizontalFilter } from "./horizontal.ts";
import { type Motion, smooth } from "./smoother.ts";
import { flight, noisy } from "./testing.ts";

Deno.test("hindsight is better than the online filter, across a silence too", () => {
  const random = seededRandom(11);
  const truth = flight({ lat: 50, lon: 8 }, 40, 300).map((point, s) => ({ ...point, s }))
    .filter(({ s }) => s < 200 || s > 230);
  const reports: Motion[] = truth.map((point) => ({
    ...noisy(point, random),
    atMs: point.s * 1000,
    altitudeM: 5000 + random() * 20,
    verticalRateMps: random() - 0.5,
  }));
  const filter = new HorizontalFilter();
  const online = reports.map(({ atMs, lat, lon, speedMps, trackDeg }) => {
    filter.update(atMs, lat, lon, speedMps, trackDeg);
    return { lat: filter.lat, lon: filter.lon };
  });
  const error = (estimates: readonly { lat: number; lon: number }[]) =>
    truth.reduce((sum, point, i) => sum + distanceM(point, estimates[i]!) ** 2, 0);
  const smoothed = smooth(reports);
  assert(error(smoothed) < 0.7 * error(online), `${error(smoothed)} of ${error(online)}`);
  assert(smoothed.every(({ altitudeM }) => Math.abs(altitudeM - 5010) < 6));
});

Deno.test("a flight of one report, and of none", () => {
  assert.deepEqual(smooth([]), []);
  const [only] = smooth([{
    atMs: 0,
    lat: 50,
    lon: 8,
    altitudeM: NaN,
    speedMps: NaN,
    trackDeg: NaN,
    verticalRateMps: NaN,
  }]);
  assert(Math.abs(only!.lat - 50) < 1e-6);
  assert(Number.isNaN(only!.altitudeM));
});

Deno.test("with hindsight, a false velocity moves nothing", () => {
  const random = seededRandom(12);
  const truth = flight({ lat: 50, lon: 8 }, 40, 90);
  const reports: Motion[] = truth.map((point, s) => ({
    ...noisy(point, random),
    atMs: s * 1000,
    altitudeM: NaN,
    verticalRateMps: NaN,
  }));
  const smoothed = smooth(reports);
  const shifted = smooth(
    reports.map((report, s) => s === 45 ? { ...report, speedMps: report.speedMps + 15 } : report),
  );
  const movedM = Math.max(...smoothed.map((one, i) => distanceM(one, shifted[i]!)));
  assert(movedM < 1, `${movedM} m`);
});
