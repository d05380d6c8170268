import type { Finding } from "../finding.ts";
import type { Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

/**
 * A racetrack takes four minutes below 14 000 ft and five above (ICAO Doc 8168, volume I, part 6): one
 * round fits into six minutes, with more than 330° of turn.
 */
const WITHIN_S = 360;
const TURN_DEG = 330;
const WITHIN_M = 12_000;
/** Legs of a minute at holding speed make a round of some size: smaller ones are flown to look at something. */
const BEYOND_M = 5_000;
/**
 * About half of a round or more are straight legs: turns that hardly pause are circles, and are told as
 * such.
 */
const STRAIGHT_DEG_PER_S = 1;
const STRAIGHT_PART = [0.45, 0.82] as const;
/** Half a round is flown in a minute: who is heard more seldom cannot be said to fly one. */
const SILENT_S = 30;
/**
 * Who waits to land: neither slower than a light twin nor faster than 265 kt in a jet stream, and neither
 * so high (arrivals are held up to FL 200) nor so low that it is about something else.
 */
const SPEEDS_MPS = [95, 190] as const;
const ALTITUDES_M = [1_500, 6_100] as const;
/** Who has turned like that for long before does it for a living, and is told as loitering. */
const MOST_TURN_DEG = 2000;

/** Racetracks in the same place, as flown while waiting to land. */
export class Holding implements Detector {
  private seen = 0;
  private sinceMs = NaN;
  private untilMs = NaN;
  private spanDeg = 0;
  private radiusM = 0;
  private straightPart = 0;

  observe({ path, atMs, afterGap, report, speedMps, altitudeM }: Track): Finding | undefined {
    if (afterGap || report.on_ground) this.sinceMs = this.untilMs = NaN;
    if (path.total !== this.seen) {
      this.seen = path.total;
      const isWaiting = speedMps > SPEEDS_MPS[0] && speedMps < SPEEDS_MPS[1] &&
        altitudeM > ALTITUDES_M[0] && altitudeM < ALTITUDES_M[1];
      if (isWaiting) this.look(path);
    }
    if (Number.isNaN(this.sinceMs)) return undefined;
    // The next round may begin within this one.
    if (atMs - this.untilMs > WITHIN_S * 1000) {
      this.sinceMs = this.untilMs = NaN;
      return undefined;
    }
    return {
      type: "HOLDING",
      startedAtMs: this.sinceMs,
      untilMs: this.untilMs,
      details: {
        turn_span_deg: Math.round(this.spanDeg),
        least_turn_span_deg: TURN_DEG,
        within_s: WITHIN_S,
        radius_m: Math.round(this.radiusM),
        within_m: WITHIN_M,
        straight_part: Math.round(this.straightPart * 100) / 100,
      },
    };
  }

  private look(path: Track["path"]): void {
    if (path.size < 2) return;
    let back = 0;
    while (back + 1 < path.size && path.agoS(back + 1) <= WITHIN_S) back++;
    const longDeg = path.sumTurnDeg(path.size - 1);
    if (longDeg < TURN_DEG) return;
    if (Number.isNaN(this.sinceMs) && longDeg > MOST_TURN_DEG) return;
    const spanDeg = path.turnSpanDeg(back);
    if (spanDeg < TURN_DEG) return;
    const radiusM = path.radiusM(back);
    if (radiusM > WITHIN_M || radiusM < BEYOND_M) return;
    let straightS = 0;
    for (let i = 0; i < back; i++) {
      const s = path.agoS(i + 1) - path.agoS(i);
      if (s > SILENT_S) return;
      const turnedDeg = path.sumTurnDeg(i + 1) - path.sumTurnDeg(i);
      if (turnedDeg < STRAIGHT_DEG_PER_S * s) straightS += s;
    }
    this.straightPart = straightS / path.agoS(back);
    if (this.straightPart < STRAIGHT_PART[0] || this.straightPart > STRAIGHT_PART[1]) return;
    if (!(path.atMs(back) <= this.untilMs)) this.sinceMs = path.atMs(back);
    this.untilMs = path.atMs(0);
    this.spanDeg = spanDeg;
    this.radiusM = radiusM;
  }
}
