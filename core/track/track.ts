/**
 * What is known of one aircraft: its newest report, what the filters make of all of them, and where in
 * its flight it is. Numbers that are not known are NaN.
 */
import type { FlightPayload } from "../../contracts/flight.ts";
import { lastContactMs } from "../../contracts/times.ts";
import type { Airport } from "../context/airports.ts";
import type { LatLon } from "../geodesy.ts";
import { restore } from "../stored.ts";
import { HorizontalFilter } from "./horizontal.ts";
import { Intervals } from "./intervals.ts";
import { Path } from "./path.ts";
import { VerticalFilter } from "./vertical.ts";

/**
 * What became of a report's position: it was used; there was none; it was the one before again, which
 * is no news; it was too far from where the aircraft can be; or it was, but so were those before, and
 * the aircraft is taken to be there.
 */
export type PositionUse = "used" | "missing" | "repeated" | "rejected" | "reacquired";

export type FlightPhase =
  | "GROUND"
  | "TAKEOFF"
  | "DEPARTURE"
  | "EN_ROUTE"
  | "APPROACH"
  | "LANDING"
  | "UNKNOWN";

/** A silence that was long for this aircraft, and what was heard before it. */
export interface Silence {
  readonly fromMs: number;
  readonly report: FlightPayload;
  /** All that is known of the times between reports before. */
  readonly intervals: Intervals;
}

/** From how long on a silence counts, s, where reports usually come every `usualS`; NaN is unknown. */
export function leastSilenceS(usualS: number): number {
  return Math.max(GAP_S, GAP_INTERVALS * (usualS || 0));
}

/** A silence is a gap in coverage from this long on, and from this many usual intervals on. */
export const GAP_S = 60;
const GAP_INTERVALS = 5;
/** After a longer one it is another flight, heard by others. */
const NEW_FLIGHT_S = 1800;

export class Track {
  readonly icao24: string;
  /** The newest report, and the one before it until `settle`. */
  report: FlightPayload;
  previous: FlightPayload | undefined;
  /** Event time of the newest report, ms. */
  atMs: number;
  /** Seconds since the report before; Infinity at the first one. */
  dtS = Infinity;
  /** True when coverage was interrupted before this report: nothing is to be inferred across it. */
  afterGap = true;
  /** That interruption, where the newest report ended one. */
  silence: Silence | undefined;
  /** What became of the newest report's position. */
  positionUse: PositionUse = "used";

  /** The time of the last position that was believed before the newest report. */
  acceptedMs = NaN;

  /** The way it has come. */
  readonly path = new Path();

  phase: FlightPhase = "UNKNOWN";
  /** The nearest airport, where one is near; and how far it is. */
  airport: Airport | undefined;
  airportDistanceM = NaN;
  /** The one that it flies towards when it is low, which need not be the nearest. */
  airportAhead: Airport | undefined;
  /** Height above that airport's elevation, by whichever altitude is there. */
  heightAboveFieldM = NaN;

  private readonly horizontal = new HorizontalFilter();
  private readonly barometric = new VerticalFilter();
  /** Made for those who say no other. */
  private geometric: VerticalFilter | undefined;
  private believedMs = NaN;
  /** How often it is heard. */
  intervals: Intervals;

  /** Begins with a report; `before` is what was known of the aircraft when it was heard last. */
  constructor(first: FlightPayload, before?: Silence) {
    this.icao24 = first.icao24;
    this.report = first;
    this.atMs = lastContactMs(first);
    this.silence = before;
    this.intervals = before?.intervals ?? new Intervals();
    if (before) this.learnInterval((this.atMs - before.fromMs) / 1000);
    this.filter(first);
  }

  /** A track as it was stored, with all that its filters know. */
  static restored(stored: Track): Track {
    const track = new Track(stored.report);
    if (stored.geometric) track.geometric = new VerticalFilter();
    return restore(track, stored);
  }

  /** Where the newest report was expected, if its position was not believed at once. */
  get expected(): LatLon {
    return this.horizontal.expected;
  }

  /** Whether the positions that were not believed last agree on where it is instead. */
  get rejectedAgree(): boolean {
    return this.horizontal.rejected.agree;
  }

  /** Where the aircraft is by the filter, WGS84 degrees. */
  get lat(): number {
    return this.horizontal.lat;
  }

  get lon(): number {
    return this.horizontal.lon;
  }

  /** Its speed over ground, m/s. */
  get speedMps(): number {
    return this.horizontal.speedMps;
  }

  /** True track, degrees [0, 360). */
  get trackDeg(): number {
    return this.horizontal.trackDeg;
  }

  /** Barometric altitude and its rate, by the filter. */
  get altitudeM(): number {
    return this.barometric.altitudeM;
  }

  get verticalRateMps(): number {
    return this.barometric.rateMps;
  }

  /** Geometric altitude, by a filter of its own; NaN where a barometric one is known. */
  get geoAltitudeM(): number {
    const isSaid = typeof this.report.geo_altitude_m === "number";
    return isSaid && Number.isNaN(this.altitudeM) ? this.geometric?.altitudeM ?? NaN : NaN;
  }

  /** Takes the next report, which must be newer than the one before. */
  update(report: FlightPayload): void {
    const atMs = lastContactMs(report);
    const dtS = (atMs - this.atMs) / 1000;
    this.afterGap = dtS > GAP_S && dtS > leastSilenceS(this.intervals.usualS);
    this.silence = this.afterGap ? this.silenceFromNow() : undefined;
    this.previous = this.report;
    this.report = report;
    this.dtS = dtS;
    this.atMs = atMs;
    this.learnInterval(dtS);
    this.filter(report);
  }

  /** All have looked at the newest report: the one before it need not be kept. */
  settle(): void {
    this.previous = undefined;
  }

  /** The silence that begins with the newest report, if it becomes one. */
  silenceFromNow(): Silence {
    return { fromMs: this.atMs, report: this.report, intervals: this.intervals };
  }

  private learnInterval(intervalS: number): void {
    if (intervalS > NEW_FLIGHT_S) this.intervals = new Intervals();
    else this.intervals.add(intervalS);
  }

  private filter(report: FlightPayload): void {
    // A position is no newer than the newest message, whatever its clock says.
    const nowMs = Math.min(report.time_position_ms ?? this.atMs, this.atMs);
    this.positionUse = this.horizontal.update(
      nowMs,
      report.position.lat,
      report.position.lon,
      report.velocity_mps ?? NaN,
      report.heading_deg ?? NaN,
    );
    this.acceptedMs = this.believedMs;
    if (this.positionUse !== "rejected" && this.positionUse !== "repeated") {
      this.believedMs = this.atMs;
    }
    const rateMps = report.vertical_rate_mps ?? NaN;
    this.barometric.update(nowMs, report.altitude_m ?? NaN, rateMps);
    // Barometric and geometric altitude differ by the day's pressure: never mix them in one filter.
    if (Number.isNaN(this.altitudeM) && typeof report.geo_altitude_m === "number") {
      this.geometric ??= new VerticalFilter();
      this.geometric.update(nowMs, report.geo_altitude_m, rateMps);
    }
    if (this.afterGap || report.on_ground) this.path.clear();
    if (report.on_ground) return;
    const { lat, lon } = report.position;
    this.path.add(this.atMs, lat, lon, report.heading_deg ?? NaN, report.velocity_mps ?? NaN);
  }
}
