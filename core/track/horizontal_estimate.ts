/** What the position filter knows of an aircraft at one moment, model by model, for the smoother. */
import { LocalFrame, type Placed } from "./frame.ts";
import { AA, AC, covariance, GRID, OFFSET, PA, PC, SIZE, VA, VC } from "./path_axes.ts";

/** Where the states of an estimate are in a model's: east is across, north along. */
const TO = [PC, VC, AC, PA, VA, AA, OFFSET, GRID] as const;
/** States of an estimate. */
export const N = TO.length;

/** What the models say of an aircraft, their axes being true east and north at this place. */
export interface HorizontalEstimate {
  readonly lat: number;
  readonly lon: number;
  readonly models: readonly {
    readonly probability: number;
    /** East, north, then the offset and its share, in the order of `x` above, from this place on. */
    readonly x: Float64Array;
    readonly P: Float64Array;
  }[];
}

/** The states of a filter's models, as they are kept along and across the path. */
export interface Models {
  readonly state: Float64Array;
  readonly probability: Float64Array;
  readonly frame: LocalFrame;
  /** Of the path's course on the frame. */
  readonly sin: number;
  readonly cos: number;
}

/** The same with its axes to the east and to the north. */
export function estimateOf({ state, probability, frame, sin, cos }: Models): HorizontalEstimate {
  let alongM = 0, acrossM = 0;
  for (let m = 0; m < probability.length; m++) {
    alongM += probability[m]! * state[m * SIZE + PA]!;
    acrossM += probability[m]! * state[m * SIZE + PC]!;
  }
  const where: Placed = { lat: NaN, lon: NaN, tangent: NaN, convergenceRad: NaN };
  frame.toDegrees(alongM * sin + acrossM * cos, alongM * cos - acrossM * sin, where);
  const { lat, lon, convergenceRad } = where;
  // East is across, north along, until both are turned by the path's course.
  const turnRad = convergenceRad - Math.atan2(sin, cos);
  return {
    lat,
    lon,
    models: Array.from(probability, (probability, m) => {
      const o = m * SIZE;
      const x = new Float64Array(N), P = new Float64Array(N * N);
      for (let r = 0, at = 0; r < N; r++) {
        x[r] = state[o + TO[r]!]!;
        for (let c = 0; c < N; c++, at++) P[at] = covariance(state, o, TO[r]!, TO[c]!);
      }
      x[0] = x[0]! - acrossM;
      x[3] = x[3]! - alongM;
      turn(x, turnRad);
      turnCovariance(P, turnRad);
      return { probability, x, P };
    }),
  };
}

/** Turns the axes of an estimate's state clockwise. */
function turn(x: Float64Array, rad: number): void {
  const sin = Math.sin(rad), cos = Math.cos(rad);
  for (let i = 0; i < 3; i++) turnPair(x, i, i + 3, sin, cos);
}

/** The same for its covariance, by rows. */
function turnCovariance(P: Float64Array, rad: number): void {
  const sin = Math.sin(rad), cos = Math.cos(rad);
  for (let i = 0; i < 3; i++) {
    for (let c = 0; c < N; c++) turnPair(P, i * N + c, (i + 3) * N + c, sin, cos);
  }
  for (let r = 0; r < N * N; r += N) {
    for (let i = 0; i < 3; i++) turnPair(P, r + i, r + i + 3, sin, cos);
  }
}

function turnPair(x: Float64Array, e: number, n: number, sin: number, cos: number): void {
  const east = x[e]!, north = x[n]!;
  x[e] = east * cos - north * sin;
  x[n] = north * cos + east * sin;
}
