/** How the position filter is tuned. */

/** How an aircraft may be flying. */
export interface Manoeuvre {
  /** Standard deviations of the accelerations along and across the path, m/s². */
  readonly alongMps2: number;
  readonly acrossMps2: number;
  /** How long an acceleration lasts, s. */
  readonly lastsS: number;
  /** How long aircraft go on flying like this, s. */
  readonly staysS: number;
}

export interface HorizontalTuning {
  readonly manoeuvres: readonly Manoeuvre[];
  /** Standard deviations expected of positions, m, and of velocities, m/s, along each axis. */
  readonly positionNoiseM: number;
  readonly velocityNoiseMps: number;
  /** How fast they are learnt: the part by which a report changes them, the n-th by firstStep / (n + 5) at least. */
  readonly noiseStep: number;
  readonly firstStep: number;
  /** The courses' offset: its standard deviation at first, rad, how it grows, rad²/s, and the last state's. */
  readonly offsetRad: number;
  readonly offsetRad2PerS: number;
  readonly gridShare: number;
  /**
   * How likely false positions and velocities are at any place and velocity: densities, as parts of all
   * reports, per m² and per (m/s)². What the models find less likely is likelier false.
   */
  readonly falsePosition: number;
  readonly falseVelocity: number;
}

/**
 * Steady flight, small corrections, turns, and what is harder. Along the path all are loose: where a source
 * computes velocities from positions, speeds are as uneven as those, and their sum is not. As
 * `deno task fit-tracks` fitted it before doubts were weighed (judge.ts, north.ts): fitted anew it is
 * another, and no better on noise that it was not fitted to.
 */
export const HORIZONTAL: HorizontalTuning = {
  manoeuvres: [
    { alongMps2: 1.8, acrossMps2: 0.00863, lastsS: 1.89, staysS: 1340 },
    { alongMps2: 1.8, acrossMps2: 0.0863, lastsS: 2.94, staysS: 83.3 },
    { alongMps2: 2.68, acrossMps2: 3.6, lastsS: 19.3, staysS: 108 },
    { alongMps2: 8, acrossMps2: 4, lastsS: 0.5, staysS: 10 },
  ],
  positionNoiseM: 30,
  velocityNoiseMps: 1,
  noiseStep: 0.004,
  firstStep: 0.5,
  offsetRad: 0.0104,
  offsetRad2PerS: 1.04e-11,
  gridShare: 0.964,
  falsePosition: 6.74e-13,
  falseVelocity: 1e-8,
};
