import { distanceM, type LatLon } from "../geodesy.ts";
import type { Finding } from "../finding.ts";
import { TO_AND_FRO, TO_AND_FRO_MS } from "../oddities.ts";
import type { Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

/**
 * A position that jumps: so far that no lateness of a feed explains it, and it stays there. Feeds hold
 * positions for minutes and then let them go, but an aircraft is then where its speed has brought it.
 */
const JUMP_M = 15_000;
/**
 * Where so far is out of reach of any aircraft since its last position that was believed, less will do: more than
 * half a minute's flight, by which positions come late.
 */
const NEAR_JUMP_M = 7_500;
const FASTEST_MPS = 700;
/** So many positions must have been believed where it was: the first one that is heard may be the false one. */
const LEAST_BELIEVED = 3;
/** It is over when the position has been back for so long: one that jumps to and fro is one anomaly. */
const OVER_AFTER_S = 60;
/** Who has been away for so long is taken to be there: it is where it was before that was false. */
const THERE_AFTER_S = 1800;

/** A position that drifts: it leaves what the reported velocity adds up to, steadily, block by block. */
const BLOCK_S = 30;
const LONGEST_STEP_S = 21;
const STEEPEST_TURN_DEG = 12;
const AGREES_MPS = 3;
const AGREEING_BLOCKS = 2;
const DRIFTS_MPS = 5;
const MOST_DRIFT_MPS = 25;
const DRIFTING_BLOCKS = 4;
/** Along the path a wrong or late speed looks the same for a while. */
const DRIFTING_BLOCKS_ALONG = 5;
/** How alike the blocks of one drift are: the part of each that its mean makes up. */
const LIKENESS = 0.6;
/**
 * Lateness does not move an aircraft sideways: blocks that are this far off across the path, and alike
 * there, are of one drift however they are along it.
 */
const SIDEWAYS_MPS = 2.5;
const SIDEWAYS_PART = 0.2;
/** Lateness moves an aircraft along its path; only half of such a difference counts. */
const ALONG_PART = 0.5;
const SLOWEST_MPS = 50;
/** A velocity that stays the same to the digit for so long is an old one, unless it is that of a cruise. */
const HELD_S = 90;
const CRUISE_MPS = 150;

const RAD = Math.PI / 180;
const METRES_PER_DEGREE = 111_195;

/** What jumped, and when, ms. */
interface Jump {
  /** When, of the positions that are not believed, one was first out of reach of the one before. */
  readonly leaptMs: number;
  /** The place that it left then: who says it again, as feeds do for minutes, never was elsewhere. */
  readonly from: LatLon | undefined;
  /** Reports that were elsewhere, in turn with others that were not: of another with the same address. */
  readonly elsewhereMs: number;
  readonly elsewhere: number;
  readonly jumpedAtMs: number;
  readonly awayUntilMs: number;
  readonly isAway: boolean;
  readonly jumpM: number;
}
const NO_JUMP: Jump = {
  leaptMs: NaN,
  from: undefined,
  elsewhereMs: NaN,
  elsewhere: 0,
  jumpedAtMs: NaN,
  awayUntilMs: NaN,
  isAway: false,
  jumpM: NaN,
};

/** Blocks in a row that drifted, and their mean, m/s. */
interface Drift {
  readonly blocks: number;
  readonly eastMps: number;
  readonly northMps: number;
  readonly sinceMs: number;
  readonly lastMs: number;
  /** How many blocks must have drifted: more where it is along the path. */
  readonly blocksNeeded: number;
}
const NO_DRIFT: Drift = {
  blocks: 0,
  eastMps: 0,
  northMps: 0,
  sinceMs: NaN,
  lastMs: NaN,
  blocksNeeded: DRIFTING_BLOCKS,
};

/** A position that cannot be where the aircraft is: it jumped, or it drifts away from the velocity. */
export class GnssSpoofing implements Detector {
  private jump = NO_JUMP;
  /** Positions that were believed since the aircraft is heard, as far as it matters. */
  private believed = 0;
  // The block that is being added up: m, east and north, of position less velocity; its start; its end.
  private sumE = 0;
  private sumN = 0;
  private blockMs = NaN;
  private heldS = 0;
  private freshLat = NaN;
  private freshLon = NaN;
  private movedE = 0;
  private movedN = 0;
  /** Blocks that agreed before those that drifted. */
  private agreed = 0;
  private drift = NO_DRIFT;

  observe(track: Track): Finding | undefined {
    if (track.afterGap) this.forget();
    this.observeJump(track);
    this.observeDrift(track);
    const { jump, drift } = this;
    if (!Number.isNaN(jump.jumpedAtMs)) {
      return {
        type: "GNSS_SPOOFING",
        startedAtMs: jump.jumpedAtMs,
        untilMs: jump.awayUntilMs,
        details: {
          kind: "the position jumped",
          jump_m: Math.round(jump.jumpM),
          least_jump_m: NEAR_JUMP_M,
        },
      };
    }
    if (drift.blocks >= drift.blocksNeeded) {
      return {
        type: "GNSS_SPOOFING",
        startedAtMs: drift.sinceMs,
        untilMs: drift.lastMs,
        details: {
          kind: "the position drifts away from the reported velocity",
          drift_mps: Math.round(Math.hypot(drift.eastMps, drift.northMps) * 10) / 10,
          drift_from_mps: DRIFTS_MPS,
          drifting_s: (drift.lastMs - drift.sinceMs) / 1000,
          least_drifting_s: drift.blocksNeeded * BLOCK_S,
        },
      };
    }
    return undefined;
  }

  private observeJump(track: Track): void {
    const { positionUse, atMs, report } = track;
    if (positionUse === "used" && this.believed < LEAST_BELIEVED) this.believed++;
    const isOff = positionUse === "rejected" || positionUse === "reacquired";
    if (isOff && Number.isNaN(this.jump.leaptMs)) {
      const from = track.previous?.position ?? report.position;
      const isLeap = distanceM(from, report.position) > FASTEST_MPS * track.dtS;
      if (isLeap) this.jump = { ...this.jump, leaptMs: atMs, from };
    }
    const { leaptMs, from, elsewhereMs, elsewhere, isAway } = this.jump;
    const isBack = positionUse === "used" || !isAway && isSamePlace(from, report.position);
    if (isBack && !Number.isNaN(leaptMs)) {
      const isAgain = atMs - elsewhereMs < TO_AND_FRO_MS;
      this.jump = {
        ...this.jump,
        leaptMs: NaN,
        from: undefined,
        elsewhereMs: atMs,
        elsewhere: isAgain ? elsewhere + 1 : 1,
      };
    }
    const isThere = isAway && atMs - this.jump.jumpedAtMs > THERE_AFTER_S * 1000;
    if (isThere) this.jump = { ...this.jump, isAway: false };
    else if (isAway) this.jump = { ...this.jump, awayUntilMs: atMs };
    if (positionUse !== "reacquired") {
      if (atMs - this.jump.awayUntilMs > OVER_AFTER_S * 1000) {
        this.jump = { ...this.jump, jumpedAtMs: NaN, awayUntilMs: NaN };
      }
      return;
    }
    this.jump = { ...this.jump, leaptMs: NaN, from: undefined };
    if (this.believed < LEAST_BELIEVED) return;
    if (Number.isNaN(leaptMs) || isBack || !track.rejectedAgree) return;
    const isOther = elsewhere >= TO_AND_FRO && atMs - elsewhereMs < TO_AND_FRO_MS;
    const farM = distanceM(track.expected, report.position);
    const reachM = FASTEST_MPS * (leaptMs - track.acceptedMs) / 1000;
    const isNear = farM > NEAR_JUMP_M && farM > FASTEST_MPS * (atMs - track.acceptedMs) / 1000;
    if (isAway) {
      this.jump = { ...this.jump, isAway: false };
      this.agreed = 0;
      this.drift = NO_DRIFT;
    } else if ((isNear || farM > JUMP_M) && farM > reachM && !isOther) {
      this.jump = { ...this.jump, isAway: true, awayUntilMs: atMs };
      if (!Number.isNaN(this.jump.jumpedAtMs)) return;
      this.jump = { ...this.jump, jumpedAtMs: leaptMs, jumpM: farM };
    }
  }

  private observeDrift(track: Track): void {
    const { report, previous, dtS, atMs, positionUse } = track;
    const isUsable = previous && !track.afterGap && !report.on_ground && dtS <= LONGEST_STEP_S;
    const v0 = previous?.velocity_mps ?? NaN, v1 = report.velocity_mps ?? NaN;
    const h0 = previous?.heading_deg ?? NaN, h1 = report.heading_deg ?? NaN;
    const turnDeg = Math.abs(((h1 - h0 + 540) % 360) - 180);
    this.heldS = v0 === v1 && h0 === h1 ? this.heldS + dtS : 0;
    const isFlown = v0 > SLOWEST_MPS && v1 > SLOWEST_MPS && turnDeg < STEEPEST_TURN_DEG;
    const isOld = this.heldS > HELD_S && v1 < CRUISE_MPS;
    if (!isUsable || !isFlown || isOld) {
      this.restart(track);
      return;
    }
    this.movedE += (v0 * Math.sin(h0 * RAD) + v1 * Math.sin(h1 * RAD)) / 2 * dtS;
    this.movedN += (v0 * Math.cos(h0 * RAD) + v1 * Math.cos(h1 * RAD)) / 2 * dtS;
    // What was not believed is passed over: what it has come in all the same is seen later.
    if (positionUse !== "used" && positionUse !== "reacquired") return;
    const { lat, lon } = report.position;
    const dLon = ((lon - this.freshLon + 540) % 360) - 180;
    this.sumE += dLon * METRES_PER_DEGREE * Math.cos(lat * RAD) - this.movedE;
    this.sumN += (lat - this.freshLat) * METRES_PER_DEGREE - this.movedN;
    this.movedE = this.movedN = 0;
    this.freshLat = lat;
    this.freshLon = lon;
    const blockS = (atMs - this.blockMs) / 1000;
    if (blockS < BLOCK_S) return;
    this.closeBlock(this.sumE / blockS, this.sumN / blockS, h1 * RAD, atMs);
    this.blockMs = atMs;
    this.sumE = this.sumN = 0;
  }

  private closeBlock(eastMps: number, northMps: number, courseRad: number, atMs: number): void {
    const sin = Math.sin(courseRad), cos = Math.cos(courseRad);
    const alongMps = (eastMps * sin + northMps * cos) * ALONG_PART;
    const acrossMps = eastMps * cos - northMps * sin;
    const mps = Math.hypot(alongMps, acrossMps);
    if (mps < AGREES_MPS) {
      this.agreed++;
      this.drift = NO_DRIFT;
      return;
    }
    const { blocks: n, sinceMs } = this.drift;
    const meanE = (this.drift.eastMps * n + eastMps) / (n + 1),
      meanN = (this.drift.northMps * n + northMps) / (n + 1);
    const isDrift = mps >= DRIFTS_MPS && mps <= MOST_DRIFT_MPS;
    const isAlike = n === 0 ||
      (eastMps * meanE + northMps * meanN) / (eastMps ** 2 + northMps ** 2) > LIKENESS &&
        (eastMps * meanE + northMps * meanN) / (meanE ** 2 + meanN ** 2) > LIKENESS;
    const meanAcrossMps = meanE * cos - meanN * sin;
    const isSideways = n > 0 && mps <= MOST_DRIFT_MPS && Math.abs(meanAcrossMps) >= SIDEWAYS_MPS &&
      Math.abs(acrossMps - meanAcrossMps) <= SIDEWAYS_PART * Math.abs(meanAcrossMps);
    // Who never agreed has another idea of its velocity, and is not led astray.
    if (!(isSideways || isDrift && isAlike) || this.agreed < AGREEING_BLOCKS) {
      this.drift = NO_DRIFT;
      return;
    }
    const meanAlongMps = meanE * sin + meanN * cos;
    const isAlong = Math.abs(meanAlongMps) > 2 * Math.abs(meanAcrossMps) && !isSideways;
    this.drift = {
      blocks: n + 1,
      eastMps: meanE,
      northMps: meanN,
      sinceMs: n === 0 ? this.blockMs : sinceMs,
      lastMs: atMs,
      blocksNeeded: isAlong ? DRIFTING_BLOCKS_ALONG : DRIFTING_BLOCKS,
    };
  }

  private restart(track: Track): void {
    this.sumE =
      this.sumN =
      this.movedE =
      this.movedN =
        0;
    this.blockMs = track.atMs;
    this.freshLat = track.report.position.lat;
    this.freshLon = track.report.position.lon;
    this.drift = NO_DRIFT;
  }

  private forget(): void {
    this.jump = NO_JUMP;
    this.believed = 0;
    this.agreed = 0;
    this.drift = NO_DRIFT;
  }
}

function isSamePlace(a: LatLon | undefined, b: LatLon): boolean {
  return a?.lat === b.lat && a.lon === b.lon;
}
