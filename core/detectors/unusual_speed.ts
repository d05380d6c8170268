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

/** A ground speed that hardly any aircraft flies. */
export class UnusualSpeed implements Detector {
  private sinceMs = NaN;
  private lastMs = NaN;
  private extremeMps = NaN;
  /** The highest usual speed of the last minutes at height, and when it was flown. */
  private cruiseMps = NaN;
  private cruiseMs = NaN;
  private isConfirmed = false;
  private reports = 0;
  private heldS = 0;

  observe(track: Track): Finding | undefined {
    const { atMs } = track;
    const speedMps = track.report.velocity_mps ?? NaN;
    const altitudeM = track.report.altitude_m ?? track.report.geo_altitude_m ?? NaN;
    const isHigh = altitudeM > HIGH_M && !track.report.on_ground;
    const isSame = speedMps === track.previous?.velocity_mps &&
      track.report.heading_deg === track.previous.heading_deg;
    this.heldS = isSame ? this.heldS + track.dtS : 0;
    const isNews = !Number.isNaN(this.sinceMs) || this.heldS < HELD_S;
    const isFast = speedMps > FASTEST_MPS && isNews;
    if (!(atMs - this.cruiseMs < FORGOTTEN_AFTER_S * 1000)) this.cruiseMps = NaN;
    const isSlow = isHigh && isNews && speedMps < SLOWEST_HIGH_MPS &&
      speedMps < SLOWED_PART * this.cruiseMps;
    if (isHigh && !isFast && !isSlow && !(speedMps < this.cruiseMps)) {
      this.cruiseMps = speedMps;
      this.cruiseMs = atMs;
    }
    if (isFast || isSlow) {
      if (Number.isNaN(this.sinceMs) || track.afterGap) {
        this.sinceMs = atMs;
        this.isConfirmed = false;
        this.reports = 0;
        this.extremeMps = speedMps;
      }
      this.lastMs = atMs;
      this.reports++;
      this.extremeMps = isFast
        ? Math.max(this.extremeMps, speedMps)
        : Math.min(this.extremeMps, speedMps);
      this.isConfirmed ||= atMs - this.sinceMs >= CONFIRMED_AFTER_S * 1000 ||
        (!track.afterGap && track.intervals.usualS >= SELDOM_S);
    } else if (this.isConfirmed && this.reports === 1 && speedMps >= 0) {
      const denied = this.finding(track);
      this.sinceMs = NaN;
      this.isConfirmed = false;
      return { ...denied, details: { ...denied.details, withdrawn: DENIED } };
    } else if (
      !this.isConfirmed || track.afterGap || !(atMs - this.lastMs < OVER_AFTER_S * 1000)
    ) {
      // A report without a speed says nothing either way.
      if (!Number.isNaN(speedMps) || track.afterGap) this.sinceMs = NaN;
      this.isConfirmed &&= !Number.isNaN(this.sinceMs);
    }
    return this.isConfirmed ? this.finding(track) : undefined;
  }

  private finding(track: Track): Finding {
    return {
      type: "UNUSUAL_SPEED",
      startedAtMs: this.sinceMs,
      untilMs: this.lastMs,
      details: {
        kind: this.extremeMps > FASTEST_MPS ? "fast" : "slow for its altitude",
        extreme_speed_mps: this.extremeMps,
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
