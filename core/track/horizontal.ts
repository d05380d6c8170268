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
 * x  east position, velocity, acceleration; north likewise; the courses' offset; its share of the
 *    meridians' convergence, 0 for true north, 1 for grid north: m, m/s, m/s², rad, 1
 * P  their covariance; Q  a model's noise; R  a measurement's variance; S  an innovation's; K  the gain
 */
import { LocalFrame, type Planar } from "./frame.ts";
import { stepsOf } from "./singer.ts";
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

/** States, and what one model needs: x, then the upper half of P by rows. */
export const N = 8;
const SIZE = N + N * (N + 1) / 2;
const [PE, VE, AE, PN, VN, AN, OFFSET, GRID] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const MOST_MODELS = 4;
/** Where P's element of a row and a column is after the state, either way round. */
const AT = new Uint8Array(N * N);
for (let r = 0, at = N; r < N; r++) {
  for (let c = r; c < N; c++) AT[r * N + c] = AT[c * N + r] = at++;
}

// Scratch space: one update is over before the next begins.
const where = { lat: NaN, lon: NaN };
const place: Planar = { eastM: 0, northM: 0, convergenceRad: 0 };
const before = new Float64Array(MOST_MODELS * SIZE);
const vector = new Float64Array(N);
const square = new Float64Array(N * N);
const weight = new Float64Array(MOST_MODELS);
const distance2 = new Float64Array(MOST_MODELS);
const determinant = new Float64Array(MOST_MODELS);
/** The last measurement's innovation, all models together. */
const innovation = { east: 0, north: 0, variance: 0 };

/** State and covariance where the aircraft is, its axes being true east and north there. */
export interface HorizontalEstimate {
  readonly lat: number;
  readonly lon: number;
  /** As `x` above, the positions being 0. */
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
  /** Where the newest report was expected. */
  expectedLat = NaN;
  expectedLon = NaN;

  readonly #tuning: HorizontalTuning;
  private readonly models: number;
  private frame!: LocalFrame;
  /** x and P of each model. */
  private readonly state: Float64Array;
  /** Probabilities of the models, and what they were before the newest report. */
  private readonly probability: Float64Array;
  private readonly prior: Float64Array;
  private readonly logLikelihood: Float64Array;
  private atMs = NaN;
  private rejects = 0;
  /** Positions believed since the last start or silence. */
  private accepts = 0;
  private lastLat = NaN;
  private lastLon = NaN;
  // Innovations before, for learning what is noise.
  private positionEast = NaN;
  private positionNorth = NaN;
  private velocityEast = NaN;
  private velocityNorth = NaN;

  constructor(tuning: HorizontalTuning = HORIZONTAL) {
    this.#tuning = tuning;
    this.models = tuning.manoeuvres.length;
    this.state = new Float64Array(SIZE * this.models);
    this.probability = new Float64Array(this.models);
    this.prior = new Float64Array(this.models);
    this.logLikelihood = new Float64Array(this.models);
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
    this.mix(dtS);
    if (dtS > 0) this.predict(dtS);
    if (dtS > SILENCE_S) this.accepts = 1;
    this.atMs = atMs;
    // The last estimate, moved on by what all models together say.
    this.expect();
    return true;
  }

  /** Takes a report of the time that was advanced to. */
  correct(lat: number, lon: number, speedMps: number, trackDeg: number): PositionUse {
    this.logLikelihood.fill(0);
    // True north is about the same where the aircraft is expected.
    const isPlaced = !Number.isNaN(lat + lon);
    this.frame.toPlane(isPlaced ? lat : this.expectedLat, isPlaced ? lon : this.expectedLon, place);
    const { eastM, northM, convergenceRad } = place;
    if (speedMps >= 0 && trackDeg >= 0) {
      const courseRad = trackDeg * RAD + convergenceRad;
      this.takeVelocity(speedMps * Math.sin(courseRad), speedMps * Math.cos(courseRad));
    }
    let use: PositionUse = "used";
    // The same position twice is no news: a source repeats what it has.
    if (!isPlaced) {
      this.weigh();
      this.combine();
      return "missing";
    }
    if (lat === this.lastLat && lon === this.lastLon) use = "repeated";
    else if (this.takePosition(eastM, northM)) {
      this.rejects = 0;
      this.accepts++;
    } else if (++this.rejects < Math.min(REJECTS_BELIEVED, this.accepts + 1)) use = "rejected";
    else {
      this.start(this.atMs, lat, lon, speedMps, trackDeg);
      return "reacquired";
    }
    this.lastLat = lat;
    this.lastLon = lon;
    this.weigh();
    this.combine();
    return use;
  }

  /** The models in one, by their moments. */
  estimate(): HorizontalEstimate {
    const { models, state, probability } = this;
    const x = new Float64Array(N), P = new Float64Array(N * N);
    for (let m = 0; m < models; m++) {
      for (let r = 0; r < N; r++) x[r]! += probability[m]! * state[m * SIZE + r]!;
    }
    for (let m = 0, o = 0; m < models; m++, o += SIZE) {
      for (let r = 0, at = 0; r < N; r++) {
        const d = state[o + r]! - x[r]!;
        for (let c = 0; c < N; c++, at++) {
          P[at]! += probability[m]! * (state[o + AT[at]!]! + d * (state[o + c]! - x[c]!));
        }
      }
    }
    this.frame.toDegrees(x[PE]!, x[PN]!, where);
    this.frame.toPlane(where.lat, where.lon, place);
    x[PE] = x[PN] = 0;
    turn(x, 0, place.convergenceRad);
    turnCovariance(P, place.convergenceRad);
    return { ...where, x, P };
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
    this.rejects = 0;
    this.accepts = 1;
    this.lastLat = lat;
    this.lastLon = lon;
    this.positionEast = this.velocityEast = NaN;
    state.fill(0);
    for (let m = 0, o = 0; m < this.models; m++, o += SIZE) {
      if (hasVelocity) {
        state[o + VE] = speedMps * Math.sin(trackDeg * RAD);
        state[o + VN] = speedMps * Math.cos(trackDeg * RAD);
      }
      state[o + OFFSET] = offset;
      state[o + GRID] = grid;
      const { acrossMps2 } = tuning.manoeuvres[m]!;
      state[o + at(PE, PE)] = state[o + at(PN, PN)] = this.positionNoiseM ** 2;
      state[o + at(VE, VE)] =
        state[o + at(VN, VN)] =
          (hasVelocity ? this.velocityNoiseMps : UNKNOWN_SPEED_MPS) ** 2;
      state[o + at(AE, AE)] = state[o + at(AN, AN)] = acrossMps2 ** 2;
      state[o + at(OFFSET, OFFSET)] = tuning.offsetRad ** 2;
      state[o + at(GRID, GRID)] = tuning.gridShare ** 2;
      this.probability[m] = 1 / this.models;
    }
    this.combine();
  }

  /** Each model starts from what all of them together say. */
  private mix(dtS: number): void {
    const { models: n, state: x, probability: p, prior: c } = this;
    const { stay } = stepsOf(this.#tuning.manoeuvres, dtS);
    before.set(x);
    for (let j = 0, o = 0; j < n; j++, o += SIZE) {
      c[j] = 0;
      for (let i = 0; i < n; i++) {
        weight[i] = (i === j ? stay[i]! : (1 - stay[i]!) / (n - 1)) * p[i]!;
        c[j] = c[j]! + weight[i]!;
      }
      let sum = 0;
      for (let i = 0; i < n; i++) {
        if (weight[i]! < NEGLIGIBLE * c[j]!) weight[i] = 0;
        sum += weight[i]!;
      }
      x.fill(0, o, o + SIZE);
      for (let i = 0, q = 0; i < n; i++, q += SIZE) {
        const w = weight[i]! / sum;
        if (w > 0) { for (let k = 0; k < SIZE; k++) x[o + k] = x[o + k]! + w * before[q + k]!; }
      }
      for (let i = 0, q = 0; i < n; i++, q += SIZE) {
        const w = weight[i]! / sum;
        if (w === 0 || w === 1) continue;
        for (let r = 0; r < N; r++) vector[r] = before[q + r]! - x[o + r]!;
        addSquare(x, o, w);
      }
    }
  }

  private predict(T: number): void {
    const { state: x } = this;
    const tuning = this.#tuning;
    const steps = stepsOf(tuning.manoeuvres, T);
    const tanLat = Math.tan(this.lat * RAD);
    const steepness = Math.max(-STEEPEST_CONVERGENCE, Math.min(STEEPEST_CONVERGENCE, tanLat));
    for (let m = 0, o = 0; m < this.models; m++, o += SIZE) {
      const { alongMps2, acrossMps2 } = tuning.manoeuvres[m]!;
      const { decay: e, f02, f12, q00, q01, q02, q11, q12, q22 } = steps.models[m]!;
      const ve = x[o + VE]!, vn = x[o + VN]!, ae = x[o + AE]!, an = x[o + AN]!;
      const v2 = ve * ve + vn * vn;
      const hasCourse = v2 > SLOW_MPS * SLOW_MPS;
      // The acceleration turns with the course: halfway through the step it shows where s and k say.
      const turned = hasCourse ? Math.max(-1.5, Math.min(1.5, (vn * ae - ve * an) / v2 * T)) : 0;
      const s = Math.sin(turned / 2), k = Math.cos(turned / 2);
      const midE = ae * k + an * s, midN = an * k - ae * s;
      const movedE = ve * T + f02 * (2 * ae + midE) / 3,
        movedN = vn * T + f02 * (2 * an + midN) / 3;
      x[o + VE] = ve + f12 * midE;
      x[o + VN] = vn + f12 * midN;
      x[o + AE] = e * (midE * k + midN * s);
      x[o + AN] = e * (midN * k - midE * s);
      const sin = Math.sin(x[o + OFFSET]!), cos = Math.cos(x[o + OFFSET]!);
      const eastM = movedE * cos + movedN * sin, northM = movedN * cos - movedE * sin;
      x[o + PE] = x[o + PE]! + eastM;
      x[o + PN] = x[o + PN]! + northM;
      const converged = steepness * eastM / EARTH_RADIUS_M;
      x[o + OFFSET] = x[o + OFFSET]! + x[o + GRID]! * converged;

      // F P F', a row and its column at a time.
      add3(x, o, PE, VE, T, AE, f02, OFFSET, northM);
      add3(x, o, PN, VN, T, AN, f02, OFFSET, -eastM);
      add1(x, o, VE, AE, f12);
      add1(x, o, VN, AN, f12);
      scale(x, o, AE, e);
      scale(x, o, AN, e);
      add1(x, o, OFFSET, GRID, converged);
      // Q, turned from the path's axes to east and north.
      const along2 = alongMps2 * alongMps2, across2 = acrossMps2 * acrossMps2;
      const ee = hasCourse ? (along2 * ve * ve + across2 * vn * vn) / v2 : (along2 + across2) / 2;
      const nn = along2 + across2 - ee;
      const en = hasCourse ? (along2 - across2) * ve * vn / v2 : 0;
      addQ(x, o, PE, PE, ee, q00, q01, q02, q11, q12, q22);
      addQ(x, o, PN, PN, nn, q00, q01, q02, q11, q12, q22);
      addQ(x, o, PE, PN, en, q00, q01, q02, q11, q12, q22);
      addTo(x, o + at(PE, PE), tuning.slipM2PerS * T);
      addTo(x, o + at(PN, PN), tuning.slipM2PerS * T);
      addTo(x, o + at(OFFSET, OFFSET), tuning.offsetRad2PerS * T);
    }
  }

  private takeVelocity(eastMps: number, northMps: number): void {
    const { velocityNoiseMps: noise } = this;
    const tuning = this.#tuning;
    if (
      this.measure(VE, VN, eastMps, northMps, noise ** 2, tuning.velocityGate) > tuning.velocityGate
    ) {
      return;
    }
    const { east, north } = innovation;
    const d2 = (east - this.velocityEast) ** 2 + (north - this.velocityNorth) ** 2;
    this.velocityNoiseMps = learnt(noise, d2, tuning.noiseStep, VELOCITY_NOISE_MPS);
    this.velocityEast = east;
    this.velocityNorth = north;
  }

  private takePosition(eastM: number, northM: number): boolean {
    const { positionNoiseM: noise } = this;
    const tuning = this.#tuning;
    const gate = tuning.positionGate;
    if (this.measure(PE, PN, eastM, northM, noise ** 2, gate) > gate) {
      const off2 = innovation.east ** 2 + innovation.north ** 2;
      if (!(off2 < NEARBY_M ** 2)) return false;
      // So near, it is not the position that is false, but what is thought of the motion.
      this.loosen(off2);
      this.measure(PE, PN, eastM, northM, noise ** 2, gate);
    }
    const { east, north } = innovation;
    const d2 = (east - this.positionEast) ** 2 + (north - this.positionNorth) ** 2;
    this.positionNoiseM = learnt(noise, d2, tuning.noiseStep, POSITION_NOISE_M);
    this.positionEast = east;
    this.positionNorth = north;
    return true;
  }

  /**
   * Takes measurements of the states `i` and `j`, unless they are beyond the gate for every model;
   * returns the least squared normalised innovation.
   */
  private measure(
    i: number,
    j: number,
    east: number,
    north: number,
    R: number,
    gate: number,
  ): number {
    const { state: x, prior, logLikelihood } = this;
    let least = Infinity;
    innovation.east = innovation.north = innovation.variance = 0;
    for (let m = 0, o = 0; m < this.models; m++, o += SIZE) {
      const dE = east - x[o + i]!, dN = north - x[o + j]!;
      const ii = x[o + at(i, i)]! + R, jj = x[o + at(j, j)]! + R, ij = x[o + at(i, j)]!;
      const det = ii * jj - ij * ij;
      determinant[m] = det;
      distance2[m] = (dE * dE * jj - 2 * dE * dN * ij + dN * dN * ii) / det;
      if (!(distance2[m]! >= least)) least = distance2[m]!;
      innovation.east += prior[m]! * dE;
      innovation.north += prior[m]! * dN;
      innovation.variance += prior[m]! * Math.sqrt(det);
    }
    if (!(least <= gate)) return Infinity;
    for (let m = 0, o = 0; m < this.models; m++, o += SIZE) {
      logLikelihood[m] = logLikelihood[m]! - (distance2[m]! + Math.log(determinant[m]!)) / 2;
      correctOne(x, o, i, east, R);
      correctOne(x, o, j, north, R);
    }
    return least;
  }

  /** Trusts the position less, by this variance, m². */
  private loosen(variance: number): void {
    for (let o = 0; o < this.models * SIZE; o += SIZE) {
      addTo(this.state, o + at(PE, PE), variance);
      addTo(this.state, o + at(PN, PN), variance);
    }
  }

  /** Bayes: the models by how well each foresaw the report. */
  private weigh(): void {
    const { probability: p, prior, logLikelihood, models: n } = this;
    let most = -Infinity, sum = 0;
    for (let m = 0; m < n; m++) most = Math.max(most, logLikelihood[m]!);
    for (let m = 0; m < n; m++) {
      // None is ruled out for good.
      p[m] = prior[m]! * Math.exp(logLikelihood[m]! - most) + 1e-12;
      sum += p[m]!;
    }
    for (let m = 0; m < n; m++) p[m] = p[m]! / sum;
  }

  private expect(): void {
    const { state: x, prior } = this;
    let eastM = 0, northM = 0;
    for (let m = 0, o = 0; m < this.models; m++, o += SIZE) {
      eastM += prior[m]! * x[o + PE]!;
      northM += prior[m]! * x[o + PN]!;
    }
    this.frame.toDegrees(eastM, northM, where);
    this.expectedLat = where.lat;
    this.expectedLon = where.lon;
  }

  private combine(): void {
    const { state: x, probability: p } = this;
    let pe = 0, ve = 0, ae = 0, pn = 0, vn = 0, an = 0;
    for (let m = 0, o = 0; m < this.models; m++, o += SIZE) {
      const w = p[m]!;
      pe += w * x[o + PE]!;
      ve += w * x[o + VE]!;
      ae += w * x[o + AE]!;
      pn += w * x[o + PN]!;
      vn += w * x[o + VN]!;
      an += w * x[o + AN]!;
    }
    this.frame.toDegrees(pe, pn, this);
    this.frame.toPlane(this.lat, this.lon, place);
    const { convergenceRad } = place;
    const sin = Math.sin(convergenceRad), cos = Math.cos(convergenceRad);
    this.eastMps = ve * cos - vn * sin;
    this.northMps = vn * cos + ve * sin;
    const v2 = ve * ve + vn * vn;
    this.speedMps = Math.sqrt(v2);
    const trackDeg = Math.atan2(this.eastMps, this.northMps) / RAD;
    this.trackDeg = trackDeg < 0 ? trackDeg + 360 : trackDeg;
    this.turnRateDegPerS = v2 > SLOW_MPS * SLOW_MPS ? (vn * ae - ve * an) / v2 / RAD : 0;
    if (pe * pe + pn * pn > RECENTRE_M ** 2) this.recentre(pe, pn, convergenceRad);
  }

  private recentre(eastM: number, northM: number, convergenceRad: number): void {
    const { state: x } = this;
    this.frame = new LocalFrame(this.lat, this.lon);
    for (let o = 0; o < this.models * SIZE; o += SIZE) {
      x[o + PE] = x[o + PE]! - eastM;
      x[o + PN] = x[o + PN]! - northM;
      turn(x, o, convergenceRad);
      for (let i = 0; i < N * N; i++) square[i] = x[o + AT[i]!]!;
      turnCovariance(square, convergenceRad);
      for (let i = 0; i < N * N; i++) x[o + AT[i]!] = square[i]!;
    }
  }
}

function at(row: number, column: number): number {
  return AT[row * N + column]!;
}

/** P as the state `r` gets three others, times `a`, `b` and `c`, on top. */
function add3(
  x: Float64Array,
  o: number,
  r: number,
  i: number,
  a: number,
  j: number,
  b: number,
  k: number,
  c: number,
): void {
  const rows = r * N, is = i * N, js = j * N, ks = k * N;
  const own = o + AT[rows + r]!;
  x[own] = x[own]! + a * x[o + AT[is + r]!]! + b * x[o + AT[js + r]!]! + c * x[o + AT[ks + r]!]!;
  for (let m = 0; m < N; m++) {
    if (m === r) continue;
    const here = o + AT[rows + m]!;
    x[here] = x[here]! + a * x[o + AT[is + m]!]! + b * x[o + AT[js + m]!]! +
      c * x[o + AT[ks + m]!]!;
  }
  x[own] = x[own]! + a * x[o + AT[is + r]!]! + b * x[o + AT[js + r]!]! + c * x[o + AT[ks + r]!]!;
}

/** P as the state `r` gets another one, times `a`, on top. */
function add1(x: Float64Array, o: number, r: number, i: number, a: number): void {
  const rows = r * N, is = i * N;
  const own = o + AT[rows + r]!, cross = o + AT[is + r]!;
  x[own] = x[own]! + a * x[cross]!;
  for (let m = 0; m < N; m++) {
    if (m === r) continue;
    const here = o + AT[rows + m]!;
    x[here] = x[here]! + a * x[o + AT[is + m]!]!;
  }
  x[own] = x[own]! + a * x[cross]!;
}

/** P as the state `r` is multiplied by `a`. */
function scale(x: Float64Array, o: number, r: number, a: number): void {
  for (let m = 0; m < N; m++) {
    const here = o + AT[r * N + m]!;
    x[here] = x[here]! * (m === r ? a * a : a);
  }
}

/** Adds Singer's noise, `s2` times as much, for the three states each from `r` and from `c`. */
function addQ(
  x: Float64Array,
  o: number,
  r: number,
  c: number,
  s2: number,
  q00: number,
  q01: number,
  q02: number,
  q11: number,
  q12: number,
  q22: number,
): void {
  addTo(x, o + at(r, c), s2 * q00);
  addTo(x, o + at(r, c + 1), s2 * q01);
  addTo(x, o + at(r, c + 2), s2 * q02);
  addTo(x, o + at(r + 1, c + 1), s2 * q11);
  addTo(x, o + at(r + 1, c + 2), s2 * q12);
  addTo(x, o + at(r + 2, c + 2), s2 * q22);
  if (r === c) return;
  addTo(x, o + at(r + 1, c), s2 * q01);
  addTo(x, o + at(r + 2, c), s2 * q02);
  addTo(x, o + at(r + 2, c + 1), s2 * q12);
}

function addTo(x: Float64Array, i: number, more: number): void {
  x[i] = x[i]! + more;
}

/** The textbook's update of the model at `o` with one measurement of state `i`. */
function correctOne(x: Float64Array, o: number, i: number, z: number, R: number): void {
  const y = z - x[o + i]!;
  const S = x[o + at(i, i)]! + R;
  for (let r = 0; r < N; r++) {
    vector[r] = x[o + AT[i * N + r]!]!;
    x[o + r] = x[o + r]! + vector[r]! / S * y;
  }
  addSquare(x, o, -1 / S);
}

/** Adds w v v' to P, v being `vector`. */
function addSquare(x: Float64Array, o: number, w: number): void {
  for (let r = 0, here = o + N; r < N; r++) {
    const g = w * vector[r]!;
    for (let c = r; c < N; c++, here++) x[here] = x[here]! + g * vector[c]!;
  }
}

/** Turns the axes of the state at `o` clockwise. */
function turn(x: Float64Array, o: number, rad: number): void {
  const sin = Math.sin(rad), cos = Math.cos(rad);
  for (let i = o; i < o + 3; i++) turnPair(x, i, i + PN, sin, cos);
}

/** The same for a whole covariance, by rows. */
function turnCovariance(P: Float64Array, rad: number): void {
  const sin = Math.sin(rad), cos = Math.cos(rad);
  for (let i = 0; i < 3; i++) {
    for (let c = 0; c < N; c++) turnPair(P, i * N + c, (i + PN) * N + c, sin, cos);
  }
  for (let r = 0; r < N * N; r += N) {
    for (let i = 0; i < 3; i++) turnPair(P, r + i, r + i + PN, sin, cos);
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
