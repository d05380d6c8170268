/**
 * How an aircraft probably lies in the air. ADS-B says nothing of it: the pitch is that of its path, the
 * bank the one that a coordinated turn at its speed and turn rate takes.
 */
import { signedDeg } from "../../core/geodesy.ts";

const G_MPS2 = 9.80665;
const DEG = 180 / Math.PI;
const MOST_PITCH_DEG = 20;
/** Airliners bank by 25 to 30° at most; more than this is a wrong course, not a turn. */
const MOST_BANK_DEG = 35;
/** Slower than this a course says little, and a turn on the ground is no bank. */
const SLOWEST_MPS = 20;
/** A turn rate from courses further apart than this is none. */
const LONGEST_S = 15;
/** How fast the picture follows what is heard, in seconds. */
const SETTLE_S = 1.6;

/** The path's angle above the horizon in degrees, from climb and ground speed. */
export function pathPitchDeg(climbMps: number, speedMps: number): number {
  if (!(speedMps > SLOWEST_MPS)) return 0;
  const deg = Math.atan2(climbMps, speedMps) * DEG;
  return Math.max(-MOST_PITCH_DEG, Math.min(MOST_PITCH_DEG, deg));
}

/** The bank of a coordinated turn in degrees, right wing down positive: tan(bank) = v ω / g. */
export function turnBankDeg(turnDegPerS: number, speedMps: number): number {
  if (!(speedMps > SLOWEST_MPS)) return 0;
  const deg = Math.atan2(speedMps * turnDegPerS / DEG, G_MPS2) * DEG;
  return Math.max(-MOST_BANK_DEG, Math.min(MOST_BANK_DEG, deg));
}

/** One aircraft's attitude, smoothed over what is heard of it. */
export class Attitude {
  pitchDeg = 0;
  bankDeg = 0;
  headingDeg = 0;
  #turnDegPerS = 0;
  #heardDeg: number | undefined;
  #heardS = -Infinity;
  #speedMps = 0;
  #climbMps = 0;
  #started = false;

  /** Takes in what was heard; `atS` is its event time. Unknown figures are taken for no movement. */
  hear(atS: number, headingDeg: number, speedMps: number, climbMps: number) {
    // Somebody went back in time.
    if (atS < this.#heardS - LONGEST_S) this.#heardS = -Infinity;
    if (atS <= this.#heardS) return;
    const afterS = atS - this.#heardS;
    if (this.#heardDeg !== undefined && afterS < LONGEST_S && Number.isFinite(headingDeg)) {
      const rate = signedDeg(headingDeg - this.#heardDeg) / afterS;
      // Courses come in whole degrees from some: half of a new rate is believed at a time.
      this.#turnDegPerS += (rate - this.#turnDegPerS) * 0.5;
    } else this.#turnDegPerS = 0;
    this.#heardS = atS;
    if (Number.isFinite(headingDeg)) this.#heardDeg = headingDeg;
    this.#speedMps = Number.isFinite(speedMps) ? speedMps : 0;
    this.#climbMps = Number.isFinite(climbMps) ? climbMps : 0;
  }

  /** Lets `dtS` pass; the event time is `nowS` by then. */
  advance(dtS: number, nowS: number) {
    const silentS = nowS - this.#heardS;
    const turn = silentS < LONGEST_S ? this.#turnDegPerS : 0;
    const towardsDeg = (this.#heardDeg ?? 0) + turn * Math.max(0, Math.min(3, silentS));
    const part = this.#started ? 1 - Math.exp(-dtS / SETTLE_S) : 1;
    this.#started = this.#started || this.#heardDeg !== undefined;
    this.pitchDeg += (pathPitchDeg(this.#climbMps, this.#speedMps) - this.pitchDeg) * part;
    this.bankDeg += (turnBankDeg(turn, this.#speedMps) - this.bankDeg) * part;
    this.headingDeg += turn * dtS * (part < 1 ? 1 : 0);
    this.headingDeg += signedDeg(towardsDeg - this.headingDeg) * part;
  }
}
