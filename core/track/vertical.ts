/**
 * Altitude and its rate, from reports in steps of 25 ft that are noisy, missing or false: an interacting
 * multiple model filter (Blom and Bar-Shalom 1988) on one axis, of level flight and of Singer models. What
 * no model finds as likely as false values are is false. One instance is for one kind of altitude.
 *
 * x  altitude, rate, acceleration: m, m/s, m/s²
 */
import { type Steps, StepTable } from "./singer.ts";

export interface VerticalTuning {
  /** How it may be flying; the first is level flight, the rate of which is none. */
  readonly models: readonly {
    /** Standard deviations of rates, where none is known, and of accelerations. */
    readonly rateMps: number;
    readonly accelerationMps2: number;
    /** How long an acceleration lasts, and how long aircraft go on flying like this, s. */
    readonly lastsS: number;
    readonly staysS: number;
  }[];
  /** How the altitude of level flight drifts. */
  readonly driftM2PerS: number;
  readonly altitudeNoiseM: number;
  readonly rateNoiseMps: number;
  /** How fast noises are learnt: the part by which a report changes them, the n-th by firstStep / (n + 5) at least. */
  readonly noiseStep: number;
  readonly firstStep: number;
  /**
   * How likely false altitudes and rates are at any value: densities, as parts of all reports, per m and per
   * m/s. What the models find less likely is taken to be false.
   */
  readonly falseAltitude: number;
  readonly falseRate: number;
}

/** Level, steady climbs and descents, and what is harder; fitted to docs/scorecard.md's flights. */
export const VERTICAL: VerticalTuning = {
  models: [
    { rateMps: 0.01, accelerationMps2: 0.001, lastsS: 1, staysS: 150 },
    { rateMps: 10, accelerationMps2: 0.15, lastsS: 6, staysS: 150 },
    { rateMps: 10, accelerationMps2: 5, lastsS: 8, staysS: 12 },
  ],
  driftM2PerS: 0.0025,
  altitudeNoiseM: 8,
  rateNoiseMps: 0.5,
  noiseStep: 0.004,
  firstStep: 1,
  falseAltitude: 1e-7,
  falseRate: 1e-8,
};

/** After more rejected values in a row than this they are true, or than were taken before, if more than one. */
const REJECTS = 3;
const RESTART_AFTER_S = 300;
const ALTITUDE_NOISE_M = [2, 60] as const;
const RATE_NOISE_MPS = [0.2, 5] as const;
const SILENCE_S = 10;
/** Without an altitude for so long, as on the ground, none is known. */
const FORGOTTEN_S = 60;
const RATE_CHANGE_MPS = 6;
/** Which model is level flight. */
const LEVEL = 0;

// One model's share: x, then the upper half of P.
const SIZE = 9;
/** Where P's element of a row and a column is. */
const AT = [3, 4, 5, 4, 6, 7, 5, 7, 8] as const;
const MOST_MODELS = 4;
const before = new Float64Array(MOST_MODELS * SIZE);
const was = new Float64Array(MOST_MODELS);
const weight = new Float64Array(MOST_MODELS);
/** How likely each model finds what is measured. */
const likelihood = new Float64Array(MOST_MODELS);
/** No model's probability is less: none is ruled out for good. */
const RULED_OUT = 1e-12;
/** What the innovations of the last measurement were, all models together. */
const innovation = { y: 0, variance: 0 };

/** The models' states as the filter keeps them. */
export interface VerticalModels {
  readonly x: Float64Array;
  readonly probability: Float64Array;
}

/** The same one by one: x, and P by rows. */
export function altitudeEstimates({ x, probability }: VerticalModels) {
  return Array.from(probability, (probability, m) => ({
    probability,
    x: x.slice(m * SIZE, m * SIZE + 3),
    P: Float64Array.from(AT, (at) => x[m * SIZE + at]!),
  }));
}

export class VerticalFilter {
  altitudeM = NaN;
  rateMps = NaN;
  altitudeNoiseM: number;
  rateNoiseMps: number;
  readonly #tuning: VerticalTuning;
  readonly #steps: StepTable;
  private readonly n: number;
  /** The models' shares, and from `p` on their probabilities. */
  private readonly x: Float64Array;
  private readonly p: number;
  private atMs = NaN;
  private altitudeMs = NaN;
  private altitudeRejects = 0;
  private rateRejects = 0;
  /** How many were taken since the last silence: one alone does not stand against the next. */
  private altitudeAccepts = 0;
  private altitudeY = NaN;
  private rateY = NaN;
  /** How many differences of innovations noise was learnt from. */
  private learntFrom = 0;

  constructor(tuning: VerticalTuning = VERTICAL) {
    this.#tuning = tuning;
    this.#steps = StepTable.of(tuning.models);
    this.n = tuning.models.length;
    this.p = SIZE * this.n;
    this.x = new Float64Array(this.p + this.n);
    this.altitudeNoiseM = tuning.altitudeNoiseM;
    this.rateNoiseMps = tuning.rateNoiseMps;
  }

  /** Takes a report; NaN is unknown. */
  update(atMs: number, altitudeM: number, rateMps: number): void {
    if (atMs < this.atMs) return;
    if (this.advance(atMs)) this.correct(altitudeM, rateMps);
    else if (!Number.isNaN(altitudeM)) this.start(atMs, altitudeM, rateMps);
  }

  /** Predicts what is at `atMs`; false where there is nothing to predict from. */
  advance(atMs: number): boolean {
    const dtS = (atMs - this.atMs) / 1000;
    if (!(dtS >= 0) || dtS > RESTART_AFTER_S) return false;
    if (dtS > SILENCE_S) this.altitudeAccepts = 0;
    const steps = this.#steps.at(dtS);
    this.mix(steps);
    this.predict(dtS, steps);
    this.atMs = atMs;
    return true;
  }

  /** Takes a report of the time that was advanced to. */
  correct(altitudeM: number, rateMps: number): void {
    if (!Number.isNaN(rateMps)) {
      if (this.measure(1, rateMps, this.rateNoiseMps ** 2)) {
        this.rateRejects = 0;
        this.rateNoiseMps = this.learn(
          this.rateNoiseMps,
          innovation.y - this.rateY,
          RATE_NOISE_MPS,
        );
        this.rateY = innovation.y;
      } else if (++this.rateRejects > REJECTS) {
        this.rateRejects = 0;
        this.loosen(rateMps);
      }
    }
    if (Number.isNaN(altitudeM) && this.atMs - this.altitudeMs > FORGOTTEN_S * 1000) {
      this.atMs = this.altitudeM = this.rateMps = NaN;
      return;
    }
    if (!Number.isNaN(altitudeM)) {
      this.altitudeMs = this.atMs;
      if (this.measure(0, altitudeM, this.altitudeNoiseM ** 2)) {
        this.altitudeRejects = 0;
        this.altitudeNoiseM = this.learn(
          this.altitudeNoiseM,
          innovation.y - this.altitudeY,
          ALTITUDE_NOISE_M,
        );
        if (!Number.isNaN(this.altitudeY)) this.learntFrom++;
        this.altitudeY = innovation.y;
        this.altitudeAccepts++;
      } else if (++this.altitudeRejects > Math.max(1, Math.min(REJECTS, this.altitudeAccepts))) {
        this.start(this.atMs, altitudeM, rateMps);
        return;
      }
    }
    this.combine();
  }

  /** What each model says of now: after `advance` as predicted, after `correct` with the report. */
  models(): VerticalModels {
    return { x: this.x.slice(0, this.p), probability: this.x.slice(this.p) };
  }

  private start(atMs: number, altitudeM: number, rateMps: number): void {
    const knowsRate = !Number.isNaN(rateMps);
    this.atMs = this.altitudeMs = atMs;
    this.altitudeRejects = this.rateRejects = 0;
    this.altitudeAccepts = 1;
    this.x.fill(0);
    for (let m = 0, o = 0; m < this.n; m++, o += SIZE) {
      const model = this.#tuning.models[m]!;
      this.x[o] = altitudeM;
      this.x[o + 1] = knowsRate ? rateMps : 0;
      this.x[o + 3] = this.altitudeNoiseM ** 2;
      this.x[o + 6] = (knowsRate ? this.rateNoiseMps : model.rateMps) ** 2;
      this.x[o + 8] = model.accelerationMps2 ** 2;
      this.x[this.p + m] = 1 / this.n;
    }
    this.combine();
  }

  /** Rates that go on being rejected are true: the filter has missed a manoeuvre. */
  private loosen(rateMps: number): void {
    for (let m = 0, o = 0; m < this.n; m++, o += SIZE) {
      this.x[o + 1] = rateMps;
      this.x[o + 6] = this.x[o + 6]! + this.#tuning.models[m]!.rateMps ** 2;
    }
  }

  private mix({ stay }: Steps): void {
    const { x, p, n } = this;
    for (let k = 0; k < n * SIZE; k++) before[k] = x[k]!;
    for (let i = 0; i < n; i++) was[i] = x[p + i]!;
    for (let j = 0, o = 0; j < n; j++, o += SIZE) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        weight[i] = (i === j ? stay[i]! : (1 - stay[i]!) / (n - 1)) * was[i]!;
        sum += weight[i]!;
      }
      x[p + j] = sum;
      for (let k = o; k < o + SIZE; k++) x[k] = 0;
      for (let i = 0, q = 0; i < n; i++, q += SIZE) {
        const w = weight[i]! / sum;
        for (let k = 0; k < SIZE; k++) x[o + k] = x[o + k]! + w * before[q + k]!;
      }
      for (let i = 0, q = 0; i < n; i++, q += SIZE) {
        const w = weight[i]! / sum;
        const h = before[q]! - x[o]!,
          v = before[q + 1]! - x[o + 1]!,
          a = before[q + 2]! - x[o + 2]!;
        x[o + 3] = x[o + 3]! + w * h * h;
        x[o + 4] = x[o + 4]! + w * h * v;
        x[o + 5] = x[o + 5]! + w * h * a;
        x[o + 6] = x[o + 6]! + w * v * v;
        x[o + 7] = x[o + 7]! + w * v * a;
        x[o + 8] = x[o + 8]! + w * a * a;
      }
    }
  }

  private predict(T: number, steps: Steps): void {
    const { x } = this;
    if (T === 0) return;
    const { models, driftM2PerS } = this.#tuning;
    for (let m = 0, o = 0; m < this.n; m++, o += SIZE) {
      const { decay: e, f02, f12, q00, q01, q02, q11, q12, q22 } = steps.models[m]!;
      const { rateMps, accelerationMps2 } = models[m]!;
      if (m === LEVEL) {
        x[o + 3] = x[o + 3]! + driftM2PerS * T;
        x[o + 6] = rateMps * rateMps;
        x[o + 8] = accelerationMps2 * accelerationMps2;
        x[o + 1] =
          x[o + 2] =
          x[o + 4] =
          x[o + 5] =
          x[o + 7] =
            0;
        continue;
      }
      const isSilence = T > SILENCE_S;
      const s2 = isSilence ? 0 : accelerationMps2 * accelerationMps2;
      const acc = x[o + 2]!;
      x[o] = x[o]! + x[o + 1]! * T + f02 * acc;
      x[o + 1] = x[o + 1]! + f12 * acc;
      x[o + 2] = e * acc;
      const p00 = x[o + 3]!, p01 = x[o + 4]!, p02 = x[o + 5]!;
      const p11 = x[o + 6]!, p12 = x[o + 7]!, p22 = x[o + 8]!;
      const b01 = p01 + T * p11 + f02 * p12, b02 = p02 + T * p12 + f02 * p22;
      x[o + 3] = p00 + T * p01 + f02 * p02 + T * b01 + f02 * b02 +
        s2 * q00;
      x[o + 4] = b01 + f12 * b02 + s2 * q01;
      x[o + 5] = e * b02 + s2 * q02;
      x[o + 6] = p11 + 2 * f12 * p12 + f12 * f12 * p22 + s2 * q11;
      x[o + 7] = e * (p12 + f12 * p22) + s2 * q12;
      x[o + 8] = e * e * p22 + s2 * q22;
      if (!isSilence) continue;
      // Nobody knows what it did, but aircraft do not accelerate up or down for long: only its rate may
      // have become another one, at any time.
      x[o + 3] = x[o + 3]! + (RATE_CHANGE_MPS * T) ** 2 / 3;
      x[o + 4] = x[o + 4]! + RATE_CHANGE_MPS ** 2 * T / 2;
      x[o + 6] = x[o + 6]! + RATE_CHANGE_MPS ** 2;
      x[o + 8] = x[o + 8]! + accelerationMps2 ** 2;
    }
  }

  private measure(i: 0 | 1, z: number, R: number): boolean {
    const { x, p, n } = this;
    const { falseAltitude, falseRate } = this.#tuning;
    let sum = 0;
    for (let m = 0, o = 0; m < n; m++, o += SIZE) {
      const y = z - x[o + i]!, S = x[o + (i === 0 ? 3 : 6)]! + R;
      sum += likelihood[m] = x[p + m]! * Math.exp(-y * y / (2 * S)) / Math.sqrt(2 * Math.PI * S);
    }
    if (!(sum > (i === 0 ? falseAltitude : falseRate))) return false;
    innovation.y = innovation.variance = 0;
    for (let m = 0, o = 0; m < n; m++, o += SIZE) {
      const y = z - x[o + i]!;
      const h0 = i === 0 ? x[o + 3]! : x[o + 4]!;
      const h1 = i === 0 ? x[o + 4]! : x[o + 6]!;
      const h2 = i === 0 ? x[o + 5]! : x[o + 7]!;
      const S = (i === 0 ? h0 : h1) + R;
      innovation.y += x[p + m]! * y;
      innovation.variance += x[p + m]! * S;
      x[p + m] = (likelihood[m]! / sum + RULED_OUT) / (1 + n * RULED_OUT);
      const k0 = h0 / S, k1 = h1 / S, k2 = h2 / S;
      x[o] = x[o]! + k0 * y;
      x[o + 1] = x[o + 1]! + k1 * y;
      x[o + 2] = x[o + 2]! + k2 * y;
      x[o + 3] = x[o + 3]! - k0 * h0;
      x[o + 4] = x[o + 4]! - k0 * h1;
      x[o + 5] = x[o + 5]! - k0 * h2;
      x[o + 6] = x[o + 6]! - k1 * h1;
      x[o + 7] = x[o + 7]! - k1 * h2;
      x[o + 8] = x[o + 8]! - k2 * h2;
    }
    return true;
  }

  private learn(noise: number, dy: number, [least, most]: readonly [number, number]): number {
    if (Number.isNaN(dy)) return noise;
    // The median of a squared normal difference is 0.4549 of its variance, which is twice that of one.
    const { noiseStep, firstStep } = this.#tuning;
    const step = 1 + Math.max(noiseStep, firstStep / (this.learntFrom + 5));
    const louder = dy * dy > 2 * 0.4549 * innovation.variance;
    return Math.max(least, Math.min(most, louder ? noise * step : noise / step));
  }

  private combine(): void {
    const { x, p, n } = this;
    let h = 0, v = 0;
    for (let m = 0, o = 0; m < n; m++, o += SIZE) {
      h += x[p + m]! * x[o]!;
      v += x[p + m]! * x[o + 1]!;
    }
    this.altitudeM = h;
    this.rateMps = v;
  }
}
