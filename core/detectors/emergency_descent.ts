import type { Finding } from "../finding.ts";
import type { Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";
import { climbMps } from "./rapid_altitude_change.ts";

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

/** A steep descent from cruising altitude that goes on, told by the rate and the altitude together. */
export class EmergencyDescent implements Detector {
  private sinceMs = NaN;
  private lastMs = NaN;
  private fromM = NaN;
  /** How far down the rates have brought it since; and half of the first step, in which it began. */
  private expectedM = 0;
  private halfStepM = 0;
  private steepestMps = 0;
  private isConfirmed = false;

  observe(track: Track): Finding | undefined {
    const { report, atMs, dtS, previous } = track;
    const rateMps = climbMps(track);
    const altitudeM = report.altitude_m ?? NaN;
    if (track.afterGap || report.on_ground) return this.end();
    if (this.isConfirmed) {
      if (rateMps < -GENTLE_MPS) {
        this.lastMs = atMs;
        this.steepestMps = Math.min(this.steepestMps, rateMps);
      } else if (atMs - this.lastMs >= OVER_AFTER_S * 1000) return this.end();
      return this.finding(altitudeM);
    }
    if (!(rateMps < -STEEP_MPS)) {
      // A report without a rate says nothing either way.
      return Number.isNaN(rateMps) ? undefined : this.end();
    }
    if (Number.isNaN(this.sinceMs)) {
      const beforeM = previous?.altitude_m ?? NaN;
      if (!(Math.max(beforeM, altitudeM) > FROM_ALTITUDE_M)) return undefined;
      // It began between the report before, which was not steep, and this one.
      this.sinceMs = atMs - dtS * 1000;
      this.fromM = beforeM;
      this.expectedM = 0;
      this.halfStepM = -rateMps * dtS / 2;
      this.steepestMps = rateMps;
    }
    this.expectedM -= rateMps * dtS;
    this.lastMs = atMs;
    this.steepestMps = Math.min(this.steepestMps, rateMps);
    const droppedM = this.fromM - altitudeM;
    this.isConfirmed = atMs - this.sinceMs >= SUSTAINED_S * 1000 && droppedM >= LEAST_DROP_M &&
      droppedM > CONFIRMED_PARTS[0] * (this.expectedM - this.halfStepM) &&
      droppedM < CONFIRMED_PARTS[1] * this.expectedM;
    return this.isConfirmed ? this.finding(altitudeM) : undefined;
  }

  private end(): undefined {
    this.sinceMs = NaN;
    this.isConfirmed = false;
  }

  private finding(altitudeM: number): Finding {
    return {
      type: "EMERGENCY_DESCENT",
      startedAtMs: this.sinceMs,
      untilMs: this.lastMs,
      details: {
        steepest_vertical_rate_mps: this.steepestMps,
        steep_from_mps: -STEEP_MPS,
        sustained_s: (this.lastMs - this.sinceMs) / 1000,
        least_sustained_s: SUSTAINED_S,
        from_altitude_m: this.fromM,
        least_from_altitude_m: FROM_ALTITUDE_M,
        to_altitude_m: Number.isNaN(altitudeM) ? null : altitudeM,
      },
    };
  }
}
