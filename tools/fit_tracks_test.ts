import assert from "node:assert/strict";
import { distanceM } from "../core/geodesy.ts";
import { flight } from "../core/track/testing.ts";
import { BEGINNING, fit, meanError } from "./fit_tracks.ts";
import { NOISES, withNoise } from "./noisy_flights.ts";

const TRUTH = flight({ lat: 50, lon: 8 }, 60, 3000).map((point, s) => ({
  time: 1_700_000_000 + s,
  lat: point.lat,
  lon: point.lon,
  baro_altitude: 9000,
  velocity: 200,
  true_track: point.courseDeg,
  vertical_rate: 0,
}));

Deno.test("noise is as loud, as false and as often lost as its case says, and the same for the same seed", () => {
  const { reports, truth } = withNoise(TRUTH, NOISES.B, 5);
  assert.deepEqual(withNoise(TRUTH, NOISES.B, 5).reports, reports);
  const lost = 1 - reports.length / TRUTH.length;
  assert(lost > 0.17 && lost < 0.27, `${lost} lost`);
  const errorsM = reports.map((report, i) => distanceM(report, truth[i]!));
  const usual = errorsM.filter((m) => m < 600);
  const falsePart = 1 - usual.length / errorsM.length;
  assert(falsePart > 0.01 && falsePart < 0.03, `${falsePart} false`);
  // Over two axes, 100 m each.
  const rms = Math.sqrt(usual.reduce((sum, m) => sum + m * m, 0) / usual.length);
  assert(Math.abs(rms - 141) < 7, `${rms} m`);
});

Deno.test("what is fitted is better where it was fitted, and the same every time", () => {
  const flights = [{ name: "one", truth: TRUTH.slice(0, 600) }];
  const fitted = fit(flights, 30);
  assert.deepEqual(fit(flights, 30), fitted);
  const noisy = [1, 2].map((seed, k) =>
    withNoise(flights[0]!.truth, Object.values(NOISES)[k]!, seed)
  );
  assert(meanError(noisy, fitted) < meanError(noisy, BEGINNING));
});
