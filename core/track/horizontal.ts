/**
 * Where an aircraft is and how it moves over the ground, from noisy, late, missing and false reports.
 *
 * An interacting multiple model filter (Blom and Bar-Shalom, "The interacting multiple model algorithm",
 * 1988) of Singer models (Singer, "Estimating optimal tracking filter performance for manned maneuvering
 * targets", 1970), which differ in how hard the aircraft accelerates along its path and across it;
 * accelerations turn with the course, as in a coordinated turn (Bar-Shalom, Li and Kirubarajan,
 * "Estimation with applications to tracking and navigation", 2001, 11.7). What is false in a report is
 * judged by Bayes' rule, position and velocity together, rather than by gates. Their noise is learnt from
 * successive innovations, by a running median with a step that shrinks (Robbins and Monro, 1951).
 *
 * Reported courses may be off against the positions: by an angle, and by one that changes with the
 * longitude, as it does where a source computed them on a map projection (grid north). Both are states;
 * what is likely of them is in north.ts.
 *
 * States are kept along and across the path (path_axes.ts) on a plane that touches the earth nearby:
 * x  position, velocity, acceleration along; across likewise; the courses' offset; its share of the
 *    meridians' convergence, 0 for true north, 1 for grid north: m, m/s, m/s², rad, 1
 * P  their covariance; z  what is measured; R  its variance; y  an innovation; S  its variance
 */
import { cosine, LocalFrame, type Placed, type Planar, sine } from "./frame.ts";
import type { Models } from "./horizontal_estimate.ts";
import { associate, judge, judged, type Measured } from "./judge.ts";
import { mix } from "./mixture.ts";
import { type Motion, move, SLOW_MPS } from "./motion.ts";
import { acrossByNorthM } from "./north.ts";
import {
  AA,
  AA_ACROSS,
  AA_ALONG,
  AC,
  ACROSS,
  ALONG,
  BB,
  correct,
  GG,
  GRID,
  OFFSET,
  PA,
  PC,
  SIZE,
  turnAxes,
  VA,
  VC,
  VV_ACROSS,
  VV_ALONG,
} from "./path_axes.ts";
import { NOWHERE, Rejected } from "./rejected.ts";
import { type Steps, StepTable } from "./singer.ts";
import type { PositionUse } from "./track.ts";
import { HORIZONTAL, type HorizontalTuning } from "./tuning.ts";

const RAD = Math.PI / 180;
/** So many false velocities in a row are true. */
const VELOCITY_REJECTS_BELIEVED = 6;
/** False positions are farther off than this. */
const NEARBY_M = 150;
/** After such a silence, what was known of the position does not stand against two reports. */
const SILENCE_S = 15;
/** After such a silence nothing of before is used. */
const RESTART_AFTER_S = 300;
/** The plane is true within centimetres up to here. */
const RECENTRE_M = 10_000;
const POSITION_NOISE_M = [10, 400] as const;
const VELOCITY_NOISE_MPS = [0.5, 10] as const;
/** What an aircraft may do before its velocity is known, m/s. */
const UNKNOWN_SPEED_MPS = 150;
/** The steepest the meridians are taken to converge: within 5° of a pole they hardly mean anything. */
const STEEPEST_CONVERGENCE = Math.tan(85 * RAD);
// Scratch space: one update is over before the next begins.
const where: Placed = { lat: NaN, lon: NaN, tangent: NaN, convergenceRad: NaN };
const place: Planar = { eastM: NaN, northM: NaN, convergenceRad: NaN };
const motion: Motion = { sin: NaN, cos: NaN, steepness: NaN, offset2: NaN };
/** What the report says, in the axes of the path. */
const z: Measured = { alongM: NaN, acrossM: NaN, alongMps: NaN, acrossMps: NaN };
/** The last measurement's innovation, all models together. */
const innovation = { along: NaN, across: NaN, variance: NaN };
/** A change of course of less, radians, leaves the axes as they are. */
const LEAST_TURN = 5e-4;

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
  expected = NOWHERE;

  readonly #tuning: HorizontalTuning;
  readonly #steps: StepTable;
  private readonly modelCount: number;
  private frame!: LocalFrame;
  /** The axis along the path: the sine and cosine of its course on the plane. */
  private sin = 0;
  private cos = 1;
  /** How steeply the meridians converge there: radians an earth's radius to the east. */
  private steepness = NaN;
  /** x and P of each model. */
  private readonly state: Float64Array;
  /** Probabilities of the models. */
  private readonly probability: Float64Array;
  private atMs = NaN;
  readonly rejected = new Rejected();
  /** Positions believed since the last start or silence. */
  private accepts = 0;
  private velocityRejects = 0;
  /** How many differences of successive innovations noise was learnt from. */
  private learntFrom = 0;
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
    this.modelCount = tuning.manoeuvres.length;
    // Of one buffer: that of a few numbers takes more than they do.
    const numbers = new Float64Array((SIZE + 1) * this.modelCount);
    this.state = numbers.subarray(0, SIZE * this.modelCount);
    this.probability = numbers.subarray(SIZE * this.modelCount);
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
      if (!Number.isFinite(lat + lon)) return "missing";
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
    mix(this.state, this.probability, steps);
    if (dtS > 0) this.predict(dtS, steps);
    if (dtS > SILENCE_S) this.accepts = 0;
    this.atMs = atMs;
    return true;
  }

  /** Takes a report of the time that was advanced to. */
  correct(lat: number, lon: number, speedMps: number, trackDeg: number): PositionUse {
    const isPlaced = Number.isFinite(lat + lon);
    if (isPlaced) this.frame.toPlane(lat, lon, place);
    const { sin, cos } = this;
    const hasVelocity = isVelocity(speedMps, trackDeg);
    z.alongMps =
      z.acrossMps =
      z.alongM =
      z.acrossM =
        NaN;
    if (hasVelocity) {
      // True north is about the same where the aircraft is expected.
      const courseRad = trackDeg * RAD + (isPlaced ? place : this.expect()).convergenceRad;
      const eastMps = speedMps * Math.sin(courseRad), northMps = speedMps * Math.cos(courseRad);
      z.alongMps = eastMps * sin + northMps * cos;
      z.acrossMps = eastMps * cos - northMps * sin;
    }
    // The same position twice is no news: a source repeats what it has.
    const isNew = isPlaced && !(lat === this.lastLat && lon === this.lastLon);
    if (isNew) {
      z.alongM = place.eastM * sin + place.northM * cos;
      z.acrossM = place.eastM * cos - place.northM * sin;
      this.lastLat = lat;
      this.lastLon = lon;
    }
    const { velocityNoiseMps, positionNoiseM } = this;
    const [Rp, Rv] = [positionNoiseM ** 2, velocityNoiseMps ** 2];
    judge(this.state, this.probability, z, Rp, Rv, this.#tuning);
    const { truth, isDoubtful } = judged;
    const takesVelocity = hasVelocity && this.believesVelocity(truth.velocity);
    const takesPosition = isNew && this.believesPosition(truth.position);
    if (isNew && !takesPosition) {
      const { lat: expectedLat, lon: expectedLon } = this.expect();
      this.expected = { lat: expectedLat, lon: expectedLon };
      if (this.rejected.isThere(this.atMs, { lat, lon }, positionNoiseM, this.accepts)) {
        this.start(this.atMs, lat, lon, speedMps, trackDeg);
        return "reacquired";
      }
    }
    // What is believed against all likelihood is believed without a doubt.
    const isLikely = takesVelocity === (hasVelocity && truth.velocity) &&
      takesPosition === (isNew && truth.position);
    if (isDoubtful && isLikely) {
      associate(this.state, this.modelCount, z, Rp, Rv);
      this.positionAlong = this.velocityAlong = NaN;
    } else {
      if (takesVelocity) this.takeVelocity();
      if (takesPosition) this.takePosition();
    }
    this.combine();
    return !isPlaced ? "missing" : !isNew ? "repeated" : takesPosition ? "used" : "rejected";
  }

  /** What each model says of now: after `advance` as predicted, after `correct` with the report. */
  models(): Models {
    const { state, probability, frame, sin, cos } = this;
    return { state: state.slice(), probability: probability.slice(), frame, sin, cos };
  }

  private start(
    atMs: number,
    lat: number,
    lon: number,
    speedMps: number,
    trackDeg: number,
  ): void {
    const hasVelocity = isVelocity(speedMps, trackDeg);
    const { state } = this;
    const tuning = this.#tuning;
    // What was learnt of the courses' offset is the source's, and stays.
    const isFirst = Number.isNaN(this.atMs);
    const offset = isFirst ? 0 : state[OFFSET]!, grid = isFirst ? 0 : state[GRID]!;
    this.atMs = atMs;
    this.frame = new LocalFrame(lat, lon);
    this.sin = hasVelocity ? Math.sin(trackDeg * RAD) : 0;
    this.cos = hasVelocity ? Math.cos(trackDeg * RAD) : 1;
    this.rejected.clear();
    this.accepts = 1;
    this.lastLat = lat;
    this.lastLon = lon;
    this.positionAlong = this.velocityAlong = NaN;
    state.fill(0);
    const velocity2 = (hasVelocity ? this.velocityNoiseMps : UNKNOWN_SPEED_MPS) ** 2;
    for (let m = 0, o = 0; m < this.modelCount; m++, o += SIZE) {
      state[o + VA] = hasVelocity ? speedMps : 0;
      state[o + OFFSET] = offset;
      state[o + GRID] = grid;
      const { acrossMps2 } = tuning.manoeuvres[m]!;
      state[o + ALONG] = state[o + ACROSS] = this.positionNoiseM ** 2;
      state[o + ALONG + VV_ALONG] = state[o + ACROSS + VV_ACROSS] = velocity2;
      state[o + ALONG + AA_ALONG] = state[o + ACROSS + AA_ACROSS] = acrossMps2 ** 2;
      state[o + ACROSS + BB] = tuning.offsetRad ** 2;
      state[o + ACROSS + GG] = tuning.gridShare ** 2;
      this.probability[m] = 1 / this.modelCount;
    }
    this.combine();
  }

  private predict(T: number, steps: Steps): void {
    motion.sin = this.sin;
    motion.cos = this.cos;
    motion.steepness = this.steepness;
    motion.offset2 = this.#tuning.offsetRad2PerS * T;
    const { state, modelCount } = this;
    const { manoeuvres } = this.#tuning;
    for (let m = 0, o = 0; m < modelCount; m++, o += SIZE) {
      move(state, o, T, steps.models[m]!, manoeuvres[m]!, motion);
    }
  }

  /** Whether to take the velocity, as what is likelier has it, or as so many were not taken. */
  private believesVelocity(isTrue: boolean): boolean {
    if (!isTrue) {
      if (++this.velocityRejects < VELOCITY_REJECTS_BELIEVED) return false;
      const { state: x } = this;
      for (let m = 0, o = 0; m < this.modelCount; m++, o += SIZE) {
        addTo(x, o + ALONG + VV_ALONG, (z.alongMps - x[o + VA]!) ** 2);
        addTo(x, o + ACROSS + VV_ACROSS, (z.acrossMps - x[o + VC]!) ** 2);
      }
    }
    this.velocityRejects = 0;
    return true;
  }

  /** Whether to take the position, as what is likelier has it, or as it is near. */
  private believesPosition(isTrue: boolean): boolean {
    if (!isTrue) {
      const off2 = this.off2();
      if (!(off2 < NEARBY_M ** 2)) return false;
      // So near, it is not the position that is false, but what is thought of the motion.
      for (let o = 0; o < this.modelCount * SIZE; o += SIZE) {
        addTo(this.state, o + ALONG, off2);
        addTo(this.state, o + ACROSS, off2);
      }
    }
    this.rejected.clear();
    this.accepts++;
    return true;
  }

  private takeVelocity(): void {
    this.measure(true, z.alongMps, z.acrossMps, this.velocityNoiseMps ** 2);
    const { along, across } = innovation;
    const d2 = (along - this.velocityAlong) ** 2 + (across - this.velocityAcross) ** 2;
    this.velocityNoiseMps = this.learnt(this.velocityNoiseMps, d2, VELOCITY_NOISE_MPS);
    this.velocityAlong = along;
    this.velocityAcross = across;
  }

  private takePosition(): void {
    this.measure(false, z.alongM, z.acrossM, this.positionNoiseM ** 2);
    const { along, across } = innovation;
    const d2 = (along - this.positionAlong) ** 2 + (across - this.positionAcross) ** 2;
    this.positionNoiseM = this.learnt(this.positionNoiseM, d2, POSITION_NOISE_M);
    if (!Number.isNaN(d2)) this.learntFrom++;
    this.positionAlong = along;
    this.positionAcross = across;
  }

  /** How far the position is from where all models together have it, squared, m². */
  private off2(): number {
    const { state: x, probability } = this;
    let alongM = z.alongM, acrossM = z.acrossM;
    for (let m = 0, o = 0; m < this.modelCount; m++, o += SIZE) {
      alongM -= probability[m]! * x[o + PA]!;
      acrossM -= probability[m]! * x[o + PC]!;
    }
    return alongM * alongM + acrossM * acrossM;
  }

  /** Takes a measurement of the velocity or of the position. */
  private measure(isVelocity: boolean, along: number, across: number, R: number): void {
    const { state: x, probability } = this;
    const i = isVelocity ? VA : PA, j = isVelocity ? VC : PC;
    const ii = isVelocity ? ALONG + VV_ALONG : ALONG;
    const jj = isVelocity ? ACROSS + VV_ACROSS : ACROSS;
    innovation.along = innovation.across = innovation.variance = 0;
    for (let m = 0, o = 0; m < this.modelCount; m++, o += SIZE) {
      const ya = along - x[o + i]!, yc = across - x[o + j]!;
      innovation.along += probability[m]! * ya;
      innovation.across += probability[m]! * yc;
      innovation.variance += probability[m]! * Math.sqrt((x[o + ii]! + R) * (x[o + jj]! + R));
    }
    correct(x, this.modelCount, isVelocity ? 1 : 0, along, across, R);
  }

  /**
   * A standard deviation after one more squared difference of two innovations: half of those are larger
   * than their median, which for two axes of innovation variance S is 4 ln 2 S.
   */
  private learnt(noise: number, difference2: number, [least, most]: readonly [number, number]) {
    if (Number.isNaN(difference2)) return noise;
    const { noiseStep, firstStep } = this.#tuning;
    const step = Math.max(noiseStep, firstStep / (this.learntFrom + 5));
    const isLouder = difference2 > 4 * Math.LN2 * innovation.variance;
    return Math.max(least, Math.min(most, isLouder ? noise * (1 + step) : noise / (1 + step)));
  }

  /** The last estimate, moved on by what all models together say. */
  private expect(): Placed {
    const { state: x, probability, sin, cos } = this;
    let alongM = 0, acrossM = 0;
    for (let m = 0, o = 0; m < this.modelCount; m++, o += SIZE) {
      alongM += probability[m]! * x[o + PA]!;
      acrossM += probability[m]! * x[o + PC]!;
    }
    this.frame.toDegrees(alongM * sin + acrossM * cos, alongM * cos - acrossM * sin, where);
    return where;
  }

  private combine(): void {
    const { state: x, probability: p } = this;
    let pa = 0, va = 0, aa = 0, pc = 0, vc = 0, ac = 0;
    for (let m = 0, o = 0; m < this.modelCount; m++, o += SIZE) {
      const w = p[m]!;
      pa += w * x[o + PA]!;
      va += w * x[o + VA]!;
      aa += w * x[o + AA]!;
      pc += w * x[o + PC]!;
      vc += w * x[o + VC]!;
      ac += w * x[o + AC]!;
    }
    pc += acrossByNorthM(x, p, this.#tuning);
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
    turnAxes(this.state, this.modelCount, sinT, cosT);
  }

  private recentre(alongM: number, acrossM: number, sinN: number, cosN: number): void {
    const { state: x, sin, cos } = this;
    this.frame = new LocalFrame(this.lat, this.lon);
    // Courses there are true ones.
    this.sin = sin * cosN - cos * sinN;
    this.cos = cos * cosN + sin * sinN;
    for (let o = 0; o < this.modelCount * SIZE; o += SIZE) {
      x[o + PA] = x[o + PA]! - alongM;
      x[o + PC] = x[o + PC]! - acrossM;
    }
  }
}

function isVelocity(speedMps: number, trackDeg: number): boolean {
  return speedMps >= 0 && trackDeg >= 0 && Number.isFinite(speedMps + trackDeg);
}

function addTo(x: Float64Array, i: number, more: number): void {
  x[i] = x[i]! + more;
}
