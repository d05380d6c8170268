/**
 * The arithmetic of one model of the position filter, in axes along and across the path. What is not
 * known of one hardly depends on the other there, as noise is alike in all directions and manoeuvres
 * are along or across: instead of one covariance of eight states there are one of three and one of five.
 *
 * A model is SIZE numbers of an array, from `o` on: x, then the upper half of P along, then across.
 *
 * x  along: position, velocity, acceleration; across, to the right: likewise, then the courses' offset
 *    and its share of the meridians' convergence: m, m/s, m/s², rad, 1
 * P  their covariance; R  a measurement's variance; y  an innovation; S  its variance; K  the gain
 */
import type { SingerStep } from "./singer.ts";

/** Where the states are. */
export const [PA, VA, AA, PC, VC, AC, OFFSET, GRID] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
export const STATES = 8;
/** Where the covariances are: along by rows (position, velocity, acceleration), and across. */
export const ALONG = STATES;
export const ACROSS = ALONG + 6;
export const SIZE = ACROSS + 15;

/** Turns the axes to the right by an angle, of which these are sine and cosine. */
export function turnAxes(x: Float64Array, o: number, sin: number, cos: number): void {
  for (let i = o; i < o + 3; i++) {
    const along = x[i]!, across = x[i + 3]!;
    x[i] = along * cos + across * sin;
    x[i + 3] = across * cos - along * sin;
  }
  // What would now depend on the other axis is left out: turns are small, and manoeuvres loosen both.
  const s2 = sin * sin, c2 = cos * cos;
  const a = o + ALONG, c = o + ACROSS;
  blend(x, a, c, c2, s2);
  blend(x, a + 1, c + 1, c2, s2);
  blend(x, a + 2, c + 2, c2, s2);
  blend(x, a + 3, c + 5, c2, s2);
  blend(x, a + 4, c + 6, c2, s2);
  blend(x, a + 5, c + 9, c2, s2);
  x[c + 3] = x[c + 3]! * cos;
  x[c + 4] = x[c + 4]! * cos;
  x[c + 7] = x[c + 7]! * cos;
  x[c + 8] = x[c + 8]! * cos;
  x[c + 10] = x[c + 10]! * cos;
  x[c + 11] = x[c + 11]! * cos;
}

function blend(x: Float64Array, i: number, j: number, c2: number, s2: number): void {
  const along = x[i]!, across = x[j]!;
  x[i] = along * c2 + across * s2;
  x[j] = across * c2 + along * s2;
}

/** P along, T seconds later, with Singer's noise of variance `a2`. */
export function predictAlong(
  x: Float64Array,
  o: number,
  T: number,
  { decay: e, f02, f12, q00, q01, q02, q11, q12, q22 }: SingerStep,
  a2: number,
): void {
  const P = o + ALONG;
  const pp = x[P]!, pv = x[P + 1]!, pa = x[P + 2]!, vv = x[P + 3]!, va = x[P + 4]!, aa = x[P + 5]!;
  const pv1 = pv + T * vv + f02 * va, pa1 = pa + T * va + f02 * aa, va1 = va + f12 * aa;
  x[P] = pp + T * (pv + pv1) + f02 * (pa + pa1) + a2 * q00;
  x[P + 1] = pv1 + f12 * pa1 + a2 * q01;
  x[P + 2] = e * pa1 + a2 * q02;
  x[P + 3] = vv + f12 * (va + va1) + a2 * q11;
  x[P + 4] = e * va1 + a2 * q12;
  x[P + 5] = e * e * aa + a2 * q22;
}

/** P across, likewise; the offset moves the position by `moved` and grows by `converged` of the grid's share. */
export function predictAcross(
  x: Float64Array,
  o: number,
  T: number,
  { decay: e, f02, f12, q00, q01, q02, q11, q12, q22 }: SingerStep,
  a2: number,
  moved: number,
  converged: number,
): void {
  const P = o + ACROSS;
  const pp = x[P]!, pv = x[P + 1]!, pa = x[P + 2]!, pb = x[P + 3]!, pg = x[P + 4]!;
  const vv = x[P + 5]!, va = x[P + 6]!, vb = x[P + 7]!, vg = x[P + 8]!;
  const aa = x[P + 9]!, ab = x[P + 10]!, ag = x[P + 11]!;
  const bb = x[P + 12]!, bg = x[P + 13]!, gg = x[P + 14]!;
  const pv1 = pv + T * vv + f02 * va + moved * vb, pa1 = pa + T * va + f02 * aa + moved * ab;
  const pb1 = pb + T * vb + f02 * ab + moved * bb, pg1 = pg + T * vg + f02 * ag + moved * bg;
  const va1 = va + f12 * aa, vb1 = vb + f12 * ab, vg1 = vg + f12 * ag;
  x[P] = pp + T * (pv + pv1) + f02 * (pa + pa1) + moved * (pb + pb1) + a2 * q00;
  x[P + 1] = pv1 + f12 * pa1 + a2 * q01;
  x[P + 2] = e * pa1 + a2 * q02;
  x[P + 3] = pb1 + converged * pg1;
  x[P + 4] = pg1;
  x[P + 5] = vv + f12 * (va + va1) + a2 * q11;
  x[P + 6] = e * va1 + a2 * q12;
  x[P + 7] = vb1 + converged * vg1;
  x[P + 8] = vg1;
  x[P + 9] = e * e * aa + a2 * q22;
  x[P + 10] = e * (ab + converged * ag);
  x[P + 11] = e * ag;
  x[P + 12] = bb + converged * (2 * bg + converged * gg);
  x[P + 13] = bg + converged * gg;
}

/** The textbook's update along, by the position (`isVelocity` false) or the velocity. */
export function correctAlong(
  x: Float64Array,
  o: number,
  isVelocity: boolean,
  y: number,
  R: number,
): void {
  const P = o + ALONG;
  const h0 = x[isVelocity ? P + 1 : P]!, h1 = x[isVelocity ? P + 3 : P + 1]!;
  const h2 = x[isVelocity ? P + 4 : P + 2]!;
  const S = (isVelocity ? h1 : h0) + R;
  const K0 = h0 / S, K1 = h1 / S, K2 = h2 / S;
  x[o] = x[o]! + K0 * y;
  x[o + 1] = x[o + 1]! + K1 * y;
  x[o + 2] = x[o + 2]! + K2 * y;
  x[P] = x[P]! - K0 * h0;
  x[P + 1] = x[P + 1]! - K0 * h1;
  x[P + 2] = x[P + 2]! - K0 * h2;
  x[P + 3] = x[P + 3]! - K1 * h1;
  x[P + 4] = x[P + 4]! - K1 * h2;
  x[P + 5] = x[P + 5]! - K2 * h2;
}

/** The same across. */
export function correctAcross(
  x: Float64Array,
  o: number,
  isVelocity: boolean,
  y: number,
  R: number,
): void {
  const P = o + ACROSS;
  const h0 = x[isVelocity ? P + 1 : P]!, h1 = x[isVelocity ? P + 5 : P + 1]!;
  const h2 = x[isVelocity ? P + 6 : P + 2]!, h3 = x[isVelocity ? P + 7 : P + 3]!;
  const h4 = x[isVelocity ? P + 8 : P + 4]!;
  const S = (isVelocity ? h1 : h0) + R;
  const K0 = h0 / S, K1 = h1 / S, K2 = h2 / S, K3 = h3 / S, K4 = h4 / S;
  x[o + PC] = x[o + PC]! + K0 * y;
  x[o + VC] = x[o + VC]! + K1 * y;
  x[o + AC] = x[o + AC]! + K2 * y;
  x[o + OFFSET] = x[o + OFFSET]! + K3 * y;
  x[o + GRID] = x[o + GRID]! + K4 * y;
  subtractAcross(x, P, K0, K1, K2, K3, K4, h0, h1, h2, h3, h4);
}

function subtractAcross(
  x: Float64Array,
  P: number,
  K0: number,
  K1: number,
  K2: number,
  K3: number,
  K4: number,
  h0: number,
  h1: number,
  h2: number,
  h3: number,
  h4: number,
): void {
  x[P] = x[P]! - K0 * h0;
  x[P + 1] = x[P + 1]! - K0 * h1;
  x[P + 2] = x[P + 2]! - K0 * h2;
  x[P + 3] = x[P + 3]! - K0 * h3;
  x[P + 4] = x[P + 4]! - K0 * h4;
  x[P + 5] = x[P + 5]! - K1 * h1;
  x[P + 6] = x[P + 6]! - K1 * h2;
  x[P + 7] = x[P + 7]! - K1 * h3;
  x[P + 8] = x[P + 8]! - K1 * h4;
  x[P + 9] = x[P + 9]! - K2 * h2;
  x[P + 10] = x[P + 10]! - K2 * h3;
  x[P + 11] = x[P + 11]! - K2 * h4;
  x[P + 12] = x[P + 12]! - K3 * h3;
  x[P + 13] = x[P + 13]! - K3 * h4;
  x[P + 14] = x[P + 14]! - K4 * h4;
}

/** Adds what a state that is off by the other's `q` less this one's x, with weight `w`, adds to P. */
export function addSpread(
  x: Float64Array,
  o: number,
  others: Float64Array,
  q: number,
  w: number,
): void {
  const a = o + ALONG, c = o + ACROSS;
  const d0 = others[q]! - x[o]!, d1 = others[q + 1]! - x[o + 1]!, d2 = others[q + 2]! - x[o + 2]!;
  x[a] = x[a]! + w * d0 * d0;
  x[a + 1] = x[a + 1]! + w * d0 * d1;
  x[a + 2] = x[a + 2]! + w * d0 * d2;
  x[a + 3] = x[a + 3]! + w * d1 * d1;
  x[a + 4] = x[a + 4]! + w * d1 * d2;
  x[a + 5] = x[a + 5]! + w * d2 * d2;
  const e0 = others[q + PC]! - x[o + PC]!, e1 = others[q + VC]! - x[o + VC]!;
  const e2 = others[q + AC]! - x[o + AC]!, e3 = others[q + OFFSET]! - x[o + OFFSET]!;
  const e4 = others[q + GRID]! - x[o + GRID]!;
  subtractAcross(x, c, -w * e0, -w * e1, -w * e2, -w * e3, -w * e4, e0, e1, e2, e3, e4);
}

/** P's element of two states: 0 between one along and one across. */
export function covariance(x: Float64Array, o: number, r: number, c: number): number {
  if ((r < PC) !== (c < PC)) return 0;
  const [P, n, first] = r < PC ? [o + ALONG, 3, PA] : [o + ACROSS, 5, PC];
  const row = Math.min(r, c) - first, column = Math.max(r, c) - first;
  return x[P + row * n - row * (row - 1) / 2 + column - row]!;
}
