/**
 * What filters that ran forwards and backwards say together, model by model.
 *
 * x, P  a state and its covariance, by rows; S  a sum of two covariances
 */

/** What a model says. */
export interface Estimate {
  readonly probability: number;
  readonly x: Float64Array;
  readonly P: Float64Array;
}

/** What a model says that is to be joined to another: the logarithm of what it weighs, without what both assume. */
export interface Weighed {
  readonly logWeight: number;
  readonly x: Float64Array;
  readonly P: Float64Array;
}

/** What a model says by both filters: covariances are those of pairs of states that were asked for. */
export interface Joined {
  readonly probability: number;
  readonly x: Float64Array;
  readonly pairs: readonly Pair[];
}

/** Two states: their means, variances and covariance. */
interface Pair {
  readonly a: number;
  readonly b: number;
  readonly aa: number;
  readonly bb: number;
  readonly ab: number;
}

/** Joins estimates of n states. */
export function joined(
  n: number,
  forward: readonly Estimate[],
  backward: readonly Weighed[] | undefined,
  asked: readonly (readonly [number, number])[] = [],
): Joined[] {
  if (!backward) return forward.map(({ probability, x }) => ({ probability, x, pairs: [] }));
  const each = forward.map(({ probability, x, P }, m) => {
    const other = backward[m]!;
    const { mean, logLikelihood } = join(n, x, P, other.x, other.P);
    const weight = Math.log(probability) + other.logWeight + logLikelihood;
    return { weight, mean, pairs: asked.map(([a, b]) => pairOf(n, mean, P, a, b)) };
  });
  const most = Math.max(...each.map(({ weight }) => weight));
  const sum = each.reduce((sum, { weight }) => sum + Math.exp(weight - most), 0);
  return each.map(({ weight, mean, pairs }) => ({
    probability: Math.exp(weight - most) / sum,
    x: mean,
    pairs,
  }));
}

/** All models together: the mean of n states. */
export function meanOf(n: number, models: readonly Joined[]): Float64Array {
  const mean = new Float64Array(n);
  for (const { probability, x } of models) {
    for (let r = 0; r < n; r++) mean[r]! += probability * x[r]!;
  }
  return mean;
}

/** How likely the models find it that a pair of states is measured like this, with noise along each axis. */
export function density(
  models: readonly Joined[],
  pair: number,
  a: number,
  b: number,
  noise: number,
): number {
  return models.reduce((sum, { probability, pairs }) => {
    const one = pairs[pair]!;
    const [aa, bb, ab] = [one.aa + noise ** 2, one.bb + noise ** 2, one.ab];
    const [da, db] = [a - one.a, b - one.b];
    const determinant = aa * bb - ab * ab;
    const distance2 = (bb * da * da - 2 * ab * da * db + aa * db * db) / determinant;
    return sum + probability * Math.exp(-distance2 / 2) / (2 * Math.PI * Math.sqrt(determinant));
  }, 0);
}

/** At least so much of what was assumed is taken to have been left: the rest is rounding. */
const LEAST_LEFT = 0.05;

/**
 * Takes out of an estimate of n states what was assumed of a pair of them, before any report: that `ha` of `a` and
 * `hb` of `b` are none together, but for a variance Q. Gives the logarithm of what it is likelier by without.
 */
export function disregard(
  n: number,
  x: Float64Array,
  P: Float64Array,
  [a, b]: readonly [number, number],
  [ha, hb]: readonly [number, number],
  Q: number,
): number {
  // The update with a measurement, the other way round: of variance -Q.
  for (let r = 0; r < n; r++) w[r] = ha * P[r * n + a]! + hb * P[r * n + b]!;
  const left = Math.max(Q - ha * w[a]! - hb * w[b]!, LEAST_LEFT * Q);
  const is = ha * x[a]! + hb * x[b]!;
  for (let r = 0; r < n; r++) {
    x[r]! += w[r]! * is / left;
    for (let c = 0; c < n; c++) P[r * n + c]! += w[r]! * w[c]! / left;
  }
  return (is * is / left - Math.log(left)) / 2 + Math.log(Q);
}

const MOST = 8;
// Scratch space: Cholesky's factor of the last sum of two covariances, a difference, a solution.
const S = new Float64Array(MOST * MOST);
const d = new Float64Array(MOST);
const w = new Float64Array(MOST);

/** The mean of two estimates of n states, each with the weight of its information, and how well they agree. */
function join(
  n: number,
  x1: Float64Array,
  P1: Float64Array,
  x2: Float64Array,
  P2: Float64Array,
): { mean: Float64Array; logLikelihood: number } {
  // x = x1 + P1 (P1 + P2)⁻¹ (x2 - x1): one linear system, and no inverse.
  for (let i = 0; i < n * n; i++) S[i] = P1[i]! + P2[i]!;
  for (let i = 0; i < n; i++) d[i] = w[i] = x2[i]! - x1[i]!;
  const logDeterminant = factor(n);
  solve(n);
  const mean = new Float64Array(n);
  let square = 0;
  for (let r = 0; r < n; r++) {
    square += d[r]! * w[r]!;
    mean[r] = x1[r]!;
    for (let c = 0; c < n; c++) mean[r]! += P1[r * n + c]! * w[c]!;
  }
  return { mean, logLikelihood: -(square + logDeterminant) / 2 };
}

/** Two states of those that were joined last: their covariances are those of P1 - P1 (P1 + P2)⁻¹ P1. */
function pairOf(n: number, mean: Float64Array, P1: Float64Array, a: number, b: number): Pair {
  const [aa, ab] = column(n, P1, a, a, b), [, bb] = column(n, P1, b, a, b);
  return { a: mean[a]!, b: mean[b]!, aa, bb, ab };
}

function column(n: number, P1: Float64Array, c: number, a: number, b: number): [number, number] {
  for (let k = 0; k < n; k++) w[k] = P1[k * n + c]!;
  solve(n);
  let [pa, pb] = [P1[a * n + c]!, P1[b * n + c]!];
  for (let k = 0; k < n; k++) {
    pa -= P1[a * n + k]! * w[k]!;
    pb -= P1[b * n + k]! * w[k]!;
  }
  return [pa, pb];
}

/** Puts Cholesky's factor of the symmetric positive S into its place; the logarithm of S's determinant. */
function factor(n: number): number {
  let logDeterminant = 0;
  for (let r = 0; r < n; r++) {
    for (let c = 0; c <= r; c++) {
      let sum = S[r * n + c]!;
      for (let k = 0; k < c; k++) sum -= S[r * n + k]! * S[c * n + k]!;
      S[r * n + c] = r === c ? Math.sqrt(Math.max(sum, 1e-30)) : sum / S[c * n + c]!;
    }
    logDeterminant += 2 * Math.log(S[r * n + r]!);
  }
  return logDeterminant;
}

/** Solves S w = w by S's factor. */
function solve(n: number): void {
  for (let r = 0; r < n; r++) {
    for (let k = 0; k < r; k++) w[r]! -= S[r * n + k]! * w[k]!;
    w[r]! /= S[r * n + r]!;
  }
  for (let r = n - 1; r >= 0; r--) {
    for (let k = r + 1; k < n; k++) w[r]! -= S[k * n + r]! * w[k]!;
    w[r]! /= S[r * n + r]!;
  }
}
