import type { Airport } from "../context/airports.ts";
import type { Finding } from "../finding.ts";
import { distanceM } from "../geodesy.ts";
import type { Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

/** The approach is broken off below this height above the field (ICAO Doc 8168: minima are below). */
const LOW_M = 500;
const NEAR_M = 14_000;
/** A day of 1 043 hPa puts it below the field by this much; more is a wrong altitude. */
const SUNKEN_M = -250;
/** It came down by this much before, and it climbs by this much after: 400 ft. */
const DESCENDED_M = 350;
const CLIMBED_M = 122;
/** As steeply as missed approaches are laid out for at least (ICAO Doc 8168, volume I). */
const CLIMB_GRADIENT = 0.025;
/** Who flies on at its lowest for longer, as along a runway, passes low: its approach was none. */
const LEVEL_S = 30;
const LEVEL_M = 16;
const CLIMBS_MPS = 2.5;
/** Faster, and the altitude was wrong. */
const FASTEST_MPS = 45;
/** Slower and low, it has landed, whether it says so or not. */
const LANDED_MPS = 25;
const LANDED_M = 100;
/** An aircraft that is about to land flies towards a field, or is over it. */
const OVER_FIELD_M = 4_000;
/** It is over when it has gone so much higher, or after so long. */
const OVER_AFTER_S = 300;

/** An approach that ends in a climb. */
export class GoAround implements Detector {
  // Altitudes of the descent: where it began, and its lowest point.
  private highestM = NaN;
  private lowestM = NaN;
  // Of the lowest point: when, how high above the field, how far from it, and whether it flew there.
  private lowMs = NaN;
  // Since when it has been about that low, and until when it was.
  private levelM = NaN;
  private levelMs = NaN;
  private levelUntilMs = NaN;
  private lowHeightM = NaN;
  private lowDistanceM = NaN;
  private wasApproaching = false;
  private airport = "";
  /** Since when it is told, and up to when it climbs. */
  private toldMs = NaN;
  private untilMs = NaN;

  observe(track: Track): Finding | undefined {
    const { atMs, altitudeM, verticalRateMps } = track;
    // Where it touched the ground it has landed, whatever comes next.
    const hasLanded = track.report.on_ground ||
      (track.speedMps < LANDED_MPS && track.heightAboveFieldM < LANDED_M);
    if (track.afterGap || hasLanded || Number.isNaN(altitudeM)) {
      this.restart(altitudeM);
      return undefined;
    }
    if (!Number.isNaN(this.toldMs)) {
      if (atMs - this.toldMs > OVER_AFTER_S * 1000 || verticalRateMps < 0) {
        this.restart(altitudeM);
        return undefined;
      }
      this.untilMs = atMs;
      return this.finding(altitudeM);
    }
    if (!(altitudeM <= this.highestM)) this.restart(altitudeM);
    if (!(altitudeM >= this.lowestM)) {
      this.lowestM = altitudeM;
      this.lowMs = atMs;
      const field = approached(track);
      this.wasApproaching = field !== undefined;
      this.lowHeightM = altitudeM - (field?.elevationM || 0);
      this.lowDistanceM = field ? distanceM(track, field) : NaN;
      this.airport = field?.code ?? "";
    }
    const climbedM = altitudeM - this.lowestM;
    if (climbedM > LEVEL_M) this.levelM = NaN;
    else {
      this.levelUntilMs = atMs;
      if (!(altitudeM > this.levelM - LEVEL_M)) {
        this.levelM = altitudeM;
        this.levelMs = atMs;
      }
    }
    if (climbedM < CLIMBED_M) return undefined;
    const climbS = (atMs - this.lowMs) / 1000;
    const isBrokenOff = this.wasApproaching && this.lowHeightM < LOW_M &&
      this.lowHeightM > SUNKEN_M &&
      this.lowDistanceM < NEAR_M && this.highestM - this.lowestM > DESCENDED_M &&
      verticalRateMps > CLIMBS_MPS && climbedM > CLIMB_GRADIENT * track.speedMps * climbS &&
      climbedM < FASTEST_MPS * climbS && this.levelUntilMs - this.levelMs < LEVEL_S * 1000;
    if (isBrokenOff) {
      this.toldMs = this.untilMs = atMs;
      return this.finding(altitudeM);
    }
    this.restart(altitudeM);
    return undefined;
  }

  private restart(altitudeM: number): void {
    this.highestM = this.lowestM = altitudeM;
    this.lowMs = this.toldMs = this.levelM = NaN;
    this.lowHeightM = this.lowDistanceM = NaN;
    this.wasApproaching = false;
  }

  private finding(altitudeM: number): Finding {
    return {
      type: "GO_AROUND",
      startedAtMs: this.lowMs,
      untilMs: this.untilMs,
      details: {
        airport: this.airport,
        lowest_height_m: Math.round(this.lowHeightM),
        low_below_m: LOW_M,
        lowest_at: new Date(this.lowMs).toISOString(),
        descended_m: Math.round(this.highestM - this.lowestM),
        least_descended_m: DESCENDED_M,
        climbed_m: Math.round(altitudeM - this.lowestM),
        least_climbed_m: CLIMBED_M,
        distance_at_lowest_m: Math.round(this.lowDistanceM),
      },
    };
  }
}

function approached({ airport, airportDistanceM, airportAhead }: Track): Airport | undefined {
  return airportDistanceM < OVER_FIELD_M ? airport : airportAhead;
}
