/**
 * A flight with hindsight: the online filters run over it forwards and backwards, and at every report the
 * two are joined by their covariances (Fraser and Potter, "The optimum linear smoother as a combination of
 * two optimum linear filters", 1969), model by model, each with the weight of how well its two agree
 * (Helmick, Blair and Hoffman, "Fixed-interval smoothing for Markovian switching systems", 1995). What the
 * source's noise is, is learnt from the whole flight first.
 */
import { LocalFrame, type Placed, type Planar } from "./frame.ts";
import { HorizontalFilter } from "./horizontal.ts";
import { estimateOf, type HorizontalEstimate, N as STATES } from "./horizontal_estimate.ts";
import { HORIZONTAL, type HorizontalTuning } from "./tuning.ts";
import { altitudeEstimates, VERTICAL, VerticalFilter, type VerticalTuning } from "./vertical.ts";

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

/** The motion at each report of one flight, in order of time, by all of them. */
export function smooth(
  reports: readonly Motion[],
  horizontalTuning: HorizontalTuning = HORIZONTAL,
  verticalTuning: VerticalTuning = VERTICAL,
): Motion[] {
  const tuning = withNoiseOf(reports, horizontalTuning);
  const positions = smoothPositions(reports, tuning);
  const altitudes = smoothAltitude(reports, verticalTuning);
  return reports.map(({ atMs }, i) => ({ atMs, ...positions[i]!, ...altitudes[i]! }));
}

/** The tuning with the noise that the online filter learns, the mean over the flight but for its beginning. */
function withNoiseOf(reports: readonly Motion[], tuning: HorizontalTuning): HorizontalTuning {
  const filter = new HorizontalFilter(tuning);
  const from = Math.floor(reports.length / 3);
  let [position, velocity] = [0, 0];
  for (const [i, { atMs, lat, lon, speedMps, trackDeg }] of reports.entries()) {
    filter.update(atMs, lat, lon, speedMps, trackDeg);
    if (i < from) continue;
    position += Math.log(filter.positionNoiseM) / (reports.length - from);
    velocity += Math.log(filter.velocityNoiseMps) / (reports.length - from);
  }
  return {
    ...tuning,
    positionNoiseM: Math.exp(position),
    velocityNoiseMps: Math.exp(velocity),
    firstStep: 0,
  };
}

/** Where the aircraft is and how it moves at each report. */
function smoothPositions(reports: readonly Motion[], tuning: HorizontalTuning) {
  // Forwards all is kept, as small as it is; backwards each is joined at once.
  const forward = new HorizontalFilter(tuning);
  const ahead = reports.map(({ atMs, lat, lon, speedMps, trackDeg }) => {
    forward.update(atMs, lat, lon, speedMps, trackDeg);
    return Number.isNaN(forward.lat) ? undefined : forward.models();
  });
  const backward = new HorizontalFilter(tuning);
  const assumed = tuning.manoeuvres.map(({ alongMps2, acrossMps2, staysS }) =>
    staysS / (alongMps2 * acrossMps2)
  );
  return reports.toReversed().map(({ atMs, lat, lon, speedMps, trackDeg }) => {
    // Time runs backwards, and so does the aircraft.
    const backDeg = (trackDeg + 180) % 360;
    const known = ahead.pop();
    const follows = backward.advance(-atMs);
    const after = follows ? estimateOf(backward.models()) : undefined;
    if (follows) backward.correct(lat, lon, speedMps, backDeg);
    else backward.update(-atMs, lat, lon, speedMps, backDeg);
    return joinHorizontal(known && estimateOf(known), after, assumed);
  }).reverse();
}

/** States of the estimates that change their sign when time runs backwards: the velocities. */
const REVERSED = [1, 4] as const;

function joinHorizontal(
  forward: HorizontalEstimate | undefined,
  backward: HorizontalEstimate | undefined,
  assumed: readonly number[],
) {
  if (!forward) return { lat: NaN, lon: NaN, speedMps: NaN, trackDeg: NaN };
  const frame = new LocalFrame(forward.lat, forward.lon);
  const place: Planar = { eastM: NaN, northM: NaN, convergenceRad: NaN };
  if (backward) frame.toPlane(backward.lat, backward.lon, place);
  for (const { x, P } of backward?.models ?? []) {
    reverse(x, P);
    x[0]! += place.eastM;
    x[3]! += place.northM;
  }
  const x = joined(STATES, forward.models, backward?.models, assumed);
  const where: Placed = { lat: NaN, lon: NaN, tangent: NaN, convergenceRad: NaN };
  frame.toDegrees(x[0]!, x[3]!, where);
  const trackDeg = Math.atan2(x[1]!, x[4]!) / RAD;
  return {
    lat: where.lat,
    lon: where.lon,
    speedMps: Math.hypot(x[1]!, x[4]!),
    trackDeg: trackDeg < 0 ? trackDeg + 360 : trackDeg,
  };
}

/** A state of time that runs backwards, in time that runs forwards. */
function reverse(x: Float64Array, P: Float64Array): void {
  for (const i of REVERSED) {
    x[i] = -x[i]!;
    for (let k = 0; k < STATES; k++) {
      P[i * STATES + k] = -P[i * STATES + k]!;
      P[k * STATES + i] = -P[k * STATES + i]!;
    }
  }
}

function smoothAltitude(reports: readonly Motion[], tuning: VerticalTuning) {
  const filter = new VerticalFilter(tuning);
  const ahead = reports.map((report) => {
    filter.update(report.atMs, report.altitudeM, report.verticalRateMps);
    return Number.isNaN(filter.altitudeM) ? undefined : filter.models();
  });
  const backward = new VerticalFilter(tuning);
  const assumed = tuning.models.map(({ rateMps, accelerationMps2, staysS }) =>
    staysS / (rateMps * accelerationMps2)
  );
  return reports.toReversed().map((report) => {
    const known = ahead.pop();
    const follows = backward.advance(-report.atMs);
    const after = follows ? altitudeEstimates(backward.models()) : undefined;
    if (follows) backward.correct(report.altitudeM, -report.verticalRateMps);
    else backward.update(-report.atMs, report.altitudeM, -report.verticalRateMps);
    if (!known) return { altitudeM: NaN, verticalRateMps: NaN };
    for (const { x, P } of after ?? []) {
      x[1] = -x[1]!;
      for (const at of [1, 3, 5, 7]) P[at] = -P[at]!;
    }
    const x = joined(3, altitudeEstimates(known), after, assumed);
    return { altitudeM: x[0]!, verticalRateMps: x[1]! };
  }).reverse();
}

/** What a model says: its probability, its state and the covariance, by rows. */
interface Estimate {
  readonly probability: number;
  readonly x: Float64Array;
  readonly P: Float64Array;
}

/**
 * The mean of n states by what filters say that ran forwards and backwards. What both take for granted of a
 * model, how long it is flown and how it accelerates, is to count once: `assumed` has its density.
 */
function joined(
  n: number,
  forward: readonly Estimate[],
  backward: readonly Estimate[] | undefined,
  assumed: readonly number[],
): Float64Array {
  const each = forward.map(({ probability, x, P }, m) => {
    const other = backward?.[m];
    if (!other) return { mean: x, weight: Math.log(probability) };
    const { mean, logLikelihood } = joinedModel(n, x, P, other.x, other.P);
    const weight = Math.log(probability * other.probability / assumed[m]!) + logLikelihood;
    return { mean, weight };
  });
  const most = Math.max(...each.map(({ weight }) => weight));
  const x = new Float64Array(n);
  let sum = 0;
  for (const { mean, weight } of each) {
    const part = Math.exp(weight - most);
    sum += part;
    for (let r = 0; r < n; r++) x[r]! += part * mean[r]!;
  }
  return x.map((value) => value / sum);
}

// Scratch space: the sum of two covariances, its Cholesky factor, a difference, a solution.
const S = new Float64Array(STATES * STATES);
const d = new Float64Array(STATES);
const w = new Float64Array(STATES);

/** The mean of two estimates of n states, each with the weight of its information, and how well they agree. */
function joinedModel(
  n: number,
  x1: Float64Array,
  P1: Float64Array,
  x2: Float64Array,
  P2: Float64Array,
): { mean: Float64Array; logLikelihood: number } {
  // x = x1 + P1 (P1 + P2)⁻¹ (x2 - x1): one linear system, and no inverse.
  for (let i = 0; i < n * n; i++) S[i] = P1[i]! + P2[i]!;
  for (let i = 0; i < n; i++) d[i] = w[i] = x2[i]! - x1[i]!;
  const logDeterminant = solve(n, S, w);
  const mean = new Float64Array(n);
  let square = 0;
  for (let r = 0; r < n; r++) {
    square += d[r]! * w[r]!;
    mean[r] = x1[r]!;
    for (let c = 0; c < n; c++) mean[r]! += P1[r * n + c]! * w[c]!;
  }
  return { mean, logLikelihood: -(square + logDeterminant) / 2 };
}

/** Solves S w = d for a symmetric positive S by Cholesky, in place; returns the logarithm of S's determinant. */
function solve(n: number, S: Float64Array, w: Float64Array): number {
  let logDeterminant = 0;
  for (let r = 0; r < n; r++) {
    for (let c = 0; c <= r; c++) {
      let sum = S[r * n + c]!;
      for (let k = 0; k < c; k++) sum -= S[r * n + k]! * S[c * n + k]!;
      S[r * n + c] = r === c ? Math.sqrt(Math.max(sum, 1e-30)) : sum / S[c * n + c]!;
    }
    logDeterminant += 2 * Math.log(S[r * n + r]!);
    for (let k = 0; k < r; k++) w[r]! -= S[r * n + k]! * w[k]!;
    w[r]! /= S[r * n + r]!;
  }
  for (let r = n - 1; r >= 0; r--) {
    for (let k = r + 1; k < n; k++) w[r]! -= S[k * n + r]! * w[k]!;
    w[r]! /= S[r * n + r]!;
  }
  return logDeterminant;
}
