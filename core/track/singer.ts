/**
 * Singer's model of an accelerating target (Singer 1970) in discrete time, for a standard deviation of
 * the acceleration of 1 m/s²: what one step of T seconds does to position, velocity and acceleration,
 * and the noise it adds.
 */
export interface SingerStep {
  /** e^(-T/τ), and what the acceleration adds to position and velocity. */
  readonly decay: number;
  readonly f02: number;
  readonly f12: number;
  /** The noise's covariance. */
  readonly q00: number;
  readonly q01: number;
  readonly q02: number;
  readonly q11: number;
  readonly q12: number;
  readonly q22: number;
}

/** `lastsS` is τ, how long an acceleration lasts. */
export function singerStep(T: number, lastsS: number): SingerStep {
  const a = 1 / lastsS, aT = a * T, e = Math.exp(-aT), e2 = e * e;
  return {
    decay: e,
    f02: (aT - 1 + e) / (a * a),
    f12: (1 - e) / a,
    q00: (1 - e2 + 2 * aT + 2 * aT ** 3 / 3 - 2 * aT * aT - 4 * aT * e) / a ** 4,
    q01: (e2 + 1 - 2 * e + 2 * aT * e - 2 * aT + aT * aT) / a ** 3,
    q02: (1 - e2 - 2 * aT * e) / a ** 2,
    q11: (4 * e - 3 - e2 + 2 * aT) / a ** 2,
    q12: (e2 + 1 - 2 * e) / a,
    q22: 1 - e2,
  };
}

/** A model of a filter: how long its accelerations last, and how long it goes on. */
interface Model {
  readonly lastsS: number;
  readonly staysS: number;
}

/** The steps of all models of a filter for one T, and the probabilities that each goes on. */
export interface Steps {
  readonly models: readonly SingerStep[];
  readonly stay: readonly number[];
}

/** More are not kept: reports come at few intervals. */
const MOST_KEPT = 512;
const kept = new WeakMap<readonly Model[], Map<number, Steps>>();

/** The same steps again are looked up: computing them costs as much as the rest of a filter. */
export function stepsOf(models: readonly Model[], T: number): Steps {
  let known = kept.get(models);
  if (!known) kept.set(models, known = new Map());
  let steps = known.get(T);
  if (!steps) {
    steps = {
      models: models.map(({ lastsS }) => singerStep(T, lastsS)),
      stay: models.map(({ staysS }) => Math.exp(-T / staysS)),
    };
    if (known.size >= MOST_KEPT) known.clear();
    known.set(T, steps);
  }
  return steps;
}
