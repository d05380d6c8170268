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
/** In those, covariances of the position with velocity, offset, share, and of the last two; and variances. */
export const [PV, PB, PG, BG] = [1, 3, 4, 13] as const;
export const [VV_ALONG, AA_ALONG] = [3, 5] as const;
export const [VV_ACROSS, AA_ACROSS, BB, GG] = [5, 9, 12, 14] as const;

/** Turns the axes of `models` models to the right by an angle, of which these are sine and cosine. */
export function turnAxes(x: Float64Array, models: number, sin: number, cos: number): void {
  // What would now depend on the other axis is left out: turns are small, and manoeuvres loosen both.
  const s2 = sin * sin, c2 = cos * cos;
  for (let o = 0; o < models * SIZE; o += SIZE) {
    for (let i = o; i < o + 3; i++) {
      const along = x[i]!, across = x[i + PC]!;
      x[i] = along * cos + across * sin;
      x[i + PC] = across * cos - along * sin;
    }
    for (let i = 0; i < 6; i++) {
      const a = o + ALONG + i, c = o + ACROSS + SAME[i]!;
      const along = x[a]!, across = x[c]!;
      x[a] = along * c2 + across * s2;
      x[c] = across * c2 + along * s2;
    }
    for (let i = 0; i < 6; i++) {
      const c = o + ACROSS + WITH_OFFSET[i]!;
      x[c] = x[c]! * cos;
    }
  }
}
/** Elements of P across: those that are along, too, and those of a motion with the offset and its share. */
const SAME = [0, 1, 2, 5, 6, 9] as const;
const WITH_OFFSET = [3, 4, 7, 8, 10, 11] as const;

/** How a model's P grows in one step: Singer's noise of these variances along and across. */
export interface Growth {
  along2: number;
  across2: number;
  /** What the courses' offset does to the position across, m, and its share of the convergence to it, rad. */
  movedM: number;
  convergedRad: number;
  /** What the offset's variance grows by. */
  offset2: number;
}

/** P of one model, T seconds later. */
export function predict(
  x: Float64Array,
  o: number,
  T: number,
  { decay: e, f02, f12, q00, q01, q02, q11, q12, q22 }: SingerStep,
  { along2, across2, movedM, convergedRad, offset2 }: Growth,
): void {
  {
    const P = o + ALONG;
    const pp = x[P]!, pv = x[P + 1]!, pa = x[P + 2]!;
    const vv = x[P + 3]!, va = x[P + 4]!, aa = x[P + 5]!;
    const pv1 = pv + T * vv + f02 * va, pa1 = pa + T * va + f02 * aa, va1 = va + f12 * aa;
    x[P] = pp + T * (pv + pv1) + f02 * (pa + pa1) + along2 * q00;
    x[P + 1] = pv1 + f12 * pa1 + along2 * q01;
    x[P + 2] = e * pa1 + along2 * q02;
    x[P + 3] = vv + f12 * (va + va1) + along2 * q11;
    x[P + 4] = e * va1 + along2 * q12;
    x[P + 5] = e * e * aa + along2 * q22;
  }
  const P = o + ACROSS;
  const pp = x[P]!, pv = x[P + 1]!, pa = x[P + 2]!, pb = x[P + 3]!, pg = x[P + 4]!;
  const vv = x[P + 5]!, va = x[P + 6]!, vb = x[P + 7]!, vg = x[P + 8]!;
  const aa = x[P + 9]!, ab = x[P + 10]!, ag = x[P + 11]!;
  const bb = x[P + 12]!, bg = x[P + 13]!, gg = x[P + 14]!;
  const pv1 = pv + T * vv + f02 * va + movedM * vb, pa1 = pa + T * va + f02 * aa + movedM * ab;
  const pb1 = pb + T * vb + f02 * ab + movedM * bb, pg1 = pg + T * vg + f02 * ag + movedM * bg;
  const va1 = va + f12 * aa, vb1 = vb + f12 * ab, vg1 = vg + f12 * ag;
  x[P] = pp + T * (pv + pv1) + f02 * (pa + pa1) + movedM * (pb + pb1) + across2 * q00;
  x[P + 1] = pv1 + f12 * pa1 + across2 * q01;
  x[P + 2] = e * pa1 + across2 * q02;
  x[P + 3] = pb1 + convergedRad * pg1;
  x[P + 4] = pg1;
  x[P + 5] = vv + f12 * (va + va1) + across2 * q11;
  x[P + 6] = e * va1 + across2 * q12;
  x[P + 7] = vb1 + convergedRad * vg1;
  x[P + 8] = vg1;
  x[P + 9] = e * e * aa + across2 * q22;
  x[P + 10] = e * (ab + convergedRad * ag);
  x[P + 11] = e * ag;
  x[P + 12] = bb + convergedRad * (2 * bg + convergedRad * gg) + offset2;
  x[P + 13] = bg + convergedRad * gg;
}

/** Column of P, by the root of S. */
const column = new Float64Array(5);

/**
 * The textbook's update of `models` models with a position (`i` is 0) or a velocity (1), each along and
 * across, of variance R.
 */
export function correct(
  x: Float64Array,
  models: number,
  i: 0 | 1,
  along: number,
  across: number,
  R: number,
): void {
  for (let o = 0; o < models * SIZE; o += SIZE) {
    const A = o + ALONG, C = o + ACROSS;
    {
      const S = x[i === 0 ? A : A + 3]! + R, root = Math.sqrt(S), y = (along - x[o + i]!) / root;
      const k0 = x[A + i]! / root;
      const k1 = x[i === 0 ? A + 1 : A + 3]! / root, k2 = x[i === 0 ? A + 2 : A + 4]! / root;
      x[o] = x[o]! + k0 * y;
      x[o + 1] = x[o + 1]! + k1 * y;
      x[o + 2] = x[o + 2]! + k2 * y;
      column[0] = k0;
      column[1] = k1;
      column[2] = k2;
      addSquareAlong(x, A, column, 0, -1);
    }
    const S = x[i === 0 ? C : C + 5]! + R,
      root = Math.sqrt(S),
      y = (across - x[o + PC + i]!) / root;
    column[0] = x[C + i]! / root;
    for (let r = 1; r < 5; r++) column[r] = x[i === 0 ? C + r : C + 4 + r]! / root;
    for (let r = 0; r < 5; r++) x[o + PC + r] = x[o + PC + r]! + column[r]! * y;
    addSquareAcross(x, C, column, 0, -1);
  }
}

/** A model's first and second moments about `origin`, into the same place of `out`. */
export function toMoments(
  x: Float64Array,
  o: number,
  origin: Float64Array,
  out: Float64Array,
): void {
  for (let r = 0; r < STATES; r++) out[o + r] = x[o + r]! - origin[r]!;
  for (let k = o + STATES; k < o + SIZE; k++) out[k] = x[k]!;
  addSquareAlong(out, o + ALONG, out, o, 1);
  addSquareAcross(out, o + ACROSS, out, o + PC, 1);
}

/** The other way round, where they are. */
export function fromMoments(x: Float64Array, o: number, origin: Float64Array): void {
  addSquareAlong(x, o + ALONG, x, o, -1);
  addSquareAcross(x, o + ACROSS, x, o + PC, -1);
  for (let r = 0; r < STATES; r++) x[o + r] = x[o + r]! + origin[r]!;
}

// Adds v v' times 1 or -1 to the half of P that begins there. What is passed here are arrays and whole
// numbers: a fraction that is passed to a function is put on the heap.

function addSquareAlong(
  x: Float64Array,
  P: number,
  v: Float64Array,
  at: number,
  sign: 1 | -1,
): void {
  const a = v[at]!, b = v[at + 1]!, c = v[at + 2]!;
  x[P] = x[P]! + sign * a * a;
  x[P + 1] = x[P + 1]! + sign * a * b;
  x[P + 2] = x[P + 2]! + sign * a * c;
  x[P + 3] = x[P + 3]! + sign * b * b;
  x[P + 4] = x[P + 4]! + sign * b * c;
  x[P + 5] = x[P + 5]! + sign * c * c;
}

function addSquareAcross(
  x: Float64Array,
  P: number,
  v: Float64Array,
  at: number,
  sign: 1 | -1,
): void {
  const a = v[at]!, b = v[at + 1]!, c = v[at + 2]!, d = v[at + 3]!, e = v[at + 4]!;
  x[P] = x[P]! + sign * a * a;
  x[P + 1] = x[P + 1]! + sign * a * b;
  x[P + 2] = x[P + 2]! + sign * a * c;
  x[P + 3] = x[P + 3]! + sign * a * d;
  x[P + 4] = x[P + 4]! + sign * a * e;
  x[P + 5] = x[P + 5]! + sign * b * b;
  x[P + 6] = x[P + 6]! + sign * b * c;
  x[P + 7] = x[P + 7]! + sign * b * d;
  x[P + 8] = x[P + 8]! + sign * b * e;
  x[P + 9] = x[P + 9]! + sign * c * c;
  x[P + 10] = x[P + 10]! + sign * c * d;
  x[P + 11] = x[P + 11]! + sign * c * e;
  x[P + 12] = x[P + 12]! + sign * d * d;
  x[P + 13] = x[P + 13]! + sign * d * e;
  x[P + 14] = x[P + 14]! + sign * e * e;
}

/** P's element of two states: 0 between one along and one across. */
export function covariance(x: Float64Array, o: number, r: number, c: number): number {
  if ((r < PC) !== (c < PC)) return 0;
  const [P, n, first] = r < PC ? [o + ALONG, 3, PA] : [o + ACROSS, 5, PC];
  const row = Math.min(r, c) - first, column = Math.max(r, c) - first;
  return x[P + row * n - row * (row - 1) / 2 + column - row]!;
}
