/**
 * What is true of a report: Bayes' rule over the ways it can be wrong. A false position or velocity may be
 * anywhere, a true one is where the models expect it; a position that the velocity makes likely speaks for
 * both (as hypotheses of data association do: Bar-Shalom, Li and Kirubarajan 2001, with one target). Where
 * that leaves a doubt, each way counts as much as it is likely (Bar-Shalom and Tse, "Tracking in a
 * cluttered environment with probabilistic data association", 1975).
 *
 * x, P  a model's state and covariance (path_axes.ts); z  what is measured; R  its variance;
 * y  an innovation; S  its variance
 */
import {
  ACROSS,
  ALONG,
  correct,
  fromMoments,
  PA,
  PC,
  PV,
  SIZE,
  STATES,
  toMoments,
  VA,
  VC,
  VV_ACROSS,
  VV_ALONG,
} from "./path_axes.ts";
import type { HorizontalTuning } from "./tuning.ts";

/** What a report says, in the axes of the path; NaN is unknown. */
export interface Measured {
  alongM: number;
  acrossM: number;
  alongMps: number;
  acrossMps: number;
}

/** What of a report is true. */
export interface Truth {
  readonly velocity: boolean;
  readonly position: boolean;
  /** How likely that is, by model; of each model the parts of all truths are 1 where there is a doubt. */
  readonly weight: Float64Array;
}

const MOST_MODELS = 4;
const [ALL, VELOCITY, POSITION, NOTHING] = [
  { velocity: true, position: true, weight: new Float64Array(MOST_MODELS) },
  { velocity: true, position: false, weight: new Float64Array(MOST_MODELS) },
  { velocity: false, position: true, weight: new Float64Array(MOST_MODELS) },
  { velocity: false, position: false, weight: new Float64Array(MOST_MODELS) },
] as const;
const TRUTHS: readonly Truth[] = [ALL, VELOCITY, POSITION, NOTHING];
/** It is in doubt what is true where all but the likeliest truth are together as likely as this. */
const DOUBT = 0.01;
/** No model's probability is less: none is ruled out for good. */
const RULED_OUT = 1e-12;
/** By each model, how likely the velocity is, and the position after it. */
const velocityLikelihood = new Float64Array(MOST_MODELS);
const positionLikelihood = new Float64Array(MOST_MODELS);

/** What was judged of the newest report: the likeliest truth, and whether there is a doubt. */
export const judged = { truth: ALL as Truth, isDoubtful: false };

/**
 * Judges what is measured with variances Rp of the position and Rv of the velocity. Changes the models'
 * probabilities by how well each foresaw what is true.
 */
export function judge(
  x: Float64Array,
  probability: Float64Array,
  z: Measured,
  Rp: number,
  Rv: number,
  tuning: HorizontalTuning,
): void {
  const n = probability.length;
  const hasPosition = !Number.isNaN(z.alongM), hasVelocity = !Number.isNaN(z.alongMps);
  // What is not there cannot be false.
  const falseVelocity = hasVelocity ? tuning.falseVelocity : 0;
  const falsePosition = hasPosition ? tuning.falsePosition : 0;
  const nothing = falseVelocity * falsePosition;
  let all = 0, velocity = 0, position = 0;
  foresee(x, n, z, Rp, Rv);
  for (let m = 0; m < n; m++) {
    const p = probability[m]!, likelihood = p * velocityLikelihood[m]!;
    all += ALL.weight[m] = likelihood * positionLikelihood[m]!;
    velocity += VELOCITY.weight[m] = likelihood * falsePosition;
    POSITION.weight[m] = 0;
    NOTHING.weight[m] = p * nothing;
  }
  // A position by itself is no likelier than where it is expected.
  if (Math.max(all, velocity) * DOUBT * 2 * Math.PI * Rp < falseVelocity || !hasPosition) {
    if (hasPosition) foreseePosition(x, n, z, Rp);
    for (let m = 0; m < n; m++) {
      const likelihood = hasPosition ? positionLikelihood[m]! : 1;
      position += POSITION.weight[m] = probability[m]! * likelihood * falseVelocity;
    }
  }
  const most = Math.max(all, velocity, position, nothing);
  const sum = all + velocity + position + nothing;
  judged.truth = most === all
    ? ALL
    : most === velocity
    ? VELOCITY
    : most === position
    ? POSITION
    : NOTHING;
  judged.isDoubtful = sum - most > DOUBT * sum;
  for (let m = 0; m < n; m++) {
    const weight = judged.isDoubtful ? shares(m) : judged.truth.weight[m]!;
    const p = weight / (judged.isDoubtful ? sum : most);
    probability[m] = (p + RULED_OUT) / (1 + n * RULED_OUT);
  }
}

/** Makes a model's weights of the truths parts of their sum, which this gives. */
function shares(m: number): number {
  let sum = 0;
  for (const { weight } of TRUTHS) sum += weight[m]!;
  for (const { weight } of TRUTHS) weight[m] = weight[m]! / sum;
  return sum;
}

const updated = new Float64Array(MOST_MODELS * SIZE);
const moments = new Float64Array(MOST_MODELS * SIZE);
const mixed = new Float64Array(MOST_MODELS * SIZE);
const origin = new Float64Array(STATES);

/** The update of `models` models with what was judged with a doubt: of each the mixture of its truths. */
export function associate(
  x: Float64Array,
  models: number,
  z: Measured,
  Rp: number,
  Rv: number,
): void {
  const hasPosition = !Number.isNaN(z.alongM), hasVelocity = !Number.isNaN(z.alongMps);
  for (let r = 0; r < STATES; r++) origin[r] = x[r]!;
  mixed.fill(0);
  for (const { velocity, position, weight } of TRUTHS) {
    updated.set(x);
    if (velocity && hasVelocity) correct(updated, models, 1, z.alongMps, z.acrossMps, Rv);
    if (position && hasPosition) correct(updated, models, 0, z.alongM, z.acrossM, Rp);
    for (let m = 0, o = 0; m < models; m++, o += SIZE) {
      toMoments(updated, o, origin, moments);
      for (let k = o; k < o + SIZE; k++) mixed[k] = mixed[k]! + weight[m]! * moments[k]!;
    }
  }
  for (let m = 0, o = 0; m < models; m++, o += SIZE) {
    for (let k = o; k < o + SIZE; k++) x[k] = mixed[k]!;
    fromMoments(x, o, origin);
  }
}

/** How likely each model finds the velocity, and the position as that leads to expect it; 1 where unknown. */
function foresee(x: Float64Array, n: number, z: Measured, Rp: number, Rv: number): void {
  const hasPosition = !Number.isNaN(z.alongM), hasVelocity = !Number.isNaN(z.alongMps);
  for (let m = 0, o = 0; m < n; m++, o += SIZE) {
    const A = o + ALONG, C = o + ACROSS;
    let gainA = 0, gainC = 0, ya = 0, yc = 0;
    velocityLikelihood[m] = positionLikelihood[m] = 1;
    if (hasVelocity) {
      const Sa = x[A + VV_ALONG]! + Rv, Sc = x[C + VV_ACROSS]! + Rv;
      ya = z.alongMps - x[o + VA]!;
      yc = z.acrossMps - x[o + VC]!;
      gainA = x[A + PV]! / Sa;
      gainC = x[C + PV]! / Sc;
      velocityLikelihood[m] = normal(ya * ya / Sa + yc * yc / Sc, Sa * Sc);
    }
    if (!hasPosition) continue;
    const Sa = x[A]! + Rp - gainA * x[A + PV]!, Sc = x[C]! + Rp - gainC * x[C + PV]!;
    const offA = z.alongM - x[o + PA]! - gainA * ya, offC = z.acrossM - x[o + PC]! - gainC * yc;
    positionLikelihood[m] = normal(offA * offA / Sa + offC * offC / Sc, Sa * Sc);
  }
}

/** How likely each model finds the position, whatever the velocity is. */
function foreseePosition(x: Float64Array, n: number, z: Measured, Rp: number): void {
  for (let m = 0, o = 0; m < n; m++, o += SIZE) {
    const Sa = x[o + ALONG]! + Rp, Sc = x[o + ACROSS]! + Rp;
    const ya = z.alongM - x[o + PA]!, yc = z.acrossM - x[o + PC]!;
    positionLikelihood[m] = normal(ya * ya / Sa + yc * yc / Sc, Sa * Sc);
  }
}

/** The density of a normal distribution of two axes, by the squared normalised distance and the determinant. */
function normal(distance2: number, determinant: number): number {
  return Math.exp(-distance2 / 2) / (2 * Math.PI * Math.sqrt(determinant));
}
