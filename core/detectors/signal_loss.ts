import type { BoundingBox, FlightPayload } from "../../contracts/flight.ts";
import { lastContactMs } from "../../contracts/times.ts";
import type { Finding } from "../finding.ts";
import { destination } from "../geodesy.ts";
import { GAP_S, leastSilenceS, type Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

/** Lower down, hills and houses hide aircraft all the time: 3 000 ft. */
const ABOVE_M = 914.4;
/** Longer, and it has been somewhere else: it has left, and come back. */
const LONGEST_S = 1800;
/** What is usual must be known before something can be unusual: it is after so many reports. */
const KNOWN_AFTER_REPORTS = 20;
/**
 * What is usual so far is not what is usual in the end, where an aircraft is heard now and then: until it
 * has left, a silence must be longer than asked for by this much.
 */
const CLEARLY = 1.2;
/** Who flies out of what is looked at within so long has left, unless it is heard again. */
const OUT_WITHIN_S = 90;
/** So many silences, the longest, may wait for what is usual in the end. */
const MOST_WAITING = 8;

/** A silence in flight that is over, event time in ms. */
interface Silent {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly altitudeM: number;
  readonly before: FlightPayload["position"];
  readonly after: FlightPayload["position"];
}

const NONE: readonly Silent[] = [];

/** What is known of an aircraft that says nothing. */
export type LastHeard = Pick<Track, "report" | "atMs" | "intervals">;

/**
 * An aircraft in flight that is not heard for much longer than usual. It is told by the clock, while the
 * silence lasts, unless it was about to fly out of what is looked at. Whether it is lost or has left
 * coverage nobody can know then, and who is not heard of again has left: what was told is withdrawn.
 */
export class SignalLoss implements Detector {
  /** Silences that have not been told, and may yet turn out to have been long for this aircraft. */
  private waiting = NONE;
  /** Since when it has been silent, where that has been told. */
  private missedSinceMs = NaN;

  /** Whether it is told that nothing is heard of it. */
  get isMissing(): boolean {
    return !Number.isNaN(this.missedSinceMs);
  }

  /** What is to be told of a silence that has lasted until now; nothing when it has been. */
  missing(
    { report, atMs, intervals }: LastHeard,
    nowMs: number,
    within?: BoundingBox,
  ): Finding | undefined {
    const silentS = (nowMs - atMs) / 1000;
    if (atMs === this.missedSinceMs || !(silentS > GAP_S)) return undefined;
    if (report.on_ground || !(altitudeOf(report) > ABOVE_M)) return undefined;
    if (intervals.total + 1 < KNOWN_AFTER_REPORTS) return undefined;
    const { usualS } = intervals;
    const leastS = leastSilenceS(CLEARLY * usualS);
    if (!(silentS > leastS)) return undefined;
    if (within && isLeaving(report, within)) return undefined;
    this.missedSinceMs = atMs;
    // Whichever report moved the clock: the same however the stream is split.
    const detectedAtMs = atMs + Math.ceil(leastS * 1000);
    return {
      type: "SIGNAL_LOSS",
      startedAtMs: atMs,
      untilMs: detectedAtMs,
      detectedAtMs,
      details: {
        silent_s: rounded(leastS),
        ...figures(leastS, usualS, altitudeOf(report)),
        position_before: report.position,
      },
    };
  }

  observe(track: Track): Finding | undefined {
    const { intervals } = track;
    const wasMissed = this.isMissing;
    this.missedSinceMs = NaN;
    const ended = endedBy(track);
    if (wasMissed) return ended ? found(ended, intervals.usualS, CLEARLY) : late(track);
    if (ended) this.wait(ended);
    if (this.waiting.length === 0 || intervals.total + 1 < KNOWN_AFTER_REPORTS) return undefined;
    const { usualS } = intervals;
    const long = this.waiting.find((silent) => isLong(silent, CLEARLY * usualS));
    if (!long) return undefined;
    this.waiting = this.waiting.filter((silent) => silent !== long);
    return found(long, usualS, CLEARLY);
  }

  /** It has left: what is usual is known. */
  leave({ intervals }: Track): Finding[] {
    if (intervals.total + 1 < KNOWN_AFTER_REPORTS) return [];
    const { medianS } = intervals;
    return this.waiting.filter((silent) => isLong(silent, medianS))
      .map((silent) => found(silent, medianS, 1));
  }

  private wait(silent: Silent): void {
    this.waiting = [...this.waiting, silent];
    if (this.waiting.length <= MOST_WAITING) return;
    const shortest = this.waiting.reduce((a, b) => lengthMs(b) < lengthMs(a) ? b : a);
    this.waiting = this.waiting.filter((other) => other !== shortest);
  }
}

/** The silence that the newest report ended, where that was a long one in flight. */
function endedBy({ previous, silence, dtS, atMs, report }: Track): Silent | undefined {
  const before = previous ?? silence?.report;
  if (!before || before.on_ground) return undefined;
  const fromMs = previous ? atMs - dtS * 1000 : silence!.fromMs;
  const silentS = (atMs - fromMs) / 1000;
  const altitudeM = altitudeOf(before);
  if (silentS > LONGEST_S || !(silentS > GAP_S) || !(altitudeM > ABOVE_M)) {
    return undefined;
  }
  return { fromMs, untilMs: atMs, altitudeM, before: before.position, after: report.position };
}

function found(silent: Silent, usualS: number, clearly: number): Finding {
  return {
    type: "SIGNAL_LOSS",
    startedAtMs: silent.fromMs,
    untilMs: silent.untilMs,
    details: {
      silent_s: lengthMs(silent) / 1000,
      ...figures(leastSilenceS(clearly * usualS), usualS, silent.altitudeM),
      position_before: silent.before,
      position_after: silent.after,
    },
  };
}

/** It was heard of in time, and that came late. */
function late({ previous, silence, atMs }: Track): Finding {
  const fromMs = silence?.fromMs ?? lastContactMs(previous!);
  return {
    type: "SIGNAL_LOSS",
    startedAtMs: fromMs,
    untilMs: atMs,
    details: { silent_s: (atMs - fromMs) / 1000, withdrawn: "what was heard of it came late" },
  };
}

function isLeaving(report: FlightPayload, within: BoundingBox): boolean {
  const { position, heading_deg, velocity_mps } = report;
  const { lat, lon } = destination(position, heading_deg ?? 0, (velocity_mps ?? 0) * OUT_WITHIN_S);
  return lat <= within.lat_min || lat >= within.lat_max || lon <= within.lon_min ||
    lon >= within.lon_max;
}

function figures(leastS: number, usualS: number, altitudeM: number) {
  return {
    least_silent_s: rounded(leastS),
    usual_interval_s: rounded(usualS),
    altitude_before_m: altitudeM,
    above_altitude_m: ABOVE_M,
  };
}

function isLong(silent: Silent, usualS: number): boolean {
  return lengthMs(silent) > leastSilenceS(usualS) * 1000;
}

function lengthMs({ fromMs, untilMs }: Silent): number {
  return untilMs - fromMs;
}

function altitudeOf({ altitude_m, geo_altitude_m }: FlightPayload): number {
  return altitude_m ?? geo_altitude_m ?? NaN;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
