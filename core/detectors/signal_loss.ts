import type { FlightPayload } from "../../contracts/flight.ts";
import type { Finding } from "../finding.ts";
import { leastSilenceS, type Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

/** Lower down, hills and houses hide aircraft all the time: 3 000 ft. */
const ABOVE_M = 914.4;
/** Longer, and it has been somewhere else: it has left, and come back. */
const LONGEST_S = 1800;
/** What is usual must be known before something can be unusual: it is after so many reports. */
const KNOWN_AFTER_REPORTS = 20;
/** Until then, and for so long, a silence may yet turn out to have been long for this aircraft. */
const OPEN_FOR_S = 1800;

/** A silence in flight, event time in ms. */
interface Silent {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly altitudeM: number;
  readonly before: FlightPayload["position"];
  readonly after: FlightPayload["position"];
}

/**
 * An aircraft in flight that was not heard for much longer than usual, and then came back. Whether one
 * that is silent is lost or has left coverage nobody can tell before: docs/decisions.md has the figures.
 */
export class SignalLoss implements Detector {
  /** Silences that have not been told, the oldest first. */
  private open: Silent[] = [];

  observe(track: Track): Finding | undefined {
    this.note(track);
    const { intervals, atMs } = track;
    if (this.open.length === 0 || intervals.total + 1 < KNOWN_AFTER_REPORTS) return undefined;
    const { usualS } = intervals;
    const leastS = leastSilenceS(usualS);
    const long = this.open.find(({ fromMs, untilMs }) => untilMs - fromMs > leastS * 1000);
    this.open = this.open.filter((silent) =>
      silent !== long && atMs - silent.untilMs < OPEN_FOR_S * 1000
    );
    if (!long) return undefined;
    return {
      type: "SIGNAL_LOSS",
      startedAtMs: long.fromMs,
      untilMs: long.untilMs,
      details: {
        silent_s: (long.untilMs - long.fromMs) / 1000,
        least_silent_s: Math.round(leastS * 10) / 10,
        usual_interval_s: Math.round(usualS * 10) / 10,
        altitude_before_m: long.altitudeM,
        above_altitude_m: ABOVE_M,
        position_before: long.before,
        position_after: long.after,
      },
    };
  }

  /** Keeps the silence that the newest report ended. */
  private note({ previous, silence, dtS, atMs, report }: Track): void {
    const before = previous ?? silence?.report;
    if (!before || before.on_ground) return;
    const fromMs = previous ? atMs - dtS * 1000 : silence!.fromMs;
    const silentS = (atMs - fromMs) / 1000;
    const altitudeM = before.altitude_m ?? before.geo_altitude_m ?? NaN;
    if (silentS > LONGEST_S) this.open = [];
    else if (silentS > leastSilenceS(0) && altitudeM > ABOVE_M) {
      const after = report.position;
      this.open.push({ fromMs, untilMs: atMs, altitudeM, before: before.position, after });
    }
  }
}
