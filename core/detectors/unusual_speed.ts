import type { Finding } from "../finding.ts";
import type { Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

/** Airliners in the strongest jet streams stay below this; what is faster is military or wrong. */
const FASTEST_MPS = 310;
/** Above this height an airliner that is this slow is near its stall, whatever the wind. */
const HIGH_M = 7_500;
const SLOWEST_HIGH_MPS = 90;
/**
 * Some fly that slowly all day, and then into the wind: only who was more than twice as fast up there
 * within the last minutes has become slow.
 */
const SLOWED_PART = 0.45;
const FORGOTTEN_AFTER_S = 600;
/**
 * One report may be a glitch. Where they come seldom one is all there is in time: it is told, and taken back
 * if the next one denies it.
 */
const CONFIRMED_AFTER_S = 2;
const SELDOM_S = 4;
const DENIED = "one report said so, and the next one did not";
/** A velocity that has stayed the same to the digit for so long is an old one. */
const HELD_S = 30;
/** It is over when the speed has been usual for so long. */
const OVER_AFTER_S = 15;

/** A speed that is unusual: from when to when, in how many reports, and the most unusual of them. */
interface Unusual {
  readonly sinceMs: number;
  readonly lastMs: number;
  readonly reports: number;
  readonly extremeMps: number;
  readonly isConfirmed: boolean;
}
const NONE: Unusual = {
  sinceMs: NaN,
  lastMs: NaN,
  reports: 0,
  extremeMps: NaN,
  isConfirmed: false,
};

/** A ground speed that hardly any aircraft flies. */
export class UnusualSpeed implements Detector {
  private unusual = NONE;
  /** The highest usual speed of the last minutes at height, and when it was flown. */
  private cruiseMps = NaN;
  private cruiseMs = NaN;
  private heldS = 0;

  observe(track: Track): Finding | undefined {
    const { atMs } = track;
    const speedMps = track.report.velocity_mps ?? NaN;
    const altitudeM = track.report.altitude_m ?? track.report.geo_altitude_m ?? NaN;
    const isHigh = altitudeM > HIGH_M && !track.report.on_ground;
    const isSame = speedMps === track.previous?.velocity_mps &&
      track.report.heading_deg === track.previous.heading_deg;
    this.heldS = isSame ? this.heldS + track.dtS : 0;
    const before = this.unusual;
    const isNews = !Number.isNaN(before.sinceMs) || this.heldS < HELD_S;
    const isFast = speedMps > FASTEST_MPS && isNews;
    if (!(atMs - this.cruiseMs < FORGOTTEN_AFTER_S * 1000)) this.cruiseMps = NaN;
    const isSlow = isHigh && isNews && speedMps < SLOWEST_HIGH_MPS &&
      speedMps < SLOWED_PART * this.cruiseMps;
    if (isHigh && !isFast && !isSlow && !(speedMps < this.cruiseMps)) {
      this.cruiseMps = speedMps;
      this.cruiseMs = atMs;
    }
    if (isFast || isSlow) {
      const begins = Number.isNaN(before.sinceMs) || track.afterGap;
      const { sinceMs, reports, extremeMps, isConfirmed } = begins
        ? { ...NONE, sinceMs: atMs, extremeMps: speedMps }
        : before;
      this.unusual = {
        sinceMs,
        lastMs: atMs,
        reports: reports + 1,
        extremeMps: isFast ? Math.max(extremeMps, speedMps) : Math.min(extremeMps, speedMps),
        isConfirmed: isConfirmed || atMs - sinceMs >= CONFIRMED_AFTER_S * 1000 ||
          (!track.afterGap && track.intervals.usualS >= SELDOM_S),
      };
    } else if (before.isConfirmed && before.reports === 1 && speedMps >= 0) {
      const denied = this.finding(track);
      this.unusual = NONE;
      return { ...denied, details: { ...denied.details, withdrawn: DENIED } };
    } else if (
      !before.isConfirmed || track.afterGap || !(atMs - before.lastMs < OVER_AFTER_S * 1000)
    ) {
      // A report without a speed says nothing either way.
      if (!Number.isNaN(speedMps) || track.afterGap) this.unusual = NONE;
    }
    return this.unusual.isConfirmed ? this.finding(track) : undefined;
  }

  private finding(track: Track): Finding {
    const { sinceMs, lastMs, extremeMps } = this.unusual;
    return {
      type: "UNUSUAL_SPEED",
      startedAtMs: sinceMs,
      untilMs: lastMs,
      details: {
        kind: extremeMps > FASTEST_MPS ? "fast" : "slow for its altitude",
        extreme_speed_mps: extremeMps,
        fastest_mps: FASTEST_MPS,
        slowest_mps: SLOWEST_HIGH_MPS,
        slowest_applies_above_m: HIGH_M,
        speed_before_mps: rounded(this.cruiseMps),
        estimated_speed_mps: rounded(track.speedMps),
      },
    };
  }
}

function rounded(mps: number): number | null {
  return Number.isNaN(mps) ? null : Math.round(mps * 10) / 10;
}
