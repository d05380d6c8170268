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
/** Over so long they are hardly a part of what counts here as a rate. */
export const SELDOM_S = 4;
/** Slower for so long ends it. */
const OVER_AFTER_S = 8;

/** A rapid climb or descent: when it began and how long it was rapid, m and m/s. */
interface Change {
  readonly sinceMs: number;
  readonly lastMs: number;
  readonly fromM: number;
  /** What the rates add up to. */
  readonly sumM: number;
  readonly fastestMps: number;
  /** How many of them were made of altitudes: two at least, as no altitude confirms what was made of it. */
  readonly unsaid: number;
  readonly isConfirmed: boolean;
}
const NONE: Change = {
  sinceMs: NaN,
  lastMs: NaN,
  fromM: NaN,
  sumM: 0,
  fastestMps: 0,
  unsaid: 0,
  isConfirmed: false,
};

/** A climb or descent that few aircraft do, confirmed by the altitude itself. */
export class RapidAltitudeChange implements Detector {
  private change = NONE;

  observe(track: Track): Finding | undefined {
    const { report, atMs, dtS } = track;
    const rateMps = climbMps(track);
    const isRapid = Math.abs(rateMps) > RAPID_MPS && !report.on_ground;
    const altitudeM = report.altitude_m ?? NaN;
    const before = this.change;
    const isSaid = typeof report.vertical_rate_mps === "number";
    const isReversed = rateMps * before.fastestMps < 0;
    if (isRapid && (Number.isNaN(before.sinceMs) || track.afterGap || isReversed)) {
      this.change = {
        ...NONE,
        sinceMs: atMs,
        lastMs: atMs,
        fromM: altitudeM,
        fastestMps: rateMps,
        unsaid: isSaid ? 0 : 1,
      };
    } else if (isRapid) {
      const sumM = before.sumM + rateMps * dtS;
      const unsaid = before.unsaid + (isSaid ? 0 : 1);
      const isFaster = Math.abs(rateMps) > Math.abs(before.fastestMps);
      this.change = {
        ...before,
        lastMs: atMs,
        sumM,
        fastestMps: isFaster ? rateMps : before.fastestMps,
        unsaid,
        isConfirmed: before.isConfirmed || atMs - before.sinceMs >= SUSTAINED_S * 1000 &&
            (isSaid || unsaid >= 2) && (altitudeM - before.fromM) / sumM > CONFIRMED_PART,
      };
    } else if (
      track.afterGap || (!Number.isNaN(rateMps) &&
        !(before.isConfirmed && atMs - before.lastMs < OVER_AFTER_S * 1000))
    ) this.change = NONE;
    const { sinceMs, lastMs, fromM, fastestMps, isConfirmed } = this.change;
    if (!isConfirmed) return undefined;
    return {
      type: "RAPID_ALTITUDE_CHANGE",
      startedAtMs: sinceMs,
      untilMs: lastMs,
      details: {
        direction: fastestMps > 0 ? "climb" : "descent",
        extreme_vertical_rate_mps: fastestMps,
        rapid_from_mps: RAPID_MPS,
        sustained_s: (lastMs - sinceMs) / 1000,
        least_sustained_s: SUSTAINED_S,
        from_altitude_m: fromM,
        to_altitude_m: report.altitude_m ?? null,
      },
    };
  }
}

/**
 * The vertical rate that is said; or, where only altitudes are, what they are apart, as far as their steps let
 * that be known: else the estimated rate, which goes too far where a climb or descent begins.
 */
export function climbMps({ report, previous, dtS, verticalRateMps }: Track): number {
  if (typeof report.vertical_rate_mps === "number") return report.vertical_rate_mps;
  const changedM = (report.altitude_m ?? NaN) - (previous?.altitude_m ?? NaN);
  if (dtS >= SELDOM_S) return changedM / dtS;
  const mostMps = (Math.abs(changedM) + ALTITUDE_STEP_M) / dtS;
  return Math.max(-mostMps, Math.min(mostMps, verticalRateMps));
}
