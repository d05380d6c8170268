/**
 * A flight with hindsight: the online filter runs over it forwards and backwards, and at every report
 * the two are joined by their covariances (Fraser and Potter, "The optimum linear smoother as a
 * combination of two optimum linear filters", 1969).
 */
import {
  HORIZONTAL,
  type HorizontalEstimate,
  HorizontalFilter,
  type HorizontalTuning,
  N as STATES,
} from "./horizontal.ts";
import { LocalFrame, type Placed, type Planar } from "./frame.ts";
import { VERTICAL, VerticalFilter, type VerticalTuning } from "./vertical.ts";

/** What a report says of the motion; NaN is unknown. */
export interface Motion {
  readonly atMs: number;
  readonly lat: number;
  readonly lon: number;
  readonly altitudeM: number;
  readonly speedMps: number;
  readonly trackDeg: number;
  readonly verticalRateMps: number;
}

const RAD = Math.PI / 180;

/** Hindsight may take steady flight for steadier than the online filter can: it sees the manoeuvre's end. */
export const SMOOTHED_HORIZONTAL: HorizontalTuning = {
  ...HORIZONTAL,
  manoeuvres: [
    { alongMps2: 0.043, acrossMps2: 0.001, lastsS: 47, staysS: 820 },
    { alongMps2: 3.6, acrossMps2: 1.26, lastsS: 30, staysS: 324 },
    { alongMps2: 8, acrossMps2: 3, lastsS: 0.22, staysS: 3.7 },
  ],
  offsetRad: 0.047,
};

/** The motion at each report of one flight, in order of time, by all of them. */
export function smooth(
  reports: readonly Motion[],
  horizontalTuning: HorizontalTuning = SMOOTHED_HORIZONTAL,
  verticalTuning: VerticalTuning = VERTICAL,
): Motion[] {
  const forward = horizontalForward(reports, horizontalTuning);
  const backward = horizontalBackward(reports, horizontalTuning);
  const altitudes = smoothAltitude(reports, verticalTuning);
  return reports.map(({ atMs }, i) => ({
    atMs,
    ...joinHorizontal(forward[i], backward[i]),
    ...altitudes[i]!,
  }));
}

function horizontalForward(reports: readonly Motion[], tuning: HorizontalTuning) {
  const filter = new HorizontalFilter(tuning);
  return reports.map((report) => {
    filter.update(report.atMs, report.lat, report.lon, report.speedMps, report.trackDeg);
    return Number.isNaN(filter.lat) ? undefined : filter.estimate();
  });
}

/** What those after each report say of it; undefined where none does. */
function horizontalBackward(reports: readonly Motion[], tuning: HorizontalTuning) {
  const filter = new HorizontalFilter(tuning);
  return reports.toReversed().map(({ atMs, lat, lon, speedMps, trackDeg }) => {
    // Time runs backwards, and so does the aircraft.
    const backDeg = (trackDeg + 180) % 360;
    if (!filter.advance(-atMs)) {
      filter.update(-atMs, lat, lon, speedMps, backDeg);
      return undefined;
    }
    const predicted = filter.estimate();
    filter.correct(lat, lon, speedMps, backDeg);
    return predicted;
  }).reverse();
}

/** States of the estimates that change their sign when time runs backwards: the velocities. */
const REVERSED = [1, 4] as const;

function joinHorizontal(
  forward: HorizontalEstimate | undefined,
  backward: HorizontalEstimate | undefined,
) {
  if (!forward) return { lat: NaN, lon: NaN, speedMps: NaN, trackDeg: NaN };
  let [eastM, northM] = [0, 0];
  let x = forward.x;
  const frame = new LocalFrame(forward.lat, forward.lon);
  if (backward) {
    const other = backward.x.slice(), P = backward.P.slice();
    const place: Planar = { eastM: 0, northM: 0, convergenceRad: 0 };
    frame.toPlane(backward.lat, backward.lon, place);
    other[0] = place.eastM;
    other[3] = place.northM;
    for (const i of REVERSED) {
      other[i] = -other[i]!;
      for (let k = 0; k < STATES; k++) {
        P[i * STATES + k] = -P[i * STATES + k]!;
        P[k * STATES + i] = -P[k * STATES + i]!;
      }
    }
    x = joined(STATES, forward.x, forward.P, other, P);
    [eastM, northM] = [x[0]!, x[3]!];
  }
  const where: Placed = { lat: NaN, lon: NaN, tangent: NaN, convergenceRad: NaN };
  frame.toDegrees(eastM, northM, where);
  const trackDeg = Math.atan2(x[1]!, x[4]!) / RAD;
  return {
    lat: where.lat,
    lon: where.lon,
    speedMps: Math.hypot(x[1]!, x[4]!),
    trackDeg: trackDeg < 0 ? trackDeg + 360 : trackDeg,
  };
}

function smoothAltitude(reports: readonly Motion[], tuning: VerticalTuning) {
  const filter = new VerticalFilter(tuning);
  const ahead = reports.map((report) => {
    filter.update(report.atMs, report.altitudeM, report.verticalRateMps);
    return Number.isNaN(filter.altitudeM) ? undefined : filter.estimate();
  });
  const reverse = new VerticalFilter(tuning);
  const back = reports.toReversed().map((report) => {
    if (!reverse.advance(-report.atMs)) {
      reverse.update(-report.atMs, report.altitudeM, -report.verticalRateMps);
      return undefined;
    }
    const predicted = reverse.estimate();
    reverse.correct(report.altitudeM, -report.verticalRateMps);
    return predicted;
  }).reverse();
  return ahead.map((estimate, i) => {
    if (!estimate) return { altitudeM: NaN, verticalRateMps: NaN };
    const { x, P } = estimate;
    const other = back[i];
    let [altitudeM, verticalRateMps] = [x[0]!, x[1]!];
    if (other) {
      const flipped = other.P.map((p, at) => at === 1 || at === 3 || at === 5 || at === 7 ? -p : p);
      const backX = [other.x[0]!, -other.x[1]!, other.x[2]!];
      [altitudeM, verticalRateMps] = joined(3, x, P, backX, flipped) as unknown as [number, number];
    }
    return { altitudeM, verticalRateMps };
  });
}

/** The mean of two estimates of n states, each with the weight of its information. */
function joined(
  n: number,
  x1: ArrayLike<number>,
  P1: ArrayLike<number>,
  x2: ArrayLike<number>,
  P2: ArrayLike<number>,
): Float64Array {
  // x = x1 + P1 (P1 + P2)⁻¹ (x2 - x1): one linear system, and no inverse.
  const S = new Float64Array(n * n), d = new Float64Array(n);
  for (let i = 0; i < n * n; i++) S[i] = P1[i]! + P2[i]!;
  for (let i = 0; i < n; i++) d[i] = x2[i]! - x1[i]!;
  const w = solved(n, S, d);
  return Float64Array.from(
    { length: n },
    (_, r) => w.reduce((sum, weight, c) => sum + P1[r * n + c]! * weight, x1[r]!),
  );
}

/** The solution of S w = d for a symmetric positive S, by Cholesky; d where S has lost that. */
function solved(n: number, S: Float64Array, d: Float64Array): Float64Array {
  const L = new Float64Array(n * n), w = d.slice();
  for (let r = 0; r < n; r++) {
    for (let c = 0; c <= r; c++) {
      let sum = S[r * n + c]!;
      for (let k = 0; k < c; k++) sum -= L[r * n + k]! * L[c * n + k]!;
      L[r * n + c] = r === c ? Math.sqrt(Math.max(sum, 1e-30)) : sum / L[c * n + c]!;
    }
  }
  for (let r = 0; r < n; r++) {
    for (let k = 0; k < r; k++) w[r]! -= L[r * n + k]! * w[k]!;
    w[r]! /= L[r * n + r]!;
  }
  for (let r = n - 1; r >= 0; r--) {
    for (let k = r + 1; k < n; k++) w[r]! -= L[k * n + r]! * w[k]!;
    w[r]! /= L[r * n + r]!;
  }
  return w;
}
