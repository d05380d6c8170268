/** Which part of its flight an aircraft is in. */
import type { FlightPhase, Track } from "../track/track.ts";

/** Rates from which on it climbs or descends, m/s, and the height below which that is departure or approach. */
const CLIMBS_MPS = 2.5;
const DESCENDS_MPS = -1.5;
const TERMINAL_HEIGHT_M = 3_000;
const TERMINAL_DISTANCE_M = 50_000;
const TAKEOFF_HEIGHT_M = 300;
const LANDING_HEIGHT_M = 150;
const LANDING_DISTANCE_M = 12_000;
const ROLLING_MPS = 40;
/** Another phase must have lasted so long before it is believed. */
const SETTLES_S = 10;

export class PhaseEstimate {
  private candidate: FlightPhase = "UNKNOWN";
  private candidateMs = NaN;

  /** The phase with the newest report; the one before stands until another has settled. */
  next(track: Track): FlightPhase {
    const seen = instant(track);
    if (seen === track.phase) {
      this.candidate = seen;
      return seen;
    }
    if (seen !== this.candidate || track.afterGap) {
      this.candidate = seen;
      this.candidateMs = track.atMs;
    }
    const isClear = seen === "GROUND" || track.phase === "UNKNOWN" || track.phase === "GROUND";
    const hasSettled = track.atMs - this.candidateMs >= SETTLES_S * 1000;
    return isClear || hasSettled ? seen : track.phase;
  }
}

function instant(track: Track): FlightPhase {
  const { report, speedMps, verticalRateMps, heightAboveFieldM, airportDistanceM, phase } = track;
  if (report.on_ground) return speedMps > ROLLING_MPS && phase !== "LANDING" ? "TAKEOFF" : "GROUND";
  const isTerminal = heightAboveFieldM < TERMINAL_HEIGHT_M &&
    airportDistanceM < TERMINAL_DISTANCE_M;
  if (!isTerminal) return Number.isNaN(track.altitudeM) ? "UNKNOWN" : "EN_ROUTE";
  if (verticalRateMps > CLIMBS_MPS) {
    const isFirst = phase === "GROUND" || phase === "TAKEOFF" || phase === "UNKNOWN";
    return isFirst && heightAboveFieldM < TAKEOFF_HEIGHT_M ? "TAKEOFF" : "DEPARTURE";
  }
  if (verticalRateMps < DESCENDS_MPS) {
    const isLast = heightAboveFieldM < LANDING_HEIGHT_M && airportDistanceM < LANDING_DISTANCE_M;
    return isLast ? "LANDING" : "APPROACH";
  }
  // Level in the terminal area: on with what it was doing.
  return phase === "GROUND" || phase === "UNKNOWN" ? "EN_ROUTE" : phase;
}
