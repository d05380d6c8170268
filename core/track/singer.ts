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

/** The steps of some models by T: computing them costs as much as the rest of a filter. */
export class StepTable {
  readonly #models: readonly Model[];
  readonly #known = new Map<number, Steps>();
  #lastT = NaN;
  #last!: Steps;

  private constructor(models: readonly Model[]) {
    this.#models = models;
  }

  static readonly #tables = new WeakMap<readonly Model[], StepTable>();

  /** The table that all filters with these models share. */
  static of(models: readonly Model[]): StepTable {
    let table = StepTable.#tables.get(models);
    if (!table) StepTable.#tables.set(models, table = new StepTable(models));
    return table;
  }

  at(T: number): Steps {
    if (T === this.#lastT) return this.#last;
    let steps = this.#known.get(T);
    if (!steps) {
      steps = {
        models: this.#models.map(({ lastsS }) => singerStep(T, lastsS)),
        stay: this.#models.map(({ staysS }) => Math.exp(-T / staysS)),
      };
      if (this.#known.size >= MOST_KEPT) this.#known.clear();
      this.#known.set(T, steps);
    }
    this.#lastT = T;
    return this.#last = steps;
  }
}
