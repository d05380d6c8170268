import type { Finding } from "../finding.ts";
import { leastSilenceS, type Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

/** Lower down, hills and houses hide aircraft all the time: 3 000 ft. */
const LEAST_ALTITUDE_M = 914.4;
/** Longer, and it has been somewhere else: it has left, and come back. */
const LONGEST_S = 1800;

/**
 * An aircraft in flight that was not heard for much longer than usual, and then came back. Whether one
 * that is silent is lost or has left coverage nobody can tell before.
 */
export class SignalLoss implements Detector {
  observe({ silence, atMs, report }: Track): Finding | undefined {
    if (!silence || silence.report.on_ground) return undefined;
    // What is usual must be known before something can be unusual.
    if (Number.isNaN(silence.usualS)) return undefined;
    const leastS = leastSilenceS(silence.usualS);
    const silentS = (atMs - silence.fromMs) / 1000;
    const altitudeM = silence.report.altitude_m ?? silence.report.geo_altitude_m ?? NaN;
    if (!(altitudeM >= LEAST_ALTITUDE_M) || silentS <= leastS || silentS > LONGEST_S) {
      return undefined;
    }
    return {
      type: "SIGNAL_LOSS",
      startedAtMs: silence.fromMs,
      untilMs: atMs,
      details: {
        silent_s: silentS,
        least_silent_s: leastS,
        usual_interval_s: Math.round(silence.usualS * 10) / 10,
        altitude_before_m: altitudeM,
        least_altitude_m: LEAST_ALTITUDE_M,
        position_before: silence.report.position,
        position_after: report.position,
      },
    };
  }
}
