/**
 * Where an aircraft is and how it moves over the ground, from noisy, late, missing and false reports.
 *
 * An interacting multiple model filter (Blom and Bar-Shalom, "The interacting multiple model algorithm",
 * 1988) of Singer models (Singer, "Estimating optimal tracking filter performance for manned maneuvering
 * targets", 1970), which differ in how hard the aircraft accelerates along its path and across it;
 * accelerations turn with the course, as in a coordinated turn (Bar-Shalom, Li and Kirubarajan,
 * "Estimation with applications to tracking and navigation", 2001, 11.7). Position and velocity each have
 * a gate of their own. Their noise is learnt from successive innovations, by a running median.
 *
 * Reported courses may be off against the positions: by an angle, and by one that changes with the
 * longitude, as it does where a source computed them on a map projection (grid north). Both are states.
 *
 * States are kept along and across the path (path_axes.ts) on a plane that touches the earth nearby:
 * x  position, velocity, acceleration along; across likewise; the courses' offset; its share of the
 *    meridians' convergence, 0 for true north, 1 for grid north: m, m/s, m/s², rad, 1
 * P  their covariance; R  a measurement's variance
 */
import { cosine, LocalFrame, type Placed, type Planar, sine } from "./frame.ts";
import {
  AA,
  AC,
  ACROSS,
  addSpread,
  ALONG,
  correctAcross,
  correctAlong,
  covariance,
  GRID,
  OFFSET,
  PA,
  PC,
  predictAcross,
  predictAlong,
  SIZE,
  turnAxes,
  VA,
  VC,
} from "./path_axes.ts";
import { type Steps, StepTable } from "./singer.ts";
import type { PositionUse } from "./track.ts";

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
  /** How fast they are learnt: the part by which one report changes them. */
  readonly noiseStep: number;
  /** What velocities leave unsaid of positions, m²/s. */
  readonly slipM2PerS: number;
  /** The courses' offset: its standard deviation at first, rad, how it grows, rad²/s, and the last state's. */
  readonly offsetRad: number;
  readonly offsetRad2PerS: number;
  readonly gridShare: number;
  /** Gates: squared normalised innovations (2 degrees of freedom) that are still believed. */
  readonly positionGate: number;
  readonly velocityGate: number;
}

/** Steady flight, turns and changes of speed, and what is harder; fitted to docs/scorecard.md's flights. */
export const HORIZONTAL: HorizontalTuning = {
  manoeuvres: [
    { alongMps2: 0.45, acrossMps2: 0.001, lastsS: 4.5, staysS: 1100 },
    { alongMps2: 2.7, acrossMps2: 1.26, lastsS: 30, staysS: 100 },
    { alongMps2: 8, acrossMps2: 3, lastsS: 0.4, staysS: 5 },
  ],
  positionNoiseM: 30,
  velocityNoiseMps: 1,
  noiseStep: 0.0128,
  slipM2PerS: 0.02,
  offsetRad: 0.026,
  offsetRad2PerS: 2.4e-11,
  gridShare: 1.6,
  positionGate: 40,
  velocityGate: 25,
};

const RAD = Math.PI / 180;
const EARTH_RADIUS_M = 6_371_008.8;
/** So many rejected positions in a row are where the aircraft is; fewer where as few were believed. */
const REJECTS_BELIEVED = 4;
/** False positions are farther off than this. */
const NEARBY_M = 150;
/** After such a silence, what was known of the position counts as one report. */
const SILENCE_S = 15;
/** After such a silence nothing of before is used. */
const RESTART_AFTER_S = 300;
/** The plane is true within centimetres up to here. */
const RECENTRE_M = 10_000;
const POSITION_NOISE_M = [10, 400] as const;
const VELOCITY_NOISE_MPS = [0.5, 10] as const;
/** What an aircraft may do before its velocity is known, m/s. */
const UNKNOWN_SPEED_MPS = 150;
/** Below this an aircraft has no course to speak of. */
const SLOW_MPS = 10;
/** The steepest the meridians are taken to converge: within 5° of a pole they hardly mean anything. */
const STEEPEST_CONVERGENCE = Math.tan(85 * RAD);
/** Models count in each other's mixture from this weight on. */
const NEGLIGIBLE = 1e-4;

const MOST_MODELS = 4;

// Scratch space: one update is over before the next begins.
const where: Placed = { lat: NaN, lon: NaN, tangent: NaN, convergenceRad: NaN };
const place: Planar = { eastM: NaN, northM: NaN, convergenceRad: NaN };
const before = new Float64Array(MOST_MODELS * SIZE);
const weight = new Float64Array(MOST_MODELS);
const distance2 = new Float64Array(MOST_MODELS);
const determinant = new Float64Array(MOST_MODELS);
/** What the report makes of each model: its squared normalised innovations, and the product of their variances. */
const miss2 = new Float64Array(MOST_MODELS);
const spread = new Float64Array(MOST_MODELS);
/** The last measurement's innovation, all models together. */
const innovation = { along: NaN, across: NaN, variance: NaN };
/** A change of course of less, radians, leaves the axes as they are. */
const LEAST_TURN = 5e-4;

/** State and covariance where the aircraft is, its axes being true east and north there. */
export interface HorizontalEstimate {
  readonly lat: number;
  readonly lon: number;
  /** East, north, then the offset and its share, in the order of `x` above; the positions are 0. */
  readonly x: Float64Array;
  readonly P: Float64Array;
}

export class HorizontalFilter {
  /** The estimate: WGS84 degrees, m/s as the aircraft reports its velocity, degrees [0, 360). */
  lat = NaN;
  lon = NaN;
  eastMps = NaN;
  northMps = NaN;
  speedMps = NaN;
  trackDeg = NaN;
  /** Positive to the right. */
  turnRateDegPerS = NaN;
  /** Standard deviations of the source's positions and velocities along each axis, as learnt. */
  positionNoiseM: number;
  velocityNoiseMps: number;
  /** Where the newest report was expected, if its position was not believed at once. */
  expectedLat = NaN;
  expectedLon = NaN;

  readonly #tuning: HorizontalTuning;
  readonly #steps: StepTable;
  private readonly models: number;
  private frame!: LocalFrame;
  /** The axis along the path: the sine and cosine of its course on the plane. */
  private sin = 0;
  private cos = 1;
  /** How steeply the meridians converge there: radians an earth's radius to the east. */
  private steepness = NaN;
  /** x and P of each model. */
  private readonly state: Float64Array;
  /** Probabilities of the models, and what they were before the newest report. */
  private readonly probability: Float64Array;
  private readonly prior: Float64Array;
  private atMs = NaN;
  private rejects = 0;
  /** Positions believed since the last start or silence. */
  private accepts = 0;
  private lastLat = NaN;
  private lastLon = NaN;
  // Innovations before, for learning what is noise.
  private positionAlong = NaN;
  private positionAcross = NaN;
  private velocityAlong = NaN;
  private velocityAcross = NaN;

  constructor(tuning: HorizontalTuning = HORIZONTAL) {
    this.#tuning = tuning;
    this.#steps = StepTable.of(tuning.manoeuvres);
    this.models = tuning.manoeuvres.length;
    this.state = new Float64Array(SIZE * this.models);
    this.probability = new Float64Array(this.models);
    this.prior = new Float64Array(this.models);
    this.positionNoiseM = tuning.positionNoiseM;
    this.velocityNoiseMps = tuning.velocityNoiseMps;
  }

  /**
   * Takes the report of `atMs`; position, speed, m/s, and true track, degrees, are NaN where unknown. One
   * that is older than the newest changes nothing.
   */
  update(atMs: number, lat: number, lon: number, speedMps: number, trackDeg: number): PositionUse {
    if (atMs < this.atMs) return "missing";
    if (!this.advance(atMs)) {
      if (Number.isNaN(lat + lon)) return "missing";
      this.start(atMs, lat, lon, speedMps, trackDeg);
      return "used";
    }
    return this.correct(lat, lon, speedMps, trackDeg);
  }

  /** Predicts what is at `atMs`; false where there is nothing to predict from. */
  advance(atMs: number): boolean {
    const dtS = (atMs - this.atMs) / 1000;
    if (!(dtS >= 0) || dtS > RESTART_AFTER_S) return false;
    const steps = this.#steps.at(dtS);
    this.mix(steps);
    if (dtS > 0) this.predict(dtS, steps);
    if (dtS > SILENCE_S) this.accepts = 1;
    this.atMs = atMs;
    return true;
  }

  /** Takes a report of the time that was advanced to. */
  correct(lat: number, lon: number, speedMps: number, trackDeg: number): PositionUse {
    for (let m = 0; m < this.models; m++) {
      miss2[m] = 0;
      spread[m] = 1;
    }
    const isPlaced = !Number.isNaN(lat + lon);
    if (isPlaced) this.frame.toPlane(lat, lon, place);
    const { sin, cos } = this;
    if (speedMps >= 0 && trackDeg >= 0) {
      // True north is about the same where the aircraft is expected.
      const courseRad = trackDeg * RAD + (isPlaced ? place : this.expect()).convergenceRad;
      const eastMps = speedMps * Math.sin(courseRad), northMps = speedMps * Math.cos(courseRad);
      this.takeVelocity(eastMps * sin + northMps * cos, eastMps * cos - northMps * sin);
    }
    const use = isPlaced ? this.usePosition(lat, lon) : "missing";
    if (use === "reacquired") this.start(this.atMs, lat, lon, speedMps, trackDeg);
    else {
      this.weigh();
      this.combine();
    }
    return use;
  }

  /** Takes the position that `place` has on the plane, or says why not. */
  private usePosition(lat: number, lon: number): PositionUse {
    // The same position twice is no news: a source repeats what it has.
    if (lat === this.lastLat && lon === this.lastLon) return "repeated";
    const { sin, cos } = this;
    const { eastM, northM } = place;
    let use: PositionUse = "used";
    if (this.takePosition(eastM * sin + northM * cos, eastM * cos - northM * sin)) {
      this.rejects = 0;
      this.accepts++;
    } else {
      const { lat, lon } = this.expect();
      this.expectedLat = lat;
      this.expectedLon = lon;
      if (++this.rejects >= Math.min(REJECTS_BELIEVED, this.accepts + 1)) return "reacquired";
      use = "rejected";
    }
    this.lastLat = lat;
    this.lastLon = lon;
    return use;
  }

  /** The models in one, by their moments. */
  estimate(): HorizontalEstimate {
    const { models, state, probability } = this;
    const x = new Float64Array(N), P = new Float64Array(N * N);
    for (let m = 0, o = 0; m < models; m++, o += SIZE) {
      for (let r = 0; r < N; r++) x[r]! += probability[m]! * state[o + TO[r]!]!;
    }
    for (let m = 0, o = 0; m < models; m++, o += SIZE) {
      for (let r = 0, at = 0; r < N; r++) {
        const d = state[o + TO[r]!]! - x[r]!;
        for (let c = 0; c < N; c++, at++) {
          P[at]! += probability[m]! *
            (covariance(state, o, TO[r]!, TO[c]!) + d * (state[o + TO[c]!]! - x[c]!));
        }
      }
    }
    // East is across, north along, until both are turned by the path's course.
    const { sin, cos } = this;
    const eastM = x[0]! * cos + x[3]! * sin, northM = x[3]! * cos - x[0]! * sin;
    this.frame.toDegrees(eastM, northM, where);
    const trueRad = Math.atan2(sin, cos) - where.convergenceRad;
    x[0] = x[3] = 0;
    turn(x, -trueRad);
    turnCovariance(P, -trueRad);
    return { lat: where.lat, lon: where.lon, x, P };
  }

  private start(
    atMs: number,
    lat: number,
    lon: number,
    speedMps: number,
    trackDeg: number,
  ): void {
    const hasVelocity = speedMps >= 0 && trackDeg >= 0;
    const { state } = this;
    const tuning = this.#tuning;
    // What was learnt of the courses' offset is the source's, and stays.
    const isFirst = Number.isNaN(this.atMs);
    const offset = isFirst ? 0 : state[OFFSET]!, grid = isFirst ? 0 : state[GRID]!;
    this.atMs = atMs;
    this.frame = new LocalFrame(lat, lon);
    this.sin = hasVelocity ? Math.sin(trackDeg * RAD) : 0;
    this.cos = hasVelocity ? Math.cos(trackDeg * RAD) : 1;
    this.rejects = 0;
    this.accepts = 1;
    this.lastLat = lat;
    this.lastLon = lon;
    this.positionAlong = this.velocityAlong = NaN;
    state.fill(0);
    const velocity2 = (hasVelocity ? this.velocityNoiseMps : UNKNOWN_SPEED_MPS) ** 2;
    for (let m = 0, o = 0; m < this.models; m++, o += SIZE) {
      state[o + VA] = hasVelocity ? speedMps : 0;
      state[o + OFFSET] = offset;
      state[o + GRID] = grid;
      const { acrossMps2 } = tuning.manoeuvres[m]!;
      state[o + ALONG] = state[o + ACROSS] = this.positionNoiseM ** 2;
      state[o + ALONG + 3] = state[o + ACROSS + 5] = velocity2;
      state[o + ALONG + 5] = state[o + ACROSS + 9] = acrossMps2 ** 2;
      state[o + ACROSS + 12] = tuning.offsetRad ** 2;
      state[o + ACROSS + 14] = tuning.gridShare ** 2;
      this.probability[m] = 1 / this.models;
    }
    this.combine();
  }

  /** Each model starts from what all of them together say. */
  private mix({ stay }: Steps): void {
    const { models: n, state: x, probability: p, prior: c } = this;
    for (let k = 0; k < n * SIZE; k++) before[k] = x[k]!;
    for (let j = 0, o = 0; j < n; j++, o += SIZE) {
      let all = 0, sum = 0;
      for (let i = 0; i < n; i++) {
        weight[i] = (i === j ? stay[i]! : (1 - stay[i]!) / (n - 1)) * p[i]!;
        all += weight[i]!;
      }
      c[j] = all;
      for (let i = 0; i < n; i++) {
        if (weight[i]! < NEGLIGIBLE * all) weight[i] = 0;
        sum += weight[i]!;
      }
      // Nothing comes from others: it goes on as it is.
      if (weight[j] === sum) continue;
      for (let k = o; k < o + SIZE; k++) x[k] = 0;
      for (let i = 0, q = 0; i < n; i++, q += SIZE) {
        const w = weight[i]! / sum;
        if (w > 0) { for (let k = 0; k < SIZE; k++) x[o + k] = x[o + k]! + w * before[q + k]!; }
      }
      for (let i = 0, q = 0; i < n; i++, q += SIZE) {
        const w = weight[i]! / sum;
        if (w > 0) addSpread(x, o, before, q, w);
      }
    }
  }

  private predict(T: number, steps: Steps): void {
    const { state: x, sin, cos } = this;
    const tuning = this.#tuning;
    const { steepness } = this;
    for (let m = 0, o = 0; m < this.models; m++, o += SIZE) {
      const { alongMps2, acrossMps2 } = tuning.manoeuvres[m]!;
      const step = steps.models[m]!;
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
      predictAlong(x, o, T, step, hasCourse ? along2 : (along2 + across2) / 2);
      const a2 = hasCourse ? across2 : (along2 + across2) / 2;
      predictAcross(x, o, T, step, a2, alongM, converged);
      addTo(x, o + ALONG, tuning.slipM2PerS * T);
      addTo(x, o + ACROSS, tuning.slipM2PerS * T);
      addTo(x, o + ACROSS + 12, tuning.offsetRad2PerS * T);
    }
  }

  private takeVelocity(alongMps: number, acrossMps: number): void {
    const { velocityNoiseMps: noise } = this;
    const tuning = this.#tuning;
    if (!this.measure(true, alongMps, acrossMps, noise ** 2, tuning.velocityGate)) return;
    const { along, across } = innovation;
    const d2 = (along - this.velocityAlong) ** 2 + (across - this.velocityAcross) ** 2;
    this.velocityNoiseMps = learnt(noise, d2, tuning.noiseStep, VELOCITY_NOISE_MPS);
    this.velocityAlong = along;
    this.velocityAcross = across;
  }

  private takePosition(alongM: number, acrossM: number): boolean {
    const { positionNoiseM: noise } = this;
    const tuning = this.#tuning;
    const gate = tuning.positionGate;
    if (!this.measure(false, alongM, acrossM, noise ** 2, gate)) {
      const off2 = innovation.along ** 2 + innovation.across ** 2;
      if (!(off2 < NEARBY_M ** 2)) return false;
      // So near, it is not the position that is false, but what is thought of the motion.
      this.loosen(off2);
      this.measure(false, alongM, acrossM, noise ** 2, gate);
    }
    const { along, across } = innovation;
    const d2 = (along - this.positionAlong) ** 2 + (across - this.positionAcross) ** 2;
    this.positionNoiseM = learnt(noise, d2, tuning.noiseStep, POSITION_NOISE_M);
    this.positionAlong = along;
    this.positionAcross = across;
    return true;
  }

  /**
   * Takes a measurement of the velocity or of the position, unless it is beyond the gate for every model;
   * false where it was.
   */
  private measure(
    isVelocity: boolean,
    along: number,
    across: number,
    R: number,
    gate: number,
  ): boolean {
    const { state: x, prior } = this;
    const i = isVelocity ? VA : PA, j = isVelocity ? VC : PC;
    const ii = isVelocity ? ALONG + 3 : ALONG, jj = isVelocity ? ACROSS + 5 : ACROSS;
    let least = Infinity;
    innovation.along = innovation.across = innovation.variance = 0;
    for (let m = 0, o = 0; m < this.models; m++, o += SIZE) {
      const yA = along - x[o + i]!, yC = across - x[o + j]!;
      const sA = x[o + ii]! + R, sC = x[o + jj]! + R;
      determinant[m] = sA * sC;
      const d2 = yA * yA / sA + yC * yC / sC;
      distance2[m] = d2;
      if (!(d2 >= least)) least = d2;
      innovation.along += prior[m]! * yA;
      innovation.across += prior[m]! * yC;
      innovation.variance += prior[m]! * Math.sqrt(sA * sC);
    }
    if (!(least <= gate)) return false;
    for (let m = 0, o = 0; m < this.models; m++, o += SIZE) {
      miss2[m] = miss2[m]! + distance2[m]!;
      spread[m] = spread[m]! * determinant[m]!;
      correctAlong(x, o, isVelocity, along - x[o + i]!, R);
      correctAcross(x, o, isVelocity, across - x[o + j]!, R);
    }
    return true;
  }

  /** Trusts the position less, by this variance, m². */
  private loosen(variance: number): void {
    for (let o = 0; o < this.models * SIZE; o += SIZE) {
      addTo(this.state, o + ALONG, variance);
      addTo(this.state, o + ACROSS, variance);
    }
  }

  /** Bayes: the models by how well each foresaw the report. */
  private weigh(): void {
    const { probability: p, prior, models: n } = this;
    let least = Infinity, sum = 0;
    for (let m = 0; m < n; m++) if (miss2[m]! < least) least = miss2[m]!;
    // Scaled, so that the best model's likelihood cannot vanish.
    for (let m = 0; m < n; m++) {
      p[m] = prior[m]! * Math.exp((least - miss2[m]!) / 2) / Math.sqrt(spread[m]!);
      sum += p[m]!;
    }
    for (let m = 0; m < n; m++) p[m] = p[m]! / sum;
    // None is ruled out for good.
    for (let m = 0; m < n; m++) p[m] = (p[m]! + 1e-12) / (1 + n * 1e-12);
  }

  /** The last estimate, moved on by what all models together say. */
  private expect(): Placed {
    const { state: x, prior, sin, cos } = this;
    let alongM = 0, acrossM = 0;
    for (let m = 0, o = 0; m < this.models; m++, o += SIZE) {
      alongM += prior[m]! * x[o + PA]!;
      acrossM += prior[m]! * x[o + PC]!;
    }
    this.frame.toDegrees(alongM * sin + acrossM * cos, alongM * cos - acrossM * sin, where);
    return where;
  }

  private combine(): void {
    const { state: x, probability: p } = this;
    let pa = 0, va = 0, aa = 0, pc = 0, vc = 0, ac = 0;
    for (let m = 0, o = 0; m < this.models; m++, o += SIZE) {
      const w = p[m]!;
      pa += w * x[o + PA]!;
      va += w * x[o + VA]!;
      aa += w * x[o + AA]!;
      pc += w * x[o + PC]!;
      vc += w * x[o + VC]!;
      ac += w * x[o + AC]!;
    }
    const { sin, cos } = this;
    this.frame.toDegrees(pa * sin + pc * cos, pa * cos - pc * sin, where);
    this.lat = where.lat;
    this.lon = where.lon;
    const { tangent, convergenceRad } = where;
    this.steepness = Math.max(-STEEPEST_CONVERGENCE, Math.min(STEEPEST_CONVERGENCE, tangent));
    const ve = va * sin + vc * cos, vn = va * cos - vc * sin;
    const sinN = sine(convergenceRad), cosN = cosine(convergenceRad);
    this.eastMps = ve * cosN - vn * sinN;
    this.northMps = vn * cosN + ve * sinN;
    const v2 = va * va + vc * vc;
    this.speedMps = Math.sqrt(v2);
    const trackDeg = Math.atan2(this.eastMps, this.northMps) / RAD;
    this.trackDeg = trackDeg < 0 ? trackDeg + 360 : trackDeg;
    const hasCourse = v2 > SLOW_MPS * SLOW_MPS;
    this.turnRateDegPerS = hasCourse ? (va * ac - vc * aa) / v2 / RAD : 0;
    if (pa * pa + pc * pc > RECENTRE_M ** 2) this.recentre(pa, pc, sinN, cosN);
    if (hasCourse && Math.abs(vc) > LEAST_TURN * this.speedMps) {
      this.turnAxes(vc / this.speedMps, va / this.speedMps);
    }
  }

  /** The axes to the course that is flown, which is to their right by an angle of this sine and cosine. */
  private turnAxes(sinT: number, cosT: number): void {
    const { sin, cos } = this;
    this.sin = sin * cosT + cos * sinT;
    this.cos = cos * cosT - sin * sinT;
    for (let m = 0; m < this.models; m++) turnAxes(this.state, m * SIZE, sinT, cosT);
  }

  private recentre(alongM: number, acrossM: number, sinN: number, cosN: number): void {
    const { state: x, sin, cos } = this;
    this.frame = new LocalFrame(this.lat, this.lon);
    // Courses there are true ones.
    this.sin = sin * cosN - cos * sinN;
    this.cos = cos * cosN + sin * sinN;
    for (let o = 0; o < this.models * SIZE; o += SIZE) {
      x[o + PA] = x[o + PA]! - alongM;
      x[o + PC] = x[o + PC]! - acrossM;
    }
  }
}

/** Where the states of an estimate are in a model's: east is across, north along. */
const TO = [PC, VC, AC, PA, VA, AA, OFFSET, GRID] as const;
/** States of an estimate. */
export const N = TO.length;

function addTo(x: Float64Array, i: number, more: number): void {
  x[i] = x[i]! + more;
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

/**
 * A standard deviation after one more squared difference of two innovations: half of those are larger
 * than their median, which for two axes of innovation variance S is 4 ln 2 S.
 */
function learnt(
  noise: number,
  difference2: number,
  step: number,
  [least, most]: readonly [number, number],
): number {
  if (Number.isNaN(difference2)) return noise;
  const isLouder = difference2 > 4 * Math.LN2 * innovation.variance;
  return Math.max(least, Math.min(most, isLouder ? noise * (1 + step) : noise / (1 + step)));
}
