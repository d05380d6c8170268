import type { Finding } from "../finding.ts";
import type { Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

/** 5 000 ft/min: twice what airliners climb or descend with in service. */
const RAPID_MPS = 25.4;
const SUSTAINED_S = 8;
/** The altitude must have changed by this part of what the rate says. */
const CONFIRMED_PART = 0.5;
/** Altitudes come in steps of 25 ft. */
const ALTITUDE_STEP_M = 7.62;
/** Slower for so long ends it. */
const OVER_AFTER_S = 8;

/** A climb or descent that few aircraft do, confirmed by the altitude itself. */
export class RapidAltitudeChange implements Detector {
  private sinceMs = NaN;
  private lastMs = NaN;
  private fromM = NaN;
  private sumM = 0;
  private fastestMps = 0;
  private isConfirmed = false;

  observe(track: Track): Finding | undefined {
    const { report, atMs, dtS } = track;
    const rateMps = climbMps(track);
    const isRapid = Math.abs(rateMps) > RAPID_MPS && !report.on_ground;
    const isReversed = rateMps * this.fastestMps < 0;
    if (isRapid && (Number.isNaN(this.sinceMs) || track.afterGap || isReversed)) {
      this.sinceMs = this.lastMs = atMs;
      this.fromM = report.altitude_m ?? NaN;
      this.sumM = 0;
      this.fastestMps = rateMps;
      this.isConfirmed = false;
    } else if (isRapid) {
      this.lastMs = atMs;
      this.sumM += rateMps * dtS;
      if (Math.abs(rateMps) > Math.abs(this.fastestMps)) this.fastestMps = rateMps;
      const changedM = (report.altitude_m ?? NaN) - this.fromM;
      this.isConfirmed ||= atMs - this.sinceMs >= SUSTAINED_S * 1000 &&
        changedM / this.sumM > CONFIRMED_PART;
    } else if (
      track.afterGap || (!Number.isNaN(rateMps) &&
        !(this.isConfirmed && atMs - this.lastMs < OVER_AFTER_S * 1000))
    ) {
      this.sinceMs = NaN;
      this.isConfirmed = false;
    }
    if (!this.isConfirmed) return undefined;
    return {
      type: "RAPID_ALTITUDE_CHANGE",
      startedAtMs: this.sinceMs,
      untilMs: this.lastMs,
      details: {
        direction: this.fastestMps > 0 ? "climb" : "descent",
        extreme_vertical_rate_mps: this.fastestMps,
        rapid_from_mps: RAPID_MPS,
        sustained_s: (this.lastMs - this.sinceMs) / 1000,
        least_sustained_s: SUSTAINED_S,
        from_altitude_m: this.fromM,
        to_altitude_m: report.altitude_m ?? null,
      },
    };
  }
}

/**
 * The vertical rate that is said; or, where only altitudes are, the estimated one, which goes too far where a
 * climb or descent begins between two reports: no faster than they are apart.
 */
export function climbMps({ report, previous, dtS, verticalRateMps }: Track): number {
  if (typeof report.vertical_rate_mps === "number") return report.vertical_rate_mps;
  const changedM = (report.altitude_m ?? NaN) - (previous?.altitude_m ?? NaN);
  const mostMps = (Math.abs(changedM) + ALTITUDE_STEP_M) / dtS;
  return Math.max(-mostMps, Math.min(mostMps, verticalRateMps));
}
