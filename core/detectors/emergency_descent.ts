import type { Finding } from "../finding.ts";
import type { Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";
import { climbMps, SELDOM_S } from "./rapid_altitude_change.ts";

/**
 * What the crew does when the cabin loses its pressure: down at 4 000 to 7 000 ft/min to 10 000 ft
 * (FAA AC 61-107B). Descents in service stay below 4 000 ft/min save for seconds.
 */
const STEEP_MPS = 20.3;
/**
 * From FL 250 up passengers need oxygen at once (14 CFR 25.841 and 121.329). What descends so fast from
 * lower is in no need: survey and relay aircraft do it on their way home.
 */
const FROM_ALTITUDE_M = 7_500;
const SUSTAINED_S = 8;
/** Parts of what the rate says by which the altitude itself must have gone down, and how far at least. */
const CONFIRMED_PARTS = [0.6, 1.5] as const;
const LEAST_DROP_M = 120;
/** Over when the descent has been gentler than this for a while. */
const GENTLE_MPS = 10;
const OVER_AFTER_S = 15;

/** A steep descent: from when to when and from where, m and m/s. */
interface Descent {
  readonly sinceMs: number;
  readonly lastMs: number;
  readonly fromM: number;
  /** How far down the rates have brought it since; and half of the first step, in which it began. */
  readonly expectedM: number;
  readonly halfStepM: number;
  readonly steepestMps: number;
  /** How many of its rates were said, and how many were made of altitudes. */
  readonly said: number;
  readonly unsaid: number;
  readonly isConfirmed: boolean;
}
const NONE: Descent = {
  sinceMs: NaN,
  lastMs: NaN,
  fromM: NaN,
  expectedM: 0,
  halfStepM: 0,
  steepestMps: 0,
  said: 0,
  unsaid: 0,
  isConfirmed: false,
};

/** A steep descent from cruising altitude that goes on, told by the rate and the altitude together. */
export class EmergencyDescent implements Detector {
  private descent = NONE;

  observe(track: Track): Finding | undefined {
    const { report, atMs, dtS, previous } = track;
    const rateMps = climbMps(track);
    const altitudeM = report.altitude_m ?? NaN;
    if (track.afterGap || report.on_ground) return this.end();
    let { descent } = this;
    if (descent.isConfirmed) {
      if (rateMps < -GENTLE_MPS) {
        const steepestMps = Math.min(descent.steepestMps, rateMps);
        this.descent = { ...descent, lastMs: atMs, steepestMps };
      } else if (atMs - descent.lastMs >= OVER_AFTER_S * 1000) return this.end();
      return findingOf(this.descent, altitudeM);
    }
    if (!(rateMps < -STEEP_MPS)) {
      // A report without a rate says nothing either way.
      return Number.isNaN(rateMps) ? undefined : this.end();
    }
    if (Number.isNaN(descent.sinceMs)) {
      const beforeM = previous?.altitude_m ?? NaN;
      if (!(Math.max(beforeM, altitudeM) > FROM_ALTITUDE_M)) return undefined;
      // It began between the report before, which was not steep, and this one.
      const halfStepM = -rateMps * dtS / 2;
      descent = { ...NONE, sinceMs: atMs - dtS * 1000, fromM: beforeM, halfStepM };
    }
    const { sinceMs, fromM, halfStepM } = descent;
    const expectedM = descent.expectedM - rateMps * dtS;
    const droppedM = fromM - altitudeM;
    const isSaid = typeof report.vertical_rate_mps === "number";
    const said = descent.said + (isSaid ? 1 : 0), unsaid = descent.unsaid + (isSaid ? 0 : 1);
    // No altitude confirms the rate that was made of it: a step to another one is no descent. One report may be
    // wrong in both; where they come seldom one is all there is in time.
    const isTwice = said >= 2 || unsaid >= 2 || isSaid && track.intervals.usualS >= SELDOM_S;
    this.descent = {
      ...descent,
      lastMs: atMs,
      expectedM,
      steepestMps: Math.min(descent.steepestMps, rateMps),
      said,
      unsaid,
      isConfirmed: atMs - sinceMs >= SUSTAINED_S * 1000 && isTwice &&
        droppedM >= LEAST_DROP_M &&
        droppedM > CONFIRMED_PARTS[0] * (expectedM - halfStepM) &&
        droppedM < CONFIRMED_PARTS[1] * expectedM,
    };
    return this.descent.isConfirmed ? findingOf(this.descent, altitudeM) : undefined;
  }

  private end(): undefined {
    this.descent = NONE;
  }
}

function findingOf(descent: Descent, altitudeM: number): Finding {
  const { sinceMs, lastMs, fromM, steepestMps } = descent;
  return {
    type: "EMERGENCY_DESCENT",
    startedAtMs: sinceMs,
    untilMs: lastMs,
    details: {
      steepest_vertical_rate_mps: steepestMps,
      steep_from_mps: -STEEP_MPS,
      sustained_s: (lastMs - sinceMs) / 1000,
      least_sustained_s: SUSTAINED_S,
      from_altitude_m: fromM,
      least_from_altitude_m: FROM_ALTITUDE_M,
      to_altitude_m: Number.isNaN(altitudeM) ? null : altitudeM,
    },
  };
}
