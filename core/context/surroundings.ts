/** What is around an aircraft: the nearest airport, its height above that, the phase of its flight. */
import { distanceM } from "../geodesy.ts";
import type { Track } from "../track/track.ts";
import { type AirportIndex, NEAR_M } from "./airports.ts";
import { PhaseEstimate } from "./phase.ts";

/** The nearest airport is looked up again after so many seconds. */
const LOOKED_UP_S = 20;
/** Whoever is lower than this over the nearest field may be on its way to another, ahead of it. */
const LOW_M = 1_000;
const AHEAD_M = 20_000;
const AHEAD_DEG = 30;

export class Surroundings {
  private lookedUpMs = -Infinity;
  private readonly phase = new PhaseEstimate();

  /** Fills in what the track knows of its surroundings, with its newest report. */
  update(track: Track, airports: AirportIndex): void {
    const { lat, lon, atMs } = track;
    if (!(atMs - this.lookedUpMs < LOOKED_UP_S * 1000) || track.positionUse === "reacquired") {
      this.lookedUpMs = atMs;
      track.airport = airports.nearest(lat, lon)?.airport;
      const isLow = track.altitudeM - (track.airport?.elevationM || 0) < LOW_M;
      track.airportAhead = track.airport && isLow
        ? airports.ahead(lat, lon, track.trackDeg, AHEAD_M, AHEAD_DEG)
        : undefined;
    }
    const { airport } = track;
    track.airportDistanceM = airport ? distanceM(track, airport) : NaN;
    if (track.airportDistanceM > NEAR_M) track.airport = undefined;
    // Geometric altitude is the same every day; barometric altitude is off by the day's pressure.
    const altitudeM = Number.isNaN(track.altitudeM) ? track.geoAltitudeM : track.altitudeM;
    track.heightAboveFieldM = airport ? altitudeM - (airport.elevationM || 0) : NaN;
    track.phase = this.phase.next(track);
  }
}
