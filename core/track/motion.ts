/** How an aircraft moves along its path for a while, by one model of the position filter. */
import { cosine, sine } from "./frame.ts";
import { AA, AC, GRID, type Growth, OFFSET, PA, PC, predict, VA, VC } from "./path_axes.ts";
import type { SingerStep } from "./singer.ts";
import type { Manoeuvre } from "./tuning.ts";

/** What is the same for all models: the path's course, how steeply meridians converge, how the offset grows. */
export interface Motion {
  sin: number;
  cos: number;
  steepness: number;
  offset2: number;
}

const EARTH_RADIUS_M = 6_371_008.8;
/** Below this an aircraft has no course to speak of. */
export const SLOW_MPS = 10;
const growth: Growth = { along2: NaN, across2: NaN, movedM: NaN, convergedRad: NaN, offset2: NaN };

/** The state and covariance of the model at `o`, T seconds later. */
export function move(
  x: Float64Array,
  o: number,
  T: number,
  step: SingerStep,
  { alongMps2, acrossMps2 }: Manoeuvre,
  { sin, cos, steepness, offset2 }: Motion,
): void {
  const { decay: e, f02, f12 } = step;
  const va = x[o + VA]!, vc = x[o + VC]!, aa = x[o + AA]!, ac = x[o + AC]!;
  const v2 = va * va + vc * vc;
  const hasCourse = v2 > SLOW_MPS * SLOW_MPS;
  // The acceleration turns with the course: halfway through the step it shows where s and k say.
  const turned = hasCourse ? Math.max(-1.5, Math.min(1.5, (va * ac - vc * aa) / v2 * T)) : 0;
  const s = sine(turned / 2), k = cosine(turned / 2);
  const midA = aa * k - ac * s, midC = ac * k + aa * s;
  const movedA = va * T + f02 * (2 * aa + midA) / 3,
    movedC = vc * T + f02 * (2 * ac + midC) / 3;
  x[o + VA] = va + f12 * midA;
  x[o + VC] = vc + f12 * midC;
  x[o + AA] = e * (midA * k - midC * s);
  x[o + AC] = e * (midC * k + midA * s);
  const b = x[o + OFFSET]!;
  const sinB = sine(b), cosB = cosine(b);
  const alongM = movedA * cosB - movedC * sinB, acrossM = movedC * cosB + movedA * sinB;
  x[o + PA] = x[o + PA]! + alongM;
  x[o + PC] = x[o + PC]! + acrossM;
  const converged = steepness * (alongM * sin + acrossM * cos) / EARTH_RADIUS_M;
  x[o + OFFSET] = b + x[o + GRID]! * converged;
  const along2 = alongMps2 * alongMps2, across2 = acrossMps2 * acrossMps2;
  growth.along2 = hasCourse ? along2 : (along2 + across2) / 2;
  growth.across2 = hasCourse ? across2 : (along2 + across2) / 2;
  growth.movedM = alongM;
  growth.convergedRad = converged;
  growth.offset2 = offset2;
  predict(x, o, T, step, growth);
}
