/**
 * What is true of a report: Bayes' rule over the ways it can be wrong. A false position or velocity may be
 * anywhere, a true one is where the models expect it; a position that the velocity makes likely speaks for
 * both (as hypotheses of data association do: Bar-Shalom, Li and Kirubarajan 2001, with one target).
 *
 * x, P  a model's state and covariance (path_axes.ts); z  what is measured; R  its variance;
 * y  an innovation; S  its variance
 */
import { ACROSS, ALONG, PA, PC, PV, SIZE, VA, VC, VV_ACROSS, VV_ALONG } from "./path_axes.ts";
import type { HorizontalTuning } from "./tuning.ts";

/** What a report says, in the axes of the path; NaN is unknown. */
export interface Measured {
  alongM: number;
  acrossM: number;
  alongMps: number;
  acrossMps: number;
}

export type Truth = "all" | "velocity" | "position" | "nothing";

const MOST_MODELS = 4;
/** No model's probability is less: none is ruled out for good. */
const RULED_OUT = 1e-12;
/** By each model, how likely the velocity is, and the position after it. */
const velocityLikelihood = new Float64Array(MOST_MODELS);
const positionLikelihood = new Float64Array(MOST_MODELS);

/**
 * The likeliest explanation of what is measured with variances Rp of the position and Rv of the velocity.
 * Changes the models' probabilities by how well each foresaw what is true.
 */
export function judge(
  x: Float64Array,
  probability: Float64Array,
  z: Measured,
  Rp: number,
  Rv: number,
  tuning: HorizontalTuning,
): Truth {
  const n = probability.length;
  const hasPosition = !Number.isNaN(z.alongM), hasVelocity = !Number.isNaN(z.alongMps);
  // What is not there cannot be false.
  const falseVelocity = hasVelocity ? tuning.falseVelocity : 0;
  const falsePosition = hasPosition ? tuning.falsePosition : 0;
  let both = 0, velocity = 0;
  foresee(x, n, z, Rp, Rv);
  for (let m = 0; m < n; m++) {
    const likelihood = probability[m]! * velocityLikelihood[m]!;
    velocity += likelihood;
    both += likelihood * positionLikelihood[m]!;
  }
  velocity *= falsePosition;
  let truth: Truth = both >= velocity ? "all" : "velocity";
  let most = Math.max(both, velocity);
  // A position by itself is no likelier than where it is expected.
  if (most * 2 * Math.PI * Rp < falseVelocity || !hasPosition) {
    let position = falseVelocity;
    if (hasPosition) {
      foreseePosition(x, n, z, Rp);
      position = 0;
      for (let m = 0; m < n; m++) position += probability[m]! * positionLikelihood[m]!;
      position *= falseVelocity;
    }
    if (position > most) {
      truth = "position";
      most = position;
    }
  }
  if (falseVelocity * falsePosition > most) truth = "nothing";
  weigh(probability, truth);
  return truth;
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

function weigh(p: Float64Array, truth: Truth): void {
  const n = p.length;
  let sum = 0;
  for (let m = 0; m < n; m++) {
    if (truth === "all" || truth === "velocity") p[m] = p[m]! * velocityLikelihood[m]!;
    if (truth === "all" || truth === "position") p[m] = p[m]! * positionLikelihood[m]!;
    sum += p[m]!;
  }
  for (let m = 0; m < n; m++) p[m] = (p[m]! / sum + RULED_OUT) / (1 + n * RULED_OUT);
}

/** The density of a normal distribution of two axes, by the squared normalised distance and the determinant. */
function normal(distance2: number, determinant: number): number {
  return Math.exp(-distance2 / 2) / (2 * Math.PI * Math.sqrt(determinant));
}
