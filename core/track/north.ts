/**
 * Which north a source's courses are against. The filter takes any offset and any share of the meridians'
 * convergence to be possible, but most sources have one of two: none, or a map projection's, which is all
 * of the convergence. Given either, the position is the conditional mean of what is normal; how likely it
 * is, is how much more so after the reports than before any (the Savage-Dickey ratio: Dickey, "The weighted
 * likelihood ratio, linear hypotheses on normal location parameters", 1971).
 *
 * x, P  a model's state and covariance (path_axes.ts); b  the courses' offset; g  its share; p  the
 * position across
 */
import { ACROSS, BB, BG, GG, GRID, OFFSET, PB, PG, SIZE } from "./path_axes.ts";
import type { HorizontalTuning } from "./tuning.ts";

/** How exactly sources keep to true north, rad, and to grid north, as a part of the convergence. */
const TRUE_RAD = 0.001;
const GRID_SHARE = 0.05;
/** How many sources are of either kind, and of neither, as parts of all. */
const EITHER = 0.45;
const NEITHER = 0.1;

/** How far all models together are to be moved to the right for what is likely of the north, m. */
export function acrossByNorthM(
  x: Float64Array,
  probability: Float64Array,
  { offsetRad, gridShare }: HorizontalTuning,
): number {
  let b = 0, g = 0, pb = 0, pg = 0, bb = TRUE_RAD ** 2, bg = 0, gg = GRID_SHARE ** 2;
  for (let m = 0, o = 0; m < probability.length; m++, o += SIZE) {
    const w = probability[m]!, P = o + ACROSS;
    b += w * x[o + OFFSET]!;
    g += w * x[o + GRID]!;
    pb += w * x[P + PB]!;
    pg += w * x[P + PG]!;
    bb += w * x[P + BB]!;
    bg += w * x[P + BG]!;
    gg += w * x[P + GG]!;
  }
  const bb0 = offsetRad ** 2 + TRUE_RAD ** 2, gg0 = gridShare ** 2 + GRID_SHARE ** 2;
  // Grid north: g is 1.
  const off = 1 - g;
  const grid = EITHER * Math.sqrt(gg0 / gg) * Math.exp((1 / gg0 - off * off / gg) / 2);
  const gridM = pg * off / gg;
  // True north: b and g are 0.
  const determinant = bb * gg - bg * bg;
  const toB = (bg * g - gg * b) / determinant, toG = (bg * b - bb * g) / determinant;
  const none = EITHER * Math.sqrt(bb0 * gg0 / determinant) * Math.exp((b * toB + g * toG) / 2);
  const noneM = pb * toB + pg * toG;
  return (grid * gridM + none * noneM) / (grid + none + NEITHER);
}
